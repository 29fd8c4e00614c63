// The last layer of a training step in one visit of its weights: forward, loss, both gradients and Adam,
// for a chunk of rows (outputs) at a time, while they are in the cache. Chunks share only the gradient for
// the layer below: each chunk computes its part of it, and SUM adds the parts in order. The number of
// chunks does not depend on the threads, so the bits are the same.

import { BLOCK, CHUNKS, Operation, Step } from '../abi';
import { product, sparseLimit } from '../kernels/gemm';
import { lossRow, weightedLossRow } from '../kernels/loss';
import { sum4 } from '../kernels/math';
import { blockRows, padded, shareStart } from './operation';
import { finishRow, finishRows } from '../kernels/optimizer';
import { listNonZeros, scatterRow, sparseRow } from '../kernels/sparse';
import { transpose } from '../kernels/transpose';

/**
 * Chunk `chunk` of the outputs, T (outputs, n) with h (n, batch) as B and h (batch, n):
 *
 *   z (w, batch) = T . h;  dz = d loss / dz;  part (batch, n) = dz^T . T;  dT = dz . h;  Adam
 *
 * Scratch, for `rows` of the chunk, B the padded batch:
 *
 *     0             rows * B           2 * rows * B       ... lists of each row of dz, where looked at
 *     +-------------+------------------+----------------------------------------+--------+
 *     | dz (w, B)   | dz^T (B, rows)   | rows x (offsets (B + 4), values (B + 4)) | counts |
 *     +-------------+------------------+----------------------------------------+--------+
 *
 * If C is given, it is dz (outputs, batch) as computed by COLUMNS: forward and loss are already done.
 */
export function runOutput(op: Operation, step: Step, chunk: i32): void {
  const from = shareStart(op.rows, chunk, CHUNKS, false);
  const rows = shareStart(op.rows, chunk + 1, CHUNKS, false) - from;
  const batch = step.rows;
  const n = op.depth;
  const part = op.parts + <usize>chunk * op.partBytes;
  if (rows == 0) {
    memory.fill(part, 0, <usize>batch * op.ldBelow);
    return;
  }
  const width = (<usize>padded(batch)) << 2;
  const tall = (<usize>padded(rows)) << 2;
  const isGiven = op.c != 0;
  const dz = isGiven ? op.c + <usize>from * op.ldc : step.chunk;
  const ldz = isGiven ? op.ldc : width;
  const dzSamples = step.chunk + <usize>padded(rows) * width;
  const lists = dzSamples + (width >> 2) * tall;
  const listBytes = (width + 16) << 1;
  const counts = lists + <usize>rows * listBytes;
  const weights = op.a + <usize>from * op.lda;

  if (!isGiven && !forwardRows(op, step, from, rows, weights, dz, width)) return;

  let sparse = false;
  if (op.sparse) {
    let total = 0;
    for (let r = 0; r < rows; r++) {
      const list = lists + <usize>r * listBytes;
      const half = listBytes >> 1;
      const count = listNonZeros(
        dz + <usize>r * ldz,
        batch,
        op.ldBelow,
        step.scratch,
        list,
        list + half,
      );
      store<i32>(counts + ((<usize>r) << 2), count);
      total += count;
    }
    sparse = total <= sparseLimit(rows * batch);
  }
  if (sparse) {
    memory.fill(part, 0, <usize>batch * op.ldBelow);
    for (let r = 0; r < rows; r++) {
      const row = <usize>r * op.lda;
      const list = lists + <usize>r * listBytes;
      const values = list + (listBytes >> 1);
      const count = load<i32>(counts + ((<usize>r) << 2));
      scatterRow(list, values, count, weights + row, part, padded(n));
      sparseRow(list, values, count, op.below, step.gradient, padded(n));
      updateRows(op, step, from + r, 1);
    }
  } else {
    for (let r = rows; r & 3; r++) memory.fill(dz + <usize>r * ldz, 0, width);
    transpose(dz, ldz, dzSamples, tall, rows, batch);
    product(
      dzSamples,
      tall,
      weights,
      op.lda,
      part,
      op.ldBelow,
      0,
      batch,
      padded(n),
      rows,
      step.scratch,
      false,
    );
    for (let r = 0; r < rows; r += BLOCK) {
      const end = min(rows, r + BLOCK);
      product(
        dz + <usize>r * ldz,
        ldz,
        op.below,
        op.ldBelow,
        step.gradient,
        op.lda,
        0,
        end - r,
        padded(n),
        batch,
        step.scratch,
        false,
      );
      updateRows(op, step, from + r, end - r);
    }
  }
  updateBiases(op, step, from, rows, dz, ldz, width);
}

