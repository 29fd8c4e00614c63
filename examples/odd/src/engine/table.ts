// A table in memory: columns of cells as they stand in the file.

/** Columns of one length. */
export interface Table {
  name: string;
  kind: 'table' | 'pictures';
  names: string[];
  columns: Cell[][];
  rows: number;
  notes: string[];
  /** Pictures: their bytes, row after row, pixels of a side, and numbers of a pixel. */
  pixels?: { bytes: Uint8Array; side: number; depth: number };
}

/** Texts, as the command line reads them; numbers of pictures. */
export type Cell = string | number;

/** What is wrong with what was given, and what to do about it: a sentence for the visitor. */
export class InputError extends Error {}

/** Cells that a page keeps: what 100,000 x 40 rows have, five times. */
export const MOST_CELLS = 20_000_000;
