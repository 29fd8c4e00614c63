// Every derivative compared with finite differences: first that of each activation, then the gradient of
// the training step, against the loss of the float64 twin of the whole network.

import { describe, expect, test } from 'vitest';
import { Random } from '../../../src/base/random.js';
import { acquireEngine } from '../../../src/engine/kernels.js';
import { ACTIVATION_NAMES, ACTIVATIONS, type Activation } from '../../../src/model/activations.js';
import type { Loss } from '../../../src/model/losses.js';
import * as twin from '../../reference/twins.js';
import { LinearMemory } from '../../support/linear-memory.js';
import { expectNear, gamma } from '../../support/tolerance.js';
import { createNetwork, gradientStep, layersOf } from '../../support/training-step.js';

const engine = acquireEngine({});

/**
 * The step of a central difference (f(z + H) - f(z - H)) / 2H of a function near 1. Its error is H^2 f''' /
 * 6, some 1e-11, plus the rounding of f, 2^-53 / H, also 1e-11.
 */
const H = 1e-5;
const DIFFERENCE_ERROR = 1e-10;

describe.each(ACTIVATION_NAMES)('%s', (activation) => {
  const { f, kinks } = twin.ACTIVATION[activation];

  test('its backward pass agrees with finite differences of its forward pass', () => {
    const random = new Random(1);
    const z = Float32Array.from([
      ...Array.from({ length: 400 }, () => random.signed() * 8),
      ...Array.from({ length: 101 }, (_, i) => (i - 50) / 10),
    ]).filter((value) => kinks.every((kink) => Math.abs(value - kink) > 2 * H));
    const memory = new LinearMemory(engine.memory);
    const h = memory.matrix(1, z.length, z);
    const dh = memory.matrix(1, z.length, new Float32Array(z.length).fill(1));
    const slopes = memory.matrix(1, z.length);
    const { kind, keepsSlopes } = ACTIVATIONS[activation];
    const from = keepsSlopes ? slopes : h;
    const { activateRow, activateRowBackward } = engine.kernels;
    activateRow(h.address, z.length, memory.floats([0]), 0, kind, slopes.address);
    activateRowBackward(dh.address, z.length, from.address, kind);
    const slope = Float64Array.from(z, (value) => (f(value + H) - f(value - H)) / (2 * H));
    // f' is computed from h, which is off by at most 6 u (kernels.test.ts), with a slope of at most 2; the
    // computation itself rounds at most 4 times. All values are at most 1.
    expectNear(dh.read(), slope, () => gamma(16) + DIFFERENCE_ERROR, activation);
  });
});

/** Rows in [0, 1], a share of them zero, that keep every unit of the network away from kinks. */
function drawRows(layers: readonly twin.LayerTwin[], count: number, zeros: number): Float32Array {
  const random = new Random(2, count);
  const width = layers[0]?.inputs as number;
  const rows = new Float32Array(count * width);
  for (let r = 0; r < count; ) {
    const row = Float32Array.from({ length: width }, () => {
      const value = (random.signed() + 1) / 2;
      return random.signed() < 2 * zeros - 1 ? 0 : value;
    });
    const { z } = twin.forward(layers, row, 1);
    const clear = layers.every(({ activation }, l) =>
      twin.ACTIVATION[activation].kinks.every((kink) =>
        z[l]?.every((value) => Math.abs(value - kink) > KINK_MARGIN),
      ),
    );
    if (clear) rows.set(row, r++ * width);
  }
  return rows;
}

/**
 * Much more than a change of one weight by H, or float32, changes a weighted sum of these networks; few
 * rows come this close to a kink.
 */
const KINK_MARGIN = 1e-4;

interface Case {
  readonly layers: readonly number[];
  readonly rows: number;
  /** The share of zeros in the input. */
  readonly zeros: number;
  /** The number of values of a tensor that are compared with differences. */
  readonly differences?: number;
}

