import { type ValueFault, valueError } from '../base/errors.js';
import { show } from '../model/checks.js';
import type { Scaler } from '../model/model.js';

/** Named in the types only where the engine's own types have it. */
type Float16 = typeof globalThis extends { Float16Array: { prototype: infer T } } ? T : never;

/**
 * The flat arrays that rows may come in: every typed array, but for those of bigints. Unsigned bytes are
 * pixels: they mean value / 255. All others are numbers as they are, Int8Array too.
 */
export type FlatArray =
  | Float32Array
  | Float64Array
  | Uint8Array
  | Uint8ClampedArray
  | Int8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float16;

/**
 * A cell of a row that is a plain array: true and false are 1 and 0; null and undefined are missing,
 * for models made with `missing: 'mask'`.
 */
export type Cell = number | boolean | null | undefined;

/** Pixels with a width and a height, such as an ImageData: one row of width * height * 4 bytes, RGBA. */
export interface Pixels {
  /** The channels of each pixel, row after row of the picture, as they are. */
  readonly data: FlatArray;
  /** Pixels a line. */
  readonly width: number;
  /** Lines. */
  readonly height: number;
}

/**
 * Rows that are mostly zeros, by the others alone: compressed sparse rows (CSR), with scipy.sparse's
 * names. Row i has the values data[indptr[i]], ..., data[indptr[i + 1] - 1], in the columns that
 * `indices` has at the same places, each column once, in any order. Integers may be in any typed array
 * but those of bigints, or in plain arrays. The values are numbers as they are, bytes too; NaN is a
 * missing cell, for models made with `missing: 'mask'`.
 *
 * @example
 * // [[0, 5, 0], [1, 0, 0]]
 * const rows = { indptr: [0, 1, 2], indices: [1, 0], data: [5, 1], shape: [2, 3] };
 */
export interface SparseRows {
  /** Where each row begins in `indices` and `data`, and behind the last where it ends: (rows + 1). */
  readonly indptr: FlatArray | readonly number[];
  /** The column of each value, from 0. */
  readonly indices: FlatArray | readonly number[];
  /** The values. */
  readonly data: FlatArray | readonly Cell[];
  /** Rows and columns. */
  readonly shape: readonly [number, number] | readonly number[];
}

/**
 * What the methods accept as rows: a flat typed array (row-major, its length a multiple of the
 * width), an array of rows, `{ data, shape: [rows, width] }`, such as a {@link Matrix} or what JSON made
 * of one, {@link SparseRows}, or an ImageData, which is one row.
 */
export type MatrixInput =
  | SparseRows
  | FlatArray
  | Pixels
  | readonly (readonly Cell[] | FlatArray | Pixels)[]
  | {
      /** The numbers, row after row. */
      readonly data: FlatArray | readonly Cell[];
      /** Rows and columns. */
      readonly shape: readonly [number, number] | readonly number[];
      /**
       * Numbers from the start of a row to that of the next one: as many as columns, unless given. Fewer
       * where rows overlap, as windows of a series do (`windows` of autoencoder-wasm/series); `data` may
       * have more than the rows need.
       */
      readonly stride?: number;
    };

/** A {@link Matrix} as JSON has it. */
export interface MatrixJson {
  /** The numbers, row after row. */
  data: number[];
  /** Rows and columns. */
  shape: [number, number];
}

/**
 * Rows of float32 numbers, (rows, columns): what the methods return, and take.
 *
 * @example
 * const codes = await ae.encode(images);
 * codes.shape; // [60000, 64]
 * codes.row(0); // Float32Array(64), a view
 * for (const code of codes) plot(code);
 * const text = JSON.stringify(codes.slice(0, 10)); // {"data":[...],"shape":[10,64]}
 * await ae.decode(JSON.parse(text));
 */
export class Matrix {
  /** The numbers, row after row. */
  readonly data: Float32Array<ArrayBuffer>;
  /** Rows and columns. */
  readonly shape: readonly [number, number];

  /** Takes the numbers as they are, without a copy. */
  constructor(data: Float32Array, shape: readonly [number, number]) {
    // What the methods return has memory of its own, and its type says so, for Blob, WebGPU and crypto.
    this.data = data as Float32Array<ArrayBuffer>;
    this.shape = shape;
  }

  /**
   * Row `i`, from 0, as a view of `data`: (columns).
   *
   * @throws RangeError where there is no such row.
   */
  row(i: number): Float32Array<ArrayBuffer> {
    const [rows, width] = this.shape;
    if (!Number.isInteger(i) || i < 0 || i >= rows) {
      throw new RangeError(`row must be an integer from 0 to ${rows - 1}, got ${show(i)}`);
    }
    return this.data.subarray(i * width, (i + 1) * width);
  }

  /** How many rows there are. */
  get length(): number {
    return this.shape[0];
  }

  /** A copy of rows [start, end), which count from the end where negative, as Array's slice does. */
  slice(start = 0, end = this.length): Matrix {
    const [rows, width] = this.shape;
    const clamp = (i: number) => Math.min(Math.max(Math.trunc(i < 0 ? rows + i : i), 0), rows);
    const from = clamp(start) || 0;
    const to = Math.max(clamp(end) || 0, from);
    return new Matrix(this.data.slice(from * width, to * width), [to - from, width]);
  }

  /** A copy as an array of rows, each an array of numbers. */
  toArray(): number[][] {
    return Array.from(this, (row) => Array.from(row));
  }

  /** What JSON.stringify writes, and the methods accept: the same numbers, all that are finite. */
  toJSON(): MatrixJson {
    return { data: Array.from(this.data), shape: [...this.shape] };
  }

