// Missing cells: NaN in rows that may have it (RowSource.missing).

import { timeSlices } from '../base/slices.js';
import { errorOf, mention, worded } from '../base/wording.js';
import type { OutputColumn } from '../model/columns.js';
import { floatSource, type Matrix, nonFiniteError, type RowSource, widthOf } from './matrix.js';

/** Rows are processed in blocks of about this many values, with a pause after each. */
const BLOCK_VALUES = 1 << 16;

/** Requires that no cell is infinite; `values` start at row `firstRow`. */
export function requireNoInfinity(source: RowSource, firstRow: number, values: Float32Array): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (Number.isFinite(value) || Number.isNaN(value)) continue;
    throw nonFiniteError(source, firstRow, i, value);
  }
}

/**
 * The indices of the rows that have at least one value. Other rows are not used for training or errors.
 *
 * @throws RangeError if there are none.
 */
export async function rowsWithValues(
  source: RowSource,
  signal: AbortSignal | undefined,
): Promise<Uint32Array> {
  const { rows, width, sparse } = source;
  const numbers = new Uint32Array(rows);
  let count = 0;
  if (!source.missing) {
    for (; count < rows; count++) numbers[count] = count;
    return numbers;
  }
  const blockRows = Math.max(1, Math.floor(BLOCK_VALUES / width));
  const block = new Float32Array(Math.min(blockRows, rows) * width);
  const pause = timeSlices(signal);
  for (let from = 0; from < rows; from += blockRows) {
    const to = Math.min(from + blockRows, rows);
    if (!sparse) source.copy(from, to, block);
    for (let i = from; i < to; i++) {
      // In a compressed row, a zero is a value.
      const isLong = sparse && sparse.count(i, i + 1) >= width;
      if (isLong) source.copy(i, i + 1, block.subarray((i - from) * width));
      if (sparse && !isLong) numbers[count++] = i;
      else if (!isEmpty(block, i - from, width)) numbers[count++] = i;
    }
    await pause();
  }
  if (count === 0) throw noValues(source.name, rows);
  return numbers.slice(0, count);
}

/** Whether at least one row has a value. */
export function hasValues({ rows, width, copy }: RowSource): boolean {
  const row = new Float32Array(width);
  for (let i = 0; i < rows; i++) {
    copy(i, i + 1, row);
    if (!isEmpty(row, 0, width)) return true;
  }
  return false;
}

/** The error for rows without a single value, where one number is computed from all of them. */
export function noValues(name: string, rows: number): RangeError {
  const all = rows === 1 ? 'all cells of its one row are' : `all cells of its ${rows} rows are`;
  return errorOf(
    RangeError,
    worded`${mention(name)} must have a value in at least one row, but ${all} missing (NaN)`,
  );
}

/**
 * The mean over all cells of errors (rows, 1), or (rows, 2) with the number of observed cells in the second
 * column.
 *
 * @throws RangeError if no cell is observed.
 */
export function meanOfErrors({ data, shape }: Matrix): number {
  if (shape[1] === 1) return data.reduce((sum, error) => sum + error, 0) / data.length;
  let [sum, observed] = [0, 0];
  for (let i = 0; i < data.length; i += 2) {
    if (data[i + 1] === 0) continue;
    sum += (data[i] as number) * (data[i + 1] as number);
    observed += data[i + 1] as number;
  }
  if (observed === 0) throw noValues('x', shape[0]);
  return sum / observed;
}

/** Whether row `i` has no value. */
function isEmpty(rows: Float32Array, i: number, width: number): boolean {
  for (let at = i * width; at < (i + 1) * width; at++) if (!Number.isNaN(rows[at])) return false;
  return true;
}

/** Whether a column is observed in the row x: a number that is present, or a category that has a value. */
export function isObserved(
  x: Float32Array | Float64Array,
  { start, size, isCategory }: OutputColumn,
): boolean {
  if (!isCategory) return !Number.isNaN(x[start]);
  for (let j = start; j < start + size; j++) if ((x[j] as number) > 0) return true;
  return false;
}

/**
 * The fraction of these rows' columns that is observed, by weight.
 *
 * @throws RangeError if none is.
 */
