import { type ValueFault, valueError } from '../base/errors.js';
import { show } from '../model/checks.js';
import type { Scaler } from '../model/model.js';

/** Present in the types only if the engine's own types have it. */
type Float16 = typeof globalThis extends { Float16Array: { prototype: infer T } } ? T : never;

/**
 * The typed arrays that rows may be given in: all except those of bigints. Unsigned bytes are pixels and
 * stand for value / 255. All other types, including Int8Array, are used as they are.
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
 * A cell of a row that is a plain array. true and false are 1 and 0. null and undefined are missing
 * values, which require a model with `missing: 'mask'`.
 */
export type Cell = number | boolean | null | undefined;

/** An image, such as an ImageData: one row of width * height * 4 bytes (RGBA). */
export interface Pixels {
  /** The channels of each pixel, line by line. */
  readonly data: FlatArray;
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
}

/**
 * Compressed sparse rows (CSR), for rows that are mostly zeros, with the names of scipy.sparse. Row i has
 * the values data[indptr[i]], ..., data[indptr[i + 1] - 1] in the columns indices[indptr[i]], ...,
 * indices[indptr[i + 1] - 1]: each column at most once, in any order. Integers may be in any typed array
 * except those of bigints, or in plain arrays. Values are used as they are, also bytes; NaN is a missing
 * value, which requires a model with `missing: 'mask'`.
 *
 * @example
 * // [[0, 5, 0], [1, 0, 0]]
 * const rows = { indptr: [0, 1, 2], indices: [1, 0], data: [5, 1], shape: [2, 3] };
 */
export interface SparseRows {
  /** The start of each row in `indices` and `data`, then the end of the last row: (rows + 1). */
  readonly indptr: FlatArray | readonly number[];
  /** The column of each value, from 0. */
  readonly indices: FlatArray | readonly number[];
  /** The values. */
  readonly data: FlatArray | readonly Cell[];
  /** Rows and columns. */
  readonly shape: readonly [number, number] | readonly number[];
}

/**
 * The forms in which methods accept rows: a flat typed array (row-major, length a multiple of the width),
 * an array of rows, `{ data, shape: [rows, width] }` such as a {@link Matrix} or one parsed from JSON,
 * {@link SparseRows}, or an ImageData, which is one row.
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
       * The distance from the start of a row to the start of the next, in numbers. Default: the number of
       * columns. A smaller stride makes rows overlap, like the windows of a series (`windows` of
       * autoencoder-wasm/series). `data` may be longer than the rows need.
       */
      readonly stride?: number;
    };

/** The JSON form of a {@link Matrix}. */
export interface MatrixJson {
  /** The numbers, row after row. */
  data: number[];
  /** Rows and columns. */
  shape: [number, number];
}

/**
 * A matrix of float32 numbers, (rows, columns): methods return it and accept it as rows.
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

  /** Wraps `data` without copying it. */
  constructor(data: Float32Array, shape: readonly [number, number]) {
    // Results have unshared memory, and the type says so, for Blob, WebGPU and crypto.
    this.data = data as Float32Array<ArrayBuffer>;
    this.shape = shape;
  }

  /**
   * Row `i`, from 0, as a view of `data`, (columns).
   *
   * @throws RangeError if there is no such row.
   */
  row(i: number): Float32Array<ArrayBuffer> {
    const [rows, width] = this.shape;
    if (!Number.isInteger(i) || i < 0 || i >= rows) {
      throw new RangeError(`row must be an integer from 0 to ${rows - 1}, got ${show(i)}`);
    }
    return this.data.subarray(i * width, (i + 1) * width);
  }

  /** The number of rows. */
  get length(): number {
    return this.shape[0];
  }

  /** A copy of rows [start, end); negative indices count from the end, as in `Array.prototype.slice`. */
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

  /** The form that JSON.stringify writes and that methods accept. Finite numbers are kept exactly. */
  toJSON(): MatrixJson {
    return { data: Array.from(this.data), shape: [...this.shape] };
  }

  /** Iterates over the rows, as views of `data`. */
  *[Symbol.iterator](): Generator<Float32Array<ArrayBuffer>, void, undefined> {
    for (let i = 0; i < this.shape[0]; i++) yield this.row(i);
  }
}