/** Records at `alive` whether any of n samples raises this unit, z (n) + bias, above 0. */
export function watchRow(z: usize, n: i32, bias: f32, alive: usize): void {
  if (load<i32>(alive)) return; // usually: few units are still to be checked
  for (const end = z + ((<usize>n) << 2); z < end; z += 4) {
    if (load<f32>(z) + bias > 0) {
      store<i32>(alive, 1);
      return;
    }
  }
}

/** The loss of one row, and dz in place of z, as the operation's options specify. */
// @ts-ignore: decorator
@inline
export function outputLoss(
  op: Operation,
  step: Step,
  z: usize,
  bias: usize,
  biasStep: usize,
  x: usize,
  n: i32,
): f32 {
  if (step.weights == 0) {
    return lossRow(z, n, bias, biasStep, x, op.activation, op.loss, step.lossScale, step.gradient);
  }
  return weightedLossRow(
    z,
    n,
    bias,
    x,
    op.activation,
    op.loss,
    step.lossScale,
    step.weights,
    op.huberDelta,
    step.gradient,
    0,
  );
}

/** dz of the chunk's rows, and their losses. Returns false if a loss is not finite. */
function forwardRows(
  op: Operation,
  step: Step,
  from: i32,
  rows: i32,
  weights: usize,
  dz: usize,
  width: usize,
): bool {
  let finite = true;
  const block = blockRows(op, rows);
  for (let r = 0; r < rows; r += block) {
    const end = min(rows, r + block);
    product(
      weights,
      op.lda,
      op.b,
      op.ldb,
      dz,
      width,
      r,
      end,
      padded(step.rows),
      op.depth,
      step.scratch,
      false,
    );
    for (let i = r; i < end; i++) {
      const w = <usize>(from + i);
      const z = dz + <usize>i * width;
      const bias = op.bias + (w << 2);
      if (op.alive) watchRow(z, step.rows, load<f32>(bias), op.alive + (w << 2));
      const loss = outputLoss(op, step, z, bias, 0, op.target + w * op.ldTarget, step.rows);
      store<f32>(op.rowLoss + (w << 2), loss);
      finite = finite && isFinite(loss);
    }
  }
  return finite;
}

/** Applies the gradients of the rows [w, w + rows) to the weights. */
// @ts-ignore: decorator
@inline
function updateRows(op: Operation, step: Step, w: i32, rows: i32): void {
  const at = <usize>w * op.lda;
  finishRows(
    rows,
    op.lda,
    op.a + at,
    step.gradient,
    op.m + at,
    op.v + at,
    padded(op.depth) >> 2,
    step.optimizer,
    1,
    op.kept ? op.kept + at : 0,
    false,
  );
}

/** The gradient of an output's bias is the sum of its row of dz. */
function updateBiases(
  op: Operation,
  step: Step,
  from: i32,
  rows: i32,
  dz: usize,
  ldz: usize,
  width: usize,
): void {
  for (let r = 0; r < rows; r += 4) {
    v128.store(step.gradient, f32x4.splat(0));
    for (let i = r; i < min(r + 4, rows); i++) {
      const row = dz + <usize>i * ldz;
      let total = f32x4.splat(0);
      for (let p = row; p < row + width; p += 16) total = v128.add<f32>(total, v128.load(p));
      store<f32>(step.gradient + ((<usize>(i - r)) << 2), sum4(total));
    }
    const at = (<usize>(from + r)) << 2;
    const kept = op.kept ? op.keptBiases + at : 0;
    finishRow(
      op.bias + at,
      step.gradient,
      op.biasM + at,
      op.biasV + at,
      1,
      step.optimizer,
      1,
      kept,
      false,
    );
  }
}
