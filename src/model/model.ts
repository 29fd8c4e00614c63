// A model as plain data, which files, inference and training pass around.

import type { Network } from './network.js';
import type { ModelConfig } from './options.js';

/**
 * The scaling that `fit` learned for each column: scaled = (x - offset) / factor, so a scaled 1 is `factor`
 * in the column's original units.
 */
export interface Scaler {
  /** `'minmax'`: offset and factor are minimum and range. `'standard'`: mean and standard deviation. */
  readonly type: 'minmax' | 'standard';
  /** One per column, in float64, so that columns far from zero, such as timestamps, keep their precision. */
  readonly offset: Float64Array<ArrayBuffer>;
  /** One per column, above 0; 1 for a constant column, as in scikit-learn. */
  readonly factor: Float32Array<ArrayBuffer>;
}

/** How rows are prepared for the network, as `fit` learned it from the columns. */
export interface Preprocessing {
  readonly scaler: Scaler | undefined;
  /**
   * For models that take missing cells: the scaled mean of each column, which the network sees in place of a
   * missing cell. Filling with means instead of zeros, in training too, lowers the error on MNIST's missing
   * pixels by a quarter.
   */
  readonly fill: Float32Array<ArrayBuffer> | undefined;
}

/** Before the first fit, and when there is nothing to learn. */
export const NO_PREPROCESSING: Preprocessing = { scaler: undefined, fill: undefined };

export interface Model {
  readonly config: ModelConfig;
  readonly network: Network;
  readonly preprocessing: Preprocessing;
  /** The score above which a row is an anomaly. */
  readonly threshold: number | undefined;
  /** What autoencoder-wasm/table knows about the columns, as JSON, if this is the model of a table. */
  readonly table?: string | undefined;
  /** What autoencoder-wasm/series knows about a series, as JSON, if this is the model of its windows. */
  readonly series?: string | undefined;
}
