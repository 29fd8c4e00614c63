// Measures what each choice of the defaults contributes: each is added alone to the paper's configuration,
// and removed alone from the defaults.

import { Autoencoder, type AutoencoderOptions, type FitOptions } from '../../dist/index.js';
import { PIXELS } from './mnist.js';
import type { Ablations } from './results.js';
import { type Images, LAYERS, RECIPES, type Recipe } from './run.js';

/** The most training images; with all of MNIST each model would take six times as long. */
const IMAGES = 18_000;

interface Choice {
  readonly change: string;
  /** The options to change; RECIPES has the values that the paper's configuration has for them. */
  readonly model?: (keyof AutoencoderOptions)[];
  readonly fit?: (keyof FitOptions)[];
}

const CHOICES: readonly Choice[] = [
  { change: 'a sigmoid at the output, not ReLU', model: ['outputActivation'] },
  { change: 'a linear code, not ReLU', model: ['codeActivation'] },
  {
    change: 'Adam from 0.002 down along a cosine, not at 0.001',
    fit: ['learningRate', 'schedule'],
  },
  { change: 'no L2 decay, not 1e-5', fit: ['weightDecay'] },
];

type Configuration = Pick<Recipe, 'model'> & { fit: Omit<FitOptions, 'validationData'> };

/** The number of models that `ablate` trains with each seed. */
export const ABLATION_RUNS = 2 * (1 + CHOICES.length);

/** The fraction of an experiment's images that these models train on. */
export function ablationShare(images: Images): number {
  return Math.min(1, (IMAGES * PIXELS) / images.train.length);
}

export async function ablate(
  images: Images,
  seeds: number[],
  { epochs, threads }: { epochs: number; threads: number | undefined },
): Promise<Ablations> {
  const train = images.train.subarray(0, IMAGES * PIXELS);
  const errors = async ({ model, fit }: Configuration): Promise<number[]> => {
    const found: number[] = [];
    for (const seed of seeds) {
      const options = threads === undefined ? { seed } : { seed, threads };
      const autoencoder = new Autoencoder({ layers: LAYERS, ...model, ...options });
      await autoencoder.fit(train, { ...fit, epochs });
      found.push(await autoencoder.evaluate(images.test));
      autoencoder.dispose();
    }
    return found;
  };
  const { paper, defaults } = RECIPES;
  const result: Ablations = {
    seeds,
    images: train.length / PIXELS,
    paper: await errors(paper),
    defaults: await errors(defaults),
    choices: [],
  };
  for (const { change, model = [], fit = [] } of CHOICES) {
    result.choices.push({
      change,
      // An option that is absent has its default.
      paperWith: await errors({
        model: without(paper.model, model),
        fit: without(paper.fit, fit),
      }),
      defaultsWithout: await errors({ model: only(paper.model, model), fit: only(paper.fit, fit) }),
    });
  }
  return result;
}

function without<Options extends object>(options: Options, keys: (keyof Options)[]): Options {
  const entries = Object.entries(options).filter(([key]) => !keys.includes(key as keyof Options));
  return Object.fromEntries(entries) as Options;
}

function only<Options extends object>(options: Options, keys: (keyof Options)[]): Options {
  const entries = Object.entries(options).filter(([key]) => keys.includes(key as keyof Options));
  return Object.fromEntries(entries) as Options;
}
