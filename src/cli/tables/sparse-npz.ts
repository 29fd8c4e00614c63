// Sparse matrices as written by scipy.sparse.save_npz: an archive of the arrays of one of its formats
// (https://docs.scipy.org/doc/scipy/reference/generated/scipy.sparse.save_npz.html).

import { printable } from '../../base/printable.js';
import type { SparseRows } from '../../index.js';
import type { Input } from '../byte-input.js';
import { DataError, UsageError } from '../errors.js';
import {
  type Batch,
  batchRows,
  joined,
  likeOf,
  MISSING_CELL,
  NO_ROWS,
  type Numbers,
  narrow,
} from './batch.js';
import { FLOAT32_LIMIT } from './cells.js';
import { readNpy } from './npy.js';
import { placeIn, type ReadOptions, type RowReader } from './reader.js';
import { chooseColumns } from './selection.js';

/** The arrays that each such archive has, and that identify it. */
export const SPARSE = ['format', 'shape', 'data'];

/** Non-zeros in row-major order. */
interface Rows {
  /** The offset of each row's first non-zero, and the end of the last row. */
  readonly starts: Float64Array;
  readonly columns: Float64Array;
  readonly values: Float64Array;
}

/**
 * A batch of wide rows has at least FEWEST_ROWS, more than a dense one would have, as long as its size,
 * counted as dense, is at most MOST_VALUES.
 */
const FEWEST_ROWS = 256;
const MOST_VALUES = 2 ** 24;

/** Sparse rows that become dense only when `data` is read. */
class SparseBatch implements Batch {
  constructor(readonly sparse: SparseRows) {}

  get rows(): number {
    return this.sparse.shape[0];
  }

  get data(): Batch['data'] {
    const { indptr, indices, data, shape } = this.sparse;
    const [rows, width] = shape;
    const all = likeOf(data as Numbers, rows * width);
    for (let i = 0; i < rows; i++) {
      const end = indptr[i + 1] as number;
      for (let at = indptr[i] as number; at < end; at++) {
        all[i * width + (indices[at] as number)] = data[at] as number;
      }
    }
    return all;
  }
}

/** Reads the matrix in these arrays, and returns its rows in compressed form. */
export async function readSparse(
  file: string,
  bytesOf: (array: string) => Input | undefined,
  close: () => void,
  options: ReadOptions,
): Promise<RowReader> {
  if (options.originals) {
    throw new UsageError(`${file} is a sparse matrix, whose rows cannot be copied`);
  }
  const form = await formOf(file, bytesOf('format') as Input);
  const wanted = FORMS[form];
  if (!wanted) {
    const known = Object.keys(FORMS).join(', ');
    throw new DataError(
      file,
      `its format is ${printable(form)}, and ${known} can be read: m.tocsr()`,
    );
  }
  const read = async (array: string) => {
    const input = bytesOf(array);
    if (!input) throw new DataError(file, `it is a matrix of the format ${form}, without ${array}`);
    return numbersOf(input);
  };
  const [rows = 0, width = 0] = await read('shape');
  if (!(rows >= 1 && width >= 1)) throw new DataError(file, NO_ROWS);
  if (width > 2 ** 24 || !Number.isSafeInteger(rows * width)) {
    throw new DataError(file, `its shape claims ${rows} rows of ${width} numbers`);
  }
  const values = await read('data');
  const [first, second] = [await read(wanted[0]), await read(wanted[1])];
  const byRow =
    form === 'csr'
      ? compressed(file, first, second, values, rows, width)
      : form === 'csc'
        ? turned(file, compressed(file, first, second, values, width, rows), rows)
        : sorted(file, first, second, values, rows, width);
  const indices = chooseColumns(file, options.columns, undefined, width);
  const place = { missing: options.missing, columns: indices };
  async function* batches(): AsyncGenerator<Batch> {
    try {
      const taken = indices.length;
      const targets = targetsOf(indices, width);
      const most = Math.min(
        rows,
        Math.max(batchRows(taken), Math.min(FEWEST_ROWS, Math.floor(MOST_VALUES / taken))),
      );
      for (let row = 0; row < rows; row += most) {
        const count = Math.min(most, rows - row);
        yield new SparseBatch(partOf(file, byRow, row, count, targets, place));
      }
    } finally {
      close();
    }
  }
  const about = { columns: undefined, width: indices.length, rows, placeOf: placeIn(indices) };
  return { ...about, batches, close: async () => close() };
}

/** For each format, the two arrays with the positions of the values. */
const FORMS: Readonly<Record<string, readonly [string, string]>> = {
  csr: ['indptr', 'indices'],
  csc: ['indptr', 'indices'],
  coo: ['row', 'col'],
};

/** The format's name. It is a NumPy string of no dimension, so it is read from the file's last bytes. */
async function formOf(file: string, input: Input): Promise<string> {
  const bytes = await input.take(2 ** 16);
  const text = bytes.subarray(-12).toString('latin1').replaceAll('\0', '');
  const form = /[a-z]{3}$/.exec(text)?.[0];
  if (form === undefined)
    throw new DataError(file, 'its format is not the name of a sparse format');
  return form;
}

