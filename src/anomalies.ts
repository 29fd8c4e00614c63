// Rows unlike the others: a threshold of their errors, and which columns the errors are in.

import { floatSource, type Matrix, type RowSource } from './matrix.js';
import type { Scaler } from './scaler.js';
import { timeSlices } from './slices.js';

/** What one column adds to the error of a row. */
export interface FeatureError {
  /** The column, from 0. */
  feature: number;
  /** The squared difference in scaled units; a row's score is the mean of these. */
  error: number;
  /** What the row has there, in the column's own units; of bytes, value / 255. */
  value: number;
  /** What the model expects there, in the same units. */
  expected: number;
}

/**
 * The q-quantile of numbers, 0 <= q <= 1: linear between the two nearest, as numpy.quantile's default
 * (Hyndman and Fan 1996, https://doi.org/10.2307/2684934, definition 7).
 */
export function quantile(values: Float32Array, q: number): number {
  const sorted = values.slice().sort();
  const at = (sorted.length - 1) * q;
  const low = sorted[Math.floor(at)] as number;
  const high = sorted[Math.ceil(at)] as number;
  return low + (high - low) * (at - Math.floor(at));
}

/** 1 for each score above the threshold, else 0. */
export function flag(scores: Float32Array, threshold: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(scores, (score) => Number(score > threshold));
}

/**
 * For each row its `top` columns of largest error, largest first, equal ones in the columns' order;
 * missing cells have none. `y` is what the model makes of `input`, which is `given` scaled.
 */
export async function explain(
  given: RowSource,
  input: RowSource,
  y: Matrix,
  scaler: Scaler | undefined,
  top: number,
): Promise<FeatureError[][]> {
  const { rows, width } = given;
  const [numbers, scaled] = [floatSource(given), floatSource(input)];
  const [value, x] = [new Float32Array(width), new Float32Array(width)];
  const all: FeatureError[][] = [];
  const pause = timeSlices();
  for (let i = 0; i < rows; i++) {
    numbers.copy(i, i + 1, value);
    scaled.copy(i, i + 1, x);
    const expected = y.row(i);
    const errors = Float64Array.from(x, (v, j) => ((expected[j] as number) - v) ** 2);
    const error = (j: number) => errors[j] as number;
    const features = Array.from(errors.keys()).filter((j) => !Number.isNaN(error(j)));
    features.sort((a, b) => error(b) - error(a));
    all.push(
      features.slice(0, top).map((feature) => ({
        feature,
        error: error(feature),
        value: value[feature] as number,
        expected: inOwnUnits(expected[feature] as number, feature, scaler),
      })),
    );
    await pause();
  }
  return all;
}

function inOwnUnits(value: number, column: number, scaler: Scaler | undefined): number {
  if (!scaler) return value;
  const { offset, factor } = scaler;
  return Math.fround(value * (factor[column] as number) + (offset[column] as number));
}
