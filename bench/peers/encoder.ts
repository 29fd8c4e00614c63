import { Autoencoder } from '../../dist/index.js';

/** The model whose encoder is timed: all contenders have the same weights, drawn with the same seed. */
export function encoder(layers: readonly number[], threads: number): Autoencoder {
  return new Autoencoder({ layers, seed: 0, threads });
}
