// The network's only product. With every weight matrix stored tall (wide side x narrow side), all
// three products of a layer are C (I, J) = A (I, K) . B (K, J), each of them row-major:
//
//   gather   N (batch, narrow) = S (batch, wide) . T (wide, narrow)
//   dot      S (wide, batch)   = T (wide, narrow) . N (narrow, batch)
//   outer    dT (wide, narrow) = S (wide, batch) . N (batch, narrow)
//
// Every element of C is summed over k in ascending order, one madd a term, starting from zero,
// whichever kernel computes it. Adding 0 * b changes nothing, so the sparse kernels give the same
// bits as the dense ones, and tiles, threads and densities can be chosen freely.

import { madd } from './math';

/** At least this share of a row must be zeros before the sparse kernel takes it, in 1/16. */
const SPARSE_SIXTEENTHS: i32 = 8;

/**
 * Scratch for the non-zeros of one row of A, `capacity` of them at the most:
 *
 *     0         256                   256 + 4 capacity        256 + 8 capacity
 *     +---------+---------------------+-----------------------+
 *     | shuffle | byte offsets of     | values of A           |
 *     | table   | rows of B (u32)     | (f32)                 |
 *     +---------+---------------------+-----------------------+
 *
 * The table has 16 bytes for each set of non-zero lanes: the shuffle that moves them to the front.
 */
const TABLE_BYTES: usize = 256;

/** Writes the shuffle table at the start of a list. */
export function prepareList(list: usize): void {
  for (let mask = 0; mask < 16; mask++) {
    let at = list + (<usize>mask << 4);
    for (let lane = 0; lane < 4; lane++) {
      if (mask & (1 << lane)) {
        store<u32>(at, 0x03020100 + 0x04040404 * lane);
        at += 4;
      }
    }
  }
}

/**
 * c0, c1 (1, 16) = a0, a1 (1, K) . b (K, 16). Eight accumulators: twelve (3 x 4, 4 x 3) spill in
 * V8 and reach 28 to 32 GFLOP/s where this tile reaches 54, and 4 x 2 reaches 36 to 50.
 */
function tile2x16(
  a0: usize, a1: usize, b: usize, ldb: usize, c0: usize, c1: usize, k: i32,
): void {
  let s00 = f32x4.splat(0), s01 = f32x4.splat(0), s02 = f32x4.splat(0), s03 = f32x4.splat(0);
  let s10 = f32x4.splat(0), s11 = f32x4.splat(0), s12 = f32x4.splat(0), s13 = f32x4.splat(0);
  for (const end = a0 + (<usize>k << 2); a0 < end; a0 += 4, a1 += 4, b += ldb) {
    const b0 = v128.load(b), b1 = v128.load(b, 16), b2 = v128.load(b, 32), b3 = v128.load(b, 48);
    const x0 = v128.load_splat<f32>(a0);
    s00 = madd(x0, b0, s00);
    s01 = madd(x0, b1, s01);
    s02 = madd(x0, b2, s02);
    s03 = madd(x0, b3, s03);
    const x1 = v128.load_splat<f32>(a1);
    s10 = madd(x1, b0, s10);
    s11 = madd(x1, b1, s11);
    s12 = madd(x1, b2, s12);
    s13 = madd(x1, b3, s13);
  }
  v128.store(c0, s00);
  v128.store(c0, s01, 16);
  v128.store(c0, s02, 32);
  v128.store(c0, s03, 48);
  v128.store(c1, s10);
  v128.store(c1, s11, 16);
  v128.store(c1, s12, 32);
  v128.store(c1, s13, 48);
}

/** c0..c3 (1, 4) = a0..a3 (1, K) . b (K, 4): for a C narrower than 16. */
function tile4x4(
  a0: usize, a1: usize, a2: usize, a3: usize, b: usize, ldb: usize,
  c0: usize, c1: usize, c2: usize, c3: usize, k: i32,
): void {
  let s0 = f32x4.splat(0), s1 = f32x4.splat(0), s2 = f32x4.splat(0), s3 = f32x4.splat(0);
  for (const end = a0 + (<usize>k << 2); a0 < end; b += ldb) {
    const b0 = v128.load(b);
    s0 = madd(v128.load_splat<f32>(a0), b0, s0);
    s1 = madd(v128.load_splat<f32>(a1), b0, s1);
    s2 = madd(v128.load_splat<f32>(a2), b0, s2);
    s3 = madd(v128.load_splat<f32>(a3), b0, s3);
    a0 += 4;
    a1 += 4;
    a2 += 4;
    a3 += 4;
  }
  v128.store(c0, s0);
  v128.store(c1, s1);
  v128.store(c2, s2);
  v128.store(c3, s3);
}

/** c (1, 32) = a (1, K) . b (K, 32) over the `count` listed non-zeros of a. */
export function sparse1x32(offsets: usize, values: usize, count: i32, b: usize, c: usize): void {
  let s0 = f32x4.splat(0), s1 = f32x4.splat(0), s2 = f32x4.splat(0), s3 = f32x4.splat(0);
  let s4 = f32x4.splat(0), s5 = f32x4.splat(0), s6 = f32x4.splat(0), s7 = f32x4.splat(0);
  for (const end = offsets + (<usize>count << 2); offsets < end; offsets += 4, values += 4) {
    const row = b + load<u32>(offsets);
    const x = v128.load_splat<f32>(values);
    s0 = madd(x, v128.load(row), s0);
    s1 = madd(x, v128.load(row, 16), s1);
    s2 = madd(x, v128.load(row, 32), s2);
    s3 = madd(x, v128.load(row, 48), s3);
    s4 = madd(x, v128.load(row, 64), s4);
    s5 = madd(x, v128.load(row, 80), s5);
    s6 = madd(x, v128.load(row, 96), s6);
    s7 = madd(x, v128.load(row, 112), s7);
  }
  v128.store(c, s0);
  v128.store(c, s1, 16);
  v128.store(c, s2, 32);
  v128.store(c, s3, 48);
  v128.store(c, s4, 64);
  v128.store(c, s5, 80);
  v128.store(c, s6, 96);
  v128.store(c, s7, 112);
}

