// Runs of 20 epochs that use everything that depends on the epoch: row order, noise, learning rate, best
// weights.

import type { Autoencoder, AutoencoderOptions, TrainingInput } from '../../src/index.js';
import { factored, pixels, rowsOf } from './data.js';
import type { Fit } from './models.js';

export interface Run {
  readonly options: AutoencoderOptions & { seed: number };
  readonly x: () => TrainingInput;
  readonly fit: Fit & { epochs: number };
}

const HALF = 10;

const STREAMED = 6000;

export const RUNS: Record<string, Run> = {
  'of a few rows': {
    options: { layers: [6, 4], codeActivation: 'leakyRelu', seed: 5, scale: 'standard' },
    x: () => factored(64, 6, 2, 1),
    fit: {
      epochs: 2 * HALF,
      batchSize: 16,
      learningRate: 0.05,
      schedule: { type: 'cosine', warmup: 2 },
      noise: { type: 'gaussian', amount: 0.3 },
      validationSplit: 0.25,
      earlyStopping: { patience: 2 * HALF },
    },
  },
  // Two pieces per epoch; see src/training/stream-training.ts.
  'of a stream': {
    options: { layers: [784, 4], codeActivation: 'leakyRelu', seed: 2 },
    x() {
      const rows = rowsOf(pixels(STREAMED, 784, 0.19, 1), 784);
      return () => rows;
    },
    fit: {
      epochs: 2 * HALF,
      rows: STREAMED,
      batchSize: 256,
      noise: { type: 'saltPepper', amount: 0.1 },
      validationData: pixels(100, 784, 0.19, 2),
      earlyStopping: { patience: 2 * HALF },
    },
  },
  // Enough rows to use workers; see src/training/training.ts.
  'of many rows': {
    options: { layers: [784, 64], codeActivation: 'leakyRelu', seed: 1, threads: 2 },
    x: () => pixels(1700, 784, 0.19, 1),
    fit: {
      epochs: 2 * HALF,
      noise: { type: 'mask', amount: 0.2 },
      validationSplit: 0.1,
      earlyStopping: { patience: 2 * HALF },
    },
  },
};

const inEpochs = (epochs: number): Record<string, Run> =>
  Object.fromEntries(
    Object.entries(RUNS).map(([name, run]) => [name, { ...run, fit: { ...run.fit, epochs } }]),
  );

/** The same runs with 6 epochs, for tests that repeat them many times. */
export const SHORT_RUNS = inEpochs(6);

/** The same runs with 4 epochs, for tests that pass each run through several processes and pages. */
export const SHORTEST_RUNS = inEpochs(4);

/** A model's file after all epochs, and the file that was saved after half of them. */
export async function inOneGo(
  Model: typeof Autoencoder,
  { options, x, fit }: Run,
): Promise<{ half: Uint8Array<ArrayBuffer>; whole: Uint8Array<ArrayBuffer> }> {
  const ae = new Model(options);
  const saved: Uint8Array<ArrayBuffer>[] = [];
  const onSave = (bytes: Uint8Array<ArrayBuffer>) => void saved.push(bytes);
  await ae.fit(x(), { ...fit, checkpoint: { every: fit.epochs / 2, onSave } });
  const [half, whole] = saved as [Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>];
  return { half, whole };
}

/** The file of a run that is stopped after half of its epochs. */
export async function stoppedHalfway(
  Model: typeof Autoencoder,
  { options, x, fit }: Run,
): Promise<Uint8Array<ArrayBuffer>> {
  const ae = new Model(options);
  const controller = new AbortController();
  let half: Uint8Array<ArrayBuffer> | undefined;
  const onSave = (bytes: Uint8Array<ArrayBuffer>) => {
    half = bytes;
    controller.abort();
  };
  const { signal } = controller;
  const running = ae.fit(x(), { ...fit, signal, checkpoint: { every: fit.epochs / 2, onSave } });
  await running.catch((error: unknown) => {
    if (error !== signal.reason) throw error;
  });
  return half as Uint8Array<ArrayBuffer>;
}

/** The file after the second half, trained by a model that was loaded from the first. */
export async function resumed(
  Model: typeof Autoencoder,
  { x, fit }: Run,
  half: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const ae = Model.load(half);
  await ae.fit(x(), { ...fit, resume: true });
  return ae.save();
}
