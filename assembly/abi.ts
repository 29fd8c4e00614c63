// What TypeScript and the kernels agree on: records in linear memory, and numbers. It stands here once;
// scripts/abi.mjs makes src/generated/abi.ts of it, through which src/ writes records by name.
//
// Addresses and strides are in bytes, sizes in elements. Every field has 4 bytes.

// --- Kinds of operation -----------------------------------------------------------------------------

/** C (batch, width) = the batch's rows of the dataset. */
export const LOAD: i32 = 0;
/** C (width, batch), and the features' lists, from compressed rows. */
export const LOAD_FEATURES: i32 = 1;
/** C = f(A . B + bias). */
export const FORWARD: i32 = 2;
/** C = d loss / dz, with y = f(A . B + bias). */
export const LOSS: i32 = 3;
/** The last layer, all of it: last-layer.ts. */
export const OUTPUT: i32 = 4;
/** C = (the sum of OUTPUT's parts) * f'(h). */
export const SUM: i32 = 5;
/** C = (A . B) * f'(h). */
export const BACKWARD: i32 = 6;
/** Weights C, by the optimiser with the gradient A . B. */
export const UPDATE: i32 = 7;
/** Biases C (1, J), by the optimiser with the column sums of B (K, J). */
export const UPDATE_BIAS: i32 = 8;
/** The squared error of each row of A (rows, J) against the target. */
export const ERROR: i32 = 9;
/** C (batch, width) = A with noise, and `fill` where A is NaN. */
export const CORRUPT: i32 = 10;
/** C (code, batch), dz of the code, += the gradient of a penalty on its outputs A. */
export const PENALISE: i32 = 11;
/** Notes which rows of h (units, batch) are not all zeros. */
export const WATCH: i32 = 12;
/** The squared norm of each chunk of the kept gradients A. */
export const NORM: i32 = 13;
/** The optimiser's step of the parameters C with the kept gradients A. */
export const STEP: i32 = 14;
/** C (outputs, batch), z, becomes d loss / dz, by columns; and the loss of each sample: columns.ts. */
export const COLUMNS: i32 = 15;
/** C (outputs, batch), z, becomes what the network makes, and C's twin (batch, outputs). */
export const PROBABILITIES: i32 = 16;
/** C (columns, batch), and its twin, = the errors of columns, with z in A (outputs, batch). */
export const COLUMN_ERRORS: i32 = 17;

// --- Numbers that stand for something -----------------------------------------------------------------

/** An address given as this means the rows of the pass where they lie in the dataset: Step.input. */
export const INPUT: usize = 1;
/** A size given as this means the rows of the batch at hand, which differ at an epoch's end. */
export const BATCH: i32 = -1;
/** Weights of rows given as this: all rows weigh 1, and some are not whole. 0: all are whole, too. */
export const UNWEIGHTED: usize = 1;
/** Of a slab: no value that is not finite. */
export const NONE: i32 = 0x7fffffff;
/** Of a queue: no more slabs come. */
export const CLOSED: i32 = 0x7fffffff;

export const BYTES: i32 = 0;
export const FLOATS: i32 = 1;
export const SPARSE_BYTES: i32 = 2;
export const SPARSE_FLOATS: i32 = 3;
/** Rows of float64 that are scaled on their way in. */
export const DOUBLES: i32 = 4;
export const WIDE_FLOATS: i32 = 5;

export const LINEAR: usize = 0;
export const RELU: usize = 1;
export const LEAKY_RELU: usize = 2;
export const ELU: usize = 3;
export const TANH: usize = 4;
export const SIGMOID: usize = 5;
/** A ReLU whose backward pass lets those gradients through, too, that would raise a unit at rest. */
export const REVIVED_RELU: usize = 6;
/** From here on f' cannot be computed from h, so the forward pass stores it. */
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

/** Adam, decoupled weight decay (AdamW) included. */
export const ADAM: i32 = 0;
export const SGD: i32 = 1;

// --- Sizes ----------------------------------------------------------------------------------------------

/**
 * The rows of C that are finished (product, epilogue, transpose) before the next ones start, so
 * that they are still in the first-level cache, and a multiple of a cache line of the transpose.
 */
export const BLOCK: i32 = 16;
/**
 * And where B is larger than that cache, so that more rows share what is fetched and packed of it:
 * the first layer of 784-1000-... then takes 13.0 us a sample forward, where it took 17.2.
 */
