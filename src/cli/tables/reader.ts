// The interface of table readers, and their options.

import type { Place } from '../errors.js';
import type { Batch } from './batch.js';
import type { Format } from './format.js';
import type { Original } from './original.js';
import type { RowLines } from './row-lines.js';
import type { Selection } from './selection.js';

/** A table that is read in batches of rows, no faster than they are consumed. */
export interface RowReader {
  /** The columns' names, if the data has them. */
  readonly columns: readonly string[] | undefined;
  readonly width: number;
  /** The number of rows, if known before they are read. */
  readonly rows: number | undefined;
  /** Whether the first line of CSV is a header: because of an option, or because it was detected. */
  readonly header?: 'given' | 'found' | 'none';
  /** The names of the columns to copy. */
  readonly kept?: readonly string[];
  /** How the file writes its rows, if originals were requested. */
  readonly original?: Original;
  /** The place of a row and one of the chosen columns; both count from 0. */
  placeOf(row: number | undefined, column: number | undefined): Place;
  /** Can be read once. The file is closed at the end, and also on errors or an early return. */
  batches(): AsyncGenerator<Batch>;
  /** Closes the file, if it is not read to its end. */
  close(): Promise<void>;
}

/** Options of table readers. */
export interface ReadOptions {
  /** Default: recognised by the file's name, or by its first bytes. */
  format?: Format | undefined;
  /** The columns, in order: names, numbers from 1 and ranges of them. Default: all. */
  columns?: string | Selection | undefined;
  /** Whether the first line is a header. Default: if the chosen columns have words there. */
  header?: boolean | undefined;
  /** The delimiter of CSV. Default: detected in the first line; tabs in TSV. */
  delimiter?: string | undefined;
  /** The decimal separator of CSV. Default: detected, or else a point. */
  decimal?: '.' | ',' | undefined;
  /** The thousands separator of CSV. Default: none. */
  thousands?: string | undefined;
  /** Whether numbers in CSV may have `%` or a currency sign. */
  symbols?: boolean | undefined;
  /** Additional words for missing cells, in text formats. */
  na?: readonly string[] | undefined;
  /** The number of lines of CSV to skip at the beginning. */
  skip?: number | undefined;
  /** The beginning of comment lines in CSV. Default: `#`, but only before all other lines. */
  comment?: string | undefined;
  /** The name of an array in an NPZ file. Default: the only one. */
  array?: string | undefined;
  /** Whether missing cells become NaN; otherwise they are errors. */
  missing?: boolean | undefined;
  /** Whether batches include the rows as they are in the file. */
  originals?: boolean | undefined;
  /** Whether batches include only these, so that cells need not be numbers; see words.ts. */
  words?: boolean | undefined;
}

/** Computes a reader's `placeOf`, for a file whose rows may have line numbers. */
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

/** The names of the chosen columns. */
export function pick(
  names: readonly string[] | undefined,
  indices: readonly number[],
): string[] | undefined {
  return names && indices.map((index) => names[index] ?? '');
}
