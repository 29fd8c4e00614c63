// Products of rows of bytes with 16-bit weights: sums of integers, the same everywhere and in any order.
//
// Weights are stored in panels of 32 columns. In a panel, each pair of rows takes 128 bytes: for each
// column, its two weights (i16) side by side, as i32x4.dot_i16x8_s expects them.

import { INDICES } from './sparse';

/**
 * Lists the pairs of a row (k bytes) that are not both 0, writes the row as i16, padded with zeros to a
 * multiple of 16, and returns the number of listed pairs. `tail` is scratch of 16 bytes.
 */
export function listPairs(
  row: usize,
  k: i32,
  table: usize,
  indices: usize,
  wide: usize,
  tail: usize,
): i32 {
  const sets = table + INDICES;
  const zero = i32x4.splat(0);
  const step = i16x8.splat(8);
  let base = zero;
  let to = indices;
  for (let left = k; left > 0; left -= 16, row += 16, wide += 32) {
    if (left < 16) {
      v128.store(tail, zero);
      memory.copy(tail, row, left);
      row = tail;
    }
    const bytes = v128.load(row);
    v128.store(wide, i16x8.extend_low_i8x16_u(bytes));
    v128.store(wide, i16x8.extend_high_i8x16_u(bytes), 16);
    const mask = i16x8.bitmask(i16x8.ne(bytes, zero));
    v128.store(to, i16x8.add(v128.load8x8_u(sets + ((<usize>mask) << 3)), base));
    to += (<usize>popcnt(mask)) << 1;
    base = i16x8.add(base, step);
  }
  return <i32>((to - indices) >> 1);
}

/** sums (1, 32) = the listed pairs of a row times a panel. */
export function pairs1x32(indices: usize, count: i32, wide: usize, b: usize, sums: usize): void {
  let s0 = i32x4.splat(0),
    s1 = s0,
    s2 = s0,
    s3 = s0;
  let s4 = s0,
    s5 = s0,
    s6 = s0,
    s7 = s0;
  for (const end = indices + ((<usize>count) << 1); indices < end; indices += 2) {
    const pair = <usize>load<u16>(indices);
    const p = b + (pair << 7);
    const x = v128.load32_splat(wide + (pair << 2));
    s0 = i32x4.add(i32x4.dot_i16x8_s(x, v128.load(p)), s0);
    s1 = i32x4.add(i32x4.dot_i16x8_s(x, v128.load(p, 16)), s1);
    s2 = i32x4.add(i32x4.dot_i16x8_s(x, v128.load(p, 32)), s2);
    s3 = i32x4.add(i32x4.dot_i16x8_s(x, v128.load(p, 48)), s3);
    s4 = i32x4.add(i32x4.dot_i16x8_s(x, v128.load(p, 64)), s4);
    s5 = i32x4.add(i32x4.dot_i16x8_s(x, v128.load(p, 80)), s5);
    s6 = i32x4.add(i32x4.dot_i16x8_s(x, v128.load(p, 96)), s6);
    s7 = i32x4.add(i32x4.dot_i16x8_s(x, v128.load(p, 112)), s7);
  }
  v128.store(sums, s0);
  v128.store(sums, s1, 16);
  v128.store(sums, s2, 32);
  v128.store(sums, s3, 48);
  v128.store(sums, s4, 64);
  v128.store(sums, s5, 80);
  v128.store(sums, s6, 96);
  v128.store(sums, s7, 112);
}

/** Half a panel, 16 columns, times all pairs of two rows. The second row's `sums` start 128 bytes later. */
export function pairs2x16(a0: usize, a1: usize, pairs: i32, b: usize, sums: usize): void {
  let s00 = i32x4.splat(0),
    s01 = s00,
    s02 = s00,
    s03 = s00;
  let s10 = s00,
    s11 = s00,
    s12 = s00,
    s13 = s00;
  for (const end = a0 + ((<usize>pairs) << 2); a0 < end; a0 += 4, a1 += 4, b += 128) {
    const b0 = v128.load(b),
      b1 = v128.load(b, 16),
      b2 = v128.load(b, 32),
      b3 = v128.load(b, 48);
    const x0 = v128.load32_splat(a0);
    s00 = i32x4.add(i32x4.dot_i16x8_s(x0, b0), s00);
    s01 = i32x4.add(i32x4.dot_i16x8_s(x0, b1), s01);
    s02 = i32x4.add(i32x4.dot_i16x8_s(x0, b2), s02);
    s03 = i32x4.add(i32x4.dot_i16x8_s(x0, b3), s03);
    const x1 = v128.load32_splat(a1);
    s10 = i32x4.add(i32x4.dot_i16x8_s(x1, b0), s10);
    s11 = i32x4.add(i32x4.dot_i16x8_s(x1, b1), s11);
    s12 = i32x4.add(i32x4.dot_i16x8_s(x1, b2), s12);
    s13 = i32x4.add(i32x4.dot_i16x8_s(x1, b3), s13);
  }
  v128.store(sums, s00);
  v128.store(sums, s01, 16);
  v128.store(sums, s02, 32);
  v128.store(sums, s03, 48);
  v128.store(sums, s10, 128);
  v128.store(sums, s11, 144);
  v128.store(sums, s12, 160);
  v128.store(sums, s13, 176);
}