export const WIDE_BLOCK: i32 = 64;
/** Into how many chunks OUTPUT cuts its rows, and so the most threads that can share the work. */
export const CHUNKS: i32 = 8;
/** Floats a row of NORM and STEP has: the parameters as one long list, cut into chunks. */
export const PARAMETER_CHUNK: i32 = 256;
/** Where a thread's scratch says (i32) whether pairs of vectors run as one of 256 bits: gemm.ts. */
export const WIDE: usize = 2304;
/** Bytes of that and of the tables that listing needs, which begin a thread's scratch: sparse.ts. */
export const TABLE_BYTES: usize = 2368;
/** Bytes behind it to pack columns of B in: gemm.ts. */
export const PACK_BYTES: usize = 16384;
/** Bytes of an entry of the lists behind both: an offset (u32), and a value (f32). */
export const ENTRY_BYTES: usize = 8;

// --- Records ----------------------------------------------------------------------------------------------

/** Rows, in one of the formats: rows.ts. */
@unmanaged
export class Dataset {
  format: i32;
  width: i32;
  values: usize;
  /** of rows that are not compressed, from one to the next: less than a row has where rows overlap */
  rowBytes: usize;
  /** of compressed rows, the byte offset of each (u32, rows + 1) */
  starts: usize;
  /** 256 floats, value / 255: a load where a division would cost 3 cycles a lane */
  byteTable: usize;
  /** of DOUBLES, what is subtracted from each column (f64) and what that is divided by (f64) */
  offsets: usize;
  factors: usize;
}

/** What one step of an optimiser needs. */
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
  /** L2: added to the gradient as weightDecay * w; of AdamW 0 */
  weightDecay: f32;
  /** AdamW: what is left of a weight, 1 - learning rate * weight decay; of the others 1 */
  keep: f32;
  kind: i32;
  /** not 0: Adam's moments that are tiny become 0 */
  settles: i32;
}

/** What the threads of one run share: sync.ts. */
@unmanaged
export class Control {
  /** arrivals at barriers so far, of all threads */
  arrived: i32;
  /** threads asleep at a barrier */
  sleeping: i32;
  /** not 0: the caller wants the run to stop at the next step */
  abort: i32;
  /** thread 0's decision for the step at hand, the same for all: 1 to stop */
  stop: i32;
  /** how often a thread gave up spinning */
  tired: i32;
  /** steps of this epoch that are done, and their losses written: for progress */
  done: i32;
}

/** A run of outputs: numbers of equal weight, or one category. */
@unmanaged
export class Segment {
  /** outputs [start, end) */
  start: i32;
  end: i32;
  /** not 0: a category */
  category: i32;
  weight: f32;
  /** 0, the bias of what has its bias already */
  zero: f32;
}

/** One operation. Fields that an operation does not use are 0. */
@unmanaged
export class Operation {
  kind: i32;
  /** not 0: what it reads comes from other threads, or they may still read what it writes */
  barrier: i32;
  /** the operands and the result of a product, or what is read (A) and written (C) */
  a: usize;
  lda: usize;
  b: usize;
  ldb: usize;
  c: usize;
  ldc: usize;
  /** rows of C, its columns, and the length of the sums; BATCH where that is the batch */
  rows: i32;
  columns: i32;
  depth: i32;
  /** not 0: rows of A are looked at for zeros */
  sparse: i32;
  /** not 0: A, or what COLUMNS compares with, is the batch's rows, compressed, or their features' lists (UPDATE) */
  gathers: i32;
  /** FORWARD: what each column's sum of integers is multiplied by (f32), if A is bytes and B is i16; or 0 */
  scales: usize;
  /** where C is wanted transposed too, or 0 */
  twin: usize;
  ldTwin: usize;
  bias: usize;
  /** 16: the bias runs along a row of C. 4: a row of C has one bias. */
  biasStep: usize;
  activation: usize;
  /** FORWARD: not 0 to note z that is not finite */
  checks: i32;
  /** what f' is taken from: the layer's forward output, or its slopes; or the output that is watched */
  h: usize;
  ldh: usize;
  /** FORWARD: where f'(z) is kept, if it cannot be computed from the output, and where transposed; or 0 */
  slopes: usize;
  ldSlopes: usize;
  slopesTwin: usize;
  ldSlopesTwin: usize;
  /** what the output is compared with */
  target: usize;
  ldTarget: usize;
  loss: usize;
  huberDelta: f32;
  /** one float a row of C; of COLUMNS, one a sample */
  rowLoss: usize;
  /** the moments, laid out as the weights, and those of OUTPUT's biases */
  m: usize;
  v: usize;
  biasM: usize;
  biasV: usize;
  /** see addSample in rows.ts; with scales, scratch: integers.ts */
  lists: usize;
  listBytes: usize;
  counts: usize;
  /** OUTPUT's input, sample-major */
  below: usize;
  ldBelow: usize;
  /** what each chunk of OUTPUT adds to the gradient below, with rows as far apart as the input's */
  parts: usize;
  partBytes: usize;
  /** where gradients are kept, laid out as the weights, instead of taking the step; 0: it is taken */
  kept: usize;
  keptBiases: usize;
  /** not 0: what is kept is added to what is there, the gradient of a matrix used twice */
  add: i32;
  /** the squared norm of each chunk of all parameters, how many, and the largest norm, or 0 */
  norms: usize;
  chunks: i32;
  maxNorm: f32;
  /** UPDATE, STEP: what Adam's step of the weights is multiplied by */
  rate: f32;
  /** an i32 for each unit, not 0 once it was not zero; or 0 */
  alive: usize;
  noise: i32;
  noiseAmount: f32;
  /** what the network sees where a value is missing (1, width); or 0, where none is */
  fill: usize;
  penalty: i32;
  penaltyWeight: f32;
  /** the mean that a penalty aims at */
  penaltyTarget: f32;
  /** what the outputs are, or of CORRUPT the inputs, and how many of these */
  segments: usize;
  segmentCount: i32;
  /** COLUMNS: what Step.lossScale is multiplied by for categories */
  categoryFactor: f32;
}

