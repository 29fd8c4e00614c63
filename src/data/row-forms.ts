// The accepted forms of rows. Each is checked for type and shape, and read in place.

import { show } from '../model/checks.js';
import {
  changed,
  hint,
  isBytes,
  isFlat,
  isPrecise,
  numberOf,
  requireLength,
  requireRows,
} from './arrays.js';
import { csrSource, isCsr } from './csr.js';
import type { FlatArray, Pixels, RowSource } from './matrix.js';

/**
 * Checks rows of `width` columns. `what` names the width in errors, as in `input width 784`. With `gaps`,
 * cells of plain arrays may be null or undefined, and become NaN.
 */
export function rowSource(
  name: string,
  x: unknown,
  width: number,
  what: string,
  gaps = false,
): RowSource {
  if (isFlat(x)) return flatSource(name, x, width, `${what} width ${width}`);
  if (Array.isArray(x)) return nestedSource(name, x, width, what, gaps);
  if (isPixels(x)) return nestedSource(name, [x], width, what, gaps);
  if (isCsr(x)) return csrSource(name, x, width, what, gaps);
  if (typeof x === 'object' && x !== null && 'data' in x && 'shape' in x) {
    const { data, shape, stride } = x as { data: unknown; shape: unknown; stride?: unknown };
    if (stride !== undefined) return stridedSource(name, data, shape, stride, width, what);
    return shapedSource(name, data, shape, width, what, gaps);
  }
  throw new TypeError(
    `${name} must be a typed array of numbers, such as a Float32Array or Uint8Array, an array of ` +
      `rows or { data, shape: [rows, ${width}] } (CSR: with indptr and indices), got ${show(x)}${hint(x)}`,
  );
}

/** The width of rows that have one: all forms except flat arrays. */
export function inferredWidth(name: string, x: unknown): number {
  const first = Array.isArray(x) ? (isCell(x[0]) ? x : rowOf(x[0])) : undefined;
  if (first) return first.length;
  if (isPixels(x)) return x.data.length;
  if (isFlat(x)) {
    throw new RangeError(
      `${name} must say how wide its rows are, for a model made with code: give { data, shape: [rows, ` +
        `columns] } or an array of rows, or make the model with layers; got ${show(x)}`,
    );
  }
  const { shape } = (typeof x === 'object' && x !== null ? x : {}) as { shape?: unknown };
  const width: unknown = Array.isArray(shape) ? shape[1] : 1;
  return typeof width === 'number' && width >= 1 ? Math.floor(width) : 1; // otherwise rowSource throws
}

/** Whether an item of a stream whose first element is `x` is a single row. */
export function isCell(x: unknown): boolean {
  return x === null || ['number', 'boolean'].includes(typeof x);
}

function isPixels(x: unknown): x is Pixels {
  if (typeof x !== 'object' || x === null) return false;
  const { data, width, height, shape } = x as Pixels & { shape?: unknown };
  return (
    isFlat(data) && typeof width === 'number' && typeof height === 'number' && shape === undefined
  );
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
    doubles: isPrecise(x),
    copy(from, to, target) {
      requireLength(name, x.length, rows * width);
      let values = x;
      try {
        // Making a view takes as long as copying a row. The buffer may have grown meanwhile.
        if (x.length > (to - from) * width) values = x.subarray(from * width, to * width);
      } catch {
        throw changed(name); // its buffer was detached or resized, so the length may be stale
      }
      target.set(values);
    },
  };
}

/** The rows and columns of a shape, which must have `width` columns. */
function checkShape(name: string, shape: unknown, width: number, what: string): [number, number] {
  if (!Array.isArray(shape) || shape.length !== 2 || !shape.every(Number.isInteger)) {
    const got = Array.isArray(shape) ? `[${shape.join(', ')}]` : show(shape);
    throw new TypeError(`${name}.shape must be [rows, columns], got ${got}`);
  }
  const [rows, columns] = shape as [number, number];
  if (columns !== width) {
    throw new RangeError(`${name} must have the ${what} width ${width}, got ${columns} columns`);
  }
  return [rows, columns];
}

