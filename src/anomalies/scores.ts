// Combines three measures of how anomalous a row is into one score, each standardised.

import { type Autoencoder, modelIn } from '../autoencoder.js';
import { log } from '../base/exact-math.js';
import type { Matrix } from '../data/matrix.js';
import type { StoredTensor } from '../files/safetensors.js';
import { quantileOf, robustDeviation, sortedFloats } from './quantiles.js';

/**
 * The three terms of a score, each at least 0.
 *
 * `residual`: the sum over columns of log(1 + r^2 / v), where r is the difference between a scaled value
 * and its reconstruction, and v the column's mean r^2. Neither a noisy column nor one extreme value
 * dominates it. `code`: the squared Mahalanobis distance of the row's code from the distribution of codes.
 * `rarity`: the sum over columns of -log of how often such a value occurs. Residual and code are means over
 * the members.
 */
export const TERMS = ['residual', 'code', 'rarity'] as const;
export type Term = (typeof TERMS)[number];

/** The distribution of a term over the training rows: median and robust deviation of its logarithm. */
export interface TermScale {
  /** Added to the term, so that its logarithm is finite for 0. */
  readonly floor: number;
  readonly median: number;
  readonly deviation: number;
}

/** Learns the distribution of a term. */
export function learnTerm(values: ArrayLike<number>): TermScale {
  const floor = 1e-3 * quantileOf(sortedFloats(Array.from(values)), 0.5) + 1e-12;
  const logs = Float64Array.from(values, (value) => log(value + floor));
  const median = quantileOf(logs.slice().sort(), 0.5);
  const mean = logs.reduce((sum, value) => sum + value, 0) / logs.length;
  const variance =
    logs.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / logs.length;
  // If more than half of the rows are alike, the robust deviation is too small for the others.
  const deviation = Math.max(robustDeviation(logs, median), Math.sqrt(variance) / 4);
  return { floor, median, deviation: deviation > 1e-9 ? deviation : 1 };
}

/** A term, standardised to robust deviations from its median. */
export function standardised(value: number, { floor, median, deviation }: TermScale): number {
  return (log(value + floor) - median) / deviation;
}

/** A column's cells in a row: one for numbers, several for categories and dates. */
export interface Cells {
  readonly start: number;
  readonly size: number;
}

/**
 * The residual term of a row and its reconstruction. Missing cells, and the column `without`, contribute
 * their column's mean, `typical`.
 */
export function residualTerm(
  row: Float32Array,
  back: Float32Array,
  variance: Float64Array,
  typical: Float64Array,
  { start, size }: Cells,
): number {
  // A logarithm of products replaces a sum of logarithms, in a tenth of the time.
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

/** The lower limit of a column's mean squared residual, in scaled units. */
const LEAST_VARIANCE = 1e-4;

/** For each column the mean squared residual, and the mean contribution to the residual term. */
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

/** The distribution of codes: their mean, and the matrix that whitens differences from it. */
export interface CodeSpread {
  readonly mean: Float64Array;
  /** The inverse of the covariance's Cholesky factor, lower triangular: (width, width). */
  readonly whitening: Float64Array;
}

/** The fraction of the mean variance that is added to each variance, so that the covariance has an inverse. */
const RIDGE = 1e-3;

/** Learns the distribution of codes, (rows, width). */
export async function learnCodes(
  codes: Float32Array,
  width: number,
  pause: () => Promise<void> | undefined,
): Promise<CodeSpread> {
  const rows = codes.length / width;
  const mean = new Float64Array(width);
  for (let i = 0; i < codes.length; i++) (mean[i % width] as number) += (codes[i] as number) / rows;
  const covariance = new Float64Array(width * width);
  // Four rows at a time, so that each element of the matrix is loaded a quarter as often.
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

/** Replaces the lower triangle of a positive definite matrix by its Cholesky factor. */
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

/** A network whose codes are whitened differences, computed with SIMD. */
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
  // The decoder is not used.
  add('decoder.0.weight', new Float32Array(width * width), width, width);
  add('decoder.0.bias', new Float32Array(width), width);
  return modelIn({ tensors, metadata: new Map() }, { ...machine, activation: 'linear' });
}

/** The squared Mahalanobis distances of codes: the squared lengths of the whitened differences. */
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
 * The distance of a training row as it would be if mean and covariance had been learned from the other
 * `rows` - 1 rows (Sherman and Morrison 1950; the ridge is ignored).
 */
export function withoutOwn(distance: number, rows: number): number {
  const rest = 1 - distance / (rows - 1);
  return (distance * rows) / (rows - 1) / Math.max(rest, 1 / rows);
}