/** An array of one dimension. */
async function numbersOf(input: Input): Promise<Float64Array> {
  try {
    const reader = await readNpy(input, { missing: true });
    if (reader.width !== 1) throw new DataError(input.name, 'it has more than one dimension');
    const parts: Batch['data'][] = [];
    for await (const { data } of reader.batches()) parts.push(data);
    const all = joined(parts);
    // Bytes are pixels elsewhere, but numbers here.
    return Float64Array.from(all);
  } catch (error) {
    if (error instanceof DataError && error.problem === NO_ROWS) return new Float64Array();
    throw error;
  }
}

/** Checks a matrix in CSR or CSC format. */
function compressed(
  file: string,
  starts: Float64Array,
  columns: Float64Array,
  values: Float64Array,
  rows: number,
  width: number,
): Rows {
  const isRight =
    starts.length === rows + 1 &&
    starts[0] === 0 &&
    columns.length === values.length &&
    (starts[rows] as number) <= values.length &&
    starts.every((start, i) => i === 0 || start >= (starts[i - 1] as number));
  if (!isRight) throw new DataError(file, 'its indptr does not fit its shape, indices and data');
  requireBelow(file, columns, width, 'indices');
  return { starts, columns, values };
}

function requireBelow(file: string, numbers: Float64Array, limit: number, array: string): void {
  const bad = numbers.find(
    (number) => !(Number.isInteger(number) && number >= 0 && number < limit),
  );
  if (bad === undefined) return;
  throw new DataError(file, `its ${array} has ${bad}, and there are ${limit} from 0`);
}

/** Transposes columns into rows. */
function turned(file: string, byColumn: Rows, rows: number): Rows {
  const columns = new Float64Array(byColumn.values.length);
  for (let column = 0; column < byColumn.starts.length - 1; column++) {
    const [from, to] = [byColumn.starts[column], byColumn.starts[column + 1]];
    columns.fill(column, from, to);
  }
  const width = byColumn.starts.length - 1;
  return sorted(file, byColumn.columns, columns, byColumn.values, rows, width);
}

/** Sorts values with a row and a column each by their rows. */
function sorted(
  file: string,
  rowOf: Float64Array,
  columnOf: Float64Array,
  given: Float64Array,
  rows: number,
  width: number,
): Rows {
  if (rowOf.length !== given.length || columnOf.length !== given.length) {
    throw new DataError(file, 'its row, col and data are not equally long');
  }
  requireBelow(file, rowOf, rows, 'row');
  requireBelow(file, columnOf, width, 'col');
  const starts = new Float64Array(rows + 1);
  for (const row of rowOf) (starts[row + 1] as number)++;
  for (let row = 0; row < rows; row++) (starts[row + 1] as number) += starts[row] as number;
  const next = starts.slice();
  const columns = new Float64Array(given.length);
  const values = new Float64Array(given.length);
  for (let i = 0; i < given.length; i++) {
    const at = (next[rowOf[i] as number] as number)++;
    columns[at] = columnOf[i] as number;
    values[at] = given[i] as number;
  }
  return { starts, columns, values };
}

/** For each column its index among the chosen ones, or -1. */
function targetsOf(indices: readonly number[], width: number): Int32Array {
  const targets = new Int32Array(width).fill(-1);
  for (const [target, index] of indices.entries()) targets[index] = target;
  return targets;
}

/** A range of rows, with the chosen columns. Values of the same cell are added, as in SciPy. */
function partOf(
  file: string,
  { starts, columns, values }: Rows,
  from: number,
  count: number,
  targets: Int32Array,
  place: { missing: boolean | undefined; columns: readonly number[] },
): SparseRows {
  const most = (starts[from + count] as number) - (starts[from] as number);
  const [indices, data] = [new Uint32Array(most), new Float64Array(most)];
  const indptr = [0];
  // For each column, the position of its value in the current row.
  const places = new Map<number, number>();
  let entries = 0;
  for (let row = from; row < from + count; row++) {
    places.clear();
    const end = starts[row + 1] as number;
    for (let at = starts[row] as number; at < end; at++) {
      const target = targets[columns[at] as number] as number;
      if (target < 0) continue;
      const known = places.get(target);
      const entry = known ?? entries++;
      if (known === undefined) places.set(target, entry);
      indices[entry] = target;
      (data[entry] as number) += values[at] as number;
    }
    for (const [target, entry] of places) {
      const value = data[entry] as number;
      if (Math.abs(value) < FLOAT32_LIMIT || (Number.isNaN(value) && place.missing)) continue;
      const problem = Number.isNaN(value) ? MISSING_CELL : `${value} is not a finite float32`;
      throw new DataError(file, problem, {
        row: row + 1,
        column: (place.columns[target] as number) + 1,
      });
    }
    indptr.push(entries);
  }
  const shape: [number, number] = [count, place.columns.length];
  return {
    indptr,
    indices: indices.subarray(0, entries),
    data: narrow(data.subarray(0, entries)),
    shape,
  };
}
