// A pass through the network is a list of operations that TypeScript lays out once; this file runs
// it. Each thread takes its share of the rows of every operation's output. No two threads write to
// one sum, so the result does not depend on how many they are.

import { activateRow, activateRowBackward } from './activation';
import { adamRow, AdamStep } from './adam';
import { Dataset, loadRow, touchRow } from './batch';
import { product } from './gemm';
import { errorOfRow, lossRow } from './loss';
import { sum4 } from './math';
import { barrier, Control } from './sync';
import { transpose } from './transpose';

// Kinds of operation; part of the ABI: src/program.ts has the same list.
const LOAD: i32 = 0; // C (batch, width) = the batch's rows of the dataset
const FORWARD: i32 = 1; // C = f(A . B + bias)
const BACKWARD: i32 = 2; // C = (A . B) * f'(h)
const LOSS: i32 = 3; // C = d loss / dz, with y = f(A . B + bias)
const UPDATE: i32 = 4; // weights C, by Adam with the gradient A . B
const UPDATE_BIAS: i32 = 5; // bias C (1, J), by Adam with the column sums of B (K, J)
const ERROR: i32 = 6; // per-row squared error of A (rows, J) against x

/** A size given as this means the rows of the batch at hand, which differ at an epoch's end. */
const BATCH: i32 = -1;

/**
 * The rows of C that are finished (product, epilogue, transpose) before the next ones start, so
 * that they are still in the first-level cache, and a multiple of a cache line of the transpose.
 */
const BLOCK: i32 = 16;

/** One operation. Strides are in bytes; fields an operation does not use are 0. */
@unmanaged
class Operation {
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
  /** BACKWARD: the forward output h. LOSS, ERROR: the target x. */
  x: usize;
  ldx: usize;
  loss: usize;
  /** LOSS, ERROR: one float a row of C */
  rowLoss: usize;
  /** UPDATE: the moments, laid out as the weights */
  m: usize;
  v: usize;
}

/** What the operations of one step share, for one thread. */
@unmanaged
class Step {
  rows: i32;
  /** u32 row numbers of the dataset, one a row of the batch */
  order: usize;
  dataset: Dataset;
  adam: AdamStep;
  /** d loss / dy has this factor: 2 / elements for mse, 1 / elements for bce */
  lossScale: f32;
  thread: i32;
  threads: i32;
  control: Control;
  /** scratch: the non-zeros of a row (assembly/gemm.ts), and BLOCK rows of gradient */
  list: usize;
  gradient: usize;
}

// @ts-ignore: decorator
@inline
function size(given: i32, rows: i32): i32 {
  return given == BATCH ? rows : given;
}

/** Zeroes rows [from, from rounded up to 4): a transpose reads whole blocks. */
// @ts-ignore: decorator
@inline
function clearRows(c: usize, ldc: usize, from: i32): void {
  for (let i = from; i & 3; i++) memory.fill(c + <usize>i * ldc, 0, ldc);
}

function runLoad(op: Operation, step: Step, from: i32, to: i32): void {
  for (let i = from; i < to; i++) touchRow(step.dataset, load<u32>(step.order + (<usize>i << 2)));
  for (let i = from; i < to; i++) {
    loadRow(step.dataset, load<u32>(step.order + (<usize>i << 2)), op.c + <usize>i * op.ldc);
  }
}

function runUpdate(op: Operation, step: Step, from: i32, to: i32): void {
  const columns = op.columns + 3 & ~3;
  for (let i = from; i < to; i++) {
    const at = <usize>i * op.ldc;
    const gradient = step.gradient + <usize>(i - from) * op.ldc;
    adamRow(op.c + at, gradient, op.m + at, op.v + at, columns >> 2, step.adam);
  }
}

/** Columns [from, to), both multiples of 4. */
function runUpdateBias(op: Operation, step: Step, from: i32, to: i32): void {
  const rows = step.rows;
  for (let j = from; j < to; j += 4) {
    const at = <usize>j << 2;
    let sum = f32x4.splat(0);
    let p = op.b + at;
    for (let k = 0; k < rows; k++, p += op.ldb) sum = v128.add<f32>(sum, v128.load(p));
    v128.store(step.gradient, sum);
    adamRow(op.c + at, step.gradient, op.m + at, op.v + at, 1, step.adam);
  }
}

function runEpilogue(op: Operation, step: Step, from: i32, to: i32, columns: i32): void {
  const kind = op.kind;
  for (let i = from; i < to; i++) {
    const row = op.c + <usize>i * op.ldc;
    const bias = op.biasStep == 16 ? op.bias : op.bias + (<usize>i << 2);
    const biasStep = op.biasStep == 16 ? <usize>16 : 0;
    const x = op.x + <usize>i * op.ldx;
    if (kind == FORWARD) {
      activateRow(row, columns, bias, biasStep, op.activation);
    } else if (kind == BACKWARD) {
      activateRowBackward(row, columns, x, op.activation);
    } else {
      const loss = lossRow(
        row, columns, bias, biasStep, x, op.activation, op.loss, step.lossScale,
      );
      store<f32>(op.rowLoss + (<usize>i << 2), loss);
    }
  }
}

