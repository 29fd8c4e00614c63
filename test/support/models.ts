// The models that the tests of the class train and run, with their options.

import {
  Autoencoder,
  type AutoencoderOptions,
  type FitOptions,
  type Init,
  type MatrixInput,
} from '../../src/index.js';
import { ACTIVATION_NAMES as ACTIVATIONS } from '../../src/model/activations.js';
import { factored, fingerprint } from './data.js';

export { ACTIVATIONS };
export const INITS: Init[] = ['pytorch', 'he', 'glorot'];
/** Tiny, odd, overcomplete, deep and wide networks; few of the widths are multiples of a vector's 4. */
export const NETS = [
  [1, 1],
  [5, 3],
  [3, 7],
  [17, 9, 2],
  [6, 13, 5, 4],
  [784, 64],
  [12, 512],
  [512, 8],
];

/** A small model, with 64 rows that it can learn. */
export const SMALL: AutoencoderOptions & { seed: number } = {
  layers: [6, 4],
  codeActivation: 'leakyRelu',
  seed: 5,
};
export const SMALL_ROWS = factored(64, 6, 2, 1);

export type Fit = FitOptions<MatrixInput>;

/** The fingerprint of a model with these options after this fit. */
export async function trained(
  options: AutoencoderOptions,
  x: MatrixInput,
  fit: Fit,
): Promise<string> {
  const ae = new Autoencoder(options);
  await ae.fit(x, fit);
  return fingerprint(ae);
}
