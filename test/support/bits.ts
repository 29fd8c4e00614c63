// Fits whose bits must be the same in every engine, with and without threads. The caller passes the
// library: the sources, or a build that is bundled into a page.

import type { Autoencoder, AutoencoderOptions, MatrixInput } from '../../src/index.js';
import { factored, fingerprint, hash, pixels, uniform } from './data.js';
import type { Fit } from './models.js';

/** How many workers train a job worth two of them, in a page that cannot share memory. */
export const WORKERS_WITHOUT_SHARED_MEMORY = 1;

interface Case {
  readonly options: AutoencoderOptions;
  readonly x: () => MatrixInput;
  readonly fit: Fit;
  /** Whether it is enough work for two threads; see src/training/training-layout.ts. */
  readonly large: boolean;
}

const CASES: Record<string, Case> = {
  'ReLU on sparse bytes': {
    options: {
      layers: [784, 64],
      activation: 'relu',
      codeActivation: 'relu',
      outputActivation: 'relu',
    },
    x: () => pixels(1700, 784, 0.19, 1),
    fit: { epochs: 3, weightDecay: 1e-5 },
    large: true,
  },
  'leaky ReLU on dense numbers': {
    options: { layers: [784, 64], codeActivation: 'leakyRelu' },
    x: () => uniform(1700, 784, 1),
    fit: { epochs: 3, validationSplit: 0.1 },
    large: true,
  },
  'ELU, deep, bce': {
    options: { layers: [200, 150, 100, 20], activation: 'elu', codeActivation: 'elu' },
    x: () => factored(2333, 200, 5, 1),
    fit: { epochs: 3, batchSize: 256, loss: 'bce' },
    large: true,
  },
  'tanh, overcomplete': {
    options: {
      layers: [60, 300],
      activation: 'tanh',
      codeActivation: 'tanh',
      outputActivation: 'linear',
    },
    x: () => uniform(2600, 60, 1),
    fit: { epochs: 6, batchSize: 128, schedule: 'constant' },
    large: true,
  },
  'noise, missing cells, tied, AdamW, Huber': {
    options: {
      layers: [784, 64],
      codeActivation: 'leakyRelu',
      scale: 'standard',
      missing: 'mask',
      tied: true,
    },
    x: () => uniform(2600, 784, 1).map((value, i) => (i % 19 === 0 ? Number.NaN : value)),
    fit: {
      epochs: 3,
      optimizer: 'adamw',
      weightDecay: 0.01,
      clipNorm: 0.1,
      loss: 'huber',
      noise: { type: 'gaussian', amount: 0.3 },
      sparsity: { type: 'l1', weight: 0.001 },
      schedule: { type: 'cosine', warmup: 1 },
    },
    large: true,
  },
  'salt and pepper, revived ReLUs, sparse code, SGD, MAE': {
    options: {
      layers: [784, 100, 64],
      activation: 'relu',
      codeActivation: 'sigmoid',
      outputActivation: 'relu',
    },
    x: () => pixels(1700, 784, 0.19, 1),
    fit: {
      epochs: 3,
      optimizer: 'sgd',
      loss: 'mae',
      noise: { type: 'saltPepper', amount: 0.1 },
      sparsity: { type: 'kl', weight: 0.01 },
      schedule: { type: 'step', every: 1 },
      reviveDeadUnits: true,
    },
    large: true,
  },
  'small, odd widths': {
    options: { layers: [17, 9, 2], activation: 'sigmoid', codeActivation: 'sigmoid' },
    x: () => uniform(100, 17, 1),
    fit: { epochs: 3, batchSize: 16 },
    large: false,
  },
};

/** The result of a fit: how many workers trained each epoch, the bits of the weights and of the codes. */
export interface Outcome {
  readonly threads: number[];
  readonly weights: string;
  readonly codes: string;
}

/** The outcome of every case, with two threads wherever the engine has them. */
export async function outcomes(Model: typeof Autoencoder): Promise<Record<string, Outcome>> {
  const all: Record<string, Outcome> = {};
  for (const [name, { options, x, fit }] of Object.entries(CASES)) {
    const model = new Model({ ...options, seed: 0, threads: 2 });
    const rows = x();
    const history = await model.fit(rows, fit);
    all[name] = {
      threads: history.map(({ threads }) => threads),
      weights: fingerprint(model),
      codes: hash((await model.encode(rows)).data),
    };
  }
  return all;
}

/** How many workers train each epoch of every case, if `large` of them train what is worth two threads. */
export function expectedThreads(large: number): Record<string, number[]> {
  return Object.fromEntries(
    Object.entries(CASES).map(([name, { fit, large: isLarge }]) => [
      name,
      Array(fit.epochs).fill(isLarge ? large : 0),
    ]),
  );
}
