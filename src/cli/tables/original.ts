// Rows as they are in a file, to be copied to another one.

import { MAX_NUMBER_BYTES, writeNumber } from './cells.js';
import type { Format, TextRows } from './format.js';

/** How a file writes its rows. */
export interface Original {
  format: Format;
  /** All columns, in the file's order. */
  names: readonly string[] | undefined;
  columns: number;
  /** The chosen columns, in the order of the choice. */
  chosen: readonly number[];
  /** Rows of the same kind can be copied into one file. */
  kind: string;
  /** How the format writes rows of text, if it is a text format. */
  text?: TextRows;
  /** The bytes before the first row, if this many rows follow. */
  head(rows: number | undefined): Uint8Array;
  /** A row with new values in some columns, and all other bytes unchanged. */
  fill(row: Buffer, values: ReadonlyMap<number, number | string>): Uint8Array;
  /** The bytes of some of a row's cells, if the format is text. */
  raw?(row: Buffer, columns: readonly number[]): Buffer[];
  /** The cells of a row as text. */
  cells(row: Buffer): string[];
}

/** The text of a filled cell: text as it is, numbers as the shortest decimal for float32. */
export function filledText(value: number | string): string {
  return typeof value === 'string' ? value : numberText(value);
}

/** The shortest decimal for a float32. */
export function numberText(value: number): string {
  const bytes = Buffer.allocUnsafe(MAX_NUMBER_BYTES);
  return bytes.toString('latin1', 0, writeNumber(bytes, 0, value));
}

/** The columns of a file, and the chosen ones. */
export type Columns = Pick<Original, 'names' | 'columns' | 'chosen'>;
