// Checks compressed sparse rows and reads them in place.

import { show } from '../model/checks.js';
import { hint, isFlat, isPrecise, numberOf, requireLength, requireRows } from './arrays.js';
import type { RowSource, SparseReader, SparseRows } from './matrix.js';

/** Whether a value is meant to be CSR. */
export function isCsr(x: unknown): x is object {
  return typeof x === 'object' && x !== null && 'indptr' in x && 'data' in x;
}

/** Checks CSR of `width` columns, except its entries, which are checked when they are read; see `rowSource`. */
export function csrSource(
  name: string,
  x: object,
  width: number,
  what: string,
  gaps: boolean,
): RowSource {
  const { indptr, indices, data, shape } = x as SparseRows;
  const arrays = { indptr, indices, data };
  for (const [part, array] of Object.entries(arrays)) {
    if (isFlat(array) || Array.isArray(array)) continue;
    throw new TypeError(
      `${name}.${part} must be a typed array or an array of numbers, got ${show(array)}${hint(array)}`,
    );
  }
  if (!Array.isArray(shape) || shape.length !== 2 || !shape.every(Number.isInteger)) {
    const got = Array.isArray(shape) ? `[${shape.join(', ')}]` : show(shape);
    throw new TypeError(`${name}.shape must be [rows, columns], got ${got}`);
  }
  const [rows, columns] = shape as [number, number];
  if (columns !== width) {
    throw new RangeError(`${name} must have the ${what} width ${width}, got ${columns} columns`);
  }
  if (rows < 0) throw new RangeError(`${name}.shape must be [rows, columns], got [${shape}]`);
  requireRows(name, rows);
  const entries = data.length;
  if (indices.length !== entries) {
    throw new RangeError(
      `${name}.indices must be as long as ${name}.data, ${entries}, got ${indices.length}`,
    );
  }
  const starts = rowStarts(name, indptr, rows, entries);
  const sparse = entriesOf(name, { ...arrays, width, gaps, starts });
  const doubles = isPrecise(data);
  const rowAt = rowReader(sparse, doubles);
  return {
    name,
    rows,
    width,
    bytes: false,
    doubles,
    sparse,
    copy(from, to, target) {
      target.fill(0, 0, (to - from) * width);
      for (let i = from; i < to; i++) {
        const { count, columns, values } = rowAt(i);
        const at = (i - from) * width;
        for (let e = 0; e < count; e++) target[at + (columns[e] as number)] = values[e] as number;
      }
    },
  };
}

/** The non-zeros of a row, with their columns in ascending order. */
export interface RowEntries {
  readonly count: number;
  readonly columns: Uint32Array;
  readonly values: Float32Array | Float64Array;
}

/** Returns a function that reads one row at a time, into arrays that it reuses. */
export function rowReader(sparse: SparseReader, doubles = false): (row: number) => RowEntries {
  const ends = new Uint32Array(1);
  const take = (length: number) => ({
    columns: new Uint32Array(length),
    values: doubles ? new Float64Array(length) : new Float32Array(length),
  });
  let room = take(0);
  return (row) => {
    const entries = sparse.count(row, row + 1);
    if (room.columns.length < entries) room = take(2 * entries);
    sparse.read(row, row + 1, ends, room.columns, room.values);
    return { count: ends[0] as number, ...room };
  };
}

/** A checked copy of `indptr`. The other arrays are then known to match it. */
function rowStarts(
  name: string,
  indptr: SparseRows['indptr'],
  rows: number,
  entries: number,
): Float64Array {
  if (indptr.length !== rows + 1) {
    throw new RangeError(
      `${name}.indptr must have a number for each of ${rows} rows and one more, got ${indptr.length}`,
    );
  }
  const starts = new Float64Array(rows + 1);
  let last = 0;
  for (let i = 0; i <= rows; i++) {
    const start: unknown = indptr[i];
    const must = i === 0 ? 'be 0' : `be an integer from the one before on, ${last}`;
    if (!(Number.isInteger(start) && (i === 0 ? start === 0 : (start as number) >= last))) {
      throw new RangeError(`${name}.indptr[${i}] must ${must}, got ${show(start)}`);
    }
    last = start as number;
    starts[i] = last;
  }
  if (last !== entries) {
    throw new RangeError(
      `${name}.indptr must end with the number of values, ${entries}, got ${last}`,
    );
  }
  return starts;
}

interface Parts extends Pick<SparseRows, 'indices' | 'data'> {
  readonly width: number;
  readonly gaps: boolean;
  readonly starts: Float64Array;
}

function entriesOf(name: string, { indices, data, width, gaps, starts }: Parts): SparseReader {
  const entries = data.length;
  const isNumbers = !Array.isArray(data);
  return {
    count: (from, to) => (starts[to] as number) - (starts[from] as number),
    read(from, to, ends, columns, values) {
      requireLength(`${name}.indices`, indices.length, entries);
      requireLength(`${name}.data`, data.length, entries);
      let at = 0;
      for (let row = from; row < to; row++) {
        const [start, end] = [starts[row] as number, starts[row + 1] as number];
        const first = at;
        let last = -1;
        let ascends = true;
        for (let e = start; e < end; e++) {
          const column = indices[e] as number;
          // Written so that NaN and numbers that are not integers fail.
          if (!(column >= 0 && column < width && column === Math.trunc(column))) {
            throw new RangeError(
              `${name}.indices[${e}] must be a column, an integer from 0 to ${width - 1}, got ${show(column)} (row ${row})`,
            );
          }
          if (column <= last) ascends = false;
          last = column;
          const cell: unknown = data[e];
          const value = isNumbers
            ? (cell as number)
            : numberOf(cell, gaps, () => `${name}.data[${e}] (row ${row}, column ${column})`);
          columns[at] = column;
          values[at++] = value;
        }
        if (!ascends) sortRow(name, row, columns.subarray(first, at), values.subarray(first, at));
        at = withoutZeros(first, at, columns, values);
        ends[row - from] = at;
      }
    },
  };
}

/** Sorts a row's entries by column. Each column may occur once. */
function sortRow(
  name: string,
  row: number,
  columns: Uint32Array,
  values: Float32Array | Float64Array,
): void {
  const order = Array.from(columns.keys()).sort(
    (a, b) => (columns[a] as number) - (columns[b] as number),
  );
  const [oldColumns, oldValues] = [columns.slice(), values.slice()];
  for (const [to, from] of order.entries()) {
    columns[to] = oldColumns[from] as number;
    values[to] = oldValues[from] as number;
  }
  const twice = columns.findIndex((column, i) => i > 0 && column === columns[i - 1]);
  if (twice < 0) return;
  throw new RangeError(
    `${name} must have each column once in a row, and row ${row} has column ${columns[twice]} twice: ` +
      'add them up first (in scipy, sum_duplicates)',
  );
}

/** Removes entries [from, to) that are 0; returns where the others end. */
function withoutZeros(
  from: number,
  to: number,
  columns: Uint32Array,
  values: Float32Array | Float64Array,
): number {
  let end = from;
  for (let e = from; e < to; e++) {
    const value = values[e] as number;
    if (value === 0) continue;
    if (end < e) {
      columns[end] = columns[e] as number;
      values[end] = value;
    }
    end++;
  }
  return end;
}
