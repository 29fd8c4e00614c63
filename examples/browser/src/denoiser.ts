import { Autoencoder } from 'autoencoder-wasm';
import { NOISE } from './choices.js';
import type { Pictures } from './data.js';

/** Enough epochs to see the difference. */
const EPOCHS = 10;

/** Trains a model with the same layers on pictures with noise, and shows it after every epoch. */
export async function denoiserLike(
  model: Autoencoder,
  training: Pictures,
  signal: AbortSignal,
  show: (denoiser: Autoencoder, epoch: number, epochs: number) => void,
): Promise<Autoencoder> {
  const { layers, activation, codeActivation, outputActivation, seed } = model.options;
  const options = { layers, activation, codeActivation, outputActivation, seed };
  const denoiser = new Autoencoder({ ...options, threads: model.threads });
  const copy = () => Autoencoder.load(denoiser.save({ optimizer: false }), { threads: 1 });
  try {
    await denoiser.fit(training.images, {
      noise: NOISE,
      epochs: EPOCHS,
      signal,
      // A copy, which does not change if training is interrupted.
      onEpochEnd: ({ epoch }) => show(copy(), epoch, EPOCHS),
    });
    return copy();
  } finally {
    denoiser.dispose();
  }
}
