import type { EpochRecord } from './history.js';

/**
 * What training must know to go on after the last finished epoch, beside the parameters. During an
 * epoch, and when one is broken off, it stays as it is.
 */
export interface TrainingState {
  /** Adam's moments, laid out as the network's block of parameters. */
  readonly m: Float32Array<ArrayBuffer>;
  readonly v: Float32Array<ArrayBuffer>;
  /** Steps the optimiser has taken: the exponent of its bias corrections. */
  steps: number;
  /** Epochs finished over all fits; what is drawn anew each epoch is drawn by its number. */
  epochs: number;
  /** The run that `fit` is in or was last in. */
  run: RunState;
}

/** Where a run of `fit` is. */
export interface RunState {
  /** Its epochs that are finished. */
  epochs: number;
  /** Early stopping: the best epoch yet, from 1, its loss, and its parameters if they are to be restored. */
  best: { epoch: number; loss: number; block: Float32Array<ArrayBuffer> | undefined } | undefined;
  /**
   * The parameters after the last finished epoch, where the model has others: the best epoch's, or
   * those of an epoch that was broken off.
   */
  last: Float32Array<ArrayBuffer> | undefined;
  /** The records of its epochs, but for those from before the model was loaded. */
  history: EpochRecord[];
}
