/** What training must know to go on where it stopped, beside the parameters. */
export interface TrainingState {
  /** Adam's moments, laid out as the network's block of parameters. */
  readonly m: Float32Array;
  readonly v: Float32Array;
  /** Steps the optimiser has taken: the exponent of its bias corrections. */
  steps: number;
  /** Epochs finished over all fits; what is drawn anew each epoch is drawn by its number. */
  epochs: number;
  /** The run that `fit` is in or was last in. */
  readonly run: RunState;
}

/** Where a run of `fit` is. */
export interface RunState {
  /** Its epochs that are finished. */
  epochs: number;
  /** Early stopping: the best epoch yet, from 1, its loss, and its parameters if they are to be restored. */
  best: { epoch: number; loss: number; block: Float32Array | undefined } | undefined;
  /** The parameters to go on with, where the model was given the best epoch's instead. */
  last: Float32Array | undefined;
}
