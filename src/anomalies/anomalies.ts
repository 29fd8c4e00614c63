// Anomalies of a single model: the threshold of errors, and the columns that errors come from.

import { timeSlices } from '../base/slices.js';
import { errorOf, mention, worded } from '../base/wording.js';
import { floatSource, floatsFor, type Matrix, type RowSource } from '../data/matrix.js';
import { meanErrors, noValues, observedError } from '../data/missing.js';
import type { OutputColumn } from '../model/columns.js';
import type { Scaler } from '../model/model.js';

/** One column's reconstruction error in a row. */
export interface FeatureError {
  /** The index of the column, from 0; of a category, that of its first column. */
  feature: number;
  /** The column's name, if the model's option `columns` has names. */
  name?: string;
  /**
   * The squared difference in scaled units, or for a category the cross-entropy in nats. A row's score is the
   * mean of these errors.
   */
  error: number;
  /** The row's value, in the column's original units; for bytes value / 255; for a category its index, from 0. */
  value: number;
  /** The value that the model expects, in the same units; for a category the most probable one. */
  expected: number;
}

/** A row's score, whether it is an anomaly, and why. */
export interface Detection {
  /** The index of the row in `x`, from 0. */
  row: number;
  /** The row's `score`. */
  score: number;
  /** Whether the score is above the threshold. */
  isAnomaly: boolean;
  /** The columns with the largest errors, largest first, as from `explain`. */
  why: FeatureError[];
}

/**
 * The q-quantile, 0 <= q <= 1, with linear interpolation, like numpy.quantile's default (Hyndman and Fan
 * 1996, https://doi.org/10.2307/2684934, definition 7).
 */
export function quantile(values: Float32Array, q: number): number {
  const sorted = values.slice().sort();
  const at = (sorted.length - 1) * q;
  const low = sorted[Math.floor(at)] as number;
  const high = sorted[Math.ceil(at)] as number;
  return low + (high - low) * (at - Math.floor(at));
}

/** The score of each row; a second column, with the number of observed cells, is dropped. */
export function scoresOf({ data, shape }: Matrix): Float32Array<ArrayBuffer> {
  return shape[1] === 1 ? data : data.filter((_, i) => i % 2 === 0);
}

/**
 * The (1 - contamination) quantile of the scores, ignoring NaN, the score of rows without any value.
 *
 * @throws RangeError if it is not finite or no score is left.
 */
export function thresholdOf(scores: Float32Array, contamination: number): number {
  const known = scores.filter((score) => !Number.isNaN(score));
  if (known.length === 0) throw noValues('x', scores.length);
  const threshold = quantile(known, 1 - contamination);
  if (Number.isFinite(threshold)) return threshold;
  const scale = mention('scale', 'standard', "scale: 'standard'");
  throw errorOf(
    RangeError,
    worded`${mention('x')} must have finite scores, but its largest are too large for a float32: use the units that the model was trained on, and train it with ${scale}`,
  );
}

/** 1 for each score above the threshold, else 0. */
export function flag(scores: Float32Array, threshold: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(scores, (score) => Number(score > threshold));
}

/** Rows before and after the network. */
export interface Judged {
  /** The rows in their original units. */
  readonly given: RowSource;
  /** The rows as the network takes them. */
  readonly input: RowSource;
  /** The network's output for them. */
  readonly y: Matrix;
  readonly scaler: Scaler | undefined;
  /** The output columns and their errors, unless all columns are numbers of equal weight. */
  readonly byColumns:
    | { readonly columns: readonly OutputColumn[]; readonly errors: Matrix }
    | undefined;
}

/**
 * For each row the `top` columns with the largest weighted errors, largest first, ties in column order;
 * missing cells are left out.
 */
export async function explain(judged: Judged, top: number): Promise<FeatureError[][]> {
  const { given, input, y, scaler, byColumns } = judged;
  const { rows, width } = given;
  const [numbers, scaled] = [floatSource(given), floatSource(input)];
  const [value, x] = [floatsFor(given, width), new Float32Array(width)];
  const all: FeatureError[][] = [];
  const pause = timeSlices();
  for (let i = 0; i < rows; i++) {
    numbers.copy(i, i + 1, value);
    scaled.copy(i, i + 1, x);
    const expected = y.row(i);
    const errors = byColumns
      ? Float64Array.from(byColumns.errors.row(i))
      : Float64Array.from(x, (v, j) => ((expected[j] as number) - v) ** 2);
    const weighed = errors.map((error, c) => error * (byColumns?.columns[c]?.weight ?? 1));
    const columns = Array.from(errors.keys()).filter((c) => !Number.isNaN(errors[c]));
    columns.sort((a, b) => (weighed[b] as number) - (weighed[a] as number));
    all.push(
      columns.slice(0, top).map((c) => {
        const { start: feature, size } = byColumns?.columns[c] ?? { start: c, size: 1 };
        const isCategory = size > 1;
        const at = (values: Float32Array | Float64Array) =>
          isCategory ? greatest(values.subarray(feature, feature + size)) : values[feature];
        const what = at(expected) as number;
        return {
          feature,
          ...(given.columnNames && { name: given.columnNames[feature] as string }),
          error: errors[c] as number,
          value: at(value) as number,
          expected: isCategory ? what : inOwnUnits(what, feature, scaler),
        };
      }),
    );
    await pause();
  }
  return all;
}

/** The index of the largest number. */
function greatest(values: Float32Array | Float64Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++)
    if ((values[i] as number) > (values[best] as number)) best = i;
  return best;
}

/** The score of each row, whether it is above the threshold, and why: as {@link explain}, in one pass. */
export async function detect(
  judged: Judged,
  { top, threshold }: { top: number; threshold: number },
): Promise<Detection[]> {
  const { given, input, y, byColumns } = judged;
  const why = await explain(judged, top);
  const scaled = floatSource(input);
  const x = new Float32Array(given.width);
  const mean = new Float32Array(2);
  const pause = timeSlices();
  const all: Detection[] = [];
  for (const [row, features] of why.entries()) {
    if (byColumns) {
      meanErrors(byColumns.errors.row(row), byColumns.columns, mean);
    } else {
      scaled.copy(row, row + 1, x);
      mean[0] = input.missing ? observedError(x, y.row(row))[0] : meanError(x, y.row(row));
    }
    const [score] = mean as unknown as [number, number];
    all.push({ row, score, isAnomaly: score > threshold, why: features });
    await pause();
  }
  return all;
}

/**
 * The mean of (y - x)^2 over a row, bitwise equal to assembly/kernels/loss.ts (except with fastMath): four
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
