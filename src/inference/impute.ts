// Fills missing cells with the network's reconstruction from the others.

import { floatSource, type Matrix, type MatrixInput } from '../data/matrix.js';
import { keepObserved } from '../data/missing.js';
import { hasGaps } from '../data/preprocessing.js';
import { unscaleRows } from '../data/scaler.js';
import type { LiveModel } from './live-model.js';

/** See `Autoencoder.impute`. */
export async function impute(live: LiveModel, x: MatrixInput): Promise<Matrix> {
  live.requireReady('impute');
  if (!hasGaps(live.config)) {
    throw new Error("impute needs a model made with the option missing: 'mask'");
  }
  const given = floatSource(live.rows(x));
  const { scaler, fill } = live.preprocessing;
  const means = fill?.slice() ?? new Float32Array(given.width);
  if (scaler) unscaleRows(means, scaler);
  const complete = await live.runToRows('reconstruct', live.scaled(given));
  await keepObserved(complete, given, means, live.requireNetwork().columns);
  return complete;
}
