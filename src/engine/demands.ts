// The checks of rows on their way into linear memory, and the errors for rows that fail them.

import { valueError } from '../base/errors.js';
import { mention, worded } from '../base/wording.js';
import { cellOf, nonFiniteError, type RowSource } from '../data/matrix.js';
import type { CategoryOption } from '../model/columns.js';

/** What rows must satisfy, besides being finite where no cell is missing. */
export interface Demands {
  /** Every value in [0, 1]. */
  readonly unitRange: boolean;
  /** Categories: their cells are probabilities, or all 0. */
  readonly categories: readonly CategoryOption[];
}

export const NO_DEMANDS: Demands = { unitRange: false, categories: [] };

/** Checks the values of rows [from, to), as `SparseReader.read` returned them. */
export function requireEntries(
  source: RowSource,
  from: number,
  to: number,
  { ends, columns, values }: { ends: Uint32Array; columns: Uint32Array; values: Float32Array },
  { unitRange, categories }: Demands,
): void {
  let entry = 0;
  for (let row = from; row < to; row++) {
    const end = ends[row - from] as number;
    let at = entry;
    for (const category of categories) {
      const last = category.start + category.size;
      while (at < end && (columns[at] as number) < category.start) at++;
      let sum = 0;
      for (; at < end && (columns[at] as number) < last; at++) sum += shareOf(values[at] as number);
      requireWhole(source, row, category, sum);
    }
    for (; entry < end; entry++) {
      const value = values[entry] as number;
      if (source.missing && Number.isNaN(value)) continue;
      const index = columns[entry] as number;
      if (!Number.isFinite(value)) throw nonFiniteError(source, row, index, value);
      if (unitRange && !(value >= 0 && value <= 1)) throw beyondUnit(source, row, index, value);
    }
  }
}

export function requireUnitRange(
  source: RowSource,
  firstRow: number,
  values: ArrayLike<number>,
): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if ((value >= 0 && value <= 1) || (source.missing && Number.isNaN(value))) continue;
    throw beyondUnit(source, firstRow, i, value);
  }
}

/**
 * Checks the categories of rows of bytes, or of numbers that may be NaN. The first of them is row
 * `firstRow`.
 */
export function requireCategories(
  source: RowSource,
  firstRow: number,
  values: Uint8Array | Float32Array,
  categories: readonly CategoryOption[],
): void {
  const whole = source.bytes ? 255 : 1;
  for (let at = 0; at < values.length && categories.length > 0; at += source.width) {
    for (const category of categories) {
      const first = at + category.start;
      let sum = 0;
      for (let j = first; j < first + category.size; j++) sum += shareOf(values[j] as number);
      requireWhole(source, firstRow + at / source.width, category, sum / whole);
    }
  }
}

/** What a cell adds to the sum of its category: nothing if it is missing, NaN if it is below 0. */
function shareOf(value: number): number {
  if (value >= 0) return value;
  return Number.isNaN(value) ? 0 : Number.NaN;
}

function requireWhole(
  source: RowSource,
  row: number,
  { start, size }: CategoryOption,
  sum: number,
): void {
  if (sum === 0 || Math.abs(sum - 1) < 1e-3) return;
  const advice = source.bytes ? ' (bytes mean value / 255: give numbers)' : '';
  throw valueError({
    ...cellOf(source, row, start),
    must: 'must have categories whose cells are 0 or more and sum to 1, or are all 0',
    is: `the first of a category of ${size}, whose sum is ${Number.isNaN(sum) ? 'of cells below 0 too' : sum}${advice}`,
  });
}

function beyondUnit(source: RowSource, firstRow: number, index: number, value: number): RangeError {
  return valueError({
    ...cellOf(source, firstRow, index),
    must: worded`must be in [0, 1] with ${mention('loss', 'bce')}`,
    is: `${value}`,
  });
}
