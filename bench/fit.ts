// Measures how many MNIST images per second the library trains on and encodes with one thread.

import { fullMnist } from '../examples/experiment/mnist.js';
import { Autoencoder, type AutoencoderOptions, type FitOptions } from '../src/index.js';
import { denseFlops } from './flops.js';
import { median } from './median.js';

interface Recipe {
  readonly name: string;
  readonly model: AutoencoderOptions;
  readonly fit: FitOptions<never>;
  /** Images per epoch: about a second of work each. */
  readonly images: number;
}

const PAPER: AutoencoderOptions = {
  layers: [784, 64],
  activation: 'relu',
  codeActivation: 'relu',
  outputActivation: 'relu',
};

export const RECIPES: Recipe[] = [
  {
    name: "784-64, paper's configuration",
    model: PAPER,
    fit: { learningRate: 0.001, schedule: 'constant', weightDecay: 1e-5 },
    images: 60_000,
  },
  { name: '784-64, defaults', model: { layers: [784, 64] }, fit: {}, images: 60_000 },
  {
    name: '784-1000-500-250-30, defaults',
    model: { layers: [784, 1000, 500, 250, 30] },
    fit: {},
    images: 3_000,
  },
];

/** Epochs per run. The first one warms up the engine and is not counted. */
const EPOCHS = 6;

export async function benchLibrary(peak: number): Promise<void> {
  const { train } = fullMnist();
  const report = (name: string, rate: number, flops: number) => {
    const speed = (rate * flops) / 1e9;
    const columns = [Math.round(rate).toLocaleString('en'), speed.toFixed(1)];
    const share = `${((speed / peak) * 100).toFixed(0)} %`;
    console.log(
      `${name.padEnd(44)} ${columns[0]?.padStart(11)} ${columns[1]?.padStart(9)} ${share.padStart(9)}`,
    );
  };
  console.log(`${'on MNIST'.padEnd(44)}   samples/s   GFLOP/s   of peak`);
  for (const { name, model, fit, images } of RECIPES) {
    const [encoding, training] = denseFlops(model.layers as number[]);
    const x = train.subarray(0, images * 784);
    const ae = new Autoencoder({ ...model, seed: 0, threads: 1 });
    const history = await ae.fit(x, { ...fit, epochs: EPOCHS });
    const rates = history.slice(1).map(({ samplesPerSecond }) => samplesPerSecond);
    report(`fit ${name}`, median(rates), training);

    const times = [];
    for (let i = 0; i < EPOCHS; i++) {
      const start = performance.now();
      await ae.encode(x);
      times.push((performance.now() - start) / 1000);
    }
    report(`encode ${name}`, images / median(times.slice(1)), encoding);
    ae.dispose();
  }
  console.log('GFLOP/s as if every zero were multiplied: skipping them can take it past the peak.');
}
