// A pass through the network is a list of operations that TypeScript lays out once; this file runs
// it. Each thread takes its share of the rows of every operation's output. No two threads write to
// one sum, so the result does not depend on how many they are.

import { activateRow, activateRowBackward } from './activation';
import { OptimizerStep } from './adam';
import { addSample, Dataset, listRow, loadRow, touchRow } from './batch';
import { PACK_BYTES, product } from './gemm';
import { errorOfRow } from './loss';
import { sum4 } from './math';
import { corruptRow } from './noise';
import {
  addressOf, BACKWARD, BLOCK, blockRows, clearRows, CORRUPT, ERROR, FORWARD, LOAD, LOAD_FEATURES,
  NORM, Operation, OUTPUT, padded, PENALISE, shareStart, size, STEP, Step, SUM, UPDATE, UPDATE_BIAS,
  WATCH, WIDE_BLOCK,
} from './operation';
import { finishRow, stepRow } from './optimizer';
import { CHUNKS, outputLoss, runOutput, watchRow } from './output';
import { penaliseRow } from './sparsity';
import { sparseRows, TABLE_BYTES } from './sparse';
import { barrier, Control } from './sync';
import { transpose } from './transpose';

// @ts-ignore: decorator
@inline
function rowNumber(step: Step, i: i32): u32 {
  return load<u32>(step.order + (<usize>i << 2));
}

function runLoad(op: Operation, step: Step, from: i32, to: i32): void {
  for (let i = from; i < to; i++) touchRow(step.dataset, rowNumber(step, i));
  for (let i = from; i < to; i++) {
    loadRow(step.dataset, rowNumber(step, i), op.c + <usize>i * op.ldc);
  }
}

/** The features [from, to) of all samples of the batch. */
function runLoadFeatures(op: Operation, step: Step, from: i32, to: i32): void {
  const end = op.c + <usize>to * op.ldc;
  for (let p = op.c + <usize>from * op.ldc; p < end; p += 16) v128.store(p, i32x4.splat(0));
  for (let w = from; w < to; w++) store<i32>(op.counts + (<usize>w << 2), 0);
  for (let i = 0; i < step.rows; i++) touchRow(step.dataset, rowNumber(step, i));
  for (let i = 0; i < step.rows; i++) {
    addSample(
      step.dataset, rowNumber(step, i), i, from, to, op.c, op.ldc, op.ldb, op.lists, op.listBytes,
      op.counts,
    );
  }
}

/** Rows [from, to), at most WIDE_BLOCK, of C = A . B, with the batch's compressed rows as A. */
function gatherRows(op: Operation, step: Step, from: i32, to: i32): void {
  const counts = step.scratch + TABLE_BYTES + PACK_BYTES;
  const lists = counts + (WIDE_BLOCK << 2);
  const listBytes = <usize>padded(op.depth) << 3;
  for (let i = from; i < to; i++) {
    const list = lists + <usize>(i - from) * listBytes;
    const values = list + (listBytes >> 1);
    const count = listRow(step.dataset, rowNumber(step, i), op.ldb, list, values);
    store<i32>(counts + (<usize>(i - from) << 2), count);
  }
  const c = op.c + <usize>from * op.ldc;
  sparseRows(lists, listBytes, counts, to - from, op.b, c, op.ldc, padded(op.columns));
}

/** Rows [from, to) of C = (the sum of OUTPUT's parts, in order). */
function sumRows(op: Operation, from: i32, to: i32): void {
  for (let i = from; i < to; i++) {
    const row = op.c + <usize>i * op.ldc;
    const part = op.a + <usize>i * op.ldh;
    for (let j: usize = 0, end = <usize>padded(op.columns) << 2; j < end; j += 16) {
      let sum = v128.load(part + j);
      for (let c = 1; c < CHUNKS; c++) {
        sum = v128.add<f32>(sum, v128.load(part + <usize>c * op.lda + j));
      }
      v128.store(row + j, sum);
    }
  }
}

/** The weights' rows [from, to), at most BLOCK. */
function runUpdate(op: Operation, step: Step, from: i32, to: i32): void {
  const columns = padded(op.columns);
  if (op.a == 0) {
    const lists = op.lists + <usize>from * op.listBytes;
    const counts = op.counts + (<usize>from << 2);
    sparseRows(
      lists, op.listBytes, counts, to - from, op.b, step.gradient, op.ldc, columns,
    );
  } else {
    product(
      op.a + <usize>from * op.lda, op.lda, op.b, op.ldb, step.gradient, op.ldc, 0, to - from,
      columns, size(op.depth, step.rows), step.scratch, op.sparse != 0,
    );
  }
  for (let i = from; i < to; i++) {
    const at = <usize>i * op.ldc;
    const gradient = step.gradient + <usize>(i - from) * op.ldc;
    const kept = op.kept ? op.kept + at : 0;
    finishRow(
      op.c + at, gradient, op.m + at, op.v + at, columns >> 2, step.optimizer, op.rate, kept,
      op.add != 0,
    );
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
    const kept = op.kept ? op.kept + at : 0;
    finishRow(op.c + at, step.gradient, op.m + at, op.v + at, 1, step.optimizer, 1, kept, false);
  }
}

