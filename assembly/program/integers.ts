// FORWARD with integers, for rows of bytes: the layout of its scratch, and its loops.

import { Operation, Step } from '../abi';
import { listPairs, pairs1x32, pairs2x16 } from '../kernels/int16';
import { addressOf, padded } from './operation';

/** How many rows share a panel while it is in the cache. */
const ROWS: i32 = 16;

// An operation's `lists`, for rows with P pairs. For each of ROWS rows: the row as i16 (4 P bytes and up to
// 32), the indices of its pairs that are not both 0 (u16), up to 16 bytes more. Before them are 64 counts,
// the 32 sums of each of two rows, and room for the end of a row.

/** The offset at which the data of the rows begins. */
const FIRST: usize = 384;

/** c (columns, up to 32) = sums times the scales of the columns. */
// @ts-ignore: decorator
@inline
function scaleSums(sums: usize, scales: usize, c: usize, columns: i32): void {
  for (let j: usize = 0, end = (<usize>min(columns, 32)) << 2; j < end; j += 16) {
    const z = v128.mul<f32>(f32x4.convert_i32x4_s(v128.load(sums + j)), v128.load(scales + j));
    v128.store(c + j, z);
  }
}

/** Rows [from, to) of C = A . B, where A is the batch's rows as bytes, in place. */
export function integerRows(op: Operation, step: Step, from: i32, to: i32): void {
  const k = op.depth;
  const pairs = (k + 1) >> 1;
  const wideBytes = (<usize>k * 2 + 31) & ~31;
  const rowBytes = wideBytes + ((<usize>pairs * 2 + 31) & ~15);
  const counts = op.lists;
  const sums = counts + (ROWS << 2);
  const tail = sums + 256;
  const table = step.scratch;
  const columns = padded(op.columns);
  const a = addressOf(op.a, step);
  for (let start = from; start < to; start += ROWS) {
    const rows = min(ROWS, to - start);
    for (let r = 0; r < rows; r++) {
      const wide = counts + FIRST + <usize>r * rowBytes;
      const row = a + <usize>(start + r) * op.lda;
      const count = listPairs(row, k, table, wide + wideBytes, wide, tail);
      store<i32>(counts + ((<usize>r) << 2), count);
    }
    for (let at = 0; at < columns; at += 32) {
      const panel = op.b + <usize>(at >> 5) * op.ldb;
      const scales = op.scales + ((<usize>at) << 2);
      for (let r = 0; r < rows; r++) {
        const wide = counts + FIRST + <usize>r * rowBytes;
        const count = load<i32>(counts + ((<usize>r) << 2));
        const c = op.c + <usize>(start + r) * op.ldc + ((<usize>at) << 2);
        if (count * 2 <= pairs || r + 1 == rows) {
          pairs1x32(wide + wideBytes, count, wide, panel, sums);
        } else {
          // Two rows take the time of one and a quarter, so the second is computed here whatever its zeros.
          const next = wide + rowBytes;
          pairs2x16(wide, next, pairs, panel, sums);
          pairs2x16(wide, next, pairs, panel + 64, sums + 64);
          scaleSums(sums + 128, scales, c + op.ldc, columns - at);
          r++;
        }
        scaleSums(sums, scales, c, columns - at);
      }
    }
  }
}
