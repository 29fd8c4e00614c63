// A pass through the network is a list of operations that TypeScript lays out once; this file runs it. Each
// thread computes its share of the rows of every operation's output. No two threads add to the same sum, so
// the result does not depend on the number of threads.

import {
  BACKWARD,
  BLOCK,
  CHUNKS,
  COLUMN_ERRORS,
  COLUMNS,
  CORRUPT,
  ERROR,
  FORWARD,
  LOAD,
  LOAD_FEATURES,
  LOSS,
  NORM,
  Operation,
  OUTPUT,
  PENALISE,
  PROBABILITIES,
  STEP,
  Step,
  SUM,
  UPDATE,
  UPDATE_BIAS,
  WATCH,
  WIDE_BLOCK,
} from '../abi';
import { activateRow, activateRowBackward } from '../kernels/activation';
import { addSample, loadRow, touchRow } from '../kernels/rows';
import { product } from '../kernels/gemm';
import { errorOfRow } from '../kernels/loss';
import { corruptRow } from '../kernels/noise';
import {
  runColumnErrors,
  runColumns,
  runProbabilities,
  segmentAt,
  swapCategories,
} from './columns';
import {
  addressOf,
  blockRows,
  clearRows,
  countsOf,
  listBytes,
  listRows,
  listsOf,
  padded,
  rowNumber,
  shareStart,
  size,
} from './operation';
import { integerRows } from './integers';
import { outputLoss, runOutput, watchRow } from './last-layer';
import { penaliseRow } from '../kernels/penalty';
import { sparseRows } from '../kernels/sparse';
import { barrier } from '../threads/sync';
import { transpose } from '../kernels/transpose';
import { runNorm, runStep, runUpdate, runUpdateBias } from './updates';

function runLoad(op: Operation, step: Step, from: i32, to: i32): void {
  for (let i = from; i < to; i++) touchRow(step.dataset, rowNumber(step, i));
  for (let i = from; i < to; i++) {
    loadRow(step.dataset, rowNumber(step, i), op.c + <usize>i * op.ldc);
  }
}

// @ts-ignore: decorator
@inline
function clearFeatures(op: Operation, from: i32, to: i32): void {
  const end = op.c + <usize>to * op.ldc;
  for (let p = op.c + <usize>from * op.ldc; p < end; p += 16) v128.store(p, i32x4.splat(0));
}

/** The features [from, to) of all samples of the batch. */
function runLoadFeatures(op: Operation, step: Step, from: i32, to: i32): void {
  if (op.segments == 0) clearFeatures(op, from, to);
  for (let s = 0; s < op.segmentCount; s++) {
    const segment = segmentAt(op, s);
    // The values of categories are read from the lists.
    if (!segment.category) clearFeatures(op, max(from, segment.start), min(to, segment.end));
  }
  for (let w = from; w < to; w++) store<i32>(op.counts + ((<usize>w) << 2), 0);
  for (let i = 0; i < step.rows; i++) touchRow(step.dataset, rowNumber(step, i));
  for (let i = 0; i < step.rows; i++) {
    addSample(
      step.dataset,
      rowNumber(step, i),
      i,
      from,
      to,
      op.c,
      op.ldc,
      op.ldb,
      op.lists,
      op.listBytes,
      op.counts,
      op.fill,
    );
  }
}

/** Rows [from, to), at most WIDE_BLOCK, of C = A . B, with the batch's compressed rows as A. */
function gatherRows(op: Operation, step: Step, from: i32, to: i32): void {
  listRows(step, from, to, op.depth, op.ldb, op.fill);
  const c = op.c + <usize>from * op.ldc;
  sparseRows(
    listsOf(step),
    listBytes(op.depth),
    countsOf(step),
    to - from,
    op.b,
    c,
    op.ldc,
    padded(op.columns),
  );
}

/** Rows [from, to) of C = the sum of OUTPUT's parts, in order. */
function sumRows(op: Operation, from: i32, to: i32): void {
  for (let i = from; i < to; i++) {
    const row = op.c + <usize>i * op.ldc;
    const part = op.parts + <usize>i * op.ldBelow;
    for (let j: usize = 0, end = (<usize>padded(op.columns)) << 2; j < end; j += 16) {
      let sum = v128.load(part + j);
      for (let c = 1; c < CHUNKS; c++) {
        sum = v128.add<f32>(sum, v128.load(part + <usize>c * op.partBytes + j));
      }
      v128.store(row + j, sum);
    }
  }
}

function runCorrupt(op: Operation, step: Step, from: i32, to: i32): void {
  for (let i = from; i < to; i++) {
    const x = op.a + <usize>i * op.lda,
      out = op.c + <usize>i * op.ldc;
    const row = rowNumber(step, i);
    corruptRow(x, op.columns, out, op.fill, op.noise, op.noiseAmount, step.noiseKey, row);
    if (op.segments) swapCategories(op, step, x, out, row);
  }
}

function runPenalise(op: Operation, step: Step, from: i32, to: i32): void {
  for (let i = from; i < to; i++) {
    penaliseRow(
      op.c + <usize>i * op.ldc,
      step.rows,
      op.a + <usize>i * op.lda,
      op.h + <usize>i * op.ldh,
      op.activation,
      op.penalty,
      op.penaltyWeight,
      op.penaltyTarget,
      step.gradient,
    );
  }
}

/**
 * Records in the step whether a sample's z in rows [from, to) of C is not finite. One z per sample is
 * enough: a NaN or an infinity in the input makes all z of its sample so, because zero times it is NaN.
 */
