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
  z: usize,
  ldz: usize,
  x: usize,
  ldx: usize,
  rows: i32,
  n: i32,
  scale: f32,
  weights: usize,
  losses: usize,
): void {
  const factor = f32x4.splat(scale);
  for (let at: usize = 0, end = (<usize>((n + 3) & ~3)) << 2; at < end; at += 16) {
    const most = largest(z + at, ldz, rows);
    let sum = f32x4.splat(0),
      total = f32x4.splat(0),
      dot = f32x4.splat(0);
    let p = z + at,
      q = x + at;
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
    addLoss(losses + at, total, dot, sum, weight);
    const each = v128.mul<f32>(factor, weight);
    const share = v128.mul<f32>(v128.div<f32>(total, sum), each);
    p = z + at;
    q = x + at;
    for (const last = p + <usize>rows * ldz; p < last; p += ldz, q += ldx) {
      const y = v128.mul<f32>(v128.load(p), share);
      v128.store(p, v128.sub<f32>(y, v128.mul<f32>(known(v128.load(q)), each)));
    }
  }
}

// @ts-ignore: decorator
@inline
function addLoss(losses: usize, total: v128, dot: v128, sum: v128, weight: v128): void {
  const loss = v128.sub<f32>(v128.mul<f32>(total, log4(sum)), dot);
  v128.store(losses, v128.add<f32>(v128.load(losses), v128.mul<f32>(loss, weight)));
}

/**
 * {@link softmaxLoss} with targets that are lists, one a row, of a batch whose samples `first` and on
 * these are: the same bits, since a target of 0 adds nothing. Row r's list is at lists + r * listBytes,
 * its values half-way through, its length in counts (i32), and its entry for sample b is b * ldb.
 * `scratch` takes 3 * n numbers, n padded.
 */
export function softmaxLossListed(
  z: usize,
  ldz: usize,
  rows: i32,
  n: i32,
  scale: f32,
  weights: usize,
  losses: usize,
  first: i32,
  lists: usize,
  listBytes: usize,
  counts: usize,
  ldb: usize,
  scratch: usize,
): void {
  const factor = f32x4.splat(scale);
  const bytes = (<usize>((n + 3) & ~3)) << 2;
  const totals = scratch + bytes,
    dots = totals + bytes;
  for (let at: usize = 0; at < bytes; at += 16) {
    v128.store(scratch + at, largest(z + at, ldz, rows));
    v128.store(totals + at, f32x4.splat(0));
    v128.store(dots + at, f32x4.splat(0));
  }
  const half = listBytes >> 1;
  for (let r = 0; r < rows; r++) {
    const list = lists + <usize>r * listBytes;
    const end = list + ((<usize>load<i32>(counts + ((<usize>r) << 2))) << 2);
    for (let p = list; p < end; p += 4) {
      const b = load<u32>(p) / <u32>ldb - first;
      if (b >= <u32>n) continue; // of another thread's samples, which b wraps to
      const t = load<f32>(p + half);
      const at = (<usize>b) << 2;
      const below = load<f32>(z + <usize>r * ldz + at) - load<f32>(scratch + at);
      store<f32>(totals + at, load<f32>(totals + at) + t);
      store<f32>(dots + at, load<f32>(dots + at) + t * below);
    }
  }
  for (let at: usize = 0; at < bytes; at += 16) {
    const most = v128.load(scratch + at);
    let sum = f32x4.splat(0);
    let p = z + at;
    const last = p + <usize>rows * ldz;
    for (; p < last; p += ldz) {
      const e = expNegative4(v128.sub<f32>(v128.load(p), most));
      sum = v128.add<f32>(sum, e);
      v128.store(p, e);
    }
    const weight = v128.load(weights + at);
    const total = v128.load(totals + at);
    addLoss(losses + at, total, v128.load(dots + at), sum, weight);
    const each = v128.mul<f32>(factor, weight);
    const share = v128.mul<f32>(v128.div<f32>(total, sum), each);
    v128.store(scratch + at, each);
    for (p = z + at; p < last; p += ldz) v128.store(p, v128.mul<f32>(v128.load(p), share));
  }
  for (let r = 0; r < rows; r++) {
    const list = lists + <usize>r * listBytes;
    const end = list + ((<usize>load<i32>(counts + ((<usize>r) << 2))) << 2);
    for (let p = list; p < end; p += 4) {
      const b = load<u32>(p) / <u32>ldb - first;
      if (b >= <u32>n) continue;
      const at = (<usize>b) << 2;
      const dz = z + <usize>r * ldz + at;
      store<f32>(dz, load<f32>(dz) - load<f32>(p + half) * load<f32>(scratch + at));
    }
  }
}

/** z (rows, n) becomes softmax(z). */
export function softmax(z: usize, ldz: usize, rows: i32, n: i32): void {
  for (let at: usize = 0, end = (<usize>((n + 3) & ~3)) << 2; at < end; at += 16) {
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
  z: usize,
  ldz: usize,
  x: usize,
  ldx: usize,
  rows: i32,
  n: i32,
  errors: usize,
): void {
  for (let at: usize = 0, end = (<usize>((n + 3) & ~3)) << 2; at < end; at += 16) {
    const most = largest(z + at, ldz, rows);
    let sum = f32x4.splat(0),
      total = f32x4.splat(0),
      dot = f32x4.splat(0);
    let p = z + at,
      q = x + at;
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
