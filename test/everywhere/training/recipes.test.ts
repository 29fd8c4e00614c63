// The gradient of every recipe in one training step, compared with finite differences of the recipe's
// documented loss in float64: losses, sample weights, missing values, penalties, tied weights, clipping;
// and the rule that revives dead units.

import { describe, expect, test } from 'vitest';
import { acquireEngine } from '../../../src/engine/kernels.js';
import { ACTIVATION_NAMES, ACTIVATIONS } from '../../../src/model/activations.js';
import { LOSSES, type Loss } from '../../../src/model/losses.js';
import type { Network } from '../../../src/model/network.js';
import type { AutoencoderOptions } from '../../../src/model/options.js';
import type { FitOptions } from '../../../src/training/fit-types.js';
import * as twin from '../../reference/twins.js';
import { uniform } from '../../support/data.js';
import { gamma } from '../../support/tolerance.js';
import { createNetwork, gradientStep, layersOf } from '../../support/training-step.js';

const engine = acquireEngine({});
const H = 1e-5;
const ROWS = 6;
/** Without kinks, so that no difference crosses one. */
const SMOOTH: AutoencoderOptions = {
  layers: [5, 4, 3],
  activation: 'tanh',
  codeActivation: 'sigmoid',
  outputActivation: 'sigmoid',
  seed: 3,
};

type Value = (y: number, x: number) => number;
const LOSS: Record<Loss, Value> = {
  mse: (y, x) => (y - x) ** 2,
  bce: (y, x) => -x * Math.log(y) - (1 - x) * Math.log(1 - y),
  mae: (y, x) => Math.abs(y - x),
  huber: (y, x) => (Math.abs(y - x) <= 0.2 ? (y - x) ** 2 / 2 : 0.2 * (Math.abs(y - x) - 0.1)),
  logcosh: (y, x) => twin.logCosh(y - x),
};
const LOSS_NAMES = Object.keys(LOSSES) as Loss[];

/** The documented objective of a training step, in float64. */
function objective(layers: twin.LayerTwin[], x: Float32Array, fit: FitOptions): number {
  const width = layers[0]?.inputs as number;
  const known = Float64Array.from(x, (value) => (Number.isNaN(value) ? 0.25 : value));
  const { h } = twin.forward(layers, known, ROWS);
  const y = h.at(-1) as Float64Array;
  const value = LOSS[fit.loss ?? 'mse'];
  const weights = Array.from({ length: ROWS }, (_, i) => fit.sampleWeight?.[i] ?? 1);
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / ROWS;
  let total = 0;
  for (let i = 0; i < y.length; i++) {
    if (Number.isNaN(x[i])) continue;
    const weight = (weights[Math.floor(i / width)] as number) / mean;
    total += (weight * value(y[i] as number, x[i] as number)) / y.length;
  }
  const { sparsity } = fit;
  if (!sparsity) return total;
  const depth = layers.length / 2;
  const code = h[depth] as Float64Array;
  const units = code.length / ROWS;
  for (let unit = 0; unit < units; unit++) {
    const values = Array.from({ length: ROWS }, (_, r) => code[r * units + unit] as number);
    const average = (of: (value: number) => number) =>
      values.reduce((sum, v) => sum + of(v), 0) / ROWS;
    if (sparsity.type === 'l1') {
      total += sparsity.weight * average(Math.abs);
    } else {
      const [t, m] = [sparsity.target as number, average((v) => v)];
      total += sparsity.weight * (t * Math.log(t / m) + (1 - t) * Math.log((1 - t) / (1 - m)));
    }
  }
  return total;
}

/** The derivative of the objective by each parameter of the network's block. */
function slopes(network: Network, x: Float32Array, fit: FitOptions): Map<number, number> {
  const all = new Map<number, number>();
  const block = Float64Array.from(network.block);
  const layersAt = () =>
    network.layers.map((layer) => {
      const { inputs, outputs, activation, rowsAreInputs, stride, weights, biases } = layer;
      const weight = new Float64Array(inputs * outputs);
      for (let o = 0; o < outputs; o++) {
        for (let i = 0; i < inputs; i++) {
          const here = weights + (rowsAreInputs ? i * stride + o : o * stride + i);
          weight[o * inputs + i] = block[here] as number;
        }
      }
      const bias = block.slice(biases, biases + outputs);
      return { inputs, outputs, activation, weight, bias };
    });
  for (let i = 0; i < block.length; i++) {
    const original = block[i] as number;
    block[i] = original + H;
    const above = objective(layersAt(), x, fit);
    block[i] = original - H;
    const below = objective(layersAt(), x, fit);
    block[i] = original;
    all.set(i, (above - below) / (2 * H));
  }
  return all;
}

/**
 * Compares the gradient of one step with the derivatives, which are off by 1e-10, within float32's
 * roundings.
 */
async function checkStep(
  options: AutoencoderOptions,
  x: Float32Array,
  fit: FitOptions,
): Promise<void> {
  const { network, config } = createNetwork(options);
  const expected = slopes(network, x, fit);
  const step = await gradientStep(engine, network, config, x, fit);
  const largest = Math.max(...[...expected.values()].map(Math.abs));
  const roundings = network.layers.reduce((sum, l) => sum + l.inputs + l.outputs + 16, 2 * ROWS);
  const bound = gamma(roundings) * largest + 1e-9;
  for (const [i, slope] of expected) {
    const actual = step.gradient.block[i] as number;
    if (Math.abs(actual - slope) <= bound) continue;
    expect.fail(`d${i} is ${actual}, expected ${slope}; allowed ${bound}`);
  }
  expect(largest).toBeGreaterThan(100 * bound);
  if (!fit.sparsity) {
    const known = x.filter((value) => !Number.isNaN(value)).length / x.length;
    const value = objective(layersOf(network), x, fit) / known;
    expect(Math.abs(step.loss - value)).toBeLessThan(gamma(roundings) * value + 1e-6);
  }
}

