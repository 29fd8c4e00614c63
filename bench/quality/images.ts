// What the rows on images share: the training split, and the PCA to compare with.

import { splitImages } from '../../examples/experiment/mnist.js';
import { asFloats, fashionMnist, type ImageSet, mnist, PIXELS } from './data.js';
import { Pca } from './pca.js';

const SETS = { mnist, fashion: fashionMnist };
export type ImageSetName = keyof typeof SETS;

const loaded = new Map<ImageSetName, ImageSet>();
const components = new Map<string, Pca>();

export function images(name: ImageSetName): ImageSet {
  const set = loaded.get(name) ?? SETS[name]();
  loaded.set(name, set);
  return set;
}

/** The 54,000 training images that the seed selects, as in the experiment. */
export function trainingImages(name: ImageSetName, seed: number): Uint8Array {
  return splitImages(images(name).train.images, seed).train;
}

/** The first 64 principal components of the training images that the seed selects. */
export function pca64(name: ImageSetName, seed: number): Pca {
  const key = `${name} ${seed}`;
  const pca = components.get(key) ?? new Pca(asFloats(trainingImages(name, seed)), PIXELS, 64);
  components.set(key, pca);
  return pca;
}
