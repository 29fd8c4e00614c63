// A category: a run of outputs of which each is the probability of one value. Four samples at a time,
// row after row, whatever the threads: sums over values ascend.

import { expNegative4, log4 } from './math';

/** The largest of `rows` rows of four. */
// @ts-ignore: decorator
@inline
function largest(z: usize, ldz: usize, rows: i32): v128 {
  let most = v128.load(z);
  for (const end = z + <usize>rows * ldz; z < end; z += ldz) {
    most = v128.pmax<f32>(most, v128.load(z));
  }
  return most;
}

/** A target's share of a value: what is NaN is missing, as what is 0 everywhere. */
// @ts-ignore: decorator
@inline
function known(t: v128): v128 {
  return v128.and(t, v128.eq<f32>(t, t));
}

/**
 * For n samples (a multiple of 4, or padded), z (rows, n) becomes the gradient of the cross-entropy
 * -sum t log p of p = softmax(z) against the targets t = x (rows, n):
 *
 *   dz = scale * weight * (p * sum t - t)
 *
 * which is 0 where all t are 0: the category is missing. `losses` (n) += weight * the cross-entropy;
 * `weights` (n) are those of the samples, 0 in the padding.
 */
export function softmaxLoss(
  z: usize, ldz: usize, x: usize, ldx: usize, rows: i32, n: i32, scale: f32, weights: usize,
  losses: usize,
): void {
  const factor = f32x4.splat(scale);
  for (let at: usize = 0, end = <usize>(n + 3 & ~3) << 2; at < end; at += 16) {
    const most = largest(z + at, ldz, rows);
    let sum = f32x4.splat(0), total = f32x4.splat(0), dot = f32x4.splat(0);
    let p = z + at, q = x + at;
    for (const last = p + <usize>rows * ldz; p < last; p += ldz, q += ldx) {
      const below = v128.sub<f32>(v128.load(p), most);
      const t = known(v128.load(q));
      const e = expNegative4(below);
      total = v128.add<f32>(total, t);
      dot = v128.add<f32>(dot, v128.mul<f32>(t, below));
      sum = v128.add<f32>(sum, e);
      v128.store(p, e);
    }
    const weight = v128.load(weights + at);
    const loss = v128.sub<f32>(v128.mul<f32>(total, log4(sum)), dot);
    v128.store(
      losses + at, v128.add<f32>(v128.load(losses + at), v128.mul<f32>(loss, weight)),
    );
    const each = v128.mul<f32>(factor, weight);
    const share = v128.div<f32>(total, sum);
    p = z + at;
    q = x + at;
    for (const last = p + <usize>rows * ldz; p < last; p += ldz, q += ldx) {
      const y = v128.mul<f32>(v128.load(p), share);
      v128.store(p, v128.mul<f32>(v128.sub<f32>(y, known(v128.load(q))), each));
    }
  }
}

/** z (rows, n) becomes softmax(z). */
export function softmax(z: usize, ldz: usize, rows: i32, n: i32): void {
  for (let at: usize = 0, end = <usize>(n + 3 & ~3) << 2; at < end; at += 16) {
    const most = largest(z + at, ldz, rows);
    let sum = f32x4.splat(0);
    let p = z + at;
    const last = p + <usize>rows * ldz;
    for (; p < last; p += ldz) {
      const e = expNegative4(v128.sub<f32>(v128.load(p), most));
      sum = v128.add<f32>(sum, e);
      v128.store(p, e);
    }
    for (p = z + at; p < last; p += ldz) v128.store(p, v128.div<f32>(v128.load(p), sum));
  }
}

/** errors (n) = the cross-entropies of softmax(z) against x, as {@link softmaxLoss}; NaN where missing. */
export function softmaxErrors(
  z: usize, ldz: usize, x: usize, ldx: usize, rows: i32, n: i32, errors: usize,
): void {
  for (let at: usize = 0, end = <usize>(n + 3 & ~3) << 2; at < end; at += 16) {
    const most = largest(z + at, ldz, rows);
    let sum = f32x4.splat(0), total = f32x4.splat(0), dot = f32x4.splat(0);
    let p = z + at, q = x + at;
    for (const last = p + <usize>rows * ldz; p < last; p += ldz, q += ldx) {
      const below = v128.sub<f32>(v128.load(p), most);
      const t = known(v128.load(q));
      total = v128.add<f32>(total, t);
      dot = v128.add<f32>(dot, v128.mul<f32>(t, below));
      sum = v128.add<f32>(sum, expNegative4(below));
    }
    const loss = v128.sub<f32>(v128.mul<f32>(total, log4(sum)), dot);
    const isKnown = v128.gt<f32>(total, f32x4.splat(0));
    v128.store(errors + at, v128.bitselect(loss, f32x4.splat(f32.NaN), isKnown));
  }
}
