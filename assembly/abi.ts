// What TypeScript and the kernels share: records in linear memory, and numeric constants. They are defined
// here only; scripts/abi.mjs generates src/generated/abi.ts from this file, and src/ uses it to write
// records by field name.
//
// Addresses and strides are in bytes, sizes in elements. Every field has 4 bytes.

// --- Kinds of operation -----------------------------------------------------------------------------

/** C (batch, width) = the batch's rows of the dataset. */
export const LOAD: i32 = 0;
/** C (width, batch), and the lists of each feature's non-zeros, from compressed rows. */
export const LOAD_FEATURES: i32 = 1;
/** C = f(A . B + bias). */
export const FORWARD: i32 = 2;
/** C = d loss / dz, with y = f(A . B + bias). */
export const LOSS: i32 = 3;
/** The whole last layer: last-layer.ts. */
export const OUTPUT: i32 = 4;
/** C = (the sum of OUTPUT's parts) * f'(h). */
export const SUM: i32 = 5;
/** C = (A . B) * f'(h). */
export const BACKWARD: i32 = 6;
/** Updates the weights C by the optimiser, with the gradient A . B. */
export const UPDATE: i32 = 7;
/** Updates the biases C (1, J) by the optimiser, with the column sums of B (K, J) as the gradient. */
export const UPDATE_BIAS: i32 = 8;
/** The squared error of each row of A (rows, J) against the target. */
export const ERROR: i32 = 9;
/** C (batch, width) = A with noise, and `fill` where A is NaN. */
export const CORRUPT: i32 = 10;
/** C (code, batch), dz of the code, += the gradient of a penalty on its outputs A. */
export const PENALISE: i32 = 11;
/** Records which rows of h (units, batch) are not all zeros. */
export const WATCH: i32 = 12;
/** The squared norm of each chunk of the stored gradients A. */
export const NORM: i32 = 13;
/** Updates the parameters C by the optimiser, with the stored gradients A. */
export const STEP: i32 = 14;
/** C (outputs, batch) holds z, which becomes d loss / dz; also the loss of each sample: columns.ts. */
export const COLUMNS: i32 = 15;
/** C (outputs, batch) holds z, which becomes the network's outputs; C's twin is (batch, outputs). */
export const PROBABILITIES: i32 = 16;
/** C (columns, batch) and its twin = the errors of columns, from z in A (outputs, batch). */
export const COLUMN_ERRORS: i32 = 17;

// --- Special values ---------------------------------------------------------------------------------

/** As an address: the rows of this pass, in place in the dataset (Step.input). */
export const INPUT: usize = 1;
/** As a size: the number of rows in the current batch, which is smaller at the end of an epoch. */
export const BATCH: i32 = -1;
/**
 * As the weights of rows: every row has weight 1, but some have missing cells. 0: every row has weight 1
 * and is complete.
 */
export const UNWEIGHTED: usize = 1;
/** Of a slab: every value is finite. */
export const NONE: i32 = 0x7fffffff;
/** Of a queue: no more slabs follow. */
export const CLOSED: i32 = 0x7fffffff;

export const BYTES: i32 = 0;
export const FLOATS: i32 = 1;
export const SPARSE_BYTES: i32 = 2;
export const SPARSE_FLOATS: i32 = 3;
/** Rows of float64, scaled when they are read. */
export const DOUBLES: i32 = 4;
export const WIDE_FLOATS: i32 = 5;

export const LINEAR: usize = 0;
export const RELU: usize = 1;
export const LEAKY_RELU: usize = 2;
export const ELU: usize = 3;
export const TANH: usize = 4;
export const SIGMOID: usize = 5;
/** A ReLU whose backward pass also lets through gradients that would raise an inactive unit. */
export const REVIVED_RELU: usize = 6;
/** From this number on, f' cannot be computed from h, so the forward pass stores it. */
export const KEPT: usize = 7;
export const SOFTPLUS: usize = 8;
export const SILU: usize = 9;
export const GELU: usize = 10;

export const MSE: usize = 0;
export const BCE: usize = 1;
export const MAE: usize = 2;
export const HUBER: usize = 3;
export const LOG_COSH: usize = 4;

export const NO_NOISE: i32 = 0;
export const GAUSSIAN: i32 = 1;
export const MASK: i32 = 2;
export const SALT_PEPPER: i32 = 3;

export const L1: i32 = 0;
export const KL: i32 = 1;

/** Adam, including decoupled weight decay (AdamW). */
export const ADAM: i32 = 0;
export const SGD: i32 = 1;

// --- Sizes ----------------------------------------------------------------------------------------------

/**
 * Rows of C that are finished (product, epilogue, transpose) before the next ones start, so that they are
 * still in the L1 cache. A multiple of a cache line of the transpose.
 */
export const BLOCK: i32 = 16;
/**
 * The same where B is larger than that cache, so that more rows share what is fetched and packed of it: the
 * first layer of 784-1000-... then takes 13.0 us per sample forward, instead of 17.2.
 */
