import { show } from './options.js';

/** The flat arrays that rows may come in. Bytes are pixels: they mean value / 255. */
export type FlatArray = Float32Array | Float64Array | Uint8Array | Uint8ClampedArray;

/**
 * What the methods accept as rows: a flat typed array (row-major, its length a multiple of the
 * width), an array of rows, or `{ data, shape: [rows, width] }`, such as a {@link Matrix}.
 */
export type MatrixInput =
  | FlatArray
  | readonly (readonly number[] | FlatArray)[]
  | {
      /** The numbers, row after row. */
      readonly data: FlatArray;
      /** Rows and columns. */
      readonly shape: readonly [number, number] | readonly number[];
    };

/**
 * Rows of float32 numbers, (rows, columns): what the methods return, and take.
 *
 * @example
 * const codes = await ae.encode(images);
 * codes.shape; // [60000, 64]
 * codes.row(0); // Float32Array(64), a view
 * for (const code of codes) plot(code);
 */
export class Matrix {
  constructor(
    /** The numbers, row after row. */
    readonly data: Float32Array,
    /** Rows and columns. */
    readonly shape: readonly [number, number],
  ) {}

  /**
   * Row `i`, from 0, as a view of `data`: (columns).
   *
   * @throws RangeError where there is no such row.
   */
  row(i: number): Float32Array {
    const [rows, width] = this.shape;
    if (!Number.isInteger(i) || i < 0 || i >= rows) {
      throw new RangeError(`row must be an integer from 0 to ${rows - 1}, got ${show(i)}`);
    }
    return this.data.subarray(i * width, (i + 1) * width);
  }

  /** The rows in order, as views. */
  *[Symbol.iterator](): Generator<Float32Array, void, undefined> {
    for (let i = 0; i < this.shape[0]; i++) yield this.row(i);
  }
}

/** Input rows, checked for kind and shape, still where the caller has them. */
export interface RowSource {
  /** What to call it in an error. */
  readonly name: string;
  readonly rows: number;
  readonly width: number;
  /** Whether the rows are bytes (pixels), or numbers. */
  readonly bytes: boolean;
  /**
   * Given where cells may be NaN, which are missing then: what the network sees in their places, one
   * number a column, scaled.
   */
  readonly missing?: Float32Array;
  /** The number of the first row in an error, where that is not 0. */
  readonly firstRow?: number;
  /** Copies rows [from, to), densely, to the start of `target`: bytes to bytes, else to floats. */
  copy(from: number, to: number, target: Uint8Array | Float32Array): void;
}

/** Checks rows of `width` columns; `what` they are made of names the width in an error. */
export function rowSource(name: string, x: unknown, width: number, what: string): RowSource {
  if (isFlat(x)) return flatSource(name, x, width, `${what} width ${width}`);
  if (Array.isArray(x)) return nestedSource(name, x, width, what);
  if (typeof x === 'object' && x !== null && 'data' in x && 'shape' in x) {
    return shapedSource(name, x.data, x.shape, width, what);
  }
  throw new TypeError(
    `${name} must be a Float32Array, Float64Array, Uint8Array or Uint8ClampedArray, an array of ` +
      `rows or { data, shape: [rows, ${width}] }, got ${show(x)}`,
  );
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
  const row = rowNumber(source, firstRow + Math.floor(index / source.width));
  return new RangeError(
    `${source.name} must be finite float32 numbers; row ${row}, column ${index % source.width} ` +
      `is ${value} as a float32`,
  );
}

// By their names, since an array of another realm (an iframe, a vm context) is no instance of ours.
function isFlat(x: unknown): x is FlatArray {
  return isBytes(x) || ['Float32Array', 'Float64Array'].includes(tagOf(x));
}

function isBytes(x: unknown): x is Uint8Array | Uint8ClampedArray {
  return ['Uint8Array', 'Uint8ClampedArray'].includes(tagOf(x));
}

function tagOf(x: unknown): string {
  return ArrayBuffer.isView(x) ? (x as Uint8Array)[Symbol.toStringTag] : '';
}

function flatSource(name: string, x: FlatArray, width: number, expected: string): RowSource {
  const rows = x.length / width;
  if (!Number.isInteger(rows)) {
    throw new RangeError(
      `${name} must have a length that is a multiple of the ${expected}, got ${x.length}`,
    );
  }
  requireRows(name, rows);
  return {
    name,
    rows,
    width,
    bytes: isBytes(x),
    copy: (from, to, target) => target.set(x.subarray(from * width, to * width)),
  };
}

function shapedSource(
  name: string,
  data: unknown,
  shape: unknown,
  width: number,
  what: string,
): RowSource {
  if (!isFlat(data)) throw new TypeError(`${name}.data must be a typed array, got ${show(data)}`);
  if (!Array.isArray(shape) || shape.length !== 2 || !shape.every(Number.isInteger)) {
    const got = Array.isArray(shape) ? `[${shape.join(', ')}]` : show(shape);
    throw new TypeError(`${name}.shape must be [rows, columns], got ${got}`);
  }
  const [rows, columns] = shape as [number, number];
  if (columns !== width) {
    throw new RangeError(`${name} must have the ${what} width ${width}, got ${columns} columns`);
  }
  if (rows * columns !== data.length) {
    throw new RangeError(
      `${name}.data must hold shape[0] * shape[1] = ${rows * columns} values, got ${data.length}`,
    );
  }
  return flatSource(name, data, width, `${what} width ${width}`);
}

function nestedSource(name: string, x: readonly unknown[], width: number, what: string): RowSource {
  requireRows(name, x.length);
  const bytes = isBytes(x[0]);
  for (let i = 0; i < x.length; i++) {
    const row = x[i];
    if (!Array.isArray(row) && !isFlat(row)) {
      throw new TypeError(
        `${name}[${i}] must be a row, an array of ${width} numbers, got ${show(row)}`,
      );
    }
    if (row.length !== width) {
      throw new RangeError(
        `${name}[${i}] must have the ${what} width ${width}, got ${row.length} values`,
      );
    }
    if (isBytes(row) !== bytes) {
      throw new TypeError(
        `${name}[${i}] must be ${bytes ? 'bytes' : 'numbers'} as ${name}[0] is, got ${show(row)}`,
      );
    }
  }
  return {
    name,
    rows: x.length,
    width,
    bytes,
    copy(from, to, target) {
      for (let i = from; i < to; i++) {
        const row = x[i] as readonly number[] | FlatArray;
        if (Array.isArray(row)) requireNumbers(`${name}[${i}]`, row);
        target.set(row, (i - from) * width);
      }
    },
  };
}

function requireRows(name: string, rows: number): void {
  if (rows === 0) throw new RangeError(`${name} must have at least one row, got none`);
}

function requireNumbers(name: string, row: readonly unknown[]): void {
  for (let j = 0; j < row.length; j++) {
    if (typeof row[j] !== 'number') {
      throw new TypeError(`${name}[${j}] must be a number, got ${show(row[j])}`);
    }
  }
}
