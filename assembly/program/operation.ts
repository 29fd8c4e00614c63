// What all operations need: sizes, addresses, and each thread's share.

import { BATCH, BLOCK, INPUT, Operation, PACK_BYTES, Step, TABLE_BYTES, WIDE_BLOCK } from '../abi';
import { listRow } from '../kernels/rows';

/** The address that a field means: `given` itself, or INPUT. */
// @ts-ignore: decorator
@inline
export function addressOf(given: usize, step: Step): usize {
  return given == INPUT ? step.input : given;
}

/** The size that a field means in a batch of `rows` rows: `given` itself, or BATCH. */
// @ts-ignore: decorator
@inline
export function size(given: i32, rows: i32): i32 {
  return given == BATCH ? rows : given;
}

/** The row number in the dataset of row i of the batch. */
// @ts-ignore: decorator
@inline
export function rowNumber(step: Step, i: i32): u32 {
  return load<u32>(step.order + ((<usize>i) << 2));
}

/** Where {@link listRows} stores the lengths of its lists. */
// @ts-ignore: decorator
@inline
export function countsOf(step: Step): usize {
  return step.scratch + TABLE_BYTES + PACK_BYTES;
}

/** Where {@link listRows} stores its lists. */
// @ts-ignore: decorator
@inline
export function listsOf(step: Step): usize {
  return countsOf(step) + (WIDE_BLOCK << 2);
}

/** The bytes of one list, for a row of `width` columns. */
// @ts-ignore: decorator
@inline
export function listBytes(width: i32): usize {
  return (<usize>padded(width)) << 3;
}

/** Lists the batch's compressed rows [from, to), at most WIDE_BLOCK: see listRow in rows.ts. */
export function listRows(
  step: Step,
  from: i32,
  to: i32,
  width: i32,
  ldb: usize,
  fill: usize,
): void {
  const bytes = listBytes(width);
  let list = listsOf(step),
    count = countsOf(step);
  for (let i = from; i < to; i++, list += bytes, count += 4) {
    const row = rowNumber(step, i);
    store<i32>(count, listRow(step.dataset, row, ldb, list, list + (bytes >> 1), fill));
  }
}

/** `n` rounded up to whole vectors. */
// @ts-ignore: decorator
@inline
export function padded(n: i32): i32 {
  return (n + 3) & ~3;
}

/** Zeroes rows [from, from rounded up to 4): a transpose reads whole blocks. */
// @ts-ignore: decorator
@inline
export function clearRows(c: usize, ldc: usize, from: i32): void {
  for (let i = from; i & 3; i++) memory.fill(c + <usize>i * ldc, 0, ldc);
}

/**
 * Where share `index` begins, if `count` rows are divided into `shares`. Shares are whole blocks of a
 * transpose (4 rows); with `transposed` they are its whole cache lines (16), if that leaves no share empty.
 */
export function shareStart(count: i32, index: i32, shares: i32, transposed: bool): i32 {
  const unit = transposed && count >= 16 * shares ? 16 : 4;
  const units = (count + unit - 1) / unit;
  return min(count, ((units * index) / shares) * unit);
}

/** Rows per block of a product: `most` if B is too large for the L1 cache, else BLOCK. */
export function blockRows(op: Operation, most: i32): i32 {
  return <usize>op.depth * op.ldb > 32768 ? most : BLOCK;
}
