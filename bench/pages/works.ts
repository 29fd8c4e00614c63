// The work that is measured, the same in pages and in Node.

import type { Autoencoder, AutoencoderOptions, FitOptions, MatrixInput } from '../../dist/index.js';
import { type Holdups, watch } from './watch.js';

/** MNIST's images as bytes. */
export interface Images {
  readonly train: Uint8Array;
  readonly validation: Uint8Array;
  readonly test: Uint8Array;
}

export interface Result extends Holdups {
  /** Rows per second. */
  readonly rate: number;
  /** From the call to its result, in seconds. */
  readonly seconds: number;
  /** How many worker threads trained. */
  readonly threads?: number;
  /** The longest processor time of a task of the main thread, in milliseconds. */
  readonly processor?: number;
  /** The mean squared error on the test images. */
  readonly mse?: number;
}

interface Work {
  readonly title: string;
  run(Model: typeof Autoencoder, images: Images): Promise<Result>;
}

const WIDTH = 784;
const PAPER: AutoencoderOptions = {
  layers: [WIDTH, 64],
  activation: 'relu',
  codeActivation: 'relu',
  outputActivation: 'relu',
};
const DEEP: AutoencoderOptions = { layers: [WIDTH, 1000, 500, 250, 30] };

/** The inverted images, black on white: almost no zeros are left. */
const dense = (bytes: Uint8Array) => Float32Array.from(bytes, (value) => 1 - value / 255);

const rowsOf = (bytes: Uint8Array) =>
  Array.from({ length: bytes.length / WIDTH }, (_, i) =>
    bytes.subarray(i * WIDTH, (i + 1) * WIDTH),
  );

/** Runs one call, and measures its time and how long it blocked the thread. */
async function timed<T>(call: () => Promise<T>): Promise<[T, Holdups & { seconds: number }]> {
  const stop = await watch();
  const start = performance.now();
  const value = await call();
  const seconds = (performance.now() - start) / 1000;
  return [value, { seconds, ...(await stop()) }];
}

function training<Input extends MatrixInput>(
  title: string,
  model: AutoencoderOptions,
  options: FitOptions<MatrixInput>,
  rows: (images: Images) => Input,
  validation?: (images: Images) => MatrixInput,
): Work {
  return {
    title,
    async run(Model, images) {
      const ae = new Model({ ...model, seed: 0 });
      const x = rows(images);
      const all = validation ? { ...options, validationData: validation(images) } : options;
      const [history, holdups] = await timed(() => ae.fit(x, all));
      const seconds = history.reduce((sum, record) => sum + record.seconds, 0);
      const samples = history.reduce((sum, r) => sum + r.seconds * r.samplesPerSecond, 0);
      const threads = history[0]?.threads as number;
      return { ...holdups, rate: samples / seconds, threads, mse: await ae.evaluate(images.test) };
    },
  };
}

function inference(
  title: string,
  method: 'encode' | 'reconstruct',
  model: AutoencoderOptions,
  rows: (images: Images) => Float32Array | Uint8Array,
): Work {
  return {
    title,
    async run(Model, images) {
      const ae = new Model({ ...model, seed: 0 });
      const x = rows(images);
      const [{ shape }, holdups] = await timed(() => ae[method](x));
      return { ...holdups, rate: shape[0] / holdups.seconds };
    },
  };
}

const together = ({ train, validation }: Images) => {
  const all = new Uint8Array(train.length + validation.length);
  all.set(train);
  all.set(validation, train.length);
  return all;
};

export const EXPERIMENT = 'experiment';

export const WORKS: Record<string, Work> = {
  [EXPERIMENT]: training(
    "fit, the paper's configuration, 20 epochs of 54,000 rows of bytes",
    PAPER,
    { learningRate: 0.001, schedule: 'constant', weightDecay: 1e-5, batchSize: 64 },
    ({ train }) => train,
    ({ validation }) => validation,
  ),
  dense: training(
    'fit, defaults, 3 epochs of 54,000 rows of dense Float32Array',
    { layers: [WIDTH, 64] },
    { epochs: 3 },
    ({ train }) => dense(train),
  ),
  nested: training(
    'fit, defaults, 1 epoch of an array of 54,000 rows',
    { layers: [WIDTH, 64] },
    { epochs: 1 },
    ({ train }) => rowsOf(train),
  ),
  deep: training(
    'fit, 784-1000-500-250-30, 1 epoch of 6,000 rows of bytes',
    DEEP,
    { epochs: 1 },
    ({ validation }) => validation,
  ),
  encode: inference('encode, 784-64, 60,000 rows of bytes', 'encode', PAPER, together),
  encodeFloats: inference(
    'encode, 784-64, 60,000 rows of dense Float32Array',
    'encode',
    PAPER,
    (images) => dense(together(images)),
  ),
  reconstruct: inference(
    'reconstruct, 784-64, 60,000 rows of bytes',
    'reconstruct',
    PAPER,
    together,
  ),
  reconstructDeep: inference(
    'reconstruct, 784-1000-500-250-30, 6,000 rows of bytes',
    'reconstruct',
    DEEP,
    ({ validation }) => validation,
  ),
};
