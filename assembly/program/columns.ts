// Outputs that are numbers and categories (abi.ts, Segment). The softmax of a category needs all of its
// rows, so the sums z of the last layer are computed first. Threads share the samples.

import { Operation, Segment, Step, WIDE_BLOCK } from '../abi';
import { activateRow } from '../kernels/activation';
import { weightedLossRow } from '../kernels/loss';
import { drawOf, mix } from '../kernels/noise';
import { loadCells } from '../kernels/rows';
import { softmax, softmaxErrors, softmaxLoss, softmaxLossListed } from '../kernels/softmax';
import { clearRows, countsOf, listBytes, listRows, listsOf, padded } from './operation';
import { transpose } from '../kernels/transpose';
import { watchRow } from './last-layer';

// @ts-ignore: decorator
@inline
export function segmentAt(op: Operation, index: i32): Segment {
  return changetype<Segment>(op.segments + <usize>index * offsetof<Segment>());
}

/** C (outputs, samples [from, to)) holds z, which becomes d loss / dz. Also computes each sample's loss. */
export function runColumns(op: Operation, step: Step, from: i32, to: i32): void {
  if (!op.gathers) return columnsBlock(op, step, from, to);
  for (let i = from; i < to; i += WIDE_BLOCK) columnsBlock(op, step, i, min(i + WIDE_BLOCK, to));
}

/** The same, for at most WIDE_BLOCK compressed rows at a time. */
function columnsBlock(op: Operation, step: Step, from: i32, to: i32): void {
  const n = to - from;
  const at = (<usize>from) << 2;
  const losses = op.rowLoss + at;
  memory.fill(losses, 0, (<usize>padded(n)) << 2);
  // After the scaled weights: how much of each list is consumed, and the scratch of softmaxLossListed.
  const used = step.chunk + ((<usize>padded(n)) << 2);
  const rest = used + ((<usize>padded(n)) << 2);
  if (op.gathers) {
    memory.fill(used, 0, (<usize>padded(n)) << 2);
    listRows(step, from, to, op.depth, op.ldc, 0);
  }
  for (let s = 0; s < op.segmentCount; s++) {
    const segment = segmentAt(op, s);
    const weights = weightsOf(segment, step, at, n);
    const base = <usize>segment.start * op.ldc;
    const rows = segment.end - segment.start;
    const z = op.c + base + at;
    const x = op.target + <usize>segment.start * op.ldTarget + at;
    if (op.alive) watchSegment(op, segment, z, n);
    if (segment.category) {
      const scale = step.lossScale * op.categoryFactor;
      if (!op.gathers) {
        softmaxLoss(z, op.ldc, x, op.ldTarget, rows, n, scale, weights, losses);
        continue;
      }
      softmaxLossListed(
        z,
        op.ldc,
        rows,
        n,
        scale,
        weights,
        losses,
        base,
        listsOf(step),
        listBytes(op.depth),
        countsOf(step),
        used,
        rest,
      );
      continue;
    }
    const zero = changetype<usize>(segment) + offsetof<Segment>('zero');
    for (let i: usize = 0; i < <usize>rows; i++) {
      weightedLossRow(
        z + i * op.ldc,
        n,
        zero,
        x + i * op.ldTarget,
        op.activation,
        op.loss,
        step.lossScale,
        weights,
        op.huberDelta,
        step.gradient,
        losses,
      );
    }
  }
}

/** The weights of samples in a segment: their own, times the weight of its columns. */
function weightsOf(segment: Segment, step: Step, at: usize, n: i32): usize {
  const weights = step.weights + at;
  if (segment.weight == 1) return weights;
  const factor = f32x4.splat(segment.weight);
  const scaled = step.chunk;
  for (let i: usize = 0, end = (<usize>padded(n)) << 2; i < end; i += 16) {
    v128.store(scaled + i, v128.mul<f32>(v128.load(weights + i), factor));
  }
  return scaled;
}

