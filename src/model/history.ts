// The records of a run of fit.

/** The record of one epoch. */
export interface EpochRecord {
  /** The epoch, from 1. With `resume` it counts from the start of the whole run. */
  epoch: number;
  /** The training loss per element, averaged over the epoch's batches while the weights changed. */
  loss: number;
  /** The loss per element on the validation rows after the epoch, if there are any. */
  validationLoss?: number;
  /**
   * Only in the last record of a run, once `fit` resolves: the fraction of the rows' variance that the final
   * model explains, 1 - (sum of squared errors) / (sum of squares about the column means), in scaled units
   * (R squared). 1 is all of it; 0 or less is no better than predicting the column means. Measured on the
   * validation rows, if there are any, otherwise on the training rows (of a stream, its first 16 MB): at most
   * 10,000 evenly spaced rows, or 4 million values. Absent if these rows are all the same.
   */
  explained?: number;
  /** Wall-clock time of the epoch's training in seconds, without validation. */
  seconds: number;
  /** Training rows per second. */
  samplesPerSecond: number;
  /** How many worker threads trained; 0 means the calling thread, in slices of about 10 ms. */
  threads: number;
  /**
   * For networks with ReLUs: how many units of ReLU layers were 0 for every row of the epoch. An output of a
   * column that is always 0 is rightly dead.
   */
  deadUnits?: {
    /** Dead units of the hidden layers and the code. */
    hidden: number;
    /** Dead units of the last layer. */
    output: number;
  };
}

/** What `fit` resolves to: one record per epoch. */
export type History = EpochRecord[];