/** Floats a row of NORM and STEP has: the parameters as one long list, cut into chunks. */
const CHUNK: i32 = 256;

/** The squared norms of the chunks [from, to) of the kept gradients. */
function runNorm(op: Operation, from: i32, to: i32): void {
  for (let i = from; i < to; i++) {
    let sum = f32x4.splat(0);
    let p = op.a + <usize>i * (CHUNK << 2);
    const end = p + (<usize>min(CHUNK, op.columns - i * CHUNK) << 2);
    for (; p < end; p += 16) {
      const g = v128.load(p);
      sum = v128.add<f32>(sum, v128.mul<f32>(g, g));
    }
    store<f32>(op.x + (<usize>i << 2), sum4(sum));
  }
}

/**
 * Takes the step of the chunks [from, to), with gradients scaled down to the norm op.amount where
 * they are longer (Pascanu et al. 2013, https://arxiv.org/abs/1211.5063; as
 * torch.nn.utils.clip_grad_norm_).
 */
function runStep(op: Operation, step: Step, from: i32, to: i32): void {
  let scale: f32 = 1;
  if (op.amount > 0) {
    let square: f32 = 0; // every thread adds up all chunks, in order
    for (let i = 0; i < op.depth; i++) square += load<f32>(op.x + (<usize>i << 2));
    scale = min<f32>(1, op.amount / (sqrt(square) + 1e-6));
  }
  for (let i = from; i < to; i++) {
    const at = <usize>i * (CHUNK << 2);
    const floats = min(CHUNK, op.columns - i * CHUNK);
    if (scale < 1) {
      const end = op.a + at + (<usize>floats << 2);
      for (let p = op.a + at; p < end; p += 16) {
        v128.store(p, v128.mul<f32>(v128.load(p), f32x4.splat(scale)));
      }
    }
    stepRow(op.c + at, op.a + at, op.m + at, op.v + at, floats >> 2, step.optimizer, op.rate);
  }
}

function runCorrupt(op: Operation, step: Step, from: i32, to: i32): void {
  for (let i = from; i < to; i++) {
    corruptRow(
      op.a + <usize>i * op.lda, op.columns, op.c + <usize>i * op.ldc, op.b, op.how, op.amount,
      step.noiseKey, rowNumber(step, i),
    );
  }
}

function runPenalise(op: Operation, step: Step, from: i32, to: i32): void {
  for (let i = from; i < to; i++) {
    penaliseRow(
      op.c + <usize>i * op.ldc, step.rows, op.x + <usize>i * op.ldx, op.activation, op.how,
      op.amount, op.target, step.gradient,
    );
  }
}

/**
 * Notes in the step whether a sample's z in rows [from, to) of C is not finite. Of a layer's first z
 * alone: a value of the input that is NaN or infinite makes all of its sample's so, zero times it
 * being NaN.
 */
function noteNonFinite(op: Operation, step: Step, from: i32, to: i32): void {
  if (op.biasStep == 16) {
    for (let i = from; i < to; i++) {
      if (!isFinite(load<f32>(op.c + <usize>i * op.ldc))) step.nonFinite = 1;
    }
  } else if (from == 0) {
    for (let j = 0; j < step.rows; j++) {
      if (!isFinite(load<f32>(op.c + (<usize>j << 2)))) step.nonFinite = 1;
    }
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
    } else if (kind == BACKWARD || kind == SUM) {
      activateRowBackward(row, columns, x, op.activation);
    } else {
      const loss = outputLoss(op, step, row, bias, biasStep, x, columns);
      store<f32>(op.rowLoss + (<usize>i << 2), loss);
    }
  }
}