/** Records which units of numbers are not 0. Those of categories never are 0. */
function watchSegment(op: Operation, segment: Segment, z: usize, n: i32): void {
  for (let w = segment.start; w < segment.end; w++, z += op.ldc) {
    const alive = op.alive + ((<usize>w) << 2);
    if (segment.category) store<i32>(alive, 1);
    else watchRow(z, n, 0, alive);
  }
}

/**
 * C (outputs, batch) holds z, which becomes the network's outputs: numbers, and the probabilities of
 * values.
 */
export function runProbabilities(op: Operation, step: Step): void {
  const n = step.rows;
  for (let s = 0; s < op.segmentCount; s++) {
    const segment = segmentAt(op, s);
    const rows = segment.end - segment.start;
    const z = op.c + <usize>segment.start * op.ldc;
    if (segment.category) {
      softmax(z, op.ldc, rows, n);
      continue;
    }
    const zero = changetype<usize>(segment) + offsetof<Segment>('zero');
    for (let i: usize = 0; i < <usize>rows; i++) {
      activateRow(z + i * op.ldc, n, zero, 0, op.activation, 0);
    }
  }
  clearRows(op.c, op.ldc, op.rows);
  transpose(op.c, op.ldc, op.twin, op.ldTwin, op.rows, n);
}

/**
 * C (columns, batch) = the error of each column, NaN where it is missing, from z in A (outputs, batch): the
 * squared difference of a number, the cross-entropy of a category.
 */
export function runColumnErrors(op: Operation, step: Step): void {
  const n = step.rows;
  let errors = op.c;
  for (let s = 0; s < op.segmentCount; s++) {
    const segment = segmentAt(op, s);
    const rows = segment.end - segment.start;
    const z = op.a + <usize>segment.start * op.lda;
    const x = op.target + <usize>segment.start * op.ldTarget;
    if (segment.category) {
      softmaxErrors(z, op.lda, x, op.ldTarget, rows, n, errors);
      errors += op.ldc;
      continue;
    }
    const zero = changetype<usize>(segment) + offsetof<Segment>('zero');
    for (let i: usize = 0; i < <usize>rows; i++, errors += op.ldc) {
      const y = z + i * op.lda,
        target = x + i * op.ldTarget;
      activateRow(y, n, zero, 0, op.activation, 0);
      for (let at: usize = 0, end = (<usize>padded(n)) << 2; at < end; at += 16) {
        const error = v128.sub<f32>(v128.load(y + at), v128.load(target + at));
        v128.store(errors + at, v128.mul<f32>(error, error));
      }
    }
  }
  clearRows(op.c, op.ldc, op.rows);
  transpose(op.c, op.ldc, op.twin, op.ldTwin, op.rows, n);
}

/**
 * Treats the categories of a row of the batch, after noise has changed them at `out` (inputs): they get
 * back the values that they have at x, or, each with the probability `amount`, the values of another
 * training row, which is drawn from the epoch's key, the row and the column only. Missing categories stay
 * missing.
 */
export function swapCategories(op: Operation, step: Step, x: usize, out: usize, row: u32): void {
  const first = mix(step.noiseKey ^ row);
  for (let s = 0; s < op.segmentCount; s++) {
    const segment = segmentAt(op, s);
    if (!segment.category) continue;
    const from = segment.start,
      to = segment.end;
    let sum: f32 = 0;
    for (let j = from; j < to; j++) {
      let t = load<f32>(x + ((<usize>j) << 2));
      if (t != t) t = 0;
      sum += t;
      store<f32>(out + ((<usize>j) << 2), t);
    }
    const chance = <f32>(drawOf(first, from) >>> 8) * 5.9604644775390625e-8; // in [0, 1)
    if (sum == 0 || chance >= op.noiseAmount) continue;
    const draw = (<u64>drawOf(first, from + 1) * <u64>step.othersCount) >> 32;
    const other = load<u32>(step.others + ((<usize>draw) << 2));
    loadCells(step.dataset, other, from, to, out + ((<usize>from) << 2));
  }
}