/** The numbers that overlapping rows are taken from. */
export interface Overlap {
  /** Numbers from the start of a row to the start of the next; fewer than the row's width. */
  readonly stride: number;
  /** How many numbers the rows cover, each counted once. */
  readonly count: number;
  /** The scaler for rows taken from it. */
  readonly scaler?: Scaler | undefined;
  /** Copies numbers [from, to) to the start of `target`. */
  copy(from: number, to: number, target: Float32Array | Float64Array): void;
}

/** Input rows, checked for type and shape, read from the caller's memory. */
export interface RowSource {
  /** Its name in error messages. */
  readonly name: string;
  readonly rows: number;
  readonly width: number;
  /** Whether the rows are bytes (pixels), or numbers. */
  readonly bytes: boolean;
  /** Whether the rows need more precision than float32: `copy` then fills a Float64Array. */
  readonly doubles?: boolean;
  /**
   * Set if NaN marks missing cells: the values that the network sees in their place, one scaled number per
   * column.
   */
  readonly missing?: Float32Array;
  /** The names of the columns, if the model knows them: for error messages. */
  readonly columnNames?: readonly string[];
  /** The number of the first row in error messages, if not 0. */
  readonly firstRow?: number;
  /** For overlapping rows: the numbers they are taken from. */
  readonly overlap?: Overlap | undefined;
  /** For rows that came compressed: a reader of their non-zeros. Whoever wraps `copy` must wrap it, too. */
  readonly sparse?: SparseReader;
  /** Copies rows [from, to), densely, to the start of `target`: bytes to bytes, else to floats. */
  copy(from: number, to: number, target: Uint8Array | Float32Array | Float64Array): void;
}

/** Compressed rows, read from the caller's memory. */
export interface SparseReader {
  /** How many entries rows [from, to) have, including explicit zeros. */
  count(from: number, to: number): number;
  /**
   * Writes the non-zeros of rows [from, to), row by row, from index 0: their columns, ascending, their
   * values, and to `ends` where each row ends. Also checks the columns.
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

/** A copy of the rows, as bytes or as float32, which the caller cannot change. */
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

/** The length of an array with one number per column. Loops over rows step by it, so it is never 0. */
export function widthOf(columns: ArrayLike<number>): number {
  if (columns.length > 0) return columns.length;
  throw new Error("the model's data about its columns was taken away");
}

/** The number of row `row` of a source in error messages. */
export function rowNumber(source: RowSource, row: number): number {
  return (source.firstRow ?? 0) + row;
}

/** The error for a NaN or infinite number at `index` of rows that start at `firstRow`. */
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

/** Whether a finite number is too large for float32. */
export function isBeyondFloat32(value: number): boolean {
  return Number.isFinite(value) && !Number.isFinite(Math.fround(value));
}

/** The text of the error for such a number. */
export function beyondFloat32(value: number): string {
  return `${value}, beyond the largest float32, 3.4e38: leave its row out, or give the column in larger units`;
}

/** The place of a value at `index` of rows that start at `firstRow`, for errors. */
export function cellOf(
  source: RowSource,
  firstRow: number,
  index: number,
): Pick<ValueFault, 'input' | 'row' | 'column' | 'columnName'> {
  const row = rowNumber(source, firstRow + Math.floor(index / source.width));
  return { input: source.name, row, ...columnOf(source, index % source.width) };
}

/** The place of a column, with its name if the model has names. */
export function columnOf(
  { columnNames }: Pick<RowSource, 'columnNames'>,
  column: number,
): Pick<ValueFault, 'column' | 'columnName'> {
  const columnName = columnNames?.[column];
  return columnName === undefined ? { column } : { column, columnName };
}

/** An array for `count` of the rows' numbers, in their precision. */
export function floatsFor({ doubles }: RowSource, count: number): Float32Array | Float64Array {
  return doubles ? new Float64Array(count) : new Float32Array(count);
}
