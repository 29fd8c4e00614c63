// What results.json holds.

import type { History } from '../../dist/index.js';
import type { Summary } from './report/summary.js';

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

/** What one choice is worth. */
export interface Ablation {
  /** What the defaults do differently. */
  change: string;
  /** Test errors, one a seed: of the paper's configuration with this change alone, ... */
  paperWith: number[];
  /** ... and of the defaults without it. */
  defaultsWithout: number[];
}

/** The choices that make the defaults what they are, one at a time. */
export interface Ablations {
  seeds: number[];
  /** Images that these models train on, fewer than the others. */
  images: number;
  /** Test errors of both as they are, one a seed, for comparison. */
  paper: number[];
  defaults: number[];
  choices: Ablation[];
}

export interface Results extends Partial<Record<RecipeKey, Result>> {
  /** Principal component analysis of the same images, with as many components as the code has units. */
  pca: { components: number; mse: Mse };
  /** With several seeds: every run of each recipe; those above are the first. */
  seeds?: Partial<Record<RecipeKey, SeedResult[]>>;
  /** With both recipes. */
  ablation?: Ablations;
  /** What the report shows besides. */
  report?: Summary;
}
