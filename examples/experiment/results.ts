// The contents of results.json.

import type { History } from '../../dist/index.js';
import type { Summary } from './report/summary.js';

export type RecipeKey = 'paper' | 'defaults';

/** Mean squared errors per pixel. */
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
  /** The time of training alone, as in the history. */
  seconds: number;
  samplesPerSecond: number;
}

export type SeedResult = Pick<Result, 'seed' | 'mse' | 'seconds'>;

/** The measurements for one choice of the defaults. */
export interface Ablation {
  /** The choice in words. */
  change: string;
  /** Test errors, one per seed, of the paper's configuration with only this change. */
  paperWith: number[];
  /** Test errors, one per seed, of the defaults without this change. */
  defaultsWithout: number[];
}

/** The choices that distinguish the defaults from the paper's configuration, one at a time. */
export interface Ablations {
  seeds: number[];
  /** How many images these models train on, fewer than the others. */
  images: number;
  /** Test errors of both configurations unchanged, one per seed, for comparison. */
  paper: number[];
  defaults: number[];
  choices: Ablation[];
}

export interface Results extends Partial<Record<RecipeKey, Result>> {
  /** Principal component analysis of the same images, with as many components as the code has units. */
  pca: { components: number; mse: Mse };
  /** Present with several seeds: every run of each recipe; the first of them is also given above. */
  seeds?: Partial<Record<RecipeKey, SeedResult[]>>;
  /** Present if both recipes have run. */
  ablation?: Ablations;
  /** The other numbers that the report shows. */
  report?: Summary;
}
