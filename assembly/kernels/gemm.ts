// The only matrix product of the network. The weights T are (rows, columns), with a row for each unit of
// one side; S is a batch on that side, N a batch on the other. All three products of a layer are then C (I,
// J) = A (I, K) . B (K, J), with all matrices row-major:
//
//   gather   N (batch, columns) = S (batch, rows) . T (rows, columns)
//   dot      S (rows, batch)    = T (rows, columns) . N (columns, batch)
//   outer    dT (rows, columns) = S (rows, batch) . N (batch, columns)
//
// Whichever kernel computes it, every element of C is summed over k in ascending order from zero, with one
// madd per term. Adding 0 * b changes nothing, so the sparse kernels give the same bits as the dense ones,
// and tiles, threads and densities can be chosen freely.

import { PACK_BYTES, TABLE_BYTES, WIDE } from '../abi';
import { madd } from './math';
import { indexedRow, listIndices, listNonZeros, NARROW_DEPTH, sparseRow } from './sparse';

/**
 * The most non-zeros among `n` values for which the sparse kernels are used: half. They take 1.6 ns for
 * eight vectors, the dense tiles 1.05; if rows are read from beyond the L1 cache, the break-even moves from
 * 0.6 (784 x 64) to 0.44 (1000 x 500).
 */
// @ts-ignore: decorator
@inline
export function sparseLimit(n: i32): i32 {
  return n >> 1;
}

/**
 * Rows [from, to) of C (I, 16) = A (I, K) . b (K, 16), or C += that with `add`, two rows at a time. Eight
 * accumulators: twelve (3 x 4, 4 x 3) spill in V8 and reach 28 to 32 GFLOP/s where these reach 60. Exported
 * from the module to prevent inlining: among the variables of its caller, V8 in Node 20 copies six of the
 * accumulators in every third iteration (55 GFLOP/s).
 */
