// Measures what a trained model does with the images.

import type { Autoencoder, Matrix } from '../../../dist/index.js';
import { PIXELS } from '../mnist.js';

export interface Findings {
  /** The codes of the test images. */
  codes: Matrix;
  reconstructions: Matrix;
  errors: Float32Array;
  /** The number of units with the same value for all training images. */
  deadCodeUnits: number;
  deadOutputUnits: boolean[];
  /** The fraction of the squared error on the test images that is on dead output units. */
  errorOfDeadUnits: number;
  /** Test images encoded per second. */
  encodeRate: number;
}

export async function examine(
  model: Autoencoder,
  images: { train: Uint8Array; test: Uint8Array },
): Promise<Findings> {
  const codes = await model.encode(images.test);
  const codeRange = new Range(codes.shape[1]);
  const outputRange = new Range(PIXELS);
  // In slabs, since 54,000 reconstructions are 170 MB.
  for (let from = 0; from < images.train.length; from += SLAB * PIXELS) {
    const slab = images.train.subarray(from, from + SLAB * PIXELS);
    codeRange.extend(await model.encode(slab));
    outputRange.extend(await model.reconstruct(slab));
  }
  const reconstructions = await model.reconstruct(images.test);
  const deadOutputUnits = outputRange.constant();
  return {
    codes,
    reconstructions,
    errors: await model.reconstructionError(images.test),
    deadCodeUnits: codeRange.constant().filter(Boolean).length,
    deadOutputUnits,
    errorOfDeadUnits: shareOfError(reconstructions, images.test, deadOutputUnits),
    encodeRate: await encodeRate(model, images.test),
  };
}

const SLAB = 6000;

/** The lowest and the highest value of each column. */
class Range {
  readonly low: Float32Array;
  readonly high: Float32Array;

  constructor(width: number) {
    this.low = new Float32Array(width).fill(Number.POSITIVE_INFINITY);
    this.high = new Float32Array(width).fill(Number.NEGATIVE_INFINITY);
  }

  extend(rows: Matrix): void {
    for (const row of rows) {
      for (let j = 0; j < row.length; j++) {
        const value = row[j] as number;
        if (value < (this.low[j] as number)) this.low[j] = value;
        if (value > (this.high[j] as number)) this.high[j] = value;
      }
    }
  }

  constant(): boolean[] {
    return Array.from(this.low, (low, j) => low === this.high[j]);
  }
}

/** The fraction of the squared error that is on these pixels. */
function shareOfError(reconstructions: Matrix, images: Uint8Array, pixels: boolean[]): number {
  let all = 0;
  let theirs = 0;
  images.forEach((byte, i) => {
    const square = ((reconstructions.data[i] as number) - byte / 255) ** 2;
    all += square;
    if (pixels[i % PIXELS]) theirs += square;
  });
  return theirs / all;
}

/** The best of a few runs: the machine's speed without interference. */
async function encodeRate(model: Autoencoder, images: Uint8Array): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 8; i++) {
    const start = performance.now();
    await model.encode(images);
    best = Math.min(best, performance.now() - start);
  }
  return images.length / PIXELS / (best / 1000);
}

/**
 * The effect of each code unit: how the picture changes when the unit goes from its 5th to its 95th
 * percentile, with all others at their means. The largest changes come first.
 */
export async function unitEffects(model: Autoencoder, codes: Matrix): Promise<Float32Array[]> {
  const [rows, width] = codes.shape;
  const columns = Array.from({ length: width }, (_, k) =>
    Float32Array.from({ length: rows }, (_, i) => codes.data[i * width + k] as number).sort(),
  );
  const means = columns.map((column) => column.reduce((sum, value) => sum + value, 0) / rows);
  const at = (share: number) =>
    columns.map((column, k) => means.with(k, column[Math.floor(share * rows)] as number));
  const low = await model.decode(at(0.05));
  const high = await model.decode(at(0.95));
  const effects = means.map((_, k) => {
    const start = low.row(k);
    return high.row(k).map((value, j) => value - (start[j] as number));
  });
  const size = (effect: Float32Array) => effect.reduce((sum, value) => sum + value * value, 0);
  return effects.sort((a, b) => size(b) - size(a));
}
