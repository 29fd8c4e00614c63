// The same networks as in PyTorch, number by number; test/reference/golden/golden.py creates PyTorch's
// results.

import { describe, expect, test } from 'vitest';
import { acquireEngine } from '../../../src/engine/kernels.js';
import type { Activation } from '../../../src/model/activations.js';
import type { Loss } from '../../../src/model/losses.js';
import type { Network, Parameter } from '../../../src/model/network.js';
import type { ModelConfig } from '../../../src/model/options.js';
import deep from '../../reference/golden/deep.json';
import mnist from '../../reference/golden/mnist.json';
import { expectNear, gamma } from '../../support/tolerance.js';
import { createNetwork, gradientStep, networkOf, trainEpoch } from '../../support/training-step.js';

const engine = acquireEngine({});
const STEPS = 10;

/** The generator of Numerical Recipes, as in golden.py. */
class Lcg {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  next(): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return this.#state;
  }

  /** A multiple of 2^-23 in [-1, 1). */
  signed(): number {
    return (this.next() >>> 8) / 2 ** 23 - 1;
  }
}

/** The loss of each of the ten steps, and the parameters after them. */
async function tenSteps(
  network: Network,
  config: ModelConfig,
  x: Float32Array | Uint8Array,
  options: { batchSize: number; loss: Loss; weightDecay: number },
): Promise<{ losses: number[]; final: Record<string, Parameter> }> {
  // A run reports the mean loss of its steps: the loss of step t follows from runs of t and t - 1 steps.
  // Both means are float64, so the difference is accurate.
  const losses: number[] = [];
  let sum = 0;
  let trained = network;
  for (let t = 1; t <= STEPS; t++) {
    trained = networkOf(config, network.block);
    const rows = x.subarray(0, t * options.batchSize * network.inputs);
    const { loss } = await trainEpoch(engine, trained, config, rows, {
      ...options,
      learningRate: 0.002,
    });
    losses.push(loss * t - sum);
    sum = loss * t;
  }
  return { losses, final: trained.parameters() };
}

/**
 * The largest number of roundings on a path: one per term in each sum of a layer, forward, backward and
 * over the batch, and some 16 per layer elsewhere; see gradients.test.ts.
 */
const roundingsOf = (network: Network, batch: number): number =>
  network.layers.reduce((sum, { inputs, outputs }) => sum + inputs + outputs + 16, batch);

const largest = (values: readonly number[]): number => Math.max(...values.map(Math.abs));

/**
 * The first loss has the roundings of one pass. Later losses also have the errors of the weights, which
 * PyTorch's own float32 results indicate. PyTorch sums in blocks and this library in order: 4 times that.
 */
function expectLosses(
  losses: readonly number[],
  golden: { losses: readonly number[]; rounding: { losses: number } },
  roundings: number,
): void {
  const bound = (i: number) =>
    gamma(roundings) * (golden.losses[i] as number) + (i > 0 ? 4 * golden.rounding.losses : 0);
  expectNear(losses, golden.losses, bound, 'the losses of the ten steps');
}

describe.each(['mse', 'bce'] as const)('a small deep network, %s', (loss) => {
  const golden = deep.runs[loss];
  const { network, config } = createNetwork({
    layers: deep.layers,
    activation: deep.activation as Activation,
    codeActivation: deep.activation as Activation,
    outputActivation: deep.outputActivation as Activation,
  });
  const initial: Record<string, readonly number[]> = deep.initial;
  for (const layer of network.layers) {
    const weight = initial[`${layer.name}.weight`] as readonly number[];
    network.setLayer(layer, weight, initial[`${layer.name}.bias`] as readonly number[]);
  }
  const x = Float32Array.from(deep.x);
  const batchSize = deep.batchSize;
  const roundings = roundingsOf(network, batchSize);

  test('all gradients of the first step agree with PyTorch', async () => {
    const batch = x.subarray(0, batchSize * network.inputs);
    const { gradient } = await gradientStep(engine, network, config, batch, { loss });
    const gradients = gradient.parameters();
    expect(Object.keys(gradients)).toEqual(Object.keys(golden.gradients));
    for (const [name, expected] of Object.entries(golden.gradients)) {
      const actual = gradients[name]?.data as Float32Array;
      expectNear(actual, expected, () => gamma(roundings) * largest(expected), `d ${name}`);
    }
  });

  test('ten losses and the parameters after them agree with PyTorch', async () => {
    const options = { batchSize, loss, weightDecay: 0 };
    const { losses, final } = await tenSteps(network, config, x, options);
    expectLosses(losses, golden, roundings);
    const rounding: Record<string, number> = golden.rounding.parameters;
    for (const [name, expected] of Object.entries(golden.final)) {
      // A weight is rounded once per step; the errors of the steps are indicated by PyTorch's own float32
      // results.
      const bound = gamma(STEPS) * largest(expected) + 4 * (rounding[name] as number);
      expectNear(final[name]?.data as Float32Array, expected, () => bound, name);
    }
  });
});

describe('784-64-784, trained as in the paper', () => {
  const { network, config } = createNetwork({
    layers: mnist.layers,
    activation: mnist.activation as Activation,
    codeActivation: mnist.activation as Activation,
    outputActivation: mnist.outputActivation as Activation,
  });
  const parameters = new Lcg(mnist.parameterSeed);
  for (const layer of network.layers) {
    const bound = 2 ** -Math.round(Math.log2(Math.sqrt(layer.inputs)));
    const draw = (length: number) => Array.from({ length }, () => parameters.signed() * bound);
    const weight = draw(layer.inputs * layer.outputs);
    network.setLayer(layer, weight, draw(layer.outputs));
  }
  const pixels = new Lcg(mnist.pixelSeed);
  const { batchSize, weightDecay } = mnist;
  const x = Uint8Array.from({ length: STEPS * batchSize * network.inputs }, () =>
    pixels.next() >>> 24 < 49 ? pixels.next() >>> 24 : 0,
  );
  const roundings = roundingsOf(network, batchSize);

  test('the gradients of the first step agree with PyTorch', async () => {
    const batch = x.subarray(0, batchSize * network.inputs);
    const { gradient } = await gradientStep(engine, network, config, batch, {});
    const gradients = gradient.parameters();
    expect(Object.keys(gradients)).toEqual(Object.keys(mnist.gradients));
    for (const [name, expected] of Object.entries(mnist.gradients)) {
      const actual = gradients[name]?.data as Float32Array;
      const bound = gamma(roundings) * largest(expected.sample);
      const sample = expected.sample.map((_, i) => actual[(i * 7919) % actual.length] as number);
      expectNear(sample, expected.sample, () => bound, `d ${name}`);
      // The sums over all numbers: of the values, whose errors add up, and of their squares.
      const sum = actual.reduce((total, value) => total + value, 0);
      expectNear([sum], [expected.sum], () => bound * actual.length, `the sum of d ${name}`);
      const norm = Math.hypot(...actual);
      const normBound = bound * Math.sqrt(actual.length);
      expectNear([norm], [expected.norm], () => normBound, `the length of d ${name}`);
    }
  });

  test('ten losses agree with PyTorch', async () => {
    const options = { batchSize, loss: 'mse', weightDecay } as const;
    const { losses } = await tenSteps(network, config, x, options);
    expectLosses(losses, mnist, roundings);
  });
});
