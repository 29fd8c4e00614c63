// The interface of writers for rows of numbers.

import type { Element } from './array-layout.js';

/** Writes rows of numbers in a format, no faster than the output accepts them. */
export interface RowWriter {
  /** `kept` are cells that precede the numbers of each row, in the output format. */
  write(data: Float32Array | Float64Array, kept?: readonly (readonly Buffer[])[]): Promise<void>;
  /** Writes the end of the table. The caller finishes the output itself. */
  end(): Promise<void>;
}

export interface WrittenTable {
  width: number;
  /** The header of CSV; undefined: none. */
  columns: readonly string[] | undefined;
  /** The number of rows, if known beforehand. */
  rows: number | undefined;
  /** The element type of NPY. Default: float32. */
  type?: { element: Element; isBigEndian: boolean };
}
