// The options of encode, decode and reconstruct: where the result goes, and how exact it is.

import { isFlat } from '../data/arrays.js';
import { Matrix, type MatrixInput, type RowSource } from '../data/matrix.js';
import { methodOptions, show } from '../model/checks.js';
import { checkPrecision, type Precision } from '../model/method-options.js';

/** What `ae.encode(x, ...)`, `ae.decode`, `ae.reconstruct` and the same at once take. */
export interface ResultOptions {
  /**
   * A Matrix to write the result to, of its shape: the method returns it, and makes no other. Repeated
   * calls then need no new memory. It must not lie where `x` does; do not use it before the call is
   * through, and where that fails, its numbers are arbitrary. Default: a new one.
   */
  into?: Matrix;
}

/** What `ae.encode(x, ...)` and `ae.encodeSync` take. */
export interface EncodeOptions extends ResultOptions {
  /**
   * `'int16'`: the products of bytes (pixels) by the first layer's weights are done in integers, which is
   * up to twice as fast as float32 and the same on every machine. Each column of weights is rounded to
   * steps of at most its largest / 32,767 or its sum / 8 million (of absolute values), whichever is more;
   * so a value of the first layer is off by at most half a step times the row's sum, a pixel being at most
   * 1: of MNIST's digits by 2.4e-5. For `Uint8Array`, `Uint8ClampedArray` and ImageData, in models without
   * a scale, of up to 65,536 inputs. Default `'float32'`.
   */
  precision?: Precision;
}

/** The task that encoding such rows is. */
export function encoding(precision: unknown, rows: RowSource): 'encode' | 'encodeIntegers' {
  if (checkPrecision(precision) === 'float32') return 'encode';
  if (!rows.bytes) {
    throw new TypeError(
      "precision 'int16' takes rows of bytes, such as a Uint8Array, and a model with scale 'none'",
    );
  }
  if (rows.width > MOST_INPUTS) {
    throw new RangeError(
      `precision 'int16' takes up to ${MOST_INPUTS} inputs, and the model has ${rows.width}`,
    );
  }
  return 'encodeIntegers';
}

/** Pairs of more have no 16-bit number, and sums of more no step that loses little. */
const MOST_INPUTS = 65_536;

/** Where a result of `rows` rows of `width` numbers goes, if the caller says so. */
export function checkInto(
  method: string,
  options: unknown,
  x: MatrixInput,
  rows: number,
  width: number,
  more: readonly string[] = [],
): Matrix | undefined {
  const { into } = methodOptions(method, options, ['into', ...more]);
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
