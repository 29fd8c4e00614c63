// The options of encode, decode and reconstruct: where the result goes.

import { isFlat } from '../data/arrays.js';
import { Matrix, type MatrixInput } from '../data/matrix.js';
import { methodOptions, show } from '../model/checks.js';

/** What `ae.encode(x, ...)`, `ae.decode`, `ae.reconstruct` and the same at once take. */
export interface ResultOptions {
  /**
   * A Matrix to write the result to, of its shape: the method returns it, and makes no other. Repeated
   * calls then need no new memory. It must not lie where `x` does; do not use it before the call is
   * through, and where that fails, its numbers are arbitrary. Default: a new one.
   */
  into?: Matrix;
}

/** Where a result of `rows` rows of `width` numbers goes, if the caller says so. */
export function checkInto(
  method: string,
  options: unknown,
  x: MatrixInput,
  rows: number,
  width: number,
): Matrix | undefined {
  const { into } = methodOptions(method, options, ['into']);
  if (into === undefined) return undefined;
  if (!(into instanceof Matrix) || !(into.data instanceof Float32Array)) {
    throw new TypeError(`into must be a Matrix, got ${show(into)}`);
  }
  const { data, shape } = into;
  if (shape[0] !== rows || shape[1] !== width || data.length !== rows * width) {
    throw new RangeError(
      `into must have the shape [${rows}, ${width}] of the result, and as many numbers, got ` +
        `[${shape.join(', ')}] and ${data.length}`,
    );
  }
  const source: unknown = isFlat(x) ? x : (x as { data?: unknown }).data;
  if (isFlat(source) && overlap(source, data)) {
    throw new RangeError('into must not share memory with the rows that are read');
  }
  return into;
}

function overlap(a: ArrayBufferView, b: ArrayBufferView): boolean {
  const starts = Math.max(a.byteOffset, b.byteOffset);
  const ends = Math.min(a.byteOffset + a.byteLength, b.byteOffset + b.byteLength);
  return a.buffer === b.buffer && starts < ends;
}
