// The records that TypeScript lays out and the kernels read: one operation of a pass through the
// network, and what the operations of one step share. src/program.ts has the same fields.

import { OptimizerStep } from './adam';
import { Dataset } from './batch';
import { Control } from './sync';

// Kinds of operation.
export const LOAD: i32 = 0; // C (batch, width) = the batch's rows of the dataset
export const LOAD_FEATURES: i32 = 1; // C (width, batch) and the features' lists, from compressed rows
export const FORWARD: i32 = 2; // C = f(A . B + bias); A = 0: the batch's rows, compressed
export const LOSS: i32 = 3; // C = d loss / dz, with y = f(A . B + bias)
export const OUTPUT: i32 = 4; // the last layer, all of it: output.ts
export const SUM: i32 = 5; // C = (the sum of OUTPUT's parts) * f'(h)
export const BACKWARD: i32 = 6; // C = (A . B) * f'(h)
export const UPDATE: i32 = 7; // weights C, by Adam with the gradient A . B; A = 0: by feature lists
export const UPDATE_BIAS: i32 = 8; // bias C (1, J), by Adam with the column sums of B (K, J)
export const ERROR: i32 = 9; // per-row squared error of A (rows, J) against x
export const CORRUPT: i32 = 10; // C (batch, width) = A with noise, and B (1, width) where it is NaN
export const PENALISE: i32 = 11; // C (code, batch), dz of the code, += the gradient of a penalty on x
export const WATCH: i32 = 12; // notes which rows of x (units, batch) are not all zeros
export const NORM: i32 = 13; // the squared norm of each chunk of the kept gradients A
export const STEP: i32 = 14; // the optimiser's step of the parameters C with the kept gradients A

/** An address given as this means the rows of the pass where they lie in the dataset: Step.input. */
export const INPUT: usize = 1;

/** A size given as this means the rows of the batch at hand, which differ at an epoch's end. */
export const BATCH: i32 = -1;

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

/** One operation. Strides are in bytes; fields an operation does not use are 0. */
@unmanaged
export class Operation {
  kind: i32;
  /** not 0: what it reads comes from other threads, or they may still read what it writes */
  barrier: i32;
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
  /** where C is wanted transposed too, or 0 */
  twin: usize;
  ldTwin: usize;
  bias: usize;
  /** 16: the bias runs along a row of C. 4: a row of C has one bias. */
  biasStep: usize;
  activation: usize;
  /** BACKWARD, SUM: the forward output h. LOSS, OUTPUT, ERROR: the target x. */
  x: usize;
  ldx: usize;
  loss: usize;
  /** LOSS, OUTPUT, ERROR: one float a row of C */
  rowLoss: usize;
  /** UPDATE, OUTPUT: the moments, laid out as the weights */
  m: usize;
  v: usize;
  /** LOAD_FEATURES, UPDATE: see addSample in batch.ts */
  lists: usize;
  listBytes: usize;
  counts: usize;
  /** OUTPUT: the input h sample-major, and the moments of the biases. SUM: bytes of a part (ldh) */
  h: usize;
  ldh: usize;
  biasM: usize;
  biasV: usize;
  /**
   * UPDATE, UPDATE_BIAS, OUTPUT: where gradients are kept, laid out as the weights, instead of taking
   * the step; 0: it is taken. OUTPUT: the same of the biases.
   */
  kept: usize;
  keptBiases: usize;
  /** not 0: what is kept is added to what is there, the gradient of a matrix used twice */
  add: i32;
  /** OUTPUT, WATCH: an i32 for each unit, not 0 once it was not zero; or 0 */
  alive: usize;
  /** CORRUPT: the kind of noise. PENALISE: of penalty. FORWARD: not 0 to note z that is not finite. */
  how: i32;
  /** CORRUPT: how much. PENALISE: the weight. LOSS, OUTPUT: Huber's delta. STEP: the largest norm, or 0. */
  amount: f32;
  /** PENALISE: the mean to aim at */
  target: f32;
  /** UPDATE, STEP: what Adam's step of the weights is multiplied by */
  rate: f32;
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
  /** scratch of OUTPUT: see output.ts */
  chunk: usize;
  /** inference: where the dataset has the first row of this pass */
  input: usize;
  /** the weight of each row of the batch, padded with zeros; or 0: all weigh 1 and are whole */
  weights: usize;
  /** the epoch's key for noise */
  noiseKey: u32;
  /** not 0: an operation that was to look met a z that is NaN or infinite */
  nonFinite: i32;
}

/** The address that `given` stands for. */
// @ts-ignore: decorator
@inline
export function addressOf(given: usize, step: Step): usize {
  return given == INPUT ? step.input : given;
}

/** The number that `given` stands for in a batch of `rows`. */
// @ts-ignore: decorator
@inline
export function size(given: i32, rows: i32): i32 {
  return given == BATCH ? rows : given;
}

/** `n` rounded up to whole vectors. */
// @ts-ignore: decorator
@inline
export function padded(n: i32): i32 {
  return n + 3 & ~3;
}

/** Zeroes rows [from, from rounded up to 4): a transpose reads whole blocks. */
// @ts-ignore: decorator
@inline
export function clearRows(c: usize, ldc: usize, from: i32): void {
  for (let i = from; i & 3; i++) memory.fill(c + <usize>i * ldc, 0, ldc);
}

/**
 * Where share `index` of `count` rows, cut into `shares`, begins. Shares are whole blocks of a
 * transpose (4 rows), and with `transposed` its whole cache lines (16) where that leaves none empty.
 */
export function shareStart(count: i32, index: i32, shares: i32, transposed: bool): i32 {
  const unit = transposed && count >= 16 * shares ? 16 : 4;
  const units = (count + unit - 1) / unit;
  return min(count, units * index / shares * unit);
}

/** Rows a block of a product: `most` where B is too large for the first-level cache, or BLOCK. */
export function blockRows(op: Operation, most: i32): i32 {
  return <usize>op.depth * op.ldb > 32768 ? most : BLOCK;
}