  /** The rows in order, as views. */
  *[Symbol.iterator](): Generator<Float32Array<ArrayBuffer>, void, undefined> {
    for (let i = 0; i < this.shape[0]; i++) yield this.row(i);
  }
}

/** The one list of numbers that rows which overlap lie in. */
export interface Overlap {
  /** Numbers from the start of a row to that of the next, fewer than a row has. */
  readonly stride: number;
  /** Numbers that the rows have, each counted once. */
  readonly count: number;
  /** What scales a row that was taken from it. */
  readonly scaler?: Scaler | undefined;
  /** Copies numbers [from, to) to the start of `target`. */
  copy(from: number, to: number, target: Float32Array | Float64Array): void;
}

/** Input rows, checked for kind and shape, still where the caller has them. */
export interface RowSource {
  /** What to call it in an error. */
  readonly name: string;
  readonly rows: number;
  readonly width: number;
  /** Whether the rows are bytes (pixels), or numbers. */
  readonly bytes: boolean;
  /** Whether the rows are more than float32 can hold: then `copy` fills a Float64Array with all of it. */
  readonly doubles?: boolean;
  /**
   * Given where cells may be NaN, which are missing then: what the network sees in their places, one
   * number a column, scaled.
   */
  readonly missing?: Float32Array;
  /** What the columns are called, where the model knows it: for errors. */
  readonly columnNames?: readonly string[];
  /** The number of the first row in an error, where that is not 0. */
  readonly firstRow?: number;
  /** Where rows overlap: what they lie in. */
  readonly overlap?: Overlap | undefined;
  /** Of rows that came compressed: the same by their non-zeros. Whatever changes `copy` changes it, too. */
  readonly sparse?: SparseReader;
  /** Copies rows [from, to), densely, to the start of `target`: bytes to bytes, else to floats. */
  copy(from: number, to: number, target: Uint8Array | Float32Array | Float64Array): void;
}

/** Compressed rows, still where the caller has them. */
export interface SparseReader {
  /** How many entries rows [from, to) have, zeros among them included. */
  count(from: number, to: number): number;
  /**
   * Writes the columns, ascending, and the values of rows [from, to), row after row, from 0 on, zeros
   * left out, and to `ends` where each row ends. Checks the columns on the way.
   */
  read(
    from: number,
    to: number,
    ends: Uint32Array,
    columns: Uint32Array,
    values: Float32Array | Float64Array,
  ): void;
}

/** The same rows as numbers: bytes become value / 255. */
export function floatSource(source: RowSource): RowSource {
  if (!source.bytes) return source;
  const { width } = source;
  return {
    ...source,
    bytes: false,
    copy(from, to, target) {
      const count = (to - from) * width;
      source.copy(from, to, target);
      for (let i = 0; i < count; i++) target[i] = (target[i] as number) / 255;
    },
  };
}

/** The same rows, as bytes or as float32, whatever the caller does with his meanwhile. */
export function copied(source: RowSource): RowSource {
  const { rows, width, bytes } = source;
  const values = bytes ? new Uint8Array(rows * width) : new Float32Array(rows * width);
  source.copy(0, rows, values);
  const { sparse: _, ...rest } = source;
  return {
    ...rest,
    overlap: undefined,
    copy: (from, to, target) => target.set(values.subarray(from * width, to * width)),
  };
}

/** How many columns something has a number for each of: the step of loops over rows, and so never 0. */
export function widthOf(columns: ArrayLike<number>): number {
  if (columns.length > 0) return columns.length;
  throw new Error("what is known about the model's columns was taken away from it");
}

/** What an error calls row `row` of a source. */
export function rowNumber(source: RowSource, row: number): number {
  return (source.firstRow ?? 0) + row;
}

/** The error for a number that is NaN or infinite, at `index` of rows that begin with `firstRow`. */
export function nonFiniteError(
  source: RowSource,
  firstRow: number,
  index: number,
  value: number | undefined,
): RangeError {
  const { width, doubles, bytes } = source;
  const row = firstRow + Math.floor(index / width);
  const own = new Float64Array(width);
  if (doubles && !bytes) source.copy(row, row + 1, own);
  const given = own[index % width] as number;
  return valueError({
    ...cellOf(source, firstRow, index),
    must: 'must be finite float32 numbers',
    is: isBeyondFloat32(given) ? beyondFloat32(given) : `${value} as a float32`,
  });
}

/** The largest float32. */
export const MAX_FLOAT32 = 2 ** 128 - 2 ** 104;

/** Whether a number that is finite has no float32. */
export function isBeyondFloat32(value: number): boolean {
  return Number.isFinite(value) && !Number.isFinite(Math.fround(value));
}

/** What an error says of such a number. */
export function beyondFloat32(value: number): string {
  return `${value}, beyond the largest float32, 3.4e38: leave its row out, or give the column in larger units`;
}

/** Which value an error is about, at `index` of rows that begin with `firstRow`. */
export function cellOf(
  source: RowSource,
  firstRow: number,
  index: number,
): Pick<ValueFault, 'input' | 'row' | 'column' | 'columnName'> {
  const row = rowNumber(source, firstRow + Math.floor(index / source.width));
  return { input: source.name, row, ...columnOf(source, index % source.width) };
}

/** The same of a column, which has a name where the model's columns have. */
export function columnOf(
  { columnNames }: Pick<RowSource, 'columnNames'>,
  column: number,
): Pick<ValueFault, 'column' | 'columnName'> {
  const columnName = columnNames?.[column];
  return columnName === undefined ? { column } : { column, columnName };
}

/** Room for that many of the rows' numbers, as precise as they are. */
export function floatsFor({ doubles }: RowSource, count: number): Float32Array | Float64Array {
  return doubles ? new Float64Array(count) : new Float32Array(count);
}
