// The paper's experiment: a 784-64-784 autoencoder learns MNIST, once as the paper's author ran it
// and once with this library's defaults. Start it with `npm start`; `npm start -- --help`.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  Autoencoder,
  type AutoencoderOptions,
  type FitOptions,
  type History,
} from '../../dist/index.js';
import { FlagError, type Flags, HELP, readFlags } from './flags.js';
import { countImages, fullMnist, smallMnist, splitImages } from './mnist.js';
import { showProgress } from './progress.js';
import { type Mse, table } from './table.js';

const LAYERS = [784, 64];

interface Recipe {
  name: string;
  model: Partial<AutoencoderOptions>;
  fit: FitOptions;
}

/** What the paper leaves out (batch size, decay) is as in its author's code. */
const RECIPES: Record<'paper' | 'defaults', Recipe> = {
  paper: {
    name: "paper's configuration",
    model: { activation: 'relu', outputActivation: 'relu' },
    fit: { learningRate: 0.001, schedule: 'constant', weightDecay: 1e-5, batchSize: 64 },
  },
  defaults: { name: 'defaults', model: {}, fit: {} },
};

interface Images {
  train: Uint8Array;
  validation: Uint8Array;
  test: Uint8Array;
}

/** A run, as results.json has it. */
interface Result {
  layers: number[];
  seed: number;
  epochs: number;
  threads: number;
  samples: { train: number; validation: number; test: number };
  mse: Mse;
  history: History;
  /** Of training alone, as in the history. */
  seconds: number;
  samplesPerSecond: number;
}

async function run(recipe: Recipe, images: Images, flags: Flags): Promise<Result> {
  const { seed, epochs, threads } = flags;
  const ae = new Autoencoder({
    layers: LAYERS,
    ...recipe.model,
    seed,
    ...(threads === undefined ? {} : { threads }),
  });
  const progress = showProgress(epochs);
  let history: History;
  try {
    history = await ae.fit(images.train, {
      ...recipe.fit,
      epochs,
      validationData: images.validation,
      onEpochEnd: progress.epochDone,
    });
  } finally {
    progress.stop();
  }
  const train = countImages(images.train);
  const seconds = history.reduce((sum, record) => sum + record.seconds, 0);
  return {
    layers: LAYERS,
    seed,
    epochs,
    threads: ae.threads,
    samples: {
      train,
      validation: countImages(images.validation),
      test: countImages(images.test),
    },
    mse: {
      train: await ae.evaluate(images.train),
      validation: await ae.evaluate(images.validation),
      test: await ae.evaluate(images.test),
    },
    history,
    seconds,
    samplesPerSecond: (epochs * train) / seconds,
  };
}

async function main(flags: Flags): Promise<void> {
  const { train: all, test } = flags.data === 'full' ? fullMnist() : smallMnist();
  const images = { ...splitImages(all, flags.seed), test };
  const counts = [images.train, images.validation, images.test].map((part) =>
    countImages(part).toLocaleString('en'),
  );
  console.log(
    `MNIST: ${counts[0]} images to train on, ${counts[1]} to validate on, ${counts[2]} to test with`,
  );

  const results: { paper?: Result; defaults?: Result } = {};
  for (const key of ['paper', 'defaults'] as const) {
    if (flags.recipe !== 'both' && flags.recipe !== key) continue;
    const recipe = RECIPES[key];
    console.log(`\n784-64-784, ${recipe.name}, seed ${flags.seed}`);
    const result = await run(recipe, images, flags);
    results[key] = result;
    const speed = Math.round(result.samplesPerSecond).toLocaleString('en');
    console.log(`  trained in ${result.seconds.toFixed(1)} s, ${speed} samples/s`);
  }

  const runs = Object.entries(results).map(([key, { mse }]) => ({
    name: RECIPES[key as keyof typeof RECIPES].name,
    mse,
  }));
  console.log(`\nTable 1: mean squared error a pixel\n\n${table(runs)}`);
  if (flags.data === 'small') {
    console.log('\nThe paper trained on all of MNIST; --data full does.');
  }

  mkdirSync(flags.out, { recursive: true });
  const path = join(flags.out, 'results.json');
  writeFileSync(path, `${JSON.stringify(results, null, 2)}\n`);
  console.log(`\nWritten: ${path}`);
}

try {
  const flags = readFlags(process.argv.slice(2));
  if (flags) await main(flags);
  else console.log(HELP);
} catch (error) {
  if (!(error instanceof FlagError)) throw error;
  console.error(`${error.message}\n\nnpm start -- --help lists the flags.`);
  process.exitCode = 2;
}
