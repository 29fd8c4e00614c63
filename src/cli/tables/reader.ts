// What reads a table, and how it is told to.

import type { Place } from '../errors.js';
import type { Batch } from './batch.js';
import type { Format } from './format.js';
import type { Original } from './original.js';
import type { RowLines } from './row-lines.js';
import type { Selection } from './selection.js';

/** A table that is read a batch of rows at a time, as fast as the batches are taken. */
export interface RowReader {
  /** The columns' names, where the data has them. */
  readonly columns: readonly string[] | undefined;
  readonly width: number;
  /** How many rows there are, where that is known before they are read. */
  readonly rows: number | undefined;
  /** Whether the first line of CSV has names: as was asked for, or as was found. */
  readonly header?: 'given' | 'found' | 'none';
  /** What the columns that are copied are called. */
  readonly kept?: readonly string[];
  /** How rows are written in the file, where originals were asked for. */
  readonly original?: Original;
  /** Where something is: a row and one of the chosen columns, from 0. */
  placeOf(row: number | undefined, column: number | undefined): Place;
  /** To be read once; the file is closed at the end of it, however that comes. */
  batches(): AsyncGenerator<Batch>;
  /** Closes the file, where it is not read to its end. */
  close(): Promise<void>;
}

/** How to read a table. */
export interface ReadOptions {
  /** Default: guessed from the name, or the first bytes. */
  format?: Format | undefined;
  /** Which columns, in which order: names, numbers from 1 and ranges of them. Default: all. */
  columns?: string | Selection | undefined;
  /** Whether the first line has names. Default: when the chosen columns have words there. */
  header?: boolean | undefined;
  /** What is between the cells of CSV. Default: found in the first line; tabs in TSV. */
  delimiter?: string | undefined;
  /** What is before the decimals of CSV. Default: found, or a point. */
  decimal?: '.' | ',' | undefined;
  /** What stands between groups of three digits in CSV. Default: nothing. */
  thousands?: string | undefined;
  /** Whether numbers of CSV may have `%` or the sign of a currency beside them. */
  symbols?: boolean | undefined;
  /** More words for missing cells, in texts. */
  na?: readonly string[] | undefined;
  /** How many lines of CSV to leave out in front. */
  skip?: number | undefined;
  /** What lines of CSV begin with that are comments. Default: `#` in front of all others. */
  comment?: string | undefined;
  /** Which array of an NPZ file. Default: the only one. */
  array?: string | undefined;
  /** Whether missing cells become NaN; else they are errors. */
  missing?: boolean | undefined;
  /** Whether rows come as they stand in the file, too. */
  originals?: boolean | undefined;
  /** Whether they come so alone, and no cell need be a number; see words.ts. */
  words?: boolean | undefined;
}

/** What a reader's `placeOf` says, of a file whose rows may have lines. */
export function placeIn(
  indices: readonly number[],
  names?: readonly string[],
  lines?: RowLines,
): RowReader['placeOf'] {
  return (row, column) => {
    const index = column === undefined ? undefined : (indices[column] as number);
    return {
      line: row === undefined ? undefined : lines?.of(row),
      row: row === undefined ? undefined : row + 1,
      column: index === undefined ? undefined : index + 1,
      name: index === undefined ? undefined : names?.[index],
    };
  };
}

/** The named columns' names. */
export function pick(
  names: readonly string[] | undefined,
  indices: readonly number[],
): string[] | undefined {
  return names && indices.map((index) => names[index] ?? '');
}