export function tiles2x16(
  a: usize,
  lda: usize,
  b: usize,
  ldb: usize,
  c: usize,
  ldc: usize,
  from: i32,
  to: i32,
  k: i32,
  add: bool,
): void {
  for (let i = from; i < to; i += 2) {
    // A last row without a partner is computed twice, with the same result.
    const i1 = min(i + 1, to - 1);
    let a0 = a + <usize>i * lda,
      a1 = a + <usize>i1 * lda;
    const c0 = c + <usize>i * ldc,
      c1 = c + <usize>i1 * ldc;
    let s00 = f32x4.splat(0),
      s01 = s00,
      s02 = s00,
      s03 = s00;
    let s10 = s00,
      s11 = s00,
      s12 = s00,
      s13 = s00;
    if (add) {
      s00 = v128.load(c0);
      s01 = v128.load(c0, 16);
      s02 = v128.load(c0, 32);
      s03 = v128.load(c0, 48);
      s10 = v128.load(c1);
      s11 = v128.load(c1, 16);
      s12 = v128.load(c1, 32);
      s13 = v128.load(c1, 48);
    }
    let p = b;
    for (const end = a0 + ((<usize>k) << 2); a0 < end; a0 += 4, a1 += 4, p += ldb) {
      const b0 = v128.load(p),
        b1 = v128.load(p, 16),
        b2 = v128.load(p, 32),
        b3 = v128.load(p, 48);
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
}

/**
 * The same, four rows at a time. If V8 combines pairs of vectors into one of 256 bits, the sixteen
 * accumulators become eight; the four of the tiles above would wait for each other (51 instead of 61
 * GFLOP/s). If it does not, sixteen spill (30 instead of 34).
 */
export function tiles4x16(
  a: usize,
  lda: usize,
  b: usize,
  ldb: usize,
  c: usize,
  ldc: usize,
  from: i32,
  to: i32,
  k: i32,
  add: bool,
): void {
  for (let i = from; i < to; i += 4) {
    // Rows past the end repeat the last one.
    const i1 = min(i + 1, to - 1),
      i2 = min(i + 2, to - 1),
      i3 = min(i + 3, to - 1);
    let a0 = a + <usize>i * lda,
      a1 = a + <usize>i1 * lda,
      a2 = a + <usize>i2 * lda,
      a3 = a + <usize>i3 * lda;
    const c0 = c + <usize>i * ldc,
      c1 = c + <usize>i1 * ldc,
      c2 = c + <usize>i2 * ldc,
      c3 = c + <usize>i3 * ldc;
    let s00 = f32x4.splat(0),
      s01 = s00,
      s02 = s00,
      s03 = s00,
      s10 = s00,
      s11 = s00,
      s12 = s00,
      s13 = s00,
      s20 = s00,
      s21 = s00,
      s22 = s00,
      s23 = s00,
      s30 = s00,
      s31 = s00,
      s32 = s00,
      s33 = s00;
    if (add) {
      s00 = v128.load(c0);
      s01 = v128.load(c0, 16);
      s02 = v128.load(c0, 32);
      s03 = v128.load(c0, 48);
      s10 = v128.load(c1);
      s11 = v128.load(c1, 16);
      s12 = v128.load(c1, 32);
      s13 = v128.load(c1, 48);
      s20 = v128.load(c2);
      s21 = v128.load(c2, 16);
      s22 = v128.load(c2, 32);
      s23 = v128.load(c2, 48);
      s30 = v128.load(c3);
      s31 = v128.load(c3, 16);
      s32 = v128.load(c3, 32);
      s33 = v128.load(c3, 48);
    }
    let p = b;
    for (const end = a0 + ((<usize>k) << 2); a0 < end; p += ldb) {
      const b0 = v128.load(p),
        b1 = v128.load(p, 16),
        b2 = v128.load(p, 32),
        b3 = v128.load(p, 48);
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
      const x2 = v128.load_splat<f32>(a2);
      s20 = madd(x2, b0, s20);
      s21 = madd(x2, b1, s21);
      s22 = madd(x2, b2, s22);
      s23 = madd(x2, b3, s23);
      const x3 = v128.load_splat<f32>(a3);
      s30 = madd(x3, b0, s30);
      s31 = madd(x3, b1, s31);
      s32 = madd(x3, b2, s32);
      s33 = madd(x3, b3, s33);
      a0 += 4;
      a1 += 4;
      a2 += 4;
      a3 += 4;
    }
    v128.store(c0, s00);
    v128.store(c0, s01, 16);
    v128.store(c0, s02, 32);
    v128.store(c0, s03, 48);
    v128.store(c1, s10);
    v128.store(c1, s11, 16);
    v128.store(c1, s12, 32);
    v128.store(c1, s13, 48);
    v128.store(c2, s20);
    v128.store(c2, s21, 16);
    v128.store(c2, s22, 32);
    v128.store(c2, s23, 48);
    v128.store(c3, s30);
    v128.store(c3, s31, 16);
    v128.store(c3, s32, 32);
    v128.store(c3, s33, 48);
  }
}

/** c0..c3 (1, 4) = a0..a3 (1, K) . b (K, 4): for a C narrower than 16. */
function tile4x4(
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  b: usize,
  ldb: usize,
  c0: usize,
  c1: usize,
  c2: usize,
  c3: usize,
  k: i32,
): void {
  let s0 = f32x4.splat(0),
    s1 = f32x4.splat(0),
    s2 = f32x4.splat(0),
    s3 = f32x4.splat(0);
  for (const end = a0 + ((<usize>k) << 2); a0 < end; b += ldb) {
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

/** A B of at most this many bytes stays in the L1 cache without packing. */
const UNPACKED_BYTES: usize = 32768;

/** Sums of at most this length read so few rows of B that packing them costs more than it saves. */
const UNPACKED_DEPTH: i32 = 128;

/** With fewer rows of C than this, packing does not pay off. */
const PACK_ROWS: i32 = 8;

/** Rows of B that are packed at a time: 16 of their columns take 16 KB. */
const PACK_DEPTH: i32 = 256;

/** packed (K, 16) = b (K, 16), without gaps between its rows. */
function pack(b: usize, ldb: usize, k: i32, packed: usize): void {
  for (const end = packed + ((<usize>k) << 6); packed < end; packed += 64, b += ldb) {
    v128.store(packed, v128.load(b));
    v128.store(packed, v128.load(b, 16), 16);
    v128.store(packed, v128.load(b, 32), 32);
    v128.store(packed, v128.load(b, 48), 48);
  }
}

/** Rows [from, to) of the dense product, for any sizes. `scratch` is the one of sparse.ts. */
function denseBlock(
  a: usize,
  lda: usize,
  b: usize,
  ldb: usize,
  c: usize,
  ldc: usize,
  from: i32,
  to: i32,
  j: i32,
  k: i32,
  scratch: usize,
): void {
  if (j < 16) {
    for (let at = 0; at < j; at += 4) {
      const offset = (<usize>at) << 2;
      for (let i = from; i < to; i += 4) {
        // Rows past the end repeat the last one.
        const r1 = <usize>min(i + 1, to - 1),
          r2 = <usize>min(i + 2, to - 1);
        const r3 = <usize>min(i + 3, to - 1),
          r0 = <usize>i;
        tile4x4(
          a + r0 * lda,
          a + r1 * lda,
          a + r2 * lda,
          a + r3 * lda,
          b + offset,
          ldb,
          c + r0 * ldc + offset,
          c + r1 * ldc + offset,
          c + r2 * ldc + offset,
          c + r3 * ldc + offset,
          k,
        );
      }
    }
    return;
  }
  const packs = to - from >= PACK_ROWS && k > UNPACKED_DEPTH && <usize>k * ldb > UNPACKED_BYTES;
  const depth = packs ? PACK_DEPTH : k;
  const packed = scratch + TABLE_BYTES;
  // Tiles would compute one or two remaining rows twice or four times.
  const rest = (to - from) & 3;
  const fours = !load<i32>(scratch + WIDE) ? from : rest < 3 ? to - rest : to;
  for (let at = 0; at < j; at += 16) {
    // The last tile moves back to end at the row's end; the overlap is computed twice, with the same
    // result.
    const column = (<usize>min(at, j - 16)) << 2;
    for (let start = 0; start < k; start += depth) {
      // 16 columns of B stay in the first-level cache while all rows of the block use them.
      const count = min(depth, k - start);
      let panel = b + <usize>start * ldb + column,
        ldPanel = ldb;
      if (packs) {
        pack(panel, ldb, count, packed);
        panel = packed;
        ldPanel = 64;
      }
      const rows = a + ((<usize>start) << 2),
        to16 = c + column,
        adds = start > 0;
      if (from < fours) {
        tiles4x16(rows, lda, panel, ldPanel, to16, ldc, from, fours, count, adds);
      }
      if (fours < to) {
        tiles2x16(rows, lda, panel, ldPanel, to16, ldc, fours, to, count, adds);
      }
    }
  }
}

/**
 * Rows [from, to) of C (I, J) = A (I, K) . B (K, J). `j` counts the padded columns, a multiple of 4; ld*
 * are row strides in bytes; `scratch` is the one of sparse.ts. With `sparse`, each row of A is checked for
 * zeros, and a row with enough of them is multiplied by its non-zeros only; A's rows must then be padded
 * with zeros to a multiple of 4.
 */
export function product(
  a: usize,
  lda: usize,
  b: usize,
  ldb: usize,
  c: usize,
  ldc: usize,
  from: i32,
  to: i32,
  j: i32,
  k: i32,
  scratch: usize,
  sparse: bool,
): void {
  if (!ASC_NO_ASSERT) {
    assert(from >= 0 && from <= to && j > 0 && (j & 3) == 0 && k > 0);
    assert(((b | ldb | c | ldc | scratch) & 15) == 0);
    assert((<usize>j) << 2 <= ldc && (<usize>k) << 2 <= lda);
  }
  // Below the width of the sparse kernel, the dense ones are as fast at the densities that occur.
  if (!sparse || j < 32) return denseBlock(a, lda, b, ldb, c, ldc, from, to, j, k, scratch);
  const offsets = scratch + TABLE_BYTES + PACK_BYTES;
  const values = offsets + ((<usize>((k + 7) & ~3)) << 2);
  const limit = sparseLimit(k);
  const byIndex = k <= NARROW_DEPTH;
  let dense = from; // the first dense row that is not computed yet
  for (let i = from; i < to; i++) {
    const row = a + <usize>i * lda;
    const count = byIndex
      ? listIndices(row, k, scratch, offsets)
      : listNonZeros(row, k, ldb, scratch, offsets, values);
    if (count > limit) {
      // The next row is treated as dense without checking: a tile computes two rows in the time of one.
      i++;
      continue;
    }
    if (dense < i) denseBlock(a, lda, b, ldb, c, ldc, dense, i, j, k, scratch);
    dense = i + 1;
    const to = c + <usize>i * ldc;
    if (byIndex) indexedRow(offsets, count, row, b, ldb, to, j);
    else sparseRow(offsets, values, count, b, to, j);
  }
  if (dense < to) denseBlock(a, lda, b, ldb, c, ldc, dense, to, j, k, scratch);
}
