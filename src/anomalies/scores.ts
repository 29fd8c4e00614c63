// What makes a row odd, as one number: three views of it, each brought to the same scale.

import { type Autoencoder, modelIn } from '../autoencoder.js';
import { log } from '../base/exact-math.js';
import type { Matrix } from '../data/matrix.js';
import type { StoredTensor } from '../files/safetensors.js';
import { quantileOf, robustDeviation, sortedFloats } from './quantiles.js';

/**
 * The three terms of a score, each at least 0.
 *
 * `residual`: the sum over columns of log(1 + r^2 / v), r the difference between a scaled value and its
 * reconstruction, v the column's mean r^2: so that neither a noisy column nor one wild value is all of it.
 * `code`: the Mahalanobis distance of the row's code from the others', squared. `rarity`: the sum over
 * columns of -log of how often such a value occurs. Residual and code are the mean over the members.
 */
export const TERMS = ['residual', 'code', 'rarity'] as const;
export type Term = (typeof TERMS)[number];

/** Where a term lies in the rows learned: the median and the robust deviation of its logarithm. */
export interface TermScale {
  /** Added to the term, so that there is a logarithm of 0. */
  readonly floor: number;
  readonly median: number;
  readonly deviation: number;
}

/** Learns where a term lies. */
export function learnTerm(values: ArrayLike<number>): TermScale {
  const floor = 1e-3 * quantileOf(sortedFloats(Array.from(values)), 0.5) + 1e-12;
  const logs = Float64Array.from(values, (value) => log(value + floor));
  const median = quantileOf(logs.slice().sort(), 0.5);
  const mean = logs.reduce((sum, value) => sum + value, 0) / logs.length;
  const variance =
    logs.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / logs.length;
  // Where more than half of the rows are alike, their deviation is no measure of the others'.
  const deviation = Math.max(robustDeviation(logs, median), Math.sqrt(variance) / 4);
  return { floor, median, deviation: deviation > 1e-9 ? deviation : 1 };
}

/** A term in robust deviations from its median. */
export function standardised(value: number, { floor, median, deviation }: TermScale): number {
  return (log(value + floor) - median) / deviation;
}

/** A column's cells in a row: one, but for words and dates. */
export interface Cells {
  readonly start: number;
  readonly size: number;
}

/**
 * The residual term of a row beside its reconstruction. Where a cell is missing, or its column is `without`,
 * there is what the column has on average, `typical`.
 */
export function residualTerm(
  row: Float32Array,
  back: Float32Array,
  variance: Float64Array,
  typical: Float64Array,
  { start, size }: Cells,
): number {
  // The logarithm of a product is the sum of logarithms, and takes a tenth of the time.
  let [sum, product] = [0, 1];
  for (let j = 0; j < row.length; j++) {
    const residual = (row[j] as number) - (back[j] as number);
    if ((j >= start && j < start + size) || Number.isNaN(residual)) {
      sum += typical[j] as number;
      continue;
    }
    product *= 1 + (residual * residual) / (variance[j] as number);
    if (product < 1e150) continue;
    sum += log(product);
    product = 1;
  }
  return sum + log(product);
}

/** Below this a column's mean squared residual, in scaled units, is not told from it. */
const LEAST_VARIANCE = 1e-4;

/** Per column, the mean square of the residuals, and their mean contribution to the residual term. */
export function learnResiduals(
  { data, shape }: Matrix,
  back: Matrix,
): { variance: Float64Array; typical: Float64Array } {
  const [rows, width] = shape;
  const counts = new Float64Array(width);
  const sums = new Float64Array(width);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < width; j++) {
      const residual = (data[i * width + j] as number) - (back.data[i * width + j] as number);
      if (Number.isNaN(residual)) continue;
      (sums[j] as number) += residual * residual;
      (counts[j] as number) += 1;
    }
  }
  const variance = sums.map((sum, j) => sum / Math.max(1, counts[j] as number) + LEAST_VARIANCE);
  const logs = new Float64Array(width);
  const products = new Float64Array(width).fill(1); // see residualTerm
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < width; j++) {
      const residual = (data[i * width + j] as number) - (back.data[i * width + j] as number);
      if (Number.isNaN(residual)) continue;
      (products[j] as number) *= 1 + (residual * residual) / (variance[j] as number);
      if ((products[j] as number) < 1e150) continue;
      (logs[j] as number) += log(products[j] as number);
      products[j] = 1;
    }
  }
  const typical = logs.map(
    (sum, j) => (sum + log(products[j] as number)) / Math.max(1, counts[j] as number),
  );
  return { variance, typical };
}

/** Where codes lie: their mean, and what takes differences from it to unit covariance. */
export interface CodeSpread {
  readonly mean: Float64Array;
  /** The inverse of the covariance's Cholesky factor, lower triangular: (width, width). */
  readonly whitening: Float64Array;
}

