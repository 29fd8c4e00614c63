// What writes rows of numbers, and what it is told of them.

import type { Element } from './array-layout.js';

/** Writes rows of numbers in a format, as fast as the output takes them. */
export interface RowWriter {
  /** `kept` are the cells before the numbers of each row, as the format has them. */
  write(data: Float32Array | Float64Array, kept?: readonly (readonly Buffer[])[]): Promise<void>;
  /** What must come last; the output itself is finished by its owner. */
  end(): Promise<void>;
}

export interface WrittenTable {
  width: number;
  /** The first line of CSV; none where the data has no names. */
  columns: readonly string[] | undefined;
  /** How many rows there will be, where that is known. */
  rows: number | undefined;
  /** What the numbers of NPY are. Default: float32. */
  type?: { element: Element; isBigEndian: boolean };
}
