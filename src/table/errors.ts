// The distance between a row and the network's output for it, column by column.

import { log1p } from '../base/exact-math.js';
import type { Place } from './columns.js';
import type { EncodedRows } from './encode-rows.js';

/** The lower limit of probabilities: a float32 softmax can give 0. */
const LEAST = 1e-9;

/**
 * Writes the error of each column of row `row` to `errors`, (places): the size of its deviance residual
 * (McCullagh and Nelder 1989, 2.4.3), so that numbers and categories are comparable. For a number it is the
 * difference in scaled units, for a date the root mean square over its cells, for a category the root of -2
 * log of its value's probability; NaN if the cell is missing. A value never seen in training is as likely
 * as if it had occurred in one additional row.
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
        // It is one of the rare values, which share a cell.
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