export async function observedShare(
  source: RowSource,
  columns: readonly OutputColumn[],
  rows: Uint32Array,
  pause: () => Promise<void> | undefined,
): Promise<number> {
  const floats = floatSource(source);
  const x = new Float32Array(source.width);
  let observed = 0;
  for (const row of rows) {
    floats.copy(row, row + 1, x);
    for (const column of columns) if (isObserved(x, column)) observed += column.weight;
    await pause();
  }
  if (observed === 0) throw noValues(source.name, rows.length);
  return observed / (rows.length * columns.length);
}

/** Replaces missing cells of whole rows by `fill`, (width). */
export function fillMissing(rows: Float32Array, fill: Float32Array): void {
  const width = widthOf(fill);
  for (let at = 0; at < rows.length; at += width) {
    for (let j = 0; j < width; j++) {
      if (Number.isNaN(rows[at + j])) rows[at + j] = fill[j] as number;
    }
  }
}

/** The mean of (y - x)^2 over the observed cells of a row x, NaN if there are none, and their number. */
export function observedError(x: Float32Array, y: Float32Array): [mean: number, observed: number] {
  let sum = 0;
  let observed = 0;
  for (let j = 0; j < x.length; j++) {
    const error = (y[j] as number) - (x[j] as number);
    if (Number.isNaN(x[j])) continue;
    sum += error * error;
    observed++;
  }
  return [sum / observed, observed];
}

/**
 * Copies each observed cell of `source` into a Matrix that holds the other cells. Rows without any observed
 * cell get the columns' `means`, (width), because the network cannot infer anything from them. Missing
 * categories of `columns` keep the probabilities that they have there.
 */
export async function keepObserved(
  { data }: Matrix,
  source: RowSource,
  means: Float32Array,
  columns: readonly OutputColumn[] = [],
): Promise<void> {
  const categories = columns.filter(({ isCategory }) => isCategory);
  const { rows, width } = source;
  const blockRows = Math.max(1, Math.floor(BLOCK_VALUES / width));
  const block = new Float32Array(Math.min(blockRows, rows) * width);
  const pause = timeSlices();
  for (let from = 0; from < rows; from += blockRows) {
    const to = Math.min(from + blockRows, rows);
    source.copy(from, to, block);
    for (let i = 0; i < to - from; i++) {
      const row = block.subarray(i * width, (i + 1) * width);
      for (const category of categories) {
        const { start, size } = category;
        if (!isObserved(row, category)) row.fill(Number.NaN, start, start + size);
      }
    }
    for (let i = 0; i < (to - from) * width; i++) {
      const value = block[i] as number;
      if (!Number.isNaN(value)) data[from * width + i] = value;
    }
    for (let i = from; i < to; i++) if (isEmpty(block, i - from, width)) data.set(means, i * width);
    await pause();
  }
}

/**
 * For each row of errors, (rows, columns): their weighted mean without missing columns, and the sum of
 * weights.
 */
export function meanErrors(
  errors: Float32Array,
  columns: readonly OutputColumn[],
  out: Float32Array,
): void {
  const width = columns.length;
  for (let i = 0; i * width < errors.length; i++) {
    let [sum, weight] = [0, 0];
    for (const [c, column] of columns.entries()) {
      const error = errors[i * width + c] as number;
      if (Number.isNaN(error)) continue;
      sum += error * column.weight;
      weight += column.weight;
    }
    out[2 * i] = sum / weight;
    out[2 * i + 1] = weight;
  }
}

/** (y - x)^2 for each cell of rows x, (rows, width), overwriting y; NaN where x is missing. */
export async function squaredErrors(x: RowSource, y: Matrix): Promise<Matrix> {
  const floats = floatSource(x);
  const row = new Float32Array(x.width);
  const pause = timeSlices();
  for (const [i, made] of [...y].entries()) {
    floats.copy(i, i + 1, row);
    for (let j = 0; j < row.length; j++) {
      const error = (made[j] as number) - (row[j] as number);
      made[j] = error * error;
    }
    await pause();
  }
  return y;
}
