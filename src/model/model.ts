// What a model is, plainly: what files, inference and training pass around.

import type { Network } from './network.js';
import type { ModelConfig } from './options.js';

/**
 * What `fit` learned about the columns: scaled = (x - offset) / factor, so a scaled 1 is `factor` of
 * the column's own units.
 */
export interface Scaler {
  /** `'minmax'`: least value and range of each column. `'standard'`: mean and standard deviation. */
  readonly type: 'minmax' | 'standard';
  /** One a column, in float64: a column far from zero, such as one of times, keeps its differences. */
  readonly offset: Float64Array<ArrayBuffer>;
  /** One a column, above 0; 1 for a column of one value, as scikit-learn has it. */
  readonly factor: Float32Array<ArrayBuffer>;
}

/** What is done to rows before the network sees them: what `fit` learns about the columns. */
export interface Preprocessing {
  readonly scaler: Scaler | undefined;
  /**
   * The mean of each column, scaled, for models that take missing cells: what the network sees in
   * their places. Filled with means instead of zeros, and trained so, MNIST's pixels come back with a
   * quarter less error.
   */
  readonly fill: Float32Array<ArrayBuffer> | undefined;
}

/** Before the first fit, and where there is nothing to learn. */
export const NO_PREPROCESSING: Preprocessing = { scaler: undefined, fill: undefined };

export interface Model {
  readonly config: ModelConfig;
  readonly network: Network;
  readonly preprocessing: Preprocessing;
  /** The score above which a row is an anomaly. */
  readonly threshold: number | undefined;
  /** What autoencoder-wasm/table knows of the columns of a table, as JSON, where this is a table's model. */
  readonly table?: string | undefined;
  /** What autoencoder-wasm/series knows of a series, as JSON, where this is the model of its windows. */
  readonly series?: string | undefined;
}
