// Observes training in worker threads: how many threads ran, and the trained values.

import { type MockInstance, vi } from 'vitest';
import type { MatrixInput } from '../../src/data/matrix.js';
import { rowSource } from '../../src/data/row-forms.js';
import { acquireEngine, releaseEngine } from '../../src/engine/kernels.js';
import { Pool } from '../../src/engine/pool.js';
import type { AutoencoderOptions } from '../../src/model/options.js';
import type { TrainingState } from '../../src/model/state.js';
import { checkFitOptions } from '../../src/training/fit-options.js';
import type { FitOptions } from '../../src/training/fit-types.js';
import { ThreadUse } from '../../src/training/thread-use.js';
import { Training } from '../../src/training/training.js';
import { createNetwork } from './training-step.js';

/** Whether workers may share memory: always in Node, in a page only when it is cross-origin isolated. */
export const SHARED_MEMORY = globalThis.crossOriginIsolated !== false;

type Watch = MockInstance<Pool['run']>;

/** Makes all threads run every pass as a whole, however busy the machine is. */
export function keepThreads(): void {
  vi.spyOn(ThreadUse.prototype, 'next').mockImplementation((left) => ({
    alone: false,
    steps: left,
  }));
}

/** Records the jobs that pools run from now on. All threads run each pass as a whole. */
export function watchPools(): Watch {
  keepThreads();
  return vi.spyOn(Pool.prototype, 'run');
}

/** How many threads ran each pass over rows since the watch began. Passes without workers are not listed. */
export function threadsOf(watch: Watch): number[] {
  return watch.mock.calls.map(([jobs]) => jobs.length);
}

/** The size that decides how many threads run. */
export type Size =
  /** the network's true size, as in every fit */
  | 'true'
  /** a size that is never worth a worker, so that the calling thread runs everything */
  | 'tiny'
  /** a size that is worth all available threads */
  | 'huge';

/** All results of a run: parameters, moments, losses. */
export interface Trained {
  readonly parameters: Float32Array;
  readonly m: Float32Array;
  readonly v: Float32Array;
  readonly losses: (number | undefined)[];
}

/**
 * Does what `fit` does on a new model with these options, but with a given number of threads, and with
 * zeros in place of missing cells for models that accept them.
 */
export async function trainInThreads(
  threads: number,
  size: Size,
  options: AutoencoderOptions,
  x: MatrixInput,
  fit: FitOptions<MatrixInput>,
): Promise<Trained> {
  const { network, config } = createNetwork(options);
  // Only this number decides whether a run uses workers.
  const sizes = { true: network.parameterCount, tiny: 0, huge: Number.POSITIVE_INFINITY };
  Object.defineProperty(network, 'parameterCount', { value: sizes[size] });
  const checked = checkFitOptions<MatrixInput>(fit, config);
  const missing = config.missing === 'mask' && new Float32Array(network.inputs);
  const rows = (name: string, input: MatrixInput) => {
    const source = rowSource(name, input, network.inputs, 'input');
    return missing && !source.bytes ? { ...source, missing } : source;
  };
  const engine = acquireEngine({});
  try {
    const training = await Training.prepare(engine, network, checked, {
      source: rows('x', x),
      validation: checked.validationData && rows('validationData', checked.validationData),
      seed: config.seed,
      threads,
      workerUrl: undefined,
    });
    const history = await training.run();
    const losses = history.flatMap(({ loss, validationLoss }) => [loss, validationLoss]);
    const { m, v } = network.training as TrainingState;
    return { parameters: network.block.slice(), m, v, losses };
  } finally {
    releaseEngine(engine);
  }
}
