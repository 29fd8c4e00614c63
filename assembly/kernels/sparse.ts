// Products that use only the non-zeros of a row. A list has two arrays: for each non-zero, in ascending
// order, the byte offset of a row of the other matrix (u32), and the value (f32). If the row itself is
// available, and no longer than NARROW_DEPTH, an index (u16) stands for both; listing then takes half the
// time.

import { WIDE } from '../abi';
import { madd } from './math';

// A thread's scratch (TABLE_BYTES, PACK_BYTES): tables, WIDE, room for packed columns of B (gemm.ts),
// lists.
//
//     0          256       2304   2368       2368 + PACK_BYTES
//     +----------+---------+------+----------+-------------------------------------------------------+
//     | shuffles | indices | WIDE | packed B | offsets (u32), values (f32), one or more; or indices  |
//     +----------+---------+------+----------+-------------------------------------------------------+

/** The longest rows that 16-bit indices can address. */
export const NARROW_DEPTH: i32 = 65536;

/** The offset of the second table. */
export const INDICES: usize = 256;

/**
 * Fills the tables for listing: for each set of four lanes, the shuffle that moves them to the front (16
 * bytes), and for each set of eight lanes, their numbers (8 bytes). `wide` is stored for gemm.ts.
 */
export function prepareTable(table: usize, wide: bool): void {
  store<i32>(table + WIDE, wide);
  for (let mask = 0; mask < 16; mask++) {
    let at = table + ((<usize>mask) << 4);
    for (let lane = 0; lane < 4; lane++) {
      if (mask & (1 << lane)) {
        store<u32>(at, 0x03020100 + 0x04040404 * lane);
        at += 4;
      }
    }
  }
  for (let mask = 0; mask < 256; mask++) {
    let at = table + INDICES + ((<usize>mask) << 3);
    for (let lane = 0; lane < 8; lane++) if (mask & (1 << lane)) store<u8>(at++, <u8>lane);
  }
}

/**
 * Lists the non-zeros of a row a (K), padded with zeros to a multiple of 4, by their indices, and returns
 * their number. `indices` needs room for K + 8. Eight lanes at a time.
 */
export function listIndices(a: usize, k: i32, table: usize, indices: usize): i32 {
  const zero = f32x4.splat(0);
  const sets = table + INDICES;
  const step = i16x8.splat(8);
  let base = i16x8.splat(0);
  let to = indices;
  const end = a + ((<usize>k) << 2);
  for (; a + 16 < end; a += 32) {
    const low = v128.ne<f32>(v128.load(a), zero);
    const high = v128.ne<f32>(v128.load(a, 16), zero);
    const mask = i16x8.bitmask(i16x8.narrow_i32x4_s(low, high));
    v128.store(to, i16x8.add(v128.load8x8_u(sets + ((<usize>mask) << 3)), base));
    to += (<usize>popcnt(mask)) << 1;
    base = i16x8.add(base, step);
  }
  if (a < end) {
    // The last four lanes: the memory after them belongs to another row.
    const mask = i32x4.bitmask(v128.ne<f32>(v128.load(a), zero));
    v128.store(to, i16x8.add(v128.load8x8_u(sets + ((<usize>mask) << 3)), base));
    to += (<usize>popcnt(mask)) << 1;
  }
  return <i32>((to - indices) >> 1);
}

/**
 * Lists the non-zeros of a row a (K), padded with zeros to a multiple of 4, and returns their number. Both
 * arrays need room for K + 4. Four lanes at a time, without branches: a loop over the bits of a mask is
 * mispredicted at the end of each mask.
 */
export function listNonZeros(
  a: usize,
  k: i32,
  ldb: usize,
  table: usize,
  offsets: usize,
  values: usize,
): i32 {
  const zero = f32x4.splat(0);
  let offset = i32x4.mul(i32x4(0, 1, 2, 3), i32x4.splat(<i32>ldb));
  const step = i32x4.splat((<i32>ldb) << 2);
  let to: usize = 0;
  for (const end = a + ((<usize>k) << 2); a < end; a += 16) {
    const x = v128.load(a);
    const mask = i32x4.bitmask(v128.ne<f32>(x, zero));
    const front = v128.load(table + ((<usize>mask) << 4));
    v128.store(offsets + to, v128.swizzle(offset, front));
    v128.store(values + to, v128.swizzle(x, front));
    to += (<usize>popcnt(mask)) << 2;
    offset = i32x4.add(offset, step);
  }
  return <i32>(to >> 2);
}

// These three are exported from the module to prevent inlining: inlined, V8 keeps an accumulator in memory,
// and they take twice as long.

