// Reads the training data, either at once or again in every epoch.

import { type Batch, joined, joinedSparse, type Numbers, rowsIn, type X } from '../tables/batch.js';
import { openTables } from '../tables/open-tables.js';
import type { ReadOptions, RowReader } from '../tables/reader.js';
import type { Source } from '../translate.js';

/** Rows in memory. */
export interface Rows {
  readonly x: X;
  /** Their files. */
  readonly source: Source;
}

/** Reads all rows into memory, since every epoch needs them. */
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

/** Reads a file with one number per row. */
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
 * A file that is read again in every epoch. It is read once beforehand, so that an error in its last line
 * is found before the first epoch, and because the number of rows determines the learning rate schedule.
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
  // Refers to the last reader, since the library's errors are about the rows it received last.
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

/** The number of rows without any value. */
export function emptyRows(x: X): number {
  // Values that a compressed row does not store are 0.
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