/** A share of the mean variance is added to each, so that there is an inverse. */
const RIDGE = 1e-3;

/** Learns where codes, (rows, width), lie. */
export async function learnCodes(
  codes: Float32Array,
  width: number,
  pause: () => Promise<void> | undefined,
): Promise<CodeSpread> {
  const rows = codes.length / width;
  const mean = new Float64Array(width);
  for (let i = 0; i < codes.length; i++) (mean[i % width] as number) += (codes[i] as number) / rows;
  const covariance = new Float64Array(width * width);
  // Four rows at a time: each element of the matrix is then fetched a quarter as often.
  const four = new Float64Array(4 * width);
  for (let i = 0; i < rows; i += 4) {
    for (let at = 0; at < four.length; at++) {
      const index = i * width + at;
      const difference = (codes[index] as number) - (mean[at % width] as number);
      four[at] = index < codes.length ? difference : 0;
    }
    for (let j = 0; j < width; j++) {
      const a = (four[j] as number) / rows;
      const b = (four[width + j] as number) / rows;
      const c = (four[2 * width + j] as number) / rows;
      const d = (four[3 * width + j] as number) / rows;
      for (let k = 0; k <= j; k++) {
        (covariance[j * width + k] as number) +=
          a * (four[k] as number) +
          b * (four[width + k] as number) +
          c * (four[2 * width + k] as number) +
          d * (four[3 * width + k] as number);
      }
    }
    await pause();
  }
  let trace = 0;
  for (let j = 0; j < width; j++) trace += covariance[j * width + j] as number;
  for (let j = 0; j < width; j++) {
    (covariance[j * width + j] as number) += (RIDGE * trace) / width + 1e-12;
  }
  factorise(covariance, width);
  return { mean, whitening: inverted(covariance, width) };
}

/** Cholesky's factor in the place of the lower triangle of a positive definite matrix. */
function factorise(matrix: Float64Array, width: number): void {
  for (let j = 0; j < width; j++) {
    for (let k = 0; k <= j; k++) {
      let sum = matrix[j * width + k] as number;
      for (let l = 0; l < k; l++) {
        sum -= (matrix[j * width + l] as number) * (matrix[k * width + l] as number);
      }
      matrix[j * width + k] =
        j === k ? Math.sqrt(Math.max(sum, 1e-15)) : sum / (matrix[k * width + k] as number);
    }
  }
}

/** The inverse of a lower triangular matrix. */
function inverted(lower: Float64Array, width: number): Float64Array {
  const inverse = new Float64Array(width * width);
  for (let k = 0; k < width; k++) {
    inverse[k * width + k] = 1 / (lower[k * width + k] as number);
    for (let j = k + 1; j < width; j++) {
      let sum = 0;
      for (let l = k; l < j; l++) {
        sum += (lower[j * width + l] as number) * (inverse[l * width + k] as number);
      }
      inverse[j * width + k] = -sum / (lower[j * width + j] as number);
    }
  }
  return inverse;
}

/** What takes codes to differences of unit covariance, as a network, which does so by SIMD. */
export function whitener({ mean, whitening }: CodeSpread, machine: object): Autoencoder {
  const width = mean.length;
  const bias = Float32Array.from(mean, (_, j) => {
    let sum = 0;
    for (let k = 0; k <= j; k++) {
      sum -= (whitening[j * width + k] as number) * (mean[k] as number);
    }
    return sum;
  });
  const tensors = new Map<string, StoredTensor>();
  const add = (name: string, data: Float32Array, ...shape: number[]) => {
    tensors.set(name, { dtype: 'F32', shape, bytes: new Uint8Array(data.buffer) });
  };
  add('encoder.0.weight', Float32Array.from(whitening), width, width);
  add('encoder.0.bias', bias, width);
  // There is nothing to decode.
  add('decoder.0.weight', new Float32Array(width * width), width, width);
  add('decoder.0.bias', new Float32Array(width), width);
  return modelIn({ tensors, metadata: new Map() }, { ...machine, activation: 'linear' });
}

/** The squared Mahalanobis distances of codes: the squared lengths of what a whitener makes of them. */
export async function codeDistances(whiten: Autoencoder, codes: Matrix): Promise<Float64Array> {
  const white = await whiten.encode(codes);
  const [rows, width] = white.shape;
  const distances = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (let at = i * width; at < (i + 1) * width; at++) {
      sum += (white.data[at] as number) * (white.data[at] as number);
    }
    distances[i] = sum;
  }
  return distances;
}

/**
 * What the distance of a row that is one of the `rows` that mean and covariance were learned from would be
 * without it (Sherman and Morrison 1950, the ridge aside).
 */
export function withoutOwn(distance: number, rows: number): number {
  const rest = 1 - distance / (rows - 1);
  return (distance * rows) / (rows - 1) / Math.max(rest, 1 / rows);
}