/** Runs one operation over the rows [from, to) of its output. */
function runRows(op: Operation, step: Step, from: i32, to: i32): void {
  const kind = op.kind;
  const columns = size(op.columns, step.rows);
  const depth = size(op.depth, step.rows);
  const last = size(op.rows, step.rows);
  const list = op.sparse ? step.list : 0;
  for (let i = from; i < to; i += BLOCK) {
    const end = min(i + BLOCK, to);
    if (kind == LOAD) {
      runLoad(op, step, i, end);
    } else if (kind == ERROR) {
      for (let r = i; r < end; r++) {
        const error = errorOfRow(op.a + <usize>r * op.lda, op.x + <usize>r * op.ldx, columns);
        store<f32>(op.rowLoss + (<usize>r << 2), error);
      }
    } else if (kind == UPDATE) {
      product(
        op.a + <usize>i * op.lda, op.lda, op.b, op.ldb, step.gradient, op.ldc,
        0, end - i, columns + 3 & ~3, depth, list,
      );
      runUpdate(op, step, i, end);
    } else {
      product(
        op.a, op.lda, op.b, op.ldb, op.c, op.ldc, i, end, columns + 3 & ~3, depth, list,
      );
      runEpilogue(op, step, i, end, columns);
    }
    if (op.twin) {
      if (end == last) clearRows(op.c, op.ldc, end);
      transpose(
        op.c + <usize>i * op.ldc, op.ldc, op.twin + (<usize>i << 2), op.ldTwin, end - i, columns,
      );
    }
  }
}

/**
 * Where thread `thread`'s share of `count` rows begins. Shares are whole cache lines of the
 * transpose (16 rows) where that leaves nobody idle, and whole blocks of it (4) at least.
 */
function shareStart(count: i32, thread: i32, threads: i32): i32 {
  const unit = count >= 16 * threads ? 16 : 4;
  const units = (count + unit - 1) / unit;
  return min(count, units * thread / threads * unit);
}

/**
 * Runs this thread's share of `count` operations, one every `offsetof<Operation>()` bytes from
 * `operations`.
 */
export function run(operations: usize, count: i32, step: usize): void {
  const s = changetype<Step>(step);
  for (let i = 0; i < count; i++) {
    const op = changetype<Operation>(operations + <usize>i * offsetof<Operation>());
    if (op.barrier && s.threads > 1) barrier(s.control, s.threads);
    const isBias = op.kind == UPDATE_BIAS;
    const rows = isBias ? op.columns + 3 & ~3 : size(op.rows, s.rows);
    const from = shareStart(rows, s.thread, s.threads);
    const to = shareStart(rows, s.thread + 1, s.threads);
    if (isBias) runUpdateBias(op, s, from, to);
    else if (from < to) runRows(op, s, from, to);
  }
}

/** A training run: the forward operations up to the loss, then the rest; src/training.ts. */
@unmanaged
class Plan {
  operations: usize;
  forwardCount: i32;
  count: i32;
  dataset: Dataset;
  /** the epoch's order of the samples: u32 row numbers */
  order: usize;
  samples: i32;
  batchSize: i32;
  /** one AdamStep a step of the epoch */
  adam: usize;
  /** the loss of each row of the last layer's output; padded to 4 */
  rowLoss: usize;
  rowLossCount: i32;
  /** one f64 a step of the epoch: the summed loss over its batch */
  stepLoss: usize;
  /** one Step a thread */
  steps: usize;
  lossFactor: f32;
  width: i32;
}

/**
 * Trains on the steps [first, last) of an epoch, as one of the plan's threads; all of them make
 * the same call. Returns `last`, or the number of the step it stopped at because the caller asked
 * for it (Control.abort) or because that step's loss is not finite; such a step has changed no
 * weight.
 */
export function train(plan: usize, first: i32, last: i32, thread: i32): i32 {
  const p = changetype<Plan>(plan);
  const step = changetype<Step>(p.steps + <usize>thread * offsetof<Step>());
  const control = step.control;
  const threads = step.threads;
  step.dataset = p.dataset;
  for (let s = first; s < last; s++) {
    if (thread == 0) {
      control.stop = atomic.load<i32>(changetype<usize>(control) + offsetof<Control>('abort'));
    }
    // Behind this barrier nobody reads the last batch any more.
    if (threads > 1) barrier(control, threads);
    if (control.stop) return s;
    const start = s * p.batchSize;
    const rows = min(p.batchSize, p.samples - start);
    step.rows = rows;
    step.order = p.order + (<usize>start << 2);
    step.adam = changetype<AdamStep>(p.adam + <usize>s * offsetof<AdamStep>());
    step.lossScale = p.lossFactor / (<f32>rows * <f32>p.width);
    run(p.operations, p.forwardCount, changetype<usize>(step));
    if (threads > 1) barrier(control, threads);
    // Every thread adds up the same numbers, so all decide alike.
    const loss = sumLoss(p, rows);
    if (thread == 0) store<f64>(p.stepLoss + (<usize>s << 3), <f64>loss);
    if (!isFinite(loss)) return s;
    const rest = p.operations + <usize>p.forwardCount * offsetof<Operation>();
    run(rest, p.count - p.forwardCount, changetype<usize>(step));
  }
  return last;
}

function sumLoss(p: Plan, rows: i32): f32 {
  let total = f32x4.splat(0);
  const count = size(p.rowLossCount, rows);
  for (let i = 0; i < count; i += 4) {
    const mask = i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(count - i));
    total = v128.add<f32>(total, v128.and(v128.load(p.rowLoss + (<usize>i << 2)), mask));
  }
  return sum4(total);
}
