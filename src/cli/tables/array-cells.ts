// Rows of a binary array as they are in the file: their numbers as text, and with some replaced.

import { type ArrayLayout, BYTES } from './array-layout.js';
import { npyHeader } from './npy-header.js';
import { numberText, type Original } from './original.js';

/** Arrays are written as NPY, with their original element type and byte order. */
export function arrayOriginal(layout: ArrayLayout, chosen: readonly number[]): Original {
  const { element, isBigEndian, rows, width } = layout;
  const size = BYTES[element];
  const view = (row: Buffer) => new DataView(row.buffer, row.byteOffset, row.length);
  return {
    format: 'npy',
    names: undefined,
    columns: width,
    chosen,
    kind: `npy of ${isBigEndian ? 'big-endian ' : ''}${element}`,
    head: (count = rows) => npyHeader(count, width, { element, isBigEndian }),
    fill(row, values) {
      const filled = Buffer.from(row);
      for (const [column, given] of values) {
        const at = column * size;
        const value = Number(given);
        // Only floats can be missing.
        if (element === 'float64') view(filled).setFloat64(at, value, !isBigEndian);
        else if (element === 'float32') view(filled).setFloat32(at, value, !isBigEndian);
        else view(filled).setUint16(at, floatToHalf(value), !isBigEndian);
      }
      return filled;
    },
    cells: (row) =>
      Array.from({ length: width }, (_, i) => cell(view(row), i * size, element, !isBigEndian)),
  };
}

function cell(
  view: DataView,
  at: number,
  element: ArrayLayout['element'],
  little: boolean,
): string {
  switch (element) {
    case 'float16':
      return number(halfToFloat(view.getUint16(at, little)));
    case 'float32':
      return number(view.getFloat32(at, little));
    case 'float64': {
      const value = view.getFloat64(at, little);
      return Number.isNaN(value) ? '' : String(value);
    }
    case 'int64':
      return String(view.getBigInt64(at, little));
    case 'uint64':
      return String(view.getBigUint64(at, little));
    case 'int32':
      return String(view.getInt32(at, little));
    case 'uint32':
      return String(view.getUint32(at, little));
    case 'int16':
      return String(view.getInt16(at, little));
    case 'uint16':
      return String(view.getUint16(at, little));
    case 'int8':
      return String(view.getInt8(at));
    default:
      return String(view.getUint8(at));
  }
}

const number = (value: number) => (Number.isNaN(value) ? '' : numberText(value));

/** IEEE 754 binary16: a sign bit, 5 bits of exponent, 10 of fraction. */
export function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The nearest half-precision number. Numbers beyond the range give the largest. */
export function floatToHalf(value: number): number {
  const size = Math.min(Math.abs(value), 65_504);
  const exponent = size < 2 ** -14 ? -14 : Math.floor(Math.log2(size));
  const steps = Math.round(size / 2 ** (exponent - 10)); // 1024 to 2048; 2048 is 1024 of the next exponent
  const bits = steps < 1024 ? steps : ((exponent + 15) << 10) + (steps - 1024);
  return (value < 0 ? 0x8000 : 0) | bits;
}