/** Runs one operation over the rows [from, to) of its output. */
function runRows(op: Operation, step: Step, from: i32, to: i32): void {
  const kind = op.kind;
  const columns = size(op.columns, step.rows);
  const last = size(op.rows, step.rows);
  const block = kind == FORWARD || kind == BACKWARD ? blockRows(op, WIDE_BLOCK) : BLOCK;
  for (let i = from; i < to; i += block) {
    const end = min(i + block, to);
    if (kind == LOAD) {
      runLoad(op, step, i, end);
    } else if (kind == UPDATE) {
      runUpdate(op, step, i, end);
    } else if (kind == CORRUPT) {
      runCorrupt(op, step, i, end);
    } else if (kind == PENALISE) {
      runPenalise(op, step, i, end);
    } else if (kind == WATCH) {
      for (let r = i; r < end; r++) {
        watchRow(op.x + <usize>r * op.ldx, step.rows, 0, op.alive + (<usize>r << 2));
      }
    } else if (kind == NORM) {
      runNorm(op, i, end);
    } else if (kind == STEP) {
      runStep(op, step, i, end);
    } else if (kind == ERROR) {
      const x = addressOf(op.x, step);
      for (let r = i; r < end; r++) {
        const error = errorOfRow(op.a + <usize>r * op.lda, x + <usize>r * op.ldx, columns);
        store<f32>(op.rowLoss + (<usize>r << 2), error);
      }
    } else {
      if (kind == SUM) {
        sumRows(op, i, end);
      } else if (op.a == 0) {
        gatherRows(op, step, i, end);
      } else {
        product(
          addressOf(op.a, step), op.lda, op.b, op.ldb, op.c, op.ldc, i, end, padded(columns),
          size(op.depth, step.rows), step.scratch, op.sparse != 0,
        );
      }
      if (op.how) noteNonFinite(op, step, i, end);
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
 * Runs this thread's share of `count` operations, one every `offsetof<Operation>()` bytes from
 * `operations`.
 */
export function run(operations: usize, count: i32, step: usize): void {
  const s = changetype<Step>(step);
  const thread = s.thread, threads = s.threads;
  for (let i = 0; i < count; i++) {
    const op = changetype<Operation>(operations + <usize>i * offsetof<Operation>());
    const kind = op.kind;
    if (op.barrier && threads > 1) barrier(s.control, threads);
    if (kind == OUTPUT) {
      const end = CHUNKS * (thread + 1) / threads;
      for (let c = CHUNKS * thread / threads; c < end; c++) runOutput(op, s, c);
      continue;
    }
    const rows = kind == UPDATE_BIAS ? padded(op.columns) : size(op.rows, s.rows);
    const from = shareStart(rows, thread, threads, op.twin != 0);
    const to = shareStart(rows, thread + 1, threads, op.twin != 0);
    if (from == to) continue;
    if (kind == UPDATE_BIAS) runUpdateBias(op, s, from, to);
    else if (kind == LOAD_FEATURES) runLoadFeatures(op, s, from, to);
    else runRows(op, s, from, to);
  }
}

/** A training run: the operations up to the loss, then the rest; src/training-layout.ts. */
@unmanaged
class Plan {
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
  /** the loss of each output; padded to 4 */
  rowLoss: usize;
  /** one f64 a step of the epoch: the summed loss over its batch */
  stepLoss: usize;
  /** one Step a thread */
  steps: usize;
  width: i32;
  lossFactor: f32;
  /** the weight of each row of the dataset; 1: all weigh 1, and some are not whole; 0: all are, too */
  sampleWeights: usize;
  /** the epoch's key for noise */
  noiseKey: u32;
}

/**
 * Trains on the steps [first, last) of an epoch, as one of the plan's threads; all of them make
 * the same call. Returns `last`, or the number of the step it stopped at because the caller asked
 * for it (Control.abort), or because that step's loss is not finite. Then the weights whose own loss
 * is not finite, and all below the last layer, are as before that step.
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
      atomic.store<i32>(changetype<usize>(control) + offsetof<Control>('done'), s);
    }
    // Behind this barrier nobody reads the last batch any more.
    if (threads > 1) barrier(control, threads);
    if (control.stop) return s;
    const start = s * p.batchSize;
    const rows = min(p.batchSize, p.samples - start);
    step.rows = rows;
    step.order = p.order + (<usize>start << 2);
    step.optimizer = changetype<OptimizerStep>(
      p.optimizer + <usize>s * offsetof<OptimizerStep>(),
    );
    step.noiseKey = p.noiseKey;
    if (p.sampleWeights) writeWeights(p, step);
    step.lossScale = p.lossFactor / (<f32>rows * <f32>p.width);
    run(p.operations, p.lossCount, changetype<usize>(step));
    if (threads > 1) barrier(control, threads);
    // Every thread adds up the same numbers, so all decide alike.
    const loss = sumLoss(p);
    if (thread == 0) store<f64>(p.stepLoss + (<usize>s << 3), <f64>loss);
    if (!isFinite(loss)) return s;
    const rest = p.operations + <usize>p.lossCount * offsetof<Operation>();
    run(rest, p.count - p.lossCount, changetype<usize>(step));
  }
  return last;
}

/** The weights of the batch's rows. */
function writeWeights(p: Plan, step: Step): void {
  const rows = step.rows;
  for (let i = 0; i < padded(rows); i++) {
    let weight: f32 = i < rows ? 1 : 0;
    if (i < rows && p.sampleWeights != 1) {
      weight = load<f32>(p.sampleWeights + (<usize>rowNumber(step, i) << 2));
    }
    store<f32>(step.weights + (<usize>i << 2), weight);
  }
}

function sumLoss(p: Plan): f32 {
  let total = f32x4.splat(0);
  const count = p.width;
  for (let i = 0; i < count; i += 4) {
    const mask = i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(count - i));
    total = v128.add<f32>(total, v128.and(v128.load(p.rowLoss + (<usize>i << 2)), mask));
  }
  return sum4(total);
}
