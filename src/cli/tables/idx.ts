// IDX, the format of MNIST: http://yann.lecun.com/exdb/mnist/. Two zero bytes, the element type, the number
// of dimensions, their sizes, and the elements; all big-endian.

import type { Input } from '../byte-input.js';
import { DataError } from '../errors.js';
import type { Element } from './array-layout.js';
import { readArray, requireSize } from './array-rows.js';
import type { ReadOptions, RowReader } from './reader.js';
import type { TableFormat } from './table-format.js';

export const idx: TableFormat = {
  // As in train-images-idx3-ubyte, a name of the original files.
  ending: /\.idx$|[-.]idx[1-9]-(ubyte|byte|short|int|float|double)$/,
  begins: ([a, b, c]) => a === 0 && b === 0 && c !== undefined && c >= 8 && c <= 14,
  read: readIdx,
};

const ELEMENTS: Record<number, Element> = {
  8: 'pixel',
  9: 'int8',
  11: 'int16',
  12: 'int32',
  13: 'float32',
  14: 'float64',
};

/** Reads the header, and prepares to read the rows. */
export async function readIdx(input: Input, options: ReadOptions): Promise<RowReader> {
  const magic = await input.take(4);
  const [a, b, type, dimensions] = magic;
  if (magic.length === 4 && (a !== 0 || b !== 0 || !type || !ELEMENTS[type] || !dimensions)) {
    const found = magic.toString('hex');
    throw new DataError(
      input.name,
      `it is not an IDX file: it starts with ${found}, not with two zero bytes, a type and the number of dimensions`,
    );
  }
  const header = await input.take(4 * (dimensions ?? 1));
  if (magic.length < 4 || header.length < 4 * (dimensions ?? 1)) {
    throw new DataError(input.name, 'it ends within its header');
  }
  const sizes = Array.from({ length: header.length / 4 }, (_, i) => header.readUInt32BE(4 * i));
  const element = ELEMENTS[type as number] as Element;
  return readArray(input, requireSize(input.name, { element, isBigEndian: true, sizes }), options);
}
