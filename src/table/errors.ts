// How far what a network makes of a row is from what the row has, column by column.

import { log1p } from '../base/exact-math.js';
import type { Place } from './columns.js';
import type { EncodedRows } from './encode-rows.js';

/** No probability is smaller than this: float32 softmax gives 0 where it is. */
const LEAST = 1e-9;

/**
 * Writes the error of each column of row `row` to `errors`, (places): the size of its deviance residual
 * (McCullagh and Nelder 1989, 2.4.3), so that numbers and categories compare. Of a number that is the
 * difference in scaled units, of a date the root of its cells' mean square, of a category the root of -2 log
 * of the probability of its value; NaN where the row has none. A value that was never seen is as likely as
 * one row more than those that were.
 */
export function columnErrors(
  { csr, unseen }: EncodedRows,
  row: number,
  places: readonly Place[],
  output: Float32Array,
  errors: Float64Array,
): void {
  const { indptr, indices, data } = csr;
  let at = indptr[row] as number;
  const end = indptr[row + 1] as number;
  for (const [p, { column, start, size }] of places.entries()) {
    if (column.type === 'category' || column.type === 'boolean') {
      let error = Number.NaN;
      if (at < end && (indices[at] as number) < start + size) {
        const cell = indices[at++] as number;
        error = surprise(output[cell] as number);
        // One of the rare values, which share a cell.
        if (cell - start === column.values.length) error += log1p(column.other - 1);
      } else if (unseen.has(row * places.length + p)) error = log1p(column.rows);
      errors[p] = Math.sqrt(2 * error);
      continue;
    }
    let sum = 0;
    for (let cell = start; cell < start + size; cell++) {
      const isThere = at < end && indices[at] === cell;
      const z = isThere ? (data[at++] as number) : 0;
      sum += (z - (output[cell] as number)) ** 2;
    }
    errors[p] = Math.sqrt(sum / size);
  }
}

/** -log p. */
function surprise(probability: number): number {
  const p = Math.min(Math.max(probability, LEAST), 1);
  return log1p(1 / p - 1);
}
