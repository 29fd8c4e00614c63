// The rows that train reads: all of them at once, or anew each epoch.

import { type Batch, joined, joinedSparse, type Numbers, rowsIn, type X } from '../tables/batch.js';
import { openTables } from '../tables/open-tables.js';
import type { ReadOptions, RowReader } from '../tables/reader.js';
import type { Source } from '../translate.js';

/** Rows in memory. */
export interface Rows {
  readonly x: X;
  /** Where they come from. */
  readonly source: Source;
}

/** All rows at once: training meets each of them every epoch. */
export async function readAll(
  paths: readonly string[],
  options: ReadOptions,
  asked: number | undefined,
): Promise<Rows> {
  const reader = await openTables(paths, options, asked, '--layers begins with');
  const batches: Batch[] = [];
  for await (const batch of reader.batches()) batches.push(batch);
  const compressed = batches.flatMap(({ sparse }) => sparse ?? []);
  const isSparse = compressed.length === batches.length;
  return {
    x: isSparse ? joinedSparse(compressed) : dense(batches, reader.width),
    source: { paths, placeOf: reader.placeOf },
  };
}

/** A file of one number a row. */
export async function readColumn(
  path: string,
  what: string,
): Promise<{ data: Numbers; source: Source }> {
  const reader = await openTables([path], {}, 1, what);
  const batches: Batch[] = [];
  for await (const batch of reader.batches()) batches.push(batch);
  return { data: dense(batches, 1).data, source: { paths: [path], placeOf: reader.placeOf } };
}

function dense(batches: readonly Batch[], width: number) {
  const data = joined(batches.map((batch) => batch.data));
  return { data, shape: [data.length / width, width] as [number, number] };
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
    last = reader;
    for await (const batch of reader.batches()) yield rowsIn(batch);
  }
  let [rows, width, empty] = [0, 0, 0];
  for await (const piece of x()) {
    rows += piece.shape[0];
    [, width] = piece.shape;
    empty += emptyRows(piece);
  }
  return { x, source: { paths, placeOf }, rows, width, empty };
}

/** How many rows have no value at all. */
export function emptyRows(x: X): number {
  // What a compressed row does not have is 0.
  if ('indptr' in x || x.data instanceof Uint8Array) return 0;
  const { data, shape } = x;
  const [, width] = shape;
  let empty = 0;
  for (let at = 0; at < data.length; at += width) {
    let column = 0;
    while (column < width && Number.isNaN(data[at + column])) column++;
    if (column === width) empty++;
  }
  return empty;
}
