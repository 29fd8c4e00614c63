// What results.json holds.

import type { History } from '../../dist/index.js';

export type RecipeKey = 'paper' | 'defaults';

/** Mean squared errors a pixel. */
export interface Mse {
  train: number;
  validation: number;
  test: number;
}

/** One run. */
export interface Result {
  layers: number[];
  seed: number;
  epochs: number;
  threads: number;
  samples: { train: number; validation: number; test: number };
  mse: Mse;
  history: History;
  /** Of training alone, as in the history. */
  seconds: number;
  samplesPerSecond: number;
}

export type SeedResult = Pick<Result, 'seed' | 'mse' | 'seconds'>;

export interface Results extends Partial<Record<RecipeKey, Result>> {
  /** Principal component analysis of the same images, with as many components as the code has units. */
  pca: { components: number; mse: Mse };
  /** With --seeds: every run of each recipe; those above are the first. */
  seeds?: Partial<Record<RecipeKey, SeedResult[]>>;
}
