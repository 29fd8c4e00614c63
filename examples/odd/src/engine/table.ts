// A table in memory: columns of cells as they are in the file.

/** Columns of equal length. */
export interface Table {
  name: string;
  kind: 'table' | 'pictures';
  names: string[];
  columns: Cell[][];
  rows: number;
  notes: string[];
  /** For pictures: their bytes, row after row, the side in pixels, and the number of values per pixel. */
  pixels?: { bytes: Uint8Array; side: number; depth: number };
}

/** Texts, as the command line reads them, or numbers, of pictures. */
export type Cell = string | number;

/** The input is wrong. The message tells the visitor what is wrong and what to do about it. */
export class InputError extends Error {}

/** The most cells that a page keeps: five times those of 100,000 x 40 rows. */
export const MOST_CELLS = 20_000_000;