export const WIDE_BLOCK: i32 = 64;
/** The number of chunks that OUTPUT divides its rows into: at most so many threads share the work. */
export const CHUNKS: i32 = 8;
/** Floats per row of NORM and STEP: the parameters are one long list, cut into chunks. */
export const PARAMETER_CHUNK: i32 = 256;
/** Offset in a thread's scratch of an i32: whether V8 combines vectors into 256-bit ones (gemm.ts). */
export const WIDE: usize = 2304;
/** Bytes at the start of a thread's scratch: this flag, and tables for listing non-zeros (sparse.ts). */
export const TABLE_BYTES: usize = 2368;
/** Bytes after them, in which columns of B are packed (gemm.ts). */
export const PACK_BYTES: usize = 16384;
/** Bytes of an entry in the lists after both: an offset (u32) and a value (f32). */
export const ENTRY_BYTES: usize = 8;

// --- Records ----------------------------------------------------------------------------------------------

/** Rows in one of the formats of rows.ts. */
@unmanaged
export class Dataset {
  format: i32;
  width: i32;
  values: usize;
  /** rows that are not compressed: bytes from one to the next; fewer than a row has if rows overlap */
  rowBytes: usize;
  /** compressed rows: the byte offset of each (u32, rows + 1) */
  starts: usize;
  /** 256 floats, value / 255: a load is cheaper than a division, which costs 3 cycles per lane */
  byteTable: usize;
  /** DOUBLES: what is subtracted from each column (f64), and what the result is divided by (f64) */
  offsets: usize;
  factors: usize;
}

/** What an optimiser needs for one step. */
@unmanaged
export class OptimizerStep {
  /** Adam: learning rate / (1 - beta1^t). SGD: the learning rate */
  stepSize: f32;
  /** 1 / sqrt(1 - beta2^t) */
  rootCorrection: f32;
  /** SGD: the momentum */
  beta1: f32;
  beta1Rest: f32; // 1 - beta1
  beta2: f32;
  beta2Rest: f32; // 1 - beta2
  epsilon: f32;
  /** L2: weightDecay * w is added to the gradient; 0 for AdamW */
  weightDecay: f32;
  /** AdamW: the factor of each weight, 1 - learning rate * weight decay; otherwise 1 */
  keep: f32;
  kind: i32;
  /** not 0: tiny moments of Adam are set to 0 */
  settles: i32;
}

/** What the threads of a run share: sync.ts. */
@unmanaged
export class Control {
  /** arrivals at barriers so far, over all threads */
  arrived: i32;
  /** threads that sleep at a barrier */
  sleeping: i32;
  /** not 0: the caller asks the run to stop at the next step */
  abort: i32;
  /** thread 0's decision for the current step, the same for all: 1 to stop */
  stop: i32;
  /** how often a thread gave up spinning */
  tired: i32;
  /** steps of this epoch whose losses are written, to report progress */
  done: i32;
}

/** A range of outputs: numbers of equal weight, or one category. */
@unmanaged
export class Segment {
  /** outputs [start, end) */
  start: i32;
  end: i32;
  /** not 0: a category */
  category: i32;
  weight: f32;
  /** 0, used as the bias where the bias is already added */
  zero: f32;
}

