// Reads the numbers of a binary array, after its header.

import type { Input } from '../byte-input.js';
import { DataError } from '../errors.js';
import { arrayOriginal, halfToFloat } from './array-cells.js';
import { type ArrayLayout, BYTES, type Element } from './array-layout.js';
import {
  type Batch,
  batchRows,
  likeOf,
  MOST_ORIGINALS,
  NO_ROWS,
  type Numbers,
  narrow,
  requireNumbers,
} from './batch.js';
import { placeIn, type ReadOptions, type RowReader } from './reader.js';
import { chooseColumns } from './selection.js';

/** Checks an array's size. Its first dimension counts the rows; the others together are a row. */
export function requireSize(
  file: string,
  header: { element: Element; isBigEndian: boolean; sizes: readonly number[] },
): ArrayLayout {
  const { element, isBigEndian, sizes } = header;
  const [rows, ...rest] = sizes;
  if (rows === undefined) throw new DataError(file, 'it is a single number, not an array of rows');
  const width = rest.reduce((product, size) => product * size, 1);
  if (rows === 0 || width === 0) throw new DataError(file, NO_ROWS);
  if (!Number.isSafeInteger(rows * width * 8) || width > 2 ** 24) {
    throw new DataError(file, `its header claims ${rows} rows of ${width} numbers`);
  }
  return { element, isBigEndian, rows, width };
}

/** Reads an array in row-major order. */
export function readArray(input: Input, layout: ArrayLayout, options: ReadOptions): RowReader {
  const { element, rows, width } = layout;
  const indices = chooseColumns(input.name, options.columns, undefined, width);
  const rowBytes = width * BYTES[element];
  async function* decoded(): AsyncGenerator<Batch> {
    // Batches are twice as large as those of text, which is slower to read, so that they keep several
    // threads busy. A single batch size, 1,337 rows of 784, would be work for only one.
    const most = Math.min(options.originals ? MOST_ORIGINALS : rows, 2 * batchRows(width));
    for (let row = 0; row < rows; ) {
      const count = Math.min(most, rows - row);
      const bytes = await input.take(count * rowBytes);
      const whole = Math.floor(bytes.length / rowBytes);
      if (whole < count) throw endsEarly(input.name, row + whole, rows);
      const all = decode(bytes, layout, count * width);
      const batch = { data: select(all, width, indices), rows: count };
      yield options.originals ? { ...batch, originals: rowsOf(bytes, rowBytes) } : batch;
      row += count;
    }
    await requireEnd(input, rows);
  }
  return arrayReader(input, decoded, layout, options, indices);
}

/** Reads an array in column-major (Fortran) order, which needs all columns before the first row is complete. */
export function readColumnMajor(
  input: Input,
  layout: ArrayLayout,
  options: ReadOptions,
): RowReader {
  const { element, rows, width } = layout;
  const indices = chooseColumns(input.name, options.columns, undefined, width);
  async function* decoded(): AsyncGenerator<Batch> {
    const columns: Numbers[] = [];
    const raw: Buffer[] = []; // the same, as in the file
    for (let column = 0; column < width; column++) {
      const bytes = await input.take(rows * BYTES[element]);
      if (bytes.length < rows * BYTES[element]) throw endsEarly(input.name, 0, rows);
      columns.push(decode(bytes, layout, rows));
      if (options.originals) raw.push(bytes);
    }
    await requireEnd(input, rows);
    const widest =
      columns.find((column) => column instanceof Float64Array) ?? (columns[0] as Numbers);
    const size = BYTES[element];
    const most = Math.min(options.originals ? MOST_ORIGINALS : rows, batchRows(width));
    for (let row = 0; row < rows; row += most) {
      const count = Math.min(most, rows - row);
      const data = likeOf(widest, count * indices.length);
      for (const [j, index] of indices.entries()) {
        const column = columns[index] as Numbers;
        for (let i = 0; i < count; i++) data[i * indices.length + j] = column[row + i] as number;
      }
      const rowOf = (i: number) =>
        Buffer.concat(raw.map((column) => column.subarray(i * size, (i + 1) * size)));
      const originals = Array.from({ length: count }, (_, i) => rowOf(row + i));
      yield options.originals ? { data, rows: count, originals } : { data, rows: count };
    }
  }
  return arrayReader(input, decoded, layout, options, indices);
}

