// The softmax of a category: a range of outputs, each the probability of one value. Four samples at a time,
// row after row, so sums over values ascend for any number of threads.

import {
  EXP0,
  EXP1,
  EXP2,
  EXP3,
  EXP4,
  EXP5,
  expBy4,
  expNegative4,
  LEAST,
  LN2_HIGH,
  LN2_LOW,
  LOG2_E,
  log4,
  ROUND,
} from './math';

/** The largest of `rows` rows, in each of four columns. */
// @ts-ignore: decorator
@inline
function largest(z: usize, ldz: usize, rows: i32): v128 {
  let most = v128.load(z);
  for (const end = z + <usize>rows * ldz; z < end; z += ldz) {
    most = v128.pmax<f32>(most, v128.load(z));
  }
  return most;
}

/** z (rows, 4) = e^(z - most); returns the sums of its columns. */
// z (rows, 4) = e^(z - most). Returns the column sums.
@inline
function expOf4(z: usize, ldz: usize, rows: i32, most: v128): v128 {
  const last = z + <usize>rows * ldz;
  let sum = f32x4.splat(0);
  do {
    const e = expNegative4(v128.sub<f32>(v128.load(z), most));
    sum = v128.add<f32>(sum, e);
    v128.store(z, e);
    z += ldz;
  } while (z < last);
  return sum;
}

// Eight columns at a time, which V8 combines into 256-bit vectors where it can. The conditions are at the
// end of the loops, because otherwise V8 recreates constants in every other iteration.

/** most (8) = the largest of each column of z (rows, 8). */
function largestOf8(z: usize, ldz: usize, rows: i32, most: usize): void {
  const last = z + <usize>rows * ldz;
  let most0 = v128.load(z),
    most1 = v128.load(z, 16);
  do {
    most0 = v128.pmax<f32>(most0, v128.load(z));
    most1 = v128.pmax<f32>(most1, v128.load(z, 16));
    z += ldz;
  } while (z < last);
  v128.store(most, most0);
  v128.store(most, most1, 16);
}

/**
 * A vector of `value` that the compiler cannot treat as a constant, because it goes through memory at
 * `scratch`.
 */
// @ts-ignore: decorator
@inline
function unknown(value: f32, scratch: usize): v128 {
  store<f32>(scratch, value);
  return v128.load_splat<f32>(scratch);
}

/**
 * z (rows, 8) = e^(z - sums), and sums (8) = the column sums of the result. V8 in Node 24 recreates
 * constants that it knows in every iteration, with seven instructions each. Without that, the whole softmax
 * takes 2.5 us per sample of 20 x 100 instead of 4.9 (4.0 in Node 20, either way).
 */
function expOf8(z: usize, ldz: usize, rows: i32, sums: usize): void {
  const last = z + <usize>rows * ldz;
  const most0 = v128.load(sums),
    most1 = v128.load(sums, 16);
  const least = unknown(LEAST, sums);
  const log2e = unknown(LOG2_E, sums);
  const round = unknown(ROUND, sums);
  const high = unknown(LN2_HIGH, sums);
  const low = unknown(LN2_LOW, sums);
  const c5 = unknown(EXP5, sums);
  const c4 = unknown(EXP4, sums);
  const c3 = unknown(EXP3, sums);
  const c2 = unknown(EXP2, sums);
  const c1 = unknown(EXP1, sums);
  const c0 = unknown(EXP0, sums);
  const one = unknown(1, sums);
  let sum0 = f32x4.splat(0),
    sum1 = sum0;
  do {
    const x0 = v128.pmax<f32>(v128.sub<f32>(v128.load(z), most0), least),
      x1 = v128.pmax<f32>(v128.sub<f32>(v128.load(z, 16), most1), least);
    const e0 = expBy4(x0, log2e, round, high, low, c5, c4, c3, c2, c1, c0, one),
      e1 = expBy4(x1, log2e, round, high, low, c5, c4, c3, c2, c1, c0, one);
    sum0 = v128.add<f32>(sum0, e0);
    sum1 = v128.add<f32>(sum1, e1);
    v128.store(z, e0);
    v128.store(z, e1, 16);
    z += ldz;
  } while (z < last);
  v128.store(sums, sum0);
  v128.store(sums, sum1, 16);
}

/** z (rows, 8) *= factors (8). */
function scale8(z: usize, ldz: usize, rows: i32, factors: usize): void {
  const last = z + <usize>rows * ldz;
  const factor0 = v128.load(factors),
    factor1 = v128.load(factors, 16);
  do {
    const y0 = v128.mul<f32>(v128.load(z), factor0),
      y1 = v128.mul<f32>(v128.load(z, 16), factor1);
    v128.store(z, y0);
    v128.store(z, y1, 16);
    z += ldz;
  } while (z < last);
}

/** The share of a value in a target: NaN counts as missing, like 0 in all values. */
// @ts-ignore: decorator
@inline
function known(t: v128): v128 {
  return v128.and(t, v128.eq<f32>(t, t));
}

