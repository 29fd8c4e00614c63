// Writes the header of an NPY array.

import type { Element } from './array-layout.js';

export const MAGIC = Buffer.from('\x93NUMPY', 'latin1');

/** NumPy's names of the element types. Bytes are pixels. */
export const ELEMENTS: Readonly<Record<string, Element>> = {
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
  i1: 'int8',
  i2: 'int16',
  i4: 'int32',
  i8: 'int64',
  u1: 'pixel',
  u2: 'uint16',
  u4: 'uint32',
  u8: 'uint64',
  b1: 'uint8',
};

/** The header of an array, by default of float32. Its length is constant, so that it can be rewritten. */
export function npyHeader(
  rows: number,
  width: number,
  type: { element: Element; isBigEndian: boolean } = { element: 'float32', isBigEndian: false },
): Buffer {
  const name = Object.keys(ELEMENTS).find((key) => ELEMENTS[key] === type.element) as string;
  const order = name.endsWith('1') ? '|' : type.isBigEndian ? '>' : '<';
  const text = `{'descr': '${order}${name}', 'fortran_order': False, 'shape': (${rows}, ${width}), }`;
  const header = Buffer.alloc(128, ' ');
  MAGIC.copy(header);
  header.set([1, 0], 6);
  header.writeUInt16LE(128 - 10, 8);
  header.write(text, 10, 'latin1');
  header[127] = 10;
  return header;
}
