import { Autoencoder, type AutoencoderOptions, type FitOptions } from '../../dist/index.js';
import type { Flags } from './flags.js';
import { countImages } from './mnist.js';
import { showProgress } from './progress.js';
import type { RecipeKey, Result } from './results.js';

export const LAYERS = [784, 64];

export interface Recipe {
  name: string;
  model: Partial<AutoencoderOptions>;
  fit: FitOptions;
}

/** What the paper does not specify (batch size, decay) is as in its author's code. */
export const RECIPES: Record<RecipeKey, Recipe> = {
  paper: {
    name: "paper's configuration",
    model: { activation: 'relu', codeActivation: 'relu', outputActivation: 'relu' },
    fit: { learningRate: 0.001, schedule: 'constant', weightDecay: 1e-5, batchSize: 64 },
  },
  defaults: { name: 'defaults', model: {}, fit: {} },
};

export interface Images {
  train: Uint8Array;
  validation: Uint8Array;
  test: Uint8Array;
}

/** Trains one model, and measures it. */
export async function run(
  recipe: Recipe,
  images: Images,
  { seed, epochs, threads }: Pick<Flags, 'seed' | 'epochs' | 'threads'>,
): Promise<{ model: Autoencoder; result: Result }> {
  const model = new Autoencoder({
    layers: LAYERS,
    ...recipe.model,
    seed,
    ...(threads === undefined ? {} : { threads }),
  });
  const progress = showProgress(epochs);
  let history: Result['history'];
  try {
    history = await model.fit(images.train, {
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
  const result = {
    layers: LAYERS,
    seed,
    epochs,
    threads: model.threads,
    samples: {
      train,
      validation: countImages(images.validation),
      test: countImages(images.test),
    },
    mse: {
      train: await model.evaluate(images.train),
      validation: await model.evaluate(images.validation),
      test: await model.evaluate(images.test),
    },
    history,
    seconds,
    samplesPerSecond: (epochs * train) / seconds,
  };
  return { model, result };
}