async function checkGradients(
  { layers: widths, rows, zeros, differences = 40 }: Case,
  activation: Activation,
  codeActivation: Activation,
  outputActivation: Activation,
  loss: Loss,
): Promise<void> {
  const what = `${widths} ${activation}/${codeActivation}/${outputActivation} ${loss}`;
  const { network, config } = createNetwork({
    layers: widths,
    activation,
    codeActivation,
    outputActivation,
    seed: 7,
  });
  const layers = layersOf(network);
  const x = drawRows(layers, rows, zeros);
  const step = await gradientStep(engine, network, config, x, { loss });
  const measured = layersOf(step.gradient);

  const pass = twin.forward(layers, x, rows);
  const value = () => twin.loss(layers, twin.forward(layers, x, rows), x, loss).value;
  const expected = twin.backward(layers, pass, x, rows, loss);

  // A gradient is a sum of products along the paths through the network. A path has one rounding per term
  // in each of its sums, forward, backward and over the batch, and some 16 per layer in bias, activation
  // and derivative. The rounding is relative to the product along the path, for which the largest gradient
  // is used.
  const roundings = layers.reduce((sum, l) => sum + l.inputs + l.outputs + 16, rows);
  const largest = Math.max(
    ...expected.flatMap(({ weight, bias }) => [...weight, ...bias].map(Math.abs)),
  );
  const rounding = gamma(roundings) * largest;
  expectNear([step.loss], [value()], () => gamma(roundings) * value() + 1e-7, `${what}: loss`);

  let numbers = 0;
  for (const [l, layer] of layers.entries()) {
    for (const name of ['weight', 'bias'] as const) {
      const actual = measured[l]?.[name] as Float64Array;
      const analytic = expected[l]?.[name] as Float64Array;
      const tensor = `${what}: d${name} of layer ${l}`;
      expectNear(actual, analytic, () => rounding, tensor);
      numbers += actual.filter((gradient) => gradient !== 0).length;

      // All numbers of a small tensor are compared with differences, and some of a large one.
      const parameters = layer[name];
      const stride = Math.ceil(parameters.length / differences);
      for (let i = 0; i < parameters.length; i += stride) {
        const original = parameters[i] as number;
        parameters[i] = original + H;
        const above = value();
        parameters[i] = original - H;
        const below = value();
        parameters[i] = original;
        const slope = (above - below) / (2 * H);
        const bound = () => rounding + DIFFERENCE_ERROR;
        expectNear([actual[i] as number], [slope], bound, `${tensor} [${i}]`);
      }
    }
  }
  // The padding of the parameters has no gradient, so that it stays zero.
  expect(step.gradient.block.filter((gradient) => gradient !== 0).length, what).toBe(numbers);
}

const CASES: Case[] = [
  { layers: [5, 4], rows: 5, zeros: 0 },
  { layers: [7, 5, 3], rows: 6, zeros: 0.3 },
  { layers: [3, 6, 2], rows: 3, zeros: 0 }, // wider inside
  { layers: [9, 12, 4], rows: 5, zeros: 0 },
  { layers: [1, 1], rows: 1, zeros: 0 },
  { layers: [2, 3, 4, 5], rows: 9, zeros: 0 },
];

/** Together the networks try each activation with each output activation, twice. */
const OUTPUTS_EACH = 3;

describe.each(CASES)('the gradient of $layers', (given) => {
  const outputs = [...ACTIVATION_NAMES.entries()].filter(
    ([i]) => i % OUTPUTS_EACH === CASES.indexOf(given) % OUTPUTS_EACH,
  );

  test.each(ACTIVATION_NAMES)('%s, with a third of the outputs and mse', async (activation) => {
    for (const [i, output] of outputs) {
      const code = ACTIVATION_NAMES[
        (ACTIVATION_NAMES.indexOf(activation) + i) % ACTIVATION_NAMES.length
      ] as Activation;
      await checkGradients(given, activation, code, output, 'mse');
    }
  });

  test.each(ACTIVATION_NAMES)('%s, with sigmoid and bce', async (activation) => {
    await checkGradients(given, activation, activation, 'sigmoid', 'bce');
  });
});

describe('wide enough for the sparse products', () => {
  const wide: Case = { layers: [70, 45, 34], rows: 39, zeros: 0.8, differences: 4 };

  test.each(['relu', 'leakyRelu'] as const)('%s throughout, mse', async (activation) => {
    await checkGradients(wide, activation, activation, activation, 'mse');
  });

  test('relu and sigmoid, bce', async () => {
    await checkGradients(wide, 'relu', 'relu', 'sigmoid', 'bce');
  });
});