// @ts-ignore: decorator
@inline
function isZero16(a: usize): bool {
  const low = v128.or(v128.load(a), v128.load(a, 16));
  return !v128.any_true(v128.or(low, v128.or(v128.load(a, 32), v128.load(a, 48))));
}

/**
 * Lists the non-zeros of a row a (K), padded with zeros to a multiple of 4, and returns how many
 * they are. Four lanes at a time, without a branch: a loop over set bits mispredicts at each end.
 */
export function listNonZeros(a: usize, k: i32, ldb: usize, list: usize, values: usize): i32 {
  const zero = f32x4.splat(0);
  let offset = i32x4.mul(i32x4(0, 1, 2, 3), i32x4.splat(<i32>ldb));
  const step = i32x4.splat(<i32>ldb << 2);
  const start = list + TABLE_BYTES;
  let to: usize = 0;
  for (const end = a + (<usize>k << 2); a < end; a += 16) {
    const x = v128.load(a);
    const mask = i32x4.bitmask(v128.ne<f32>(x, zero));
    const front = v128.load(list + (<usize>mask << 4));
    v128.store(start + to, v128.swizzle(offset, front));
    v128.store(values + to, v128.swizzle(x, front));
    to += <usize>popcnt(mask) << 2;
    offset = i32x4.add(offset, step);
  }
  return <i32>(to >> 2);
}

/** Two rows of the dense product over all `j` columns (j a multiple of 4, at least 16). */
function denseRows(
  a0: usize, a1: usize, b: usize, ldb: usize, c0: usize, c1: usize, j: i32, k: i32,
): void {
  // The last tile moves back to end where the row ends: the overlap is computed twice, alike.
  for (let at = 0; at < j; at += 16) {
    const offset = <usize>min(at, j - 16) << 2;
    tile2x16(a0, a1, b + offset, ldb, c0 + offset, c1 + offset, k);
  }
}

/** Rows [from, to) of the dense product; any sizes. */
function denseBlock(
  a: usize, lda: usize, b: usize, ldb: usize, c: usize, ldc: usize,
  from: i32, to: i32, j: i32, k: i32,
): void {
  if (j < 16) {
    for (let at = 0; at < j; at += 4) {
      const offset = <usize>at << 2;
      for (let i = from; i < to; i += 4) {
        // Rows past the end repeat the last one.
        const r1 = <usize>min(i + 1, to - 1), r2 = <usize>min(i + 2, to - 1);
        const r3 = <usize>min(i + 3, to - 1), r0 = <usize>i;
        tile4x4(
          a + r0 * lda, a + r1 * lda, a + r2 * lda, a + r3 * lda, b + offset, ldb,
          c + r0 * ldc + offset, c + r1 * ldc + offset, c + r2 * ldc + offset,
          c + r3 * ldc + offset, k,
        );
      }
    }
    return;
  }
  // A tile's 16 columns of B stay in the first-level cache while all rows of the block use them.
  for (let at = 0; at < j; at += 16) {
    const offset = <usize>min(at, j - 16) << 2;
    for (let i = from; i < to; i += 2) {
      const r0 = <usize>i, r1 = <usize>min(i + 1, to - 1);
      tile2x16(
        a + r0 * lda, a + r1 * lda, b + offset, ldb,
        c + r0 * ldc + offset, c + r1 * ldc + offset, k,
      );
    }
  }
}

/**
 * Rows [from, to) of C (I, J) = A (I, K) . B (K, J). `j` counts the padded columns, a multiple of
 * 4; ld* are row strides in bytes. With `list` (scratch, see TABLE_BYTES) each row of A is looked at,
 * and a row with enough zeros is multiplied by its non-zeros alone; A's rows must then be padded
 * with zeros to a multiple of 4. Without (0), all rows are taken as dense.
 */
export function product(
  a: usize, lda: usize, b: usize, ldb: usize, c: usize, ldc: usize,
  from: i32, to: i32, j: i32, k: i32, list: usize,
): void {
  if (list == 0 || j < 32) return denseBlock(a, lda, b, ldb, c, ldc, from, to, j, k);
  const values = list + TABLE_BYTES + (<usize>(k + 7 & ~3) << 2);
  const limit = k * (16 - SPARSE_SIXTEENTHS) >> 4;
  let waiting = -1; // a dense row that waits for a partner
  for (let i = from; i < to; i++) {
    const row = a + <usize>i * lda;
    const out = c + <usize>i * ldc;
    const count = listNonZeros(row, k, ldb, list, values);
    if (count <= limit) {
      for (let at = 0; at < j; at += 32) {
        const offset = <usize>min(at, j - 32) << 2;
        sparse1x32(list + TABLE_BYTES, values, count, b + offset, out + offset);
      }
    } else if (waiting < 0) {
      waiting = i;
    } else {
      const other = <usize>waiting;
      denseRows(a + other * lda, row, b, ldb, c + other * ldc, out, j, k);
      waiting = -1;
    }
  }
  if (waiting >= 0) {
    const row = a + <usize>waiting * lda;
    const out = c + <usize>waiting * ldc;
    denseRows(row, row, b, ldb, out, out, j, k);
  }
}