/** A reader that checks each batch and closes the file at the end. */
function arrayReader(
  input: Input,
  decoded: () => AsyncGenerator<Batch>,
  layout: ArrayLayout,
  options: ReadOptions,
  columns: readonly number[],
): RowReader {
  const { rows } = layout;
  const place = { missing: options.missing, columns };
  async function* batches(): AsyncGenerator<Batch> {
    let row = 0;
    try {
      for await (const batch of decoded()) {
        requireNumbers(input.name, batch, row, place);
        yield batch;
        row += batch.rows;
      }
    } finally {
      await input.close();
    }
  }
  const close = () => input.close();
  const original = options.originals && arrayOriginal(layout, columns);
  const placeOf = placeIn(columns);
  const about = { columns: undefined, width: columns.length, rows, placeOf };
  return { ...about, batches, close, ...(original && { original }) };
}

function endsEarly(file: string, row: number, rows: number): DataError {
  return new DataError(file, `it ends here, and its header promises ${rows} rows`, {
    row: row + 1,
  });
}

async function requireEnd(input: Input, rows: number): Promise<void> {
  if ((await input.peek(1)).length === 0) return;
  throw new DataError(input.name, `after its ${rows} rows comes more`);
}

/** The rows of a batch, as bytes. */
function rowsOf(bytes: Buffer, rowBytes: number): Buffer[] {
  const count = bytes.length / rowBytes;
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * rowBytes, (i + 1) * rowBytes));
}

function select(all: Numbers, width: number, indices: readonly number[]): Numbers {
  if (indices.length === width && indices.every((index, i) => index === i)) return all;
  const data = likeOf(all, (all.length / width) * indices.length);
  for (let i = 0; i < data.length; i++) {
    const row = Math.floor(i / indices.length);
    data[i] = all[row * width + (indices[i % indices.length] as number)] as number;
  }
  return data;
}

/** Converts the numbers to a type that the library accepts. A copy, except for pixels. */
function decode(bytes: Buffer, layout: ArrayLayout, count: number): Numbers {
  const { element, isBigEndian } = layout;
  if (element === 'pixel') return bytes;
  const size = BYTES[element];
  // Copied because a view of wider elements must be aligned, and because bytes may have to be swapped.
  const copy = Buffer.from(new ArrayBuffer(bytes.length));
  bytes.copy(copy);
  const swap = isBigEndian !== IS_BIG_ENDIAN;
  if (swap && size === 2) copy.swap16();
  if (swap && size === 4) copy.swap32();
  if (swap && size === 8) copy.swap64();
  const { buffer } = copy;
  switch (element) {
    case 'float32':
      return new Float32Array(buffer, 0, count);
    case 'float64':
      return narrow(new Float64Array(buffer, 0, count));
    case 'float16':
      return Float32Array.from(new Uint16Array(buffer, 0, count), halfToFloat);
    case 'int64':
      return narrow(Float64Array.from(new BigInt64Array(buffer, 0, count), Number));
    case 'uint64':
      return narrow(Float64Array.from(new BigUint64Array(buffer, 0, count), Number));
    case 'int8':
      return new Float32Array(new Int8Array(buffer, 0, count));
    case 'uint8':
      return new Float32Array(new Uint8Array(buffer, 0, count));
    case 'int16':
      return new Float32Array(new Int16Array(buffer, 0, count));
    case 'uint16':
      return new Float32Array(new Uint16Array(buffer, 0, count));
    case 'int32':
      return narrow(new Float64Array(new Int32Array(buffer, 0, count)));
    default:
      return narrow(new Float64Array(new Uint32Array(buffer, 0, count)));
  }
}

const IS_BIG_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 0;