/** One operation. Fields that an operation does not use are 0. */
@unmanaged
export class Operation {
  kind: i32;
  /** not 0: it reads what other threads have written, or writes what they may still read */
  barrier: i32;
  /** the operands and the result of a product; or what is read (A) and written (C) */
  a: usize;
  lda: usize;
  b: usize;
  ldb: usize;
  c: usize;
  ldc: usize;
  /** the rows and columns of C, and the length of the sums; BATCH for the size of the batch */
  rows: i32;
  columns: i32;
  depth: i32;
  /** not 0: rows of A are checked for zeros */
  sparse: i32;
  /** not 0: A, or the target of COLUMNS, is the batch's compressed rows, or their lists (UPDATE) */
  gathers: i32;
  /** FORWARD with A in bytes and B in i16: the factor of each column's sum of integers (f32); or 0 */
  scales: usize;
  /** where the transpose of C is stored too; or 0 */
  twin: usize;
  ldTwin: usize;
  bias: usize;
  /** 16: the bias runs along a row of C. 4: each row of C has one bias. */
  biasStep: usize;
  activation: usize;
  /** FORWARD: not 0: records z that is not finite */
  checks: i32;
  /** what f' is computed from: the layer's forward output, or its slopes; or the output that is watched */
  h: usize;
  ldh: usize;
  /** FORWARD: where f'(z) is stored if it cannot be computed from the output, and its transpose; or 0 */
  slopes: usize;
  ldSlopes: usize;
  slopesTwin: usize;
  ldSlopesTwin: usize;
  /** what the output is compared with */
  target: usize;
  ldTarget: usize;
  loss: usize;
  huberDelta: f32;
  /** one float per row of C; for COLUMNS, one per sample */
  rowLoss: usize;
  /** the moments, laid out like the weights, and the moments of OUTPUT's biases */
  m: usize;
  v: usize;
  biasM: usize;
  biasV: usize;
  /** see addSample in rows.ts; with scales it is scratch: integers.ts */
  lists: usize;
  listBytes: usize;
  counts: usize;
  /** OUTPUT's input, sample-major */
  below: usize;
  ldBelow: usize;
  /** what each chunk of OUTPUT adds to the gradient below, with the row stride of the input */
  parts: usize;
  partBytes: usize;
  /** where gradients are stored, laid out like the weights; 0: the weights are updated instead */
  kept: usize;
  keptBiases: usize;
  /** not 0: the gradient is added to the stored one, for a matrix that is used twice */
  add: i32;
  /** the squared norm of each chunk of all parameters, the number of chunks, and the largest norm, or 0 */
  norms: usize;
  chunks: i32;
  maxNorm: f32;
  /** UPDATE, STEP: the factor of Adam's step of the weights */
  rate: f32;
  /** an i32 per unit, set to non-zero once the unit was not 0; or 0 */
  alive: usize;
  noise: i32;
  noiseAmount: f32;
  /** what replaces missing values in the input (1, width); or 0 if none are missing */
  fill: usize;
  penalty: i32;
  penaltyWeight: f32;
  /** the mean that a penalty pulls towards */
  penaltyTarget: f32;
  /** what the outputs are (for CORRUPT: the inputs), and how many such records */
  segments: usize;
  segmentCount: i32;
  /** COLUMNS: the factor of Step.lossScale for categories */
  categoryFactor: f32;
}

/** What the operations of a step share, for one thread. */
@unmanaged
export class Step {
  rows: i32;
  /** u32 row numbers in the dataset, one per row of the batch */
  order: usize;
  dataset: Dataset;
  optimizer: OptimizerStep;
  /** a factor of d loss / dy: 2 / elements for mse, 1 / elements for the others */
  lossScale: f32;
  thread: i32;
  threads: i32;
  control: Control;
  /** scratch: sparse.ts; and BLOCK rows of gradient, or one row of any tensor */
  scratch: usize;
  gradient: usize;
  /** scratch of OUTPUT: see last-layer.ts */
  chunk: usize;
  /** inference: the address of this pass's first row in the dataset */
  input: usize;
  /** the weight of each row of the batch, padded with zeros; or 0: all have weight 1 and are complete */
  weights: usize;
  /** the epoch's key for noise */
  noiseKey: u32;
  /** u32 numbers of all training rows, and how many: noise takes other values from them */
  others: usize;
  othersCount: i32;
  /** not 0: an operation that checks z found a NaN or an infinity */
  nonFinite: i32;
}

/** A training run: the operations up to the loss, then the others. */
@unmanaged
export class Plan {
  operations: usize;
  /** the number of operations up to the loss, and of all */
  lossCount: i32;
  count: i32;
  dataset: Dataset;
  /** the epoch's order of samples: u32 row numbers */
  order: usize;
  samples: i32;
  batchSize: i32;
  /** one OptimizerStep per step of the epoch */
  optimizer: usize;
  /** the loss of each output, or of each sample; padded to 4 */
  rowLoss: usize;
  /** not 0: rowLoss has the loss of each sample */
  sampleLosses: i32;
  /** one f64 per step of the epoch: the summed loss over its batch */
  stepLoss: usize;
  /** one Step per thread */
  steps: usize;
  width: i32;
  lossFactor: f32;
  /** the weight of each row of the dataset; or UNWEIGHTED, or 0 */
  sampleWeights: usize;
  /** the epoch's key for noise */
  noiseKey: u32;
}

/** What inference needs, for one thread. */
@unmanaged
export class InferencePlan {
  operations: usize;
  count: i32;
  step: Step;
  /** rows per pass */
  batchSize: i32;
  /** u32: 0, 1, 2, ... */
  order: usize;
  /** where the operations leave their result, its row stride, and the bytes of a row */
  result: usize;
  ldResult: usize;
  rowBytes: usize;
}

/** Rows on their way through inference. */
@unmanaged
export class Slab {
  /** the rows; compressed ones are known to be finite */
  dataset: Dataset;
  /** (rows, outputs) */
  output: usize;
  rows: i32;
  /** how many of its passes are finished */
  finished: i32;
  /** the index of the first value that is NaN or infinite, or NONE */
  nonFinite: i32;
}

/** A ring of slabs whose passes are taken by threads, in order. */
@unmanaged
export class Queue {
  /** how many passes have been posted; or CLOSED */
  posted: i32;
  /** how many have been taken */
  taken: i32;
  /** passes per slab; in a slab that is not full, those past its rows do nothing */
  passes: i32;
  /** u32: the addresses of the slabs, and their number */
  slabs: usize;
  count: i32;
}
