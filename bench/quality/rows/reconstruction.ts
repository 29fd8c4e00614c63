// Rows about the test MSE of the networks that the paper and the literature report.

import { asFloats } from '../data.js';
import { type ImageSetName, images, pca64, trainingImages } from '../images.js';
import { describe, type Recipe, train } from '../model.js';
import { type Bar, type Beside, type Job, mean } from '../row.js';

interface Case {
  readonly what: string;
  readonly set: ImageSetName;
  readonly recipe: Recipe;
  /** Default: below the error of PCA-64. */
  readonly bar?: Bar;
  readonly aim?: number;
  readonly beside?: Beside;
}

const EPOCHS = 20;

export const defaults = reconstruction({
  what: 'MNIST test MSE, 784-64-784, defaults',
  set: 'mnist',
  recipe: { model: { layers: [784, 64] }, fit: { epochs: EPOCHS } },
  bar: { sense: 'at most', value: 0.00345 },
  beside: { what: 'the paper', value: 0.0075 },
});

export const revived = reconstruction({
  what: 'MNIST test MSE, 784-64-784, ReLU in both layers, dead units revived',
  set: 'mnist',
  recipe: {
    model: {
      layers: [784, 64],
      activation: 'relu',
      codeActivation: 'relu',
      outputActivation: 'relu',
    },
    fit: { epochs: EPOCHS, reviveDeadUnits: true },
  },
  bar: { sense: 'at most', value: 0.0052 },
  beside: { what: 'the paper', value: 0.0075 },
});

export const fashion = reconstruction({
  what: 'Fashion-MNIST test MSE, 784-64-784, defaults',
  set: 'fashion',
  recipe: { model: { layers: [784, 64] }, fit: { epochs: EPOCHS } },
  bar: { sense: 'at most', value: 0.0085 },
});

export const deep = reconstruction({
  what: 'MNIST test MSE, 784-1000-500-250-30',
  set: 'mnist',
  recipe: {
    model: {
      layers: [784, 1000, 500, 250, 30],
      activation: 'elu',
      codeActivation: 'linear',
      init: 'glorot',
    },
    fit: {
      epochs: EPOCHS,
      learningRate: 0.001,
      schedule: { type: 'cosine', warmup: 1 },
      loss: 'bce',
    },
  },
  bar: { sense: 'at most', value: 0.0055 },
  aim: 0.0038,
  beside: { what: 'Hinton and Salakhutdinov', value: 0.0038 },
});

function reconstruction({ what, set, recipe, bar, aim, beside }: Case): Job {
  return async (seed, log) => {
    const test = images(set).test.images;
    const ae = await train(recipe, seed, trainingImages(set, seed));
    const value = await ae.evaluate(test);
    log(`test MSE ${value.toFixed(5)}`);
    const pca = mean(pca64(set, seed).reconstructionError(asFloats(test)));
    return [
      {
        what,
        recipe: describe(recipe),
        value,
        bar: bar ?? { sense: 'below', value: pca },
        ...(aim === undefined ? {} : { aim }),
        beside: [...(beside ? [beside] : []), { what: 'PCA-64', value: pca }],
      },
    ];
  };
}
