import type { EpochRecord } from './history.js';

/**
 * The state, besides the parameters, from which training continues after the last finished epoch. It does
 * not change during an epoch, nor when an epoch is aborted.
 */
export interface TrainingState {
  /** Adam's moments, in the layout of the network's parameter block. */
  readonly m: Float32Array<ArrayBuffer>;
  readonly v: Float32Array<ArrayBuffer>;
  /** The number of optimiser steps, which is the exponent in Adam's bias corrections. */
  steps: number;
  /** The number of finished epochs of all calls of fit. Random numbers of an epoch are derived from it. */
  epochs: number;
  /** The current or last call of `fit`. */
  run: RunState;
}

/** The state of one run of `fit`, which resuming continues. */
export interface RunState {
  /** The number of finished epochs. */
  epochs: number;
  /** Early stopping: the best epoch so far, from 1, its loss, and its parameters if they are to be restored. */
  best: { epoch: number; loss: number; block: Float32Array<ArrayBuffer> | undefined } | undefined;
  /**
   * The parameters after the last finished epoch, if the model's differ: because it has those of the best
   * epoch, or of an epoch that was aborted.
   */
  last: Float32Array<ArrayBuffer> | undefined;
  /** The records of its epochs since the model was created or loaded. */
  history: EpochRecord[];
}
