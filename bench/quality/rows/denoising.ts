// Rows about denoising: noisy images in, clean ones out.

import { asFloats } from '../data.js';
import { images, trainingImages } from '../images.js';
import { describe, type Recipe, train } from '../model.js';
import { normals } from '../normals.js';
import type { Measurement } from '../row.js';

const AMOUNT = 0.3;
const RECIPE: Recipe = {
  model: { layers: [784, 64] },
  fit: { epochs: 20, noise: { type: 'gaussian', amount: AMOUNT } },
};

export async function denoising(seed: number): Promise<Measurement[]> {
  const clean = asFloats(images('mnist').test.images);
  const normal = normals(seed);
  const noisy = clean.map((value) => value + AMOUNT * normal());
  const ae = await train(RECIPE, seed, trainingImages('mnist', seed));
  const { data } = await ae.reconstruct(noisy);
  const noise = difference(noisy, clean);
  return [
    {
      what: `MNIST, gaussian noise of ${AMOUNT} removed: MSE to the clean image`,
      recipe: describe(RECIPE),
      value: difference(data, clean),
      bar: { sense: 'at most', value: noise / 2 },
      beside: [{ what: 'the noisy image itself', value: noise }],
    },
  ];
}

/** The mean squared difference per element. */
function difference(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += ((a[i] as number) - (b[i] as number)) ** 2;
  return sum / a.length;
}
