// Training without anything random, and the gradients of a single step.

import { rowSource } from '../../src/data/row-forms.js';
import type { Engine } from '../../src/engine/kernels.js';
import { Network } from '../../src/model/network.js';
import {
  type AutoencoderOptions,
  checkModelOptions,
  type ModelConfig,
} from '../../src/model/options.js';
import { checkFitOptions } from '../../src/training/fit-options.js';
import type { FitOptions } from '../../src/training/fit-types.js';
import { Training } from '../../src/training/training.js';
import type { LayerTwin } from '../reference/twins.js';

/** A network as `new Autoencoder(options)` makes it, with seed 0 by default. */
export function createNetwork(options: AutoencoderOptions): {
  network: Network;
  config: ModelConfig;
} {
  const config = checkModelOptions(options, { seed: () => 0, threads: () => 1 });
  return { network: new Network(config), config };
}

/** Trains one epoch over the rows x in order, at a constant learning rate. Returns the run. */
export async function trainEpoch(
  engine: Engine,
  network: Network,
  config: ModelConfig,
  x: Float32Array | Uint8Array,
  options: FitOptions,
): Promise<{ training: Training; loss: number }> {
  const rows = rowSource('x', x, network.inputs, 'input');
  const missing = x.some(Number.isNaN) ? new Float32Array(network.inputs).fill(0.25) : undefined;
  const training = await Training.prepare(
    engine,
    network,
    checkFitOptions({ ...options, epochs: 1, shuffle: false, schedule: 'constant' }, config),
    {
      source: { ...rows, ...(missing && { missing }) },
      validation: undefined,
      seed: 0,
      threads: 1,
      workerUrl: undefined,
    },
  );
  const [record] = await training.run();
  return { training, loss: record?.loss ?? Number.NaN };
}

/**
 * The loss over x as one batch, and its gradient, laid out like the network's block. The update is fused
 * with the gradient, but with beta1 = 0 Adam's first moment is exactly the gradient: m becomes 0 * 0 + 1 *
 * g. Only values that Adam treats as zero, below 1e-15, are cleared.
 */
export async function gradientStep(
  engine: Engine,
  network: Network,
  config: ModelConfig,
  x: Float32Array | Uint8Array,
  options: FitOptions,
): Promise<{ loss: number; gradient: Network }> {
  const trained = networkOf(config, network.block);
  const batchSize = x.length / network.inputs;
  const run = await trainEpoch(engine, trained, config, x, { ...options, batchSize, beta1: 0 });
  const gradient = networkOf(config, trained.training?.m as Float32Array);
  return { loss: run.loss, gradient };
}

/** A network with the parameters `block`. For a block of gradients it gives their names and shapes. */
export function networkOf(config: ModelConfig, block: Float32Array): Network {
  const network = new Network(config);
  network.replace(block);
  return network;
}

/** The network's layers for the float64 twin. */
export function layersOf(network: Network): LayerTwin[] {
  const all = network.parameters();
  return network.layers.map(({ name, inputs, outputs, activation }) => ({
    inputs,
    outputs,
    activation,
    weight: Float64Array.from(all[`${name}.weight`]?.data ?? []),
    bias: Float64Array.from(all[`${name}.bias`]?.data ?? []),
  }));
}