/** c (1, 32) = a (1, K) . b (K, 32) over the `count` non-zeros of a, listed by their indices. */
export function indexed1x32(
  indices: usize,
  count: i32,
  a: usize,
  b: usize,
  ldb: usize,
  c: usize,
): void {
  let s0 = f32x4.splat(0),
    s1 = f32x4.splat(0),
    s2 = f32x4.splat(0),
    s3 = f32x4.splat(0);
  let s4 = f32x4.splat(0),
    s5 = f32x4.splat(0),
    s6 = f32x4.splat(0),
    s7 = f32x4.splat(0);
  for (const end = indices + ((<usize>count) << 1); indices < end; indices += 2) {
    const index = <usize>load<u16>(indices);
    const row = b + index * ldb;
    const x = v128.load_splat<f32>(a + (index << 2));
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

/** c (1, j) = a (1, K) . b (K, j) over the non-zeros of a, listed by their indices; j at least 32. */
export function indexedRow(
  indices: usize,
  count: i32,
  a: usize,
  b: usize,
  ldb: usize,
  c: usize,
  j: i32,
): void {
  // The last pass moves back to end at the row's end; the overlap is computed twice, with the same result.
  for (let at = 0; at < j; at += 32) {
    const column = (<usize>min(at, j - 32)) << 2;
    indexed1x32(indices, count, a, b + column, ldb, c + column);
  }
}

/** c (1, 32) = a (1, K) . b (K, 32) over the `count` listed non-zeros of a. */
export function sparse1x32(offsets: usize, values: usize, count: i32, b: usize, c: usize): void {
  let s0 = f32x4.splat(0),
    s1 = f32x4.splat(0),
    s2 = f32x4.splat(0),
    s3 = f32x4.splat(0);
  let s4 = f32x4.splat(0),
    s5 = f32x4.splat(0),
    s6 = f32x4.splat(0),
    s7 = f32x4.splat(0);
  for (const end = offsets + ((<usize>count) << 2); offsets < end; offsets += 4, values += 4) {
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

/** c (N, 32) += a^T (N, 1) . b (1, 32) for the `count` listed non-zeros of a column a. */
export function scatter1x32(offsets: usize, values: usize, count: i32, b: usize, c: usize): void {
  const b0 = v128.load(b);
  const b1 = v128.load(b, 16);
  const b2 = v128.load(b, 32);
  const b3 = v128.load(b, 48);
  const b4 = v128.load(b, 64);
  const b5 = v128.load(b, 80);
  const b6 = v128.load(b, 96);
  const b7 = v128.load(b, 112);
  for (const end = offsets + ((<usize>count) << 2); offsets < end; offsets += 4, values += 4) {
    const row = c + load<u32>(offsets);
    const x = v128.load_splat<f32>(values);
    v128.store(row, madd(x, b0, v128.load(row)));
    v128.store(row, madd(x, b1, v128.load(row, 16)), 16);
    v128.store(row, madd(x, b2, v128.load(row, 32)), 32);
    v128.store(row, madd(x, b3, v128.load(row, 48)), 48);
    v128.store(row, madd(x, b4, v128.load(row, 64)), 64);
    v128.store(row, madd(x, b5, v128.load(row, 80)), 80);
    v128.store(row, madd(x, b6, v128.load(row, 96)), 96);
    v128.store(row, madd(x, b7, v128.load(row, 112)), 112);
  }
}

/** c (1, j) = a (1, K) . b (K, j) over the listed non-zeros of a; j a multiple of 4. */
export function sparseRow(
  offsets: usize,
  values: usize,
  count: i32,
  b: usize,
  c: usize,
  j: i32,
): void {
  if (j < 32) return sparseNarrow(offsets, values, count, b, c, j);
  // The last pass moves back to end at the row's end; the overlap is computed twice, with the same result.
  for (let at = 0; at < j; at += 32) {
    const column = (<usize>min(at, j - 32)) << 2;
    sparse1x32(offsets, values, count, b + column, c + column);
  }
}

/**
 * C (rows, j) = A (rows, K) . B (K, j) over the lists of A's rows. List i is at lists + i * listBytes, its
 * values start half-way through, and its length is at counts + 4 i. All rows use 32 columns of B before the
 * next 32, so that these stay in the cache: a wide B is read once, not once per row.
 */
export function sparseRows(
  lists: usize,
  listBytes: usize,
  counts: usize,
  rows: i32,
  b: usize,
  c: usize,
  ldc: usize,
  j: i32,
): void {
  const half = listBytes >> 1;
  for (let at = 0; at < j; at += 32) {
    const column = (<usize>max(0, min(at, j - 32))) << 2;
    for (let r = 0; r < rows; r++) {
      const list = lists + <usize>r * listBytes;
      const count = load<i32>(counts + ((<usize>r) << 2));
      const row = c + <usize>r * ldc;
      if (j < 32) sparseNarrow(list, list + half, count, b, row, j);
      else sparse1x32(list, list + half, count, b + column, row + column);
    }
  }
}

function sparseNarrow(offsets: usize, values: usize, count: i32, b: usize, c: usize, j: i32): void {
  for (let at = 0; at < j; at += 4) {
    const column = (<usize>at) << 2;
    let sum = f32x4.splat(0);
    for (let i: usize = 0, end = (<usize>count) << 2; i < end; i += 4) {
      const x = v128.load_splat<f32>(values + i);
      sum = madd(x, v128.load(b + column + load<u32>(offsets + i)), sum);
    }
    v128.store(c + column, sum);
  }
}

/** c (N, j) += a^T (N, 1) . b (1, j) for the listed non-zeros of a column a; j a multiple of 4. */
export function scatterRow(
  offsets: usize,
  values: usize,
  count: i32,
  b: usize,
  c: usize,
  j: i32,
): void {
  let at = 0;
  for (; at + 32 <= j; at += 32) {
    const column = (<usize>at) << 2;
    scatter1x32(offsets, values, count, b + column, c + column);
  }
  for (; at < j; at += 4) {
    const column = (<usize>at) << 2;
    const row = v128.load(b + column);
    for (let i: usize = 0, end = (<usize>count) << 2; i < end; i += 4) {
      const x = v128.load_splat<f32>(values + i);
      const to = c + column + load<u32>(offsets + i);
      v128.store(to, madd(x, row, v128.load(to)));
    }
  }
}