function noteNonFinite(op: Operation, step: Step, from: i32, to: i32): void {
  if (op.biasStep == 16) {
    for (let i = from; i < to; i++) {
      if (!isFinite(load<f32>(op.c + <usize>i * op.ldc))) step.nonFinite = 1;
    }
  } else if (from == 0) {
    for (let j = 0; j < step.rows; j++) {
      if (!isFinite(load<f32>(op.c + ((<usize>j) << 2)))) step.nonFinite = 1;
    }
  }
}

function runEpilogue(op: Operation, step: Step, from: i32, to: i32, columns: i32): void {
  const kind = op.kind;
  for (let i = from; i < to; i++) {
    const row = op.c + <usize>i * op.ldc;
    const bias = op.biasStep == 16 ? op.bias : op.bias + ((<usize>i) << 2);
    const biasStep = op.biasStep == 16 ? <usize>16 : 0;
    if (kind == FORWARD) {
      const slopes = op.slopes ? op.slopes + <usize>i * op.ldSlopes : 0;
      activateRow(row, columns, bias, biasStep, op.activation, slopes);
    } else if (kind == BACKWARD || kind == SUM) {
      activateRowBackward(row, columns, op.h + <usize>i * op.ldh, op.activation);
    } else if (kind == LOSS) {
      const target = op.target + <usize>i * op.ldTarget;
      const loss = outputLoss(op, step, row, bias, biasStep, target, columns);
      store<f32>(op.rowLoss + ((<usize>i) << 2), loss);
    } else {
      unreachable();
    }
  }
}

/** Runs one operation over the rows [from, to) of its output. */
function runRows(op: Operation, step: Step, from: i32, to: i32): void {
  const kind = op.kind;
  const columns = size(op.columns, step.rows);
  const last = size(op.rows, step.rows);
  if (!ASC_NO_ASSERT) assert(from >= 0 && from < to && to <= last);
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
        watchRow(op.h + <usize>r * op.ldh, step.rows, 0, op.alive + ((<usize>r) << 2));
      }
    } else if (kind == NORM) {
      runNorm(op, i, end);
    } else if (kind == STEP) {
      runStep(op, step, i, end);
    } else if (kind == ERROR) {
      const target = addressOf(op.target, step);
      for (let r = i; r < end; r++) {
        const error = errorOfRow(
          op.a + <usize>r * op.lda,
          target + <usize>r * op.ldTarget,
          columns,
        );
        store<f32>(op.rowLoss + ((<usize>r) << 2), error);
      }
    } else {
      if (kind == SUM) {
        sumRows(op, i, end);
      } else if (op.gathers) {
        gatherRows(op, step, i, end);
      } else if (op.scales) {
        integerRows(op, step, i, end);
      } else {
        product(
          addressOf(op.a, step),
          op.lda,
          op.b,
          op.ldb,
          op.c,
          op.ldc,
          i,
          end,
          padded(columns),
          size(op.depth, step.rows),
          step.scratch,
          op.sparse != 0,
        );
      }
      if (op.checks) noteNonFinite(op, step, i, end);
      runEpilogue(op, step, i, end, columns);
    }
    if (op.twin) {
      if (end == last) clearRows(op.c, op.ldc, end);
      transpose(
        op.c + <usize>i * op.ldc,
        op.ldc,
        op.twin + ((<usize>i) << 2),
        op.ldTwin,
        end - i,
        columns,
      );
    }
    if (op.slopesTwin) {
      if (end == last) clearRows(op.slopes, op.ldSlopes, end);
      transpose(
        op.slopes + <usize>i * op.ldSlopes,
        op.ldSlopes,
        op.slopesTwin + ((<usize>i) << 2),
        op.ldSlopesTwin,
        end - i,
        columns,
      );
    }
  }
}

/**
 * Runs this thread's share of `count` operations, which start at `operations`, `offsetof<Operation>()`
 * bytes apart.
 */
export function run(operations: usize, count: i32, step: usize): void {
  const s = changetype<Step>(step);
  const thread = s.thread,
    threads = s.threads;
  if (!ASC_NO_ASSERT) assert(count >= 0 && thread < threads && s.rows > 0);
  for (let i = 0; i < count; i++) {
    const op = changetype<Operation>(operations + <usize>i * offsetof<Operation>());
    const kind = op.kind;
    if (op.barrier && threads > 1) barrier(s.control, threads);
    if (kind == OUTPUT) {
      const end = (CHUNKS * (thread + 1)) / threads;
      for (let c = (CHUNKS * thread) / threads; c < end; c++) runOutput(op, s, c);
      continue;
    }
    // Run by one thread, because inference gives each pass to a single one.
    if (kind == PROBABILITIES || kind == COLUMN_ERRORS) {
      if (kind == PROBABILITIES) runProbabilities(op, s);
      else runColumnErrors(op, s);
      continue;
    }
    const rows = kind == UPDATE_BIAS ? padded(op.columns) : size(op.rows, s.rows);
    const transposed = op.twin != 0 || kind == COLUMNS; // whole cache lines of samples, as for a transpose
    const from = shareStart(rows, thread, threads, transposed);
    const to = shareStart(rows, thread + 1, threads, transposed);
    if (from == to) continue;
    if (kind == UPDATE_BIAS) runUpdateBias(op, s, from, to);
    else if (kind == COLUMNS) runColumns(op, s, from, to);
    else if (kind == LOAD_FEATURES) runLoadFeatures(op, s, from, to);
    else runRows(op, s, from, to);
  }
}
