// Where each digit lies on the map: a second, small autoencoder squeezes the codes of the first.

import { Autoencoder } from 'autoencoder-wasm';
import type { Digits } from './data.js';
import { breathe } from './dom.js';

/** Digits on the map. */
export const ON_MAP = 2000;

/** Points in the square from -1 to 1: x, y, x, y, ... */
export type Points = Float32Array;

/**
 * Gives the points of the first ON_MAP digits again and again as they find their places. With
 * principal components 34 % of the digits have mostly their own kind around them, so 65 %.
 */
export async function mapCodes(
  model: Autoencoder,
  digits: Digits,
  signal: AbortSignal,
  onPoints: (points: Points) => void,
): Promise<void> {
  const codes = await model.encode(digits.images);
  signal.throwIfAborted();
  const [rows, width] = codes.shape;
  if (width === 2) {
    onPoints(spread(codes.data.subarray(0, 2 * ON_MAP)));
    return;
  }
  const data = await normalised(codes.data);
  const shown = { data: data.subarray(0, ON_MAP * width), shape: [Math.min(ON_MAP, rows), width] };
  const mapper = new Autoencoder({
    layers: [width, 128, 32, 2],
    codeActivation: 'linear',
    outputActivation: 'linear',
    seed: 0,
    threads: model.threads,
  });
  try {
    await mapper.fit(
      { data, shape: codes.shape },
      {
        epochs: 40,
        learningRate: 0.003,
        signal,
        onEpochEnd: async () => {
          const { data: points } = await mapper.encode(shown);
          if (!signal.aborted) onPoints(spread(points));
        },
      },
    );
  } finally {
    mapper.dispose();
  }
}

/** With a mean square of one. */
async function normalised(codes: Float32Array): Promise<Float32Array> {
  let square = 0;
  for (const value of codes) square += value * value;
  await breathe();
  const scale = 1 / Math.sqrt(square / codes.length + 1e-12);
  for (let i = 0; i < codes.length; i++) codes[i] = (codes[i] as number) * scale;
  await breathe();
  return codes;
}

/**
 * Brings either coordinate to the range from -1 to 1: halfway between its place among all values and
 * itself on a scale that bends, since a few lie far out and most close together.
 */
function spread(codes: Float32Array): Points {
  const axes = [0, 1].map((axis) => codes.filter((_, i) => i % 2 === axis).sort());
  return codes.map((value, i) => {
    const sorted = axes[i % 2] as Float32Array;
    const last = sorted.length - 1;
    const at = (share: number) => sorted[Math.round(share * last)] as number;
    // Of a normal distribution, the two are two standard deviations apart.
    const deviation = (at(0.84) - at(0.16)) / 2 || 1;
    const own = Math.tanh((value - at(0.5)) / (2 * deviation));
    return own / 2 + rank(sorted, value) / last - 0.5;
  });
}

/** How many of the sorted values are less. */
function rank(sorted: Float32Array, value: number): number {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((sorted[middle] as number) < value) from = middle + 1;
    else to = middle;
  }
  return from;
}
