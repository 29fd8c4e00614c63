// Reads NumPy arrays: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html

import { printable } from '../../base/printable.js';
import type { Input } from '../byte-input.js';
import { DataError } from '../errors.js';
import type { ArrayLayout } from './array-layout.js';
import { readArray, readColumnMajor, requireSize } from './array-rows.js';
import { ELEMENTS, MAGIC } from './npy-header.js';
import { npyWriter } from './npy-writer.js';
import type { ReadOptions, RowReader } from './reader.js';
import type { TableFormat } from './table-format.js';

export const npy: TableFormat = {
  ending: /\.npy$/,
  begins: ([a, b]) => a === 0x93 && b === 0x4e, // \x93NUMPY
  read: readNpy,
  write: npyWriter,
};

/** Reads the header, and prepares to read the rows. */
export async function readNpy(input: Input, options: ReadOptions): Promise<RowReader> {
  const start = await input.take(8);
  if (!start.subarray(0, 6).equals(MAGIC)) {
    throw new DataError(input.name, 'it is not an NPY file: it does not start with \\x93NUMPY');
  }
  const major = start[6] as number;
  if (major < 1 || major > 3) {
    throw new DataError(
      input.name,
      `its NPY version is ${major}; only versions 1 to 3 can be read`,
    );
  }
  const lengthBytes = await input.take(major === 1 ? 2 : 4);
  if (lengthBytes.length < (major === 1 ? 2 : 4)) throw truncated(input);
  const length = major === 1 ? lengthBytes.readUInt16LE() : lengthBytes.readUInt32LE();
  // NumPy does not read longer headers either.
  if (length > 65_536) throw new DataError(input.name, `its header has ${length} bytes`);
  const header = await input.take(length);
  if (header.length < length) throw truncated(input);
  const { layout, isColumnMajor } = parseHeader(input.name, header.toString('latin1'));
  return (isColumnMajor ? readColumnMajor : readArray)(input, layout, options);
}

function truncated(input: Input): DataError {
  return new DataError(input.name, 'it ends within its header');
}

/** Parses the header, which is a Python dictionary with three keys. */
function parseHeader(
  file: string,
  header: string,
): { layout: ArrayLayout; isColumnMajor: boolean } {
  const descr = entry(header, 'descr', /\s*:\s*'([<>|=]?)([a-zA-Z]\d+)'/y);
  const order = entry(header, 'fortran_order', /\s*:\s*(True|False)/y);
  const shape = entry(header, 'shape', /\s*:\s*\(([\d,\sL]*)\)/y);
  if (!order || !shape || !header.includes("'descr'")) {
    throw new DataError(file, `its header cannot be read: ${printable(header.trim(), 80)}`);
  }
  const element = ELEMENTS[descr?.[2] ?? ''];
  if (!descr || !element) {
    const type = entry(header, 'descr', /\s*:\s*('[^']*'|\[.*?\])/y)?.[1] ?? 'unknown';
    throw new DataError(
      file,
      `its numbers are of type ${printable(type)}; floats, integers and bools can be read`,
    );
  }
  const sizes = (shape[1] as string)
    .split(',')
    .map((size) => size.replace(/L$/, '').trim())
    .filter((size) => size !== '')
    .map(Number);
  const layout = requireSize(file, { element, isBigEndian: descr[1] === '>', sizes });
  return { layout, isColumnMajor: order[1] === 'True' && layout.width > 1 };
}

/** Matches the value of a key. The sticky expression is tried at one place only, however long the text is. */
function entry(header: string, key: string, value: RegExp): RegExpExecArray | null {
  value.lastIndex = header.indexOf(`'${key}'`) + key.length + 2;
  return header.includes(`'${key}'`) ? value.exec(header) : null;
}