/**
 * For n samples (a multiple of 4, or padded), z (rows, n) becomes the gradient of the cross-entropy -sum t
 * log p of p = softmax(z) against the targets t = x (rows, n):
 *
 *   dz = scale * weight * (p * sum t - t)
 *
 * which is 0 if all t are 0, meaning that the category is missing. `losses` (n) += weight * the
 * cross-entropy; `weights` (n) are the weights of the samples, 0 in the padding.
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
    const last = p + <usize>rows * ldz;
    do {
      const below = v128.sub<f32>(v128.load(p), most);
      const t = known(v128.load(q));
      const e = expNegative4(below);
      total = v128.add<f32>(total, t);
      dot = v128.add<f32>(dot, v128.mul<f32>(t, below));
      sum = v128.add<f32>(sum, e);
      v128.store(p, e);
      p += ldz;
      q += ldx;
    } while (p < last);
    const weight = v128.load(weights + at);
    addLoss(losses + at, total, dot, sum, weight);
    const each = v128.mul<f32>(factor, weight);
    const share = v128.mul<f32>(v128.div<f32>(total, sum), each);
    p = z + at;
    q = x + at;
    for (; p < last; p += ldz, q += ldx) {
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
 * {@link softmaxLoss} with targets as lists, one per sample. The bits are the same, since a target of 0
 * adds nothing. Sample b's list (sparse.ts) is at lists + b * listBytes, and its entry for row r is base +
 * r * ldz. `used` (u32) counts the bytes of each list that are consumed: at first those of earlier rows,
 * then these as well. `scratch` takes 3 * n numbers, n padded.
 */
export function softmaxLossListed(
  z: usize,
  ldz: usize,
  rows: i32,
  n: i32,
  scale: f32,
  weights: usize,
  losses: usize,
  base: usize,
  lists: usize,
  listBytes: usize,
  counts: usize,
  used: usize,
  scratch: usize,
): void {
  const factor = f32x4.splat(scale);
  const bytes = (<usize>((n + 3) & ~3)) << 2;
  const totals = scratch + bytes,
    dots = totals + bytes;
  const eights = bytes & ~31; // the remainder is four columns or none
  for (let at: usize = 0; at < eights; at += 32) largestOf8(z + at, ldz, rows, scratch + at);
  if (eights < bytes) v128.store(scratch + eights, largest(z + eights, ldz, rows));
  const half = listBytes >> 1;
  const beyond = base + <usize>rows * ldz;
  for (let at: usize = 0, end = (<usize>n) << 2; at < end; at += 4, lists += listBytes) {
    const most = load<f32>(scratch + at);
    let total: f32 = 0,
      dot: f32 = 0;
    const last = lists + ((<usize>load<u32>(counts + at)) << 2);
    let p = lists + load<u32>(used + at);
    while (p < last && <usize>load<u32>(p) < base) p += 4; // skips columns of numbers
    store<u32>(used + at, <u32>(p - lists));
    for (; p < last && <usize>load<u32>(p) < beyond; p += 4) {
      const t = load<f32>(p + half);
      if (t != t) continue; // missing
      total += t;
      dot += t * (load<f32>(z + at + load<u32>(p) - base) - most);
    }
    store<f32>(totals + at, total);
    store<f32>(dots + at, dot);
  }
  for (let at = (<usize>n) << 2; at < bytes; at += 4) {
    store<f32>(totals + at, 0);
    store<f32>(dots + at, 0);
  }
  for (let at: usize = 0; at < eights; at += 32) expOf8(z + at, ldz, rows, scratch + at);
  if (eights < bytes) {
    const most = v128.load(scratch + eights);
    v128.store(scratch + eights, expOf4(z + eights, ldz, rows, most));
  }
  for (let at: usize = 0; at < bytes; at += 16) {
    const sum = v128.load(scratch + at);
    const weight = v128.load(weights + at);
    const total = v128.load(totals + at);
    addLoss(losses + at, total, v128.load(dots + at), sum, weight);
    const each = v128.mul<f32>(factor, weight);
    v128.store(scratch + at, each);
    v128.store(totals + at, v128.mul<f32>(v128.div<f32>(total, sum), each));
  }
  for (let at: usize = 0; at < eights; at += 32) scale8(z + at, ldz, rows, totals + at);
  if (eights < bytes) {
    const share = v128.load(totals + eights);
    for (let p = z + eights, last = p + <usize>rows * ldz; p < last; p += ldz) {
      v128.store(p, v128.mul<f32>(v128.load(p), share));
    }
  }
  lists -= <usize>n * listBytes;
  for (let at: usize = 0, end = (<usize>n) << 2; at < end; at += 4, lists += listBytes) {
    const each = load<f32>(scratch + at);
    const last = lists + ((<usize>load<u32>(counts + at)) << 2);
    let p = lists + load<u32>(used + at);
    for (; p < last && <usize>load<u32>(p) < beyond; p += 4) {
      const t = load<f32>(p + half);
      const dz = z + at + load<u32>(p) - base;
      if (t == t) store<f32>(dz, load<f32>(dz) - t * each);
    }
    store<u32>(used + at, <u32>(p - lists));
  }
}

/** z (rows, n) becomes softmax(z). */
export function softmax(z: usize, ldz: usize, rows: i32, n: i32): void {
  for (let at: usize = 0, end = (<usize>((n + 3) & ~3)) << 2; at < end; at += 16) {
    const first = z + at;
    const sum = expOf4(first, ldz, rows, largest(first, ldz, rows));
    for (let p = first, last = p + <usize>rows * ldz; p < last; p += ldz) {
      v128.store(p, v128.div<f32>(v128.load(p), sum));
    }
  }
}

/**
 * errors (n) = the cross-entropies of softmax(z) against x, as in {@link softmaxLoss}; NaN where missing.
 */
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
