// Whether rows are of the same source as those learned: two-sample tests, a column at a time.

import { exp } from '../base/exact-math.js';
import { countAtMost, countBelow } from './quantiles.js';

/** How a column, or the score, of new rows lies beside what was learned. */
export interface ColumnDrift {
  /** Its name, or its number from 0; `'score'` for the scores. */
  column: string | number;
  /** The largest difference of the two distribution functions, 0 to 1 (Kolmogorov and Smirnov). */
  statistic: number;
  /** How likely one as large is of rows of the same source. */
  pValue: number;
  /** The same among all that was tested (Benjamini and Hochberg 1995): drifted where it is below `alpha`. */
  adjusted: number;
  /** Whether it has drifted. */
  drifted: boolean;
  /** The median of the rows learned, and of the new ones, in the column's own units. */
  median: readonly [learned: number, now: number];
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
