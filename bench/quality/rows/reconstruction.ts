// Test MSE of the networks that the paper and the literature report.

import { asFloats } from '../data.js';
import { type ImageSetName, images, pca64, trainingImages } from '../images.js';
import { describe, type Recipe, train } from '../model.js';
import { type Bar, bySeed, type Context, type Job, mean } from '../row.js';

interface Case {
  readonly what: string;
  readonly set: ImageSetName;
  readonly recipe: Recipe;
  /** Without one: below PCA-64's. */
  readonly bar?: Bar;
  readonly aim?: number;
  readonly beside?: string;
}

const EPOCHS = 20;

export const defaults = reconstruction({
  what: 'MNIST test MSE, 784-64-784, defaults',
  set: 'mnist',
  recipe: { model: { layers: [784, 64] }, fit: { epochs: EPOCHS } },
  bar: { sense: 'at most', value: 0.0036 },
  beside: 'the paper 0.0075',
});

export const fashion = reconstruction({
  what: 'Fashion-MNIST test MSE, 784-64-784, defaults',
  set: 'fashion',
  recipe: { model: { layers: [784, 64] }, fit: { epochs: EPOCHS } },
  aim: 0.0085,
});

export const deep = reconstruction({
  what: 'MNIST test MSE, 784-1000-500-250-30',
  set: 'mnist',
  recipe: {
    model: { layers: [784, 1000, 500, 250, 30], codeActivation: 'linear' },
    fit: { epochs: EPOCHS, learningRate: 0.001 },
  },
  bar: { sense: 'at most', value: 0.0055 },
  aim: 0.0038,
  beside: 'Hinton and Salakhutdinov 0.0038',
});

function reconstruction({ what, set, recipe, bar, aim, beside }: Case): Job {
  return async (context: Context) => {
    const test = images(set).test.images;
    const values = await bySeed(context, async (seed) => {
      const ae = await train(recipe, seed, trainingImages(set, seed));
      const mse = await ae.evaluate(test);
      context.log(`seed ${seed}: ${mse.toFixed(5)}`);
      return mse;
    });
    const rows = asFloats(test);
    const pca = await bySeed(context, async (seed) =>
      mean(pca64(set, seed).reconstructionError(rows)),
    );
    return [
      {
        what,
        recipe: describe(recipe),
        values,
        bar: bar ?? { sense: 'below', value: mean(pca) },
        ...(aim === undefined ? {} : { aim }),
        beside: [...(beside ? [beside] : []), `PCA-64 ${mean(pca).toFixed(5)}`].join(', '),
      },
    ];
  };
}
