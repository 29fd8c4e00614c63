// Whether rows are of the same source as those learned: two-sample tests, a column at a time.

import { exp, log } from '../base/exact-math.js';
import type { TableCell } from '../table/rows.js';
import { countAtMost, countBelow } from './quantiles.js';

/** How a column, or the score, of new rows lies beside what was learned. */
export interface ColumnDrift {
  /** Its name, or its number from 0; `'score'` for the scores. */
  column: string | number;
  /**
   * The largest difference of the two distribution functions, 0 to 1 (Kolmogorov and Smirnov); of words how
   * far their shares lie apart, 0 to 1 (half the sum of the differences).
   */
  statistic: number;
  /** How likely one as large is of rows of the same source; of words by Pearson's chi-squared test. */
  pValue: number;
  /** The same among all that was tested (Benjamini and Hochberg 1995): drifted where it is below `alpha`. */
  adjusted: number;
  /** Whether it has drifted. */
  drifted: boolean;
  /** The median of the rows learned, and of the new ones, in the column's own units; of words the commonest. */
  median: readonly [learned: TableCell, now: TableCell];
}

/** What `detector.drift(x)` resolves to. */
export interface Drift {
  /** Whether anything has drifted. */
  drifted: boolean;
  /** Each column, those that moved most first. */
  columns: ColumnDrift[];
  /** The scores, which move where columns do no longer go together as they did. */
  score: ColumnDrift;
}

/**
 * The Kolmogorov-Smirnov statistic of two samples, both sorted, `reference` perhaps as quantiles of a larger
 * one: the most that those can be wrong by is taken off.
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
 * How likely the statistic of two samples of these sizes is to be as large by chance: Kolmogorov's
 * distribution with Stephens' correction (1970, https://doi.org/10.1111/j.2517-6161.1970.tb00821.x). With
 * ties, such as categories have, it is rather too large.
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

/** P-values for as many tests: each times their number over its rank, and none above a larger one's. */
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

/** With fewer rows to expect than this a cell of the chi-squared test is joined with others (Cochran 1954). */
const LEAST_EXPECTED = 5;

/**
 * Pearson's chi-squared test that two samples of words have one distribution, given how often each has each
 * word; rare words count as one. `statistic` is how much of the one sample would have to change to have the
 * shares of the other, 0 to 1 (the total variation distance).
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
 * The share of a chi-squared distribution that is above `square`: the incomplete gamma function, by its
 * series or Lentz's continued fraction (Press et al., Numerical Recipes, 6.2).
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
