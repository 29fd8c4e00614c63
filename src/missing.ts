// Missing cells: NaN in rows of which that is allowed (RowSource.missing).

import { nonFiniteError, type RowSource, rowNumber } from './matrix.js';

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

/** What the network sees of a missing cell: 0, which is the column's mean with scale 'standard'. */
export function fillMissing(values: Float32Array): void {
  for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i])) values[i] = 0;
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
