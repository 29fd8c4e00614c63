// The jobs of contenders and their answers, as JSON, so that a contender may be written in Python.

/** Train on the first `rows` rows for `epochs` epochs, of which the first is the warm-up. */
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
  /** A file of bytes, `layers[0]` per row, repeated from its start if `rows` is more than it has. */
  readonly data: string;
  /** Whether the file has float32 values instead, and at least `rows` rows. */
  readonly floats?: boolean;
  /**
   * For PyTorch's Adam: whether it updates all parameters in one call per operation, or one after the
   * other.
   */
  readonly foreach?: boolean;
}

/** Create a model and train it on all rows, again and again for at least `seconds`. */
export interface SmallFitJob extends FitJob {
  readonly seconds: number;
}

/** Import the library and encode the first row of `data`. */
export interface FirstCallJob {
  readonly library: 'ours' | 'tfjs' | 'ortNode' | 'ortWeb';
  readonly inputs: number;
  readonly codes: number;
  /** A file of float32, `inputs` per row. */
  readonly data: string;
  /** The encoder as an ONNX file. */
  readonly model: string;
}

/**
 * Train on all of MNIST until the error on the test images, measured after each epoch, is below `target`:
 * 784-64, a linear code, a sigmoid output, Adam, a learning rate that falls to 0 by a cosine within
 * `epochs`.
 */
export interface QualityJob {
  readonly target: number;
  readonly learningRate: number;
  readonly batch: number;
  readonly epochs: number;
  readonly threads: number;
  /** Files of bytes, 784 per row. */
  readonly data: string;
  readonly test: string;
  readonly foreach?: boolean;
}

/** Encode all rows of `data` repeatedly, for at least `seconds`. */
export interface EncodeJob {
  readonly inputs: number;
  readonly codes: number;
  /** A file of float32, `inputs` per row. */
  readonly data: string;
  /** Whether the file has bytes instead, to be encoded with integer arithmetic. */
  readonly bytes?: boolean;
  /** How many rows each call has. Default: all. */
  readonly rowsPerCall?: number;
  /** The encoder as an ONNX file. */
  readonly model: string;
  readonly threads: number;
  readonly seconds: number;
}

/** Train on one-hot rows of categories, each category with the same number of values. */
export interface CategoryJob {
  readonly categories: number;
  readonly values: number;
  readonly code: number;
  readonly learningRate: number;
  readonly batch: number;
  readonly rows: number;
  readonly epochs: number;
  readonly threads: number;
  /** A file of bytes: the values of a row's categories, row after row. */
  readonly data: string;
  readonly foreach?: boolean;
}

export type Job = FitJob | SmallFitJob | CategoryJob | EncodeJob | QualityJob | FirstCallJob;

/** Enough rows to see whether two contenders learned the same in the same number of epochs. */
export const CHECK_ROWS = 1_000;

export interface Answer {
  /**
   * Of a QualityJob: 1 / the seconds from the start of the process until the target was met. Of a
   * FirstCallJob: 1 / the seconds from the import until the code. Of a SmallFitJob: 1 / the seconds of the
   * median call.
   */
  readonly samplesPerSecond: number;
  /**
   * The MSE of the trained network, or its cross-entropy per category, on the first CHECK_ROWS rows; or the
   * mean magnitude of the codes.
   */
  readonly check: number;
  /** The peak memory of the process, where memory is one of our promises. */
  readonly megabytes?: number;
}