function shapedSource(
  name: string,
  data: unknown,
  shape: unknown,
  width: number,
  what: string,
  gaps: boolean,
): RowSource {
  if (!isFlat(data) && !Array.isArray(data)) {
    throw new TypeError(
      `${name}.data must be a typed array or an array of numbers, got ${show(data)}${hint(data)}`,
    );
  }
  const [rows, columns] = checkShape(name, shape, width, what);
  if (rows * columns !== data.length) {
    throw new RangeError(
      `${name}.data must hold shape[0] * shape[1] = ${rows * columns} values, got ${data.length}`,
    );
  }
  if (isFlat(data)) return flatSource(name, data, width, `${what} width ${width}`);
  requireRows(name, rows);
  return {
    name,
    rows,
    width,
    bytes: false,
    doubles: true,
    copy(from, to, target) {
      requireLength(`${name}.data`, data.length, rows * width);
      for (let i = from * width; i < to * width; i++) {
        const where = () =>
          `${name}.data[${i}] (row ${Math.floor(i / width)}, column ${i % width})`;
        target[i - from * width] = numberOf(data[i], gaps, where);
      }
    },
  };
}

/** Rows that start every `stride` numbers, and so may overlap. */
function stridedSource(
  name: string,
  data: unknown,
  shape: unknown,
  stride: unknown,
  width: number,
  what: string,
): RowSource {
  if (!isFlat(data) || isBytes(data)) {
    throw new TypeError(
      `${name}.data must be a typed array of numbers that are no bytes where a stride is given, ` +
        `got ${show(data)}${hint(data)}`,
    );
  }
  const [rows] = checkShape(name, shape, width, what);
  if (!Number.isInteger(stride) || (stride as number) < 1) {
    throw new RangeError(`${name}.stride must be an integer from 1, got ${show(stride)}`);
  }
  requireRows(name, rows);
  const step = stride as number;
  const count = (rows - 1) * step + width;
  if (data.length < count) {
    throw new RangeError(
      `${name}.data must hold (shape[0] - 1) * stride + shape[1] = ${count} values, got ${data.length}`,
    );
  }
  const copy = (from: number, to: number, target: Float32Array | Float64Array, at = 0) => {
    requireLength(name, data.length, count);
    target.set(data.subarray(from, to), at);
  };
  return {
    name,
    rows,
    width,
    bytes: false,
    doubles: isPrecise(data),
    ...(step < width && { overlap: { stride: step, count, copy } }),
    copy(from, to, target) {
      for (let i = from; i < to; i++) {
        copy(i * step, i * step + width, target as Float32Array, (i - from) * width);
      }
    },
  };
}

function nestedSource(
  name: string,
  x: readonly unknown[],
  width: number,
  what: string,
  gaps: boolean,
): RowSource {
  requireRows(name, x.length);
  const bytes = isBytes(rowOf(x[0]));
  for (let i = 0; i < x.length; i++) {
    const row = rowOf(x[i]);
    if (row === undefined) {
      throw new TypeError(
        `${name}[${i}] must be a row, an array of ${width} numbers, got ${show(x[i])}${hint(x[i])}`,
      );
    }
    if (row.length !== width) {
      const got = isPixels(x[i])
        ? `the ${row.length} of ${show(x[i])}, which has every channel of every pixel (RGBA)`
        : `${row.length} values`;
      throw new RangeError(`${name}[${i}] must have the ${what} width ${width}, got ${got}`);
    }
    if (isBytes(row) !== bytes) {
      throw new TypeError(
        `${name}[${i}] must be ${bytes ? 'bytes' : 'numbers'} as ${name}[0] is, got ${show(row)}`,
      );
    }
  }
  const rows = x.length;
  return {
    name,
    rows,
    width,
    bytes,
    doubles: x.some((row) => isPrecise(rowOf(row))),
    copy(from, to, target) {
      requireLength(name, x.length, rows, 'rows');
      for (let i = from; i < to; i++) {
        const row = rowOf(x[i]);
        requireLength(`${name}[${i}]`, row?.length ?? 0, width);
        if (row === undefined || isBytes(row) !== bytes) throw changed(`${name}[${i}]`);
        const at = (i - from) * width;
        if (isFlat(row)) target.set(row, at);
        else
          for (let j = 0; j < row.length; j++)
            target[at + j] = numberOf(row[j], gaps, () => `${name}[${i}][${j}]`);
      }
    },
  };
}

/** The values of an element of an array of rows. */
function rowOf(x: unknown): readonly unknown[] | FlatArray | undefined {
  if (isPixels(x)) return x.data;
  return isFlat(x) || Array.isArray(x) ? x : undefined;
}
