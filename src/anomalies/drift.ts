// Drift: two-sample tests, column by column, of new rows against the training rows.

import { exp, log } from '../base/exact-math.js';
import type { TableCell } from '../table/rows.js';
import { countAtMost, countBelow } from './quantiles.js';

/** The drift test of a column or of the score. */
export interface ColumnDrift {
  /** The column's name, or its index from 0; `'score'` for the score. */
  column: string | number;
  /**
   * The largest difference of the two distribution functions, 0 to 1 (Kolmogorov and Smirnov). For categories
   * the total variation distance, 0 to 1: half the sum of the absolute differences of their frequencies.
   */
  statistic: number;
  /** The p-value of the test; for categories of Pearson's chi-squared test. */
  pValue: number;
  /** The p-value adjusted for all tests (Benjamini and Hochberg 1995): drifted if below `alpha`. */
  adjusted: number;
  /** Whether the column has drifted. */
  drifted: boolean;
  /** The medians of training and new rows in the column's units; for categories the most frequent values. */
  median: readonly [learned: TableCell, now: TableCell];
}

/** The result of `detector.drift(x)`. */
export interface Drift {
  /** Whether any column or the score has drifted. */
  drifted: boolean;
  /** All columns, those with the largest drift first. */
  columns: ColumnDrift[];
  /** The scores, which drift when the relations between columns change. */
  score: ColumnDrift;
}

/**
 * The Kolmogorov-Smirnov statistic of two sorted samples. `reference` may be quantiles of a larger sample; the
 * largest error that they can cause is subtracted.
 */
export function ksStatistic(
  reference: ArrayLike<number>,
  sample: ArrayLike<number>,
  referenceRows: number,
): number {
  const [m, n] = [reference.length, sample.length];
  let most = 0;
  const note = (value: number) => {
    const atMost = countAtMost(sample, value) / n - countAtMost(reference, value) / m;
    const below = countBelow(sample, value) / n - countBelow(reference, value) / m;
    most = Math.max(most, Math.abs(atMost), Math.abs(below));
  };
  for (let i = 0; i < m; i++) note(reference[i] as number);
  for (let i = 0; i < n; i++) note(sample[i] as number);
  return Math.max(0, most - (referenceRows > m ? 1 / m : 0));
}

/**
 * The p-value of the statistic for these sample sizes: Kolmogorov's distribution with Stephens' correction
 * (1970, https://doi.org/10.1111/j.2517-6161.1970.tb00821.x). Conservative when there are ties.
 */
export function ksPValue(statistic: number, m: number, n: number): number {
  const root = Math.sqrt((m * n) / (m + n));
  const x = (root + 0.12 + 0.11 / root) * statistic;
  if (x < 0.2) return 1;
  let sum = 0;
  for (let k = 1; k <= 100; k++) {
    const term = exp(-2 * k * k * x * x);
    sum += k % 2 === 1 ? term : -term;
    if (term < 1e-17) break;
  }
  return Math.min(1, Math.max(0, 2 * sum));
}

/** Adjusted p-values: each times the number of tests over its rank, and never above that of a larger one. */
export function benjaminiHochberg(pValues: readonly number[]): number[] {
  const order = [...pValues.keys()].sort((a, b) => (pValues[b] as number) - (pValues[a] as number));
  const adjusted: number[] = Array(pValues.length).fill(1);
  let least = 1;
  for (const [i, index] of order.entries()) {
    const rank = pValues.length - i;
    least = Math.min(least, ((pValues[index] as number) * pValues.length) / rank);
    adjusted[index] = least;
  }
  return adjusted;
}

/** Cells of the chi-squared test with fewer expected rows than this are merged (Cochran 1954). */
const LEAST_EXPECTED = 5;

/**
 * Pearson's chi-squared test of whether two samples of words have the same distribution, from their counts of
 * each word; rare words are merged. `statistic` is the total variation distance, 0 to 1: the part of one
 * sample that would have to change for it to have the frequencies of the other.
 */
export function chiSquared(
  learned: readonly number[],
  now: readonly number[],
): { statistic: number; pValue: number } {
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
  const [m, n] = [sum(learned), sum(now)];
  if (m === 0 || n === 0) return { statistic: 0, pValue: 1 };
  const cells: [number, number][] = [];
  const rare: [number, number] = [0, 0];
  let distance = 0;
  for (const [i, a] of learned.entries()) {
    const b = now[i] as number;
    distance += Math.abs(a / m - b / n) / 2;
    if (((a + b) * Math.min(m, n)) / (m + n) >= LEAST_EXPECTED) cells.push([a, b]);
    else {
      rare[0] += a;
      rare[1] += b;
    }
  }
  if (rare[0] + rare[1] > 0) cells.push(rare);
  let square = 0;
  for (const [a, b] of cells) {
    const all = (a + b) / (m + n);
    square += (a - m * all) ** 2 / (m * all) + (b - n * all) ** 2 / (n * all);
  }
  const pValue = cells.length < 2 ? 1 : upperTail(square, cells.length - 1);
  return { statistic: Math.min(1, distance), pValue };
}

/**
 * The upper tail of a chi-squared distribution at `square`: the incomplete gamma function, by its series or
 * Lentz's continued fraction (Press et al., Numerical Recipes, 6.2).
 */
export function upperTail(square: number, freedom: number): number {
  const [a, x] = [freedom / 2, square / 2];
  if (!(x > 0)) return 1;
  // log of gamma(a), from that of 1 or 1/2.
  let logGamma = freedom % 2 === 0 ? 0 : log(Math.PI) / 2;
  for (let k = freedom % 2 === 0 ? 1 : 0.5; k < a; k++) logGamma += log(k);
  const scale = exp(a * log(x) - x - logGamma);
  if (x < a + 1) {
    let [term, sum] = [1 / a, 1 / a];
    for (let k = 1; k < 10_000 && term > sum * 1e-16; k++) {
      term *= x / (a + k);
      sum += term;
    }
    return Math.min(1, Math.max(0, 1 - scale * sum));
  }
  let b = x + 1 - a;
  let c = 1e300;
  let d = 1 / b;
  let fraction = d;
  for (let k = 1; k < 10_000; k++) {
    const factor = -k * (k - a);
    b += 2;
    d = 1 / (factor * d + b);
    c = b + factor / c;
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return Math.min(1, scale * fraction);
}
