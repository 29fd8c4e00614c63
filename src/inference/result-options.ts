// The options of encode, decode and reconstruct: where the result goes, and its precision.

import { isFlat } from '../data/arrays.js';
import { Matrix, type MatrixInput, type RowSource } from '../data/matrix.js';
import { methodOptions, show } from '../model/checks.js';
import { checkPrecision, type Precision } from '../model/method-options.js';

/** The options of `ae.encode`, `ae.decode`, `ae.reconstruct` and their synchronous versions. */
export interface ResultOptions {
  /**
   * A Matrix with the shape of the result, which the method fills and returns instead of a new one, so that
   * repeated calls need no new memory. It must not share memory with `x`. Do not use it until the call has
   * finished; if the call fails, its contents are undefined. Default: a new Matrix.
   */
  into?: Matrix;
}

/** The options of `ae.encode(x, ...)` and `ae.encodeSync`. */
export interface EncodeOptions extends ResultOptions {
  /**
   * `'int16'`: multiply bytes (pixels) by the first layer's weights in integer arithmetic, which is up to
   * twice as fast as float32 and gives the same result on every machine. Each column of weights is rounded
   * to a step of at most max(m / 32,767, s / 8,000,000), where m is the largest and s the sum of its absolute
   * values. So the error of a value of the first layer is at most half a step times the sum of the row's
   * pixels in [0, 1]: 2.4e-5 for MNIST digits. Only for `Uint8Array`, `Uint8ClampedArray` and ImageData, and
   * for models that do not scale, with up to 65,536 inputs. Default `'float32'`.
   */
  precision?: Precision;
}

/** The task for encoding such rows. */
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

/** Beyond this, pairs have no 16-bit index, and the quantisation step would become too coarse. */
const MOST_INPUTS = 65_536;

/** The caller's matrix for a result of shape (rows, width), checked; undefined if none is given. */
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
