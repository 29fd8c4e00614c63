// What a contender is asked to do, and what it answers: JSON, so that one may be written in Python.

/** Train on the first `rows` rows for `epochs` epochs; the first is the warm-up. */
export interface FitJob {
  readonly layers: readonly number[];
  readonly hidden: 'relu' | 'leakyRelu';
  readonly code: 'relu' | 'linear';
  readonly output: 'relu' | 'sigmoid' | 'linear';
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly batch: number;
  readonly rows: number;
  readonly epochs: number;
  readonly threads: number;
  /** A file of bytes, `layers[0]` of them a row, repeated from its start if `rows` are more. */
  readonly data: string;
  /** Whether it is one of float32 instead, of as many rows. */
  readonly floats?: boolean;
  /** PyTorch's Adam: one fused-by-list update of all parameters, or one after the other. */
  readonly foreach?: boolean;
}

/**
 * Train on all of MNIST until the error of the test images, looked at after each epoch, is below `target`:
 * 784-64, a linear code, a sigmoid output, Adam, a rate that falls to 0 by a cosine within `epochs`.
 */
export interface QualityJob {
  readonly target: number;
  readonly learningRate: number;
  readonly batch: number;
  readonly epochs: number;
  readonly threads: number;
  /** Files of bytes, 784 a row. */
  readonly data: string;
  readonly test: string;
  readonly foreach?: boolean;
}

/** Encode all the rows of `data` again and again, for at least `seconds`. */
export interface EncodeJob {
  readonly inputs: number;
  readonly codes: number;
  /** A file of float32, `inputs` a row. */
  readonly data: string;
  /** Whether it is one of bytes instead, and the work is to be done in integers. */
  readonly bytes?: boolean;
  /** Whether each call has one row. */
  readonly single?: boolean;
  /** The encoder, as an ONNX file. */
  readonly model: string;
  readonly threads: number;
  readonly seconds: number;
}

/** Train on rows of categories, each of as many values, one-hot. */
export interface CategoryJob {
  readonly categories: number;
  readonly values: number;
  readonly code: number;
  readonly learningRate: number;
  readonly batch: number;
  readonly rows: number;
  readonly epochs: number;
  readonly threads: number;
  /** A file of bytes, the values of a row's categories after each other. */
  readonly data: string;
  readonly foreach?: boolean;
}

/** Enough to see whether two contenders that trained as long have learnt as much. */
export const CHECK_ROWS = 1_000;

export interface Answer {
  /** Of a QualityJob, 1 / the seconds from the start of the process until the target was met. */
  readonly samplesPerSecond: number;
  /**
   * The trained network's MSE, or cross-entropy a category, on the first CHECK_ROWS rows; or the mean
   * magnitude of the codes.
   */
  readonly check: number;
  /** The most memory that the process has had, where that is a promise of ours. */
  readonly megabytes?: number;
}