/** What the operations of one step share, for one thread. */
@unmanaged
export class Step {
  rows: i32;
  /** u32 row numbers of the dataset, one a row of the batch */
  order: usize;
  dataset: Dataset;
  optimizer: OptimizerStep;
  /** d loss / dy has this factor: 2 / elements for mse, 1 / elements for the others */
  lossScale: f32;
  thread: i32;
  threads: i32;
  control: Control;
  /** scratch: sparse.ts, and BLOCK rows of gradient, or a row of any tensor */
  scratch: usize;
  gradient: usize;
  /** scratch of OUTPUT: see last-layer.ts */
  chunk: usize;
  /** inference: where the dataset has the first row of this pass */
  input: usize;
  /** the weight of each row of the batch, padded with zeros; or 0: all weigh 1 and are whole */
  weights: usize;
  /** the epoch's key for noise */
  noiseKey: u32;
  /** u32 numbers of all rows to train on, and how many: where noise takes other values from */
  others: usize;
  othersCount: i32;
  /** not 0: an operation that was to look met a z that is NaN or infinite */
  nonFinite: i32;
}

/** A training run: the operations up to the loss, then the rest. */
@unmanaged
export class Plan {
  operations: usize;
  /** how many operations lead up to the loss, and how many there are */
  lossCount: i32;
  count: i32;
  dataset: Dataset;
  /** the epoch's order of the samples: u32 row numbers */
  order: usize;
  samples: i32;
  batchSize: i32;
  /** one OptimizerStep a step of the epoch */
  optimizer: usize;
  /** the loss of each output, or of each sample; padded to 4 */
  rowLoss: usize;
  /** not 0: of each sample */
  sampleLosses: i32;
  /** one f64 a step of the epoch: the summed loss over its batch */
  stepLoss: usize;
  /** one Step a thread */
  steps: usize;
  width: i32;
  lossFactor: f32;
  /** the weight of each row of the dataset; or UNWEIGHTED, or 0 */
  sampleWeights: usize;
  /** the epoch's key for noise */
  noiseKey: u32;
}

/** What infers for one thread. */
@unmanaged
export class InferencePlan {
  operations: usize;
  count: i32;
  step: Step;
  /** rows a pass */
  batchSize: i32;
  /** u32: 0, 1, 2, ... */
  order: usize;
  /** where the operations leave their result, a row every ldResult bytes, and the bytes of a row */
  result: usize;
  ldResult: usize;
  rowBytes: usize;
}

/** Rows on their way through inference. */
@unmanaged
export class Slab {
  /** the rows; where they are compressed, known to be finite */
  dataset: Dataset;
  /** (rows, outputs) */
  output: usize;
  rows: i32;
  /** how many of its passes are done */
  finished: i32;
  /** the index of the first value that is NaN or infinite, or NONE */
  nonFinite: i32;
}

/** A ring of slabs, whose passes threads take in order. */
@unmanaged
export class Queue {
  /** how many passes were posted so far, or CLOSED */
  posted: i32;
  /** how many were taken */
  taken: i32;
  /** passes per slab; those behind the rows of one that is not full do nothing */
  passes: i32;
  /** u32: the addresses of the slabs, and how many there are */
  slabs: usize;
  count: i32;
}