const X = uniform(ROWS, 5, 4);
/** Some cells are missing, but at least one in each row is known. */
const HOLES = X.map((value, i) => (i % 3 === 0 ? Number.NaN : value));
const WEIGHTS = [0, 1, 2, 0.5, 3, 1];

describe.each([
  ['apart', { ...SMOOTH }],
  ['tied', { ...SMOOTH, tied: true }],
  ['tied, one layer', { ...SMOOTH, tied: true, layers: [5, 3], activation: 'elu' as const }],
  ['tied, as wide as before', { ...SMOOTH, tied: true, layers: [5, 5, 5] }],
  ['wider inside', { ...SMOOTH, layers: [5, 9, 2] }],
  ['another decoder', { ...SMOOTH, decoderLayers: [6] }],
])('%s: gradients agree with finite differences', (_, options) => {
  test.each(LOSS_NAMES)('%s', async (loss) => {
    await checkStep(options, X, { loss, huberDelta: 0.2 });
  });

  test.each(LOSS_NAMES)('%s, weighted', async (loss) => {
    await checkStep(options, X, { loss, huberDelta: 0.2, sampleWeight: WEIGHTS });
  });

  test.each(LOSS_NAMES)('%s, with missing cells', async (loss) => {
    await checkStep(options, HOLES, { loss, huberDelta: 0.2, sampleWeight: WEIGHTS });
  });

  test('a sparsity penalty, l1 and kl', async () => {
    await checkStep(options, X, { sparsity: { type: 'l1', weight: 0.3 } });
    await checkStep(options, X, { sparsity: { type: 'kl', weight: 0.3, target: 0.1 } });
    const tanh = { ...options, codeActivation: 'tanh' as const };
    await checkStep(tanh, X, { sparsity: { type: 'l1', weight: 0.3 } });
  });

  test('a clipped gradient is shorter, in the same direction', async () => {
    const { network, config } = createNetwork(options);
    const free = (await gradientStep(engine, network, config, X, {})).gradient.block;
    const norm = Math.hypot(...free);
    for (const share of [0.25, 2]) {
      const clipNorm = norm * share;
      const { gradient } = await gradientStep(engine, network, config, X, { clipNorm });
      for (let i = 0; i < free.length; i++) {
        const expected = (free[i] as number) * Math.min(1, share);
        // Squares, their sum, the root, 1e-6 added to the norm, quotient and product.
        const allowed = (gamma(free.length + 8) + 1e-6 / norm) * Math.abs(expected);
        expect(Math.abs((gradient.block[i] as number) - expected)).toBeLessThanOrEqual(allowed);
      }
    }
  });
});

describe.each(ACTIVATION_NAMES.filter((name) => ACTIVATIONS[name].keepsSlopes))(
  '%s, which stores its derivative: gradients agree with finite differences',
  (activation) => {
    const options: AutoencoderOptions = {
      ...SMOOTH,
      ...{ activation, codeActivation: activation, outputActivation: activation },
    };
    test.each(LOSS_NAMES.filter((name) => name !== 'bce'))(
      '%s, with missing cells',
      async (loss) => {
        await checkStep(options, HOLES, { loss, huberDelta: 0.2, sampleWeight: WEIGHTS });
      },
    );

    test('a sparsity penalty, with tied weights and without', async () => {
      const sparsity = { type: 'l1', weight: 0.3 } as const;
      for (const tied of [false, true]) await checkStep({ ...options, tied }, X, { sparsity });
    });
  },
);

test('reviveDeadUnits passes the gradients that would raise a dead ReLU, and no others', async () => {
  // One row, for which the first hidden unit and the first output are 0.
  const { network, config } = createNetwork({
    layers: [2, 2],
    activation: 'relu',
    codeActivation: 'relu',
    outputActivation: 'relu',
    seed: 0,
  });
  const [encoder, decoder] = network.layers as [
    (typeof network.layers)[0],
    (typeof network.layers)[0],
  ];
  const x = Float32Array.of(0.5, 0.25);
  // The loss falls as the first output rises. So it falls as the hidden unit below rises if their weight is
  // 1, and not if it is -1.
  for (const weight of [1, -1]) {
    network.setLayer(encoder, [-1, -1, 1, 1], [0, 0]); // h = (0, 0.75)
    network.setLayer(decoder, [weight, 1, 1, 1], [-1, -0.5]); // z = (-0.25, 0.25): y = (0, 0.25)
    const plain = layersOf((await gradientStep(engine, network, config, x, {})).gradient);
    const revived = layersOf(
      (await gradientStep(engine, network, config, x, { reviveDeadUnits: true })).gradient,
    );
    expect(plain[1]?.bias[0]).toBe(0);
    // 2 (y - x) / 2: the output that is 0 is too low.
    expect(revived[1]?.bias[0]).toBe(-0.5);
    expect(revived[1]?.bias[1]).toBe(plain[1]?.bias[1]);
    expect(plain[0]?.bias[0]).toBe(0);
    expect(revived[0]?.bias[0]).toBe(weight > 0 ? -0.5 : 0);
  }
});
