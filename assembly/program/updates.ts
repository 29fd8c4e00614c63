// Applies gradients to weights: each update immediately, or, if all gradients must be known before the
// first update, at the end of the list.

import { Operation, PARAMETER_CHUNK, Step } from '../abi';
import { product } from '../kernels/gemm';
import { sum4 } from '../kernels/math';
import { padded, size } from './operation';
import { finishRow, finishRows, stepRow } from '../kernels/optimizer';
import { sparseRows } from '../kernels/sparse';

/** Updates the weights' rows [from, to), at most BLOCK. */
export function runUpdate(op: Operation, step: Step, from: i32, to: i32): void {
  const columns = padded(op.columns);
  if (op.gathers) {
    const lists = op.lists + <usize>from * op.listBytes;
    const counts = op.counts + ((<usize>from) << 2);
    sparseRows(lists, op.listBytes, counts, to - from, op.b, step.gradient, op.ldc, columns);
  } else {
    product(
      op.a + <usize>from * op.lda,
      op.lda,
      op.b,
      op.ldb,
      step.gradient,
      op.ldc,
      0,
      to - from,
      columns,
      size(op.depth, step.rows),
      step.scratch,
      op.sparse != 0,
    );
  }
  const at = <usize>from * op.ldc;
  finishRows(
    to - from,
    op.ldc,
    op.c + at,
    step.gradient,
    op.m + at,
    op.v + at,
    columns >> 2,
    step.optimizer,
    op.rate,
    op.kept ? op.kept + at : 0,
    op.add != 0,
  );
}

/** Updates the biases of columns [from, to), both multiples of 4. */
export function runUpdateBias(op: Operation, step: Step, from: i32, to: i32): void {
  const rows = step.rows;
  for (let j = from; j < to; j += 4) {
    const at = (<usize>j) << 2;
    let sum = f32x4.splat(0);
    let p = op.b + at;
    for (let k = 0; k < rows; k++, p += op.ldb) sum = v128.add<f32>(sum, v128.load(p));
    v128.store(step.gradient, sum);
    const kept = op.kept ? op.kept + at : 0;
    finishRow(op.c + at, step.gradient, op.m + at, op.v + at, 1, step.optimizer, 1, kept, false);
  }
}

/** Computes the squared norms of the chunks [from, to) of the stored gradients. */
export function runNorm(op: Operation, from: i32, to: i32): void {
  for (let i = from; i < to; i++) {
    let sum = f32x4.splat(0);
    let p = op.a + <usize>i * (PARAMETER_CHUNK << 2);
    const end = p + ((<usize>min(PARAMETER_CHUNK, op.columns - i * PARAMETER_CHUNK)) << 2);
    for (; p < end; p += 16) {
      const g = v128.load(p);
      sum = v128.add<f32>(sum, v128.mul<f32>(g, g));
    }
    store<f32>(op.norms + ((<usize>i) << 2), sum4(sum));
  }
}

/**
 * Updates the chunks [from, to), with the gradients scaled down to the norm op.maxNorm if theirs is larger
 * (Pascanu et al. 2013, https://arxiv.org/abs/1211.5063; as torch.nn.utils.clip_grad_norm_).
 */
export function runStep(op: Operation, step: Step, from: i32, to: i32): void {
  let scale: f32 = 1;
  if (op.maxNorm > 0) {
    let square: f32 = 0; // every thread sums all chunks, in order
    for (let i = 0; i < op.chunks; i++) square += load<f32>(op.norms + ((<usize>i) << 2));
    scale = min<f32>(1, op.maxNorm / (sqrt(square) + 1e-6));
  }
  for (let i = from; i < to; i++) {
    const at = <usize>i * (PARAMETER_CHUNK << 2);
    const floats = min(PARAMETER_CHUNK, op.columns - i * PARAMETER_CHUNK);
    if (scale < 1) {
      const end = op.a + at + ((<usize>floats) << 2);
      for (let p = op.a + at; p < end; p += 16) {
        v128.store(p, v128.mul<f32>(v128.load(p), f32x4.splat(scale)));
      }
    }
    stepRow(op.c + at, op.a + at, op.m + at, op.v + at, floats >> 2, step.optimizer, op.rate);
  }
}
