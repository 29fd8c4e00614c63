// Missing cells: NaN in rows of which that is allowed (RowSource.missing).

import { type Matrix, nonFiniteError, type RowSource, rowNumber } from './matrix.js';
import { timeSlices } from './slices.js';

/** Rows are worked on in blocks of about so many values, with a pause behind each. */
const BLOCK_VALUES = 1 << 16;

/** Each row must have a cell that is observed, and no infinite one; `values` begin with `firstRow`. */
export function requireObserved(source: RowSource, firstRow: number, values: Float32Array): void {
  const { name, width } = source;
  for (let from = 0; from < values.length; from += width) {
    let observed = 0;
    for (let i = from; i < from + width; i++) {
      const value = values[i] as number;
      if (Number.isNaN(value)) continue;
      if (!Number.isFinite(value)) throw nonFiniteError(source, firstRow, i, value);
      observed++;
    }
    if (observed === 0) {
      const row = rowNumber(source, firstRow + from / width);
      throw new RangeError(`${name} must have a value in every row; row ${row} is all NaN`);
    }
  }
}

/** Puts `fill`, (width), in place of missing cells of whole rows. */
export function fillMissing(rows: Float32Array, fill: Float32Array): void {
  const width = fill.length;
  for (let at = 0; at < rows.length; at += width) {
    for (let j = 0; j < width; j++) {
      if (Number.isNaN(rows[at + j])) rows[at + j] = fill[j] as number;
    }
  }
}

/** The mean of (y - x)^2 over the observed cells of a row x, and how many they are. */
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

/** Puts each observed cell of `source` in its place in a Matrix that has the others. */
export async function keepObserved({ data }: Matrix, source: RowSource): Promise<void> {
  const { rows, width } = source;
  const blockRows = Math.max(1, Math.floor(BLOCK_VALUES / width));
  const block = new Float32Array(Math.min(blockRows, rows) * width);
  const pause = timeSlices();
  for (let from = 0; from < rows; from += blockRows) {
    const to = Math.min(from + blockRows, rows);
    source.copy(from, to, block);
    for (let i = 0; i < (to - from) * width; i++) {
      const value = block[i] as number;
      if (!Number.isNaN(value)) data[from * width + i] = value;
    }
    await pause();
  }
}
