// Batches of rows, and what their numbers are held in.

import type { SparseRows } from '../../index.js';
import { DataError, type Place } from '../errors.js';
import { FLOAT32_LIMIT } from './cells.js';
import type { Original } from './original.js';

/** Rows of numbers, one after the other. Bytes are pixels, as everywhere in the library. */
export interface Batch {
  /** Float64Array where a float32 would lose something; see `narrow`. */
  data: Numbers;
  rows: number;
  /** The same compressed, of a sparse matrix; `data` is then made as it is asked for. */
  readonly sparse?: SparseRows;
  /** The rows as they stand in the file, where they were asked for, and how they are written there. */
  originals?: readonly Buffer[];
  original?: Original;
  /** Which of its columns are to be copied, where that was asked for. */
  kept?: readonly number[];
}

export type Numbers = Float32Array | Float64Array | Uint8Array;

/** Rows as the library takes them. */
export type X =
  | { readonly data: Numbers; readonly shape: [rows: number, width: number] }
  | SparseRows;

/** A batch as such: compressed, where it is. */
export function rowsIn(batch: Batch): X {
  if (batch.sparse) return batch.sparse;
  const { data, rows } = batch;
  return { data, shape: [rows, data.length / rows] };
}

/** Compressed rows of several batches as one. */
export function joinedSparse(parts: readonly SparseRows[]): SparseRows {
  const [{ shape }] = parts as [SparseRows, ...SparseRows[]];
  const ends = [0];
  let entries = 0;
  for (const { indptr } of parts) {
    for (let i = 1; i < indptr.length; i++) ends.push(entries + (indptr[i] as number));
    entries = ends.at(-1) as number;
  }
  const indices = new Uint32Array(entries);
  let at = 0;
  for (const part of parts) {
    indices.set(part.indices as Uint32Array, at);
    at += part.indices.length;
  }
  const data = joined(parts.map((part) => part.data as Numbers));
  return { indptr: ends, indices, data, shape: [ends.length - 1, shape[1]] };
}

/** Room for numbers of the same kind. */
export function likeOf(data: Numbers, length: number): Numbers {
  if (data instanceof Uint8Array) return new Uint8Array(length);
  return data instanceof Float64Array ? new Float64Array(length) : new Float32Array(length);
}

/** All numbers in one array, of the widest kind among them. */
export function joined(parts: readonly Numbers[]): Numbers {
  const widest =
    parts.find((part) => part instanceof Float64Array) ??
    parts.find((part) => part instanceof Float32Array) ??
    parts[0];
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const data = likeOf(widest ?? new Float32Array(), length);
  let at = 0;
  for (const part of parts) {
    const isAlike = data instanceof Uint8Array || !(part instanceof Uint8Array);
    data.set(isAlike ? part : ofPixels(part), at);
    at += part.length;
  }
  return data;
}

/** What bytes mean, beside numbers that are none. */
function ofPixels(bytes: Uint8Array): Float32Array {
  return Float32Array.from(bytes, (byte) => byte / 255);
}

/** What a reader gives at once: 4 MB of float32. */
const BATCH_VALUES = 2 ** 20;

/** The most rows of a batch that has them as they stand in the file, too: their texts may be long. */
export const MOST_ORIGINALS = 2 ** 14;

/** How many rows of `width` numbers a batch has. */
export function batchRows(width: number): number {
  return Math.max(1, Math.floor(BATCH_VALUES / width));
}

/**
 * The same numbers as float32 where nothing is lost: half the memory. What is lost otherwise can be all
 * of a column, such as dates in milliseconds, that scaling brings to one size.
 */
export function narrow(data: Float64Array): Float32Array | Float64Array {
  for (let i = 0; i < data.length; i++) {
    const value = data[i] as number;
    if (Math.fround(value) !== value && !Number.isNaN(value)) return data;
  }
  return new Float32Array(data); // `from` iterates, at a tenth of the speed
}

export const NO_ROWS = 'it has no rows';

/** What is wrong with a cell that may not be missing. */
export const MISSING_CELL =
  'the cell is missing; only models trained with --missing mask accept that';

/** The rows of binary arrays are checked as a whole: a number that is not finite has a place. */
export function requireNumbers(
  file: string,
  { data, rows }: Batch,
  firstRow: number,
  place: { missing: boolean | undefined; columns: readonly number[] },
): void {
  if (data instanceof Uint8Array) return;
  const width = data.length / rows;
  for (let i = 0; i < data.length; i++) {
    const value = data[i] as number;
    if (Math.abs(value) < FLOAT32_LIMIT || (Number.isNaN(value) && place.missing)) continue;
    const at: Place = {
      row: firstRow + Math.floor(i / width) + 1,
      column: (place.columns[i % width] as number) + 1,
    };
    const problem = Number.isNaN(value) ? MISSING_CELL : `${value} is not a finite float32`;
    throw new DataError(file, problem, at);
  }
}
