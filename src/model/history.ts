// What a run of fit says of itself.

/** The record of one epoch. */
export interface EpochRecord {
  /** From 1; of the whole run, where `resume` goes on with one. */
  epoch: number;
  /** The training loss an element, averaged over the epoch's batches as they were met. */
  loss: number;
  /** The loss an element on the validation rows after the epoch, where there are any. */
  validationLoss?: number;
  /**
   * In the last record of a run, once `fit` resolves: the share of the rows' variance that the model as
   * it is then explains, 1 - (squared errors) / (squares about the columns' means), in scaled units. 1 is
   * all of it; 0 or less is no better than the columns' means. Taken on the validation rows, where there
   * are any, else on those trained on (of a stream on its first 16 MB): on 10,000 evenly spaced ones at the
   * most, or 4 million values. Absent where these rows are all the same.
   */
  explained?: number;
  /** Wall-clock seconds of the epoch's training, validation excluded. */
  seconds: number;
  /** Rows trained on, by `seconds`. */
  samplesPerSecond: number;
  /** How many worker threads trained; 0: the calling thread did, in slices of some 10 ms. */
  threads: number;
  /**
   * Networks with ReLUs: how many units of ReLU layers were 0 for every row of the epoch, hidden ones
   * (the code included) and outputs. An output for a column that is always 0 is rightly dead.
   */
  deadUnits?: {
    /** Of the hidden layers and the code. */
    hidden: number;
    /** Of the last layer. */
    output: number;
  };
}

/** What `fit` resolves to: one record per epoch. */
export type History = EpochRecord[];
