// Batches of rows, and the arrays that hold their numbers.

import type { SparseRows } from '../../index.js';
import { DataError, type Place } from '../errors.js';
import { FLOAT32_LIMIT } from './cells.js';
import type { Original } from './original.js';

/** Rows of numbers in row-major order. Bytes are pixels, as everywhere in the library. */
export interface Batch {
  /** Float64Array if float32 would lose precision; see `narrow`. */
  data: Numbers;
  rows: number;
  /** The rows of a sparse matrix in compressed form; `data` is then computed on demand. */
  readonly sparse?: SparseRows;
  /** The rows as they are in the file, if requested, and how that file's rows are written. */
  originals?: readonly Buffer[];
  original?: Original;
  /** The columns to copy, if requested. */
  kept?: readonly number[];
}

export type Numbers = Float32Array | Float64Array | Uint8Array;

/** Rows in a form that the library accepts. */
export type X =
  | { readonly data: Numbers; readonly shape: [rows: number, width: number] }
  | SparseRows;

/** The rows of a batch; compressed if it is sparse. */
export function rowsIn(batch: Batch): X {
  if (batch.sparse) return batch.sparse;
  const { data, rows } = batch;
  return { data, shape: [rows, data.length / rows] };
}

/** Concatenates the compressed rows of several batches. */
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

/** A new array of the same type. */
export function likeOf(data: Numbers, length: number): Numbers {
  if (data instanceof Uint8Array) return new Uint8Array(length);
  return data instanceof Float64Array ? new Float64Array(length) : new Float32Array(length);
}

/** Concatenates arrays into one of the widest type among them. */
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

/** Pixels as values, to combine them with other numbers. */
function ofPixels(bytes: Uint8Array): Float32Array {
  return Float32Array.from(bytes, (byte) => byte / 255);
}

/** The number of values in a batch: 4 MB of float32. */
const BATCH_VALUES = 2 ** 20;

/** The maximum number of rows in a batch with original rows, since their texts may be long. */
export const MOST_ORIGINALS = 2 ** 14;

/** The number of rows in a batch, if each has `width` numbers. */
export function batchRows(width: number): number {
  return Math.max(1, Math.floor(BATCH_VALUES / width));
}

/**
 * Converts to float32, at half the memory, if no precision is lost. Otherwise the float64 are kept: in
 * float32, a whole column, such as dates in milliseconds, could become constant before it is scaled.
 */
export function narrow(data: Float64Array): Float32Array | Float64Array {
  for (let i = 0; i < data.length; i++) {
    const value = data[i] as number;
    if (Math.fround(value) !== value && !Number.isNaN(value)) return data;
  }
  return new Float32Array(data); // `from` uses an iterator, at a tenth of the speed
}

export const NO_ROWS = 'it has no rows';

/** The message for a cell that must not be missing. */
export const MISSING_CELL =
  'the cell is missing; only models trained with --missing mask accept that';

/** Checks the numbers of a binary array together; an error names the row and column. */
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
