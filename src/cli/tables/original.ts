// Rows as they stand in a file: what is copied to another one, and not computed.

import { MAX_NUMBER_BYTES, writeNumber } from './cells.js';
import type { Format, TextRows } from './format.js';

/** How the rows of a file are written. */
export interface Original {
  format: Format;
  /** Of all columns, in the file's order. */
  names: readonly string[] | undefined;
  columns: number;
  /** Which of them were chosen, in the order that they were. */
  chosen: readonly number[];
  /** Rows of the same kind can follow each other as they stand there. */
  kind: string;
  /** How they are written of texts, where they are text. */
  text?: TextRows;
  /** What stands before the first of so many rows. */
  head(rows: number | undefined): Uint8Array;
  /** A row with other values in some of its columns, and every other byte as it was. */
  fill(row: Buffer, values: ReadonlyMap<number, number | string>): Uint8Array;
  /** Cells of a row as they stand there, where they are text. */
  raw?(row: Buffer, columns: readonly number[]): Buffer[];
  /** The cells of a row as texts. */
  cells(row: Buffer): string[];
}

/** A value that is put in: a text as it is, a float32 as the shortest one. */
export function filledText(value: number | string): string {
  return typeof value === 'string' ? value : numberText(value);
}

/** A float32 as the shortest text. */
export function numberText(value: number): string {
  const bytes = Buffer.allocUnsafe(MAX_NUMBER_BYTES);
  return bytes.toString('latin1', 0, writeNumber(bytes, 0, value));
}

/** Which columns there are, and are wanted. */
export type Columns = Pick<Original, 'names' | 'columns' | 'chosen'>;
