// The rows that train reads: all of them at once, or anew each epoch.

import { joined, type Numbers } from '../tables/batch.js';
import { openTables } from '../tables/open-tables.js';
import type { ReadOptions, RowReader } from '../tables/reader.js';
import type { Source } from '../translate.js';

/** Rows in memory. */
export interface Rows {
  readonly x: X;
  /** Where they come from. */
  readonly source: Source;
}

/** As the library takes them. */
export interface X {
  readonly data: Numbers;
  readonly shape: [rows: number, width: number];
}

/** All rows at once: training meets each of them every epoch. */
export async function readAll(
  paths: readonly string[],
  options: ReadOptions,
  asked: number | undefined,
  what = '--layers begins with',
): Promise<Rows> {
  const reader = await openTables(paths, options, asked, what);
  const { width } = reader;
  const parts: Numbers[] = [];
  let rows = 0;
  for await (const batch of reader.batches()) {
    parts.push(batch.data);
    rows += batch.rows;
  }
  return {
    x: { data: joined(parts), shape: [rows, width] },
    source: { paths, placeOf: reader.placeOf },
  };
}

/**
 * A file's rows, to be read anew each epoch. They are read once before: an error in the last line
 * shows before the first epoch, and how many rows there are decides how fast the step size falls.
 */
export async function openStream(
  paths: readonly string[],
  options: ReadOptions,
  asked: number | undefined,
): Promise<{
  x: () => AsyncGenerator<X>;
  source: Source;
  rows: number;
  width: number;
  empty: number;
}> {
  let last: RowReader | undefined;
  // Of what was read last: there alone can be what it is asked for.
  const placeOf: Source['placeOf'] = (...cell) => (last as RowReader).placeOf(...cell);
  async function* x(): AsyncGenerator<X> {
    const reader = await openTables(paths, options, asked, '--layers begins with');
    const { width } = reader;
    last = reader;
    for await (const { data, rows } of reader.batches()) yield { data, shape: [rows, width] };
  }
  let [rows, width, empty] = [0, 0, 0];
  for await (const { data, shape } of x()) {
    rows += shape[0];
    [, width] = shape;
    empty += emptyRows(data, width);
  }
  return { x, source: { paths, placeOf }, rows, width, empty };
}

/** How many rows have no value at all. */
export function emptyRows(data: Numbers, width: number): number {
  if (data instanceof Uint8Array) return 0;
  let empty = 0;
  for (let at = 0; at < data.length; at += width) {
    let column = 0;
    while (column < width && Number.isNaN(data[at + column])) column++;
    if (column === width) empty++;
  }
  return empty;
}
