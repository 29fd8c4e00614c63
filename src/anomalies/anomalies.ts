// Rows unlike the others: a threshold of their errors, and which columns the errors are in.

import { timeSlices } from '../base/slices.js';
import { floatSource, floatsFor, type Matrix, type RowSource } from '../data/matrix.js';
import { noValues, observedError } from '../data/missing.js';
import type { Scaler } from '../model/model.js';

/** What one column adds to the error of a row. */
export interface FeatureError {
  /** The column, from 0. */
  feature: number;
  /** What it is called, where the model's option `columns` has names. */
  name?: string;
  /** The squared difference in scaled units; a row's score is the mean of these. */
  error: number;
  /** What the row has there, in the column's own units; of bytes, value / 255. */
  value: number;
  /** What the model expects there, in the same units. */
  expected: number;
}

/** A row and how it was judged. */
export interface Detection {
  /** The number of the row in `x`, from 0. */
  row: number;
  /** What `score` gives. */
  score: number;
  /** Whether that is above the threshold. */
  isAnomaly: boolean;
  /** What `explain` gives: the columns of largest error, largest first. */
  why: FeatureError[];
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

/** The score of each row, where its number of observed cells may stand behind it. */
export function scoresOf({ data, shape }: Matrix): Float32Array<ArrayBuffer> {
  return shape[1] === 1 ? data : data.filter((_, i) => i % 2 === 0);
}

/**
 * The (1 - contamination) quantile of scores, those of rows without any value, NaN, left out.
 *
 * @throws RangeError where it is not finite, or none is left.
 */
export function thresholdOf(scores: Float32Array, contamination: number): number {
  const known = scores.filter((score) => !Number.isNaN(score));
  if (known.length === 0) throw noValues('x', scores.length);
  const threshold = quantile(known, 1 - contamination);
  if (Number.isFinite(threshold)) return threshold;
  throw new RangeError(
    'x must have scores that are finite to take a threshold from, and its largest are too large for a ' +
      "float32: are these rows in the units that the model was trained on, and it with scale: 'standard'?",
  );
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
  const [value, x] = [floatsFor(given, width), new Float32Array(width)];
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
        ...(given.columnNames && { name: given.columnNames[feature] as string }),
        error: error(feature),
        value: value[feature] as number,
        expected: inOwnUnits(expected[feature] as number, feature, scaler),
      })),
    );
    await pause();
  }
  return all;
}

/** The score of each row, whether it is above the threshold, and why: as {@link explain}, in one pass. */
export async function detect(
  given: RowSource,
  input: RowSource,
  y: Matrix,
  scaler: Scaler | undefined,
  { top, threshold }: { top: number; threshold: number },
): Promise<Detection[]> {
  const why = await explain(given, input, y, scaler, top);
  const scaled = floatSource(input);
  const x = new Float32Array(given.width);
  const pause = timeSlices();
  const all: Detection[] = [];
  for (const [row, features] of why.entries()) {
    scaled.copy(row, row + 1, x);
    const error = input.missing ? observedError(x, y.row(row))[0] : meanError(x, y.row(row));
    const score = Math.fround(error);
    all.push({ row, score, isAnomaly: score > threshold, why: features });
    await pause();
  }
  return all;
}

/**
 * The mean of (y - x)^2 over a row, to the bit what assembly/kernels/loss.ts makes of it (but for fastMath): four
 * sums in float32.
 */
function meanError(x: Float32Array, y: Float32Array): number {
  const sums = new Float32Array(4);
  for (let j = 0; j < x.length; j++) {
    const error = Math.fround((y[j] as number) - (x[j] as number));
    (sums[j % 4] as number) += Math.fround(error * error);
  }
  const [a, b, c, d] = sums as unknown as [number, number, number, number];
  return Math.fround(Math.fround(a + c) + Math.fround(b + d)) / x.length;
}

function inOwnUnits(value: number, column: number, scaler: Scaler | undefined): number {
  if (!scaler) return value;
  const { offset, factor } = scaler;
  return value * (factor[column] as number) + (offset[column] as number);
}
