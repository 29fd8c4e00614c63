// Chooses thresholds of anomaly scores.

import { exp, log } from '../base/exact-math.js';
import { normalQuantile } from './normal.js';
import { quantileOf, robustDeviation, sortedFloats } from './quantiles.js';

/** The methods of {@link chooseThreshold}; `'auto'` picks one of the others, or the gap between two groups. */
export const THRESHOLD_METHODS: readonly ThresholdMethod[] = [
  ...(['auto', 'quantile', 'mad', 'iqr', 'gamma', 'tail'] as const),
];
/** How a threshold is chosen. */
export type ThresholdMethod = 'auto' | 'quantile' | 'mad' | 'iqr' | 'gamma' | 'tail';

/** A threshold, and how it was chosen. */
export interface Threshold {
  /** The score above which a row is an anomaly. */
  readonly threshold: number;
  /** The method used; for `'auto'` the one it picked, which may be `'groups'`. */
  readonly method: Exclude<ThresholdMethod, 'auto'> | 'groups' | 'given';
  /** The fraction of the rows it was chosen from that score above it. */
  readonly share: number;
  /** The reason for the method, as a sentence. */
  readonly why: string;
}

/** The default `contamination` of `'quantile'`. */
export const QUANTILE_SHARE = 0.05;
/** The default `contamination` of `'gamma'` and `'tail'`. */
const TAIL_SHARE = 0.01;
/** Robust standard deviations above the median, estimated from the lower half of the scores. */
const DEVIATIONS = 3;
/** Interquartile ranges above the upper quartile: Tukey 1977. */
const FENCE = 1.5;
/**
 * Splitting into two groups explains at most 2 / pi = 0.64 of the variance of a normal distribution, and 0.75
 * of a uniform one. Excess kurtosis is 0 for a normal distribution and 3 for Laplace's.
 */
const [GROUPED, HEAVY] = [0.75, 2];

/**
 * Chooses a threshold of scores. `'quantile'`: the fraction `contamination` is above. `'mad'`: median + 3
 * standard deviations, estimated from the lower half as 1.4826 * its median distance from the median. `'iqr'`:
 * upper quartile + 1.5 * (upper - lower), Tukey's fence. `'gamma'`: the (1 - contamination) quantile of the
 * gamma distribution with the mean and variance of the scores. `'tail'`: the same quantile of a generalised
 * Pareto distribution, fitted by moments to the scores above the 90 % quantile (Siffer et al. 2017,
 * https://doi.org/10.1145/3097983.3098144).
 *
 * `'auto'`: between the groups if the scores form two (Otsu 1979); `'mad'` if they have a heavy tail;
 * otherwise `'quantile'`.
 */
export function chooseThreshold(
  scores: Float32Array,
  method: ThresholdMethod,
  contamination?: number,
): Threshold {
  const sorted = sortedFloats(scores);
  const found = (name: Threshold['method'], threshold: number, why: string): Threshold => {
    // Rounded to float32, because scores are float32.
    const rounded = Math.fround(threshold);
    const above = scores.reduce((count, score) => count + Number(score > rounded), 0);
    return { threshold: rounded, method: name, share: above / scores.length, why };
  };
  const percent = (share: number) => `${Number((100 * share).toPrecision(3))} %`;
  switch (method) {
    case 'quantile': {
      const share = contamination ?? QUANTILE_SHARE;
      return found(
        'quantile',
        quantileOf(sorted, 1 - share),
        `${percent(share)} of the rows are above it`,
      );
    }
    case 'mad':
      return found('mad', aboveMedian(sorted), `${DEVIATIONS} robust deviations above the median`);
    case 'iqr': {
      const [low, high] = [quantileOf(sorted, 0.25), quantileOf(sorted, 0.75)];
      const why = `${FENCE} times the distance of the quartiles above the upper one`;
      return found('iqr', high + FENCE * (high - low), why);
    }
    case 'gamma': {
      const share = contamination ?? TAIL_SHARE;
      const why = `a gamma distribution of the scores has ${percent(share)} above it`;
      return found('gamma', gammaQuantile(sorted, share), why);
    }
    case 'tail': {
      const share = contamination ?? TAIL_SHARE;
      const why = `a Pareto tail of the scores has ${percent(share)} above it`;
      return found('tail', tailQuantile(sorted, share), why);
    }
    case 'auto': {
      const { mean, variance, kurtosis } = moments(sorted);
      const groups = split(sorted, mean, variance);
      if (groups.explained > GROUPED) {
        const why =
          `the scores make two groups, which explain ${percent(groups.explained)} of their variance, and ` +
          'it lies between them (Otsu 1979)';
        return found('groups', groups.threshold, why);
      }
      if (kurtosis > HEAVY) {
        const why =
          `the scores have a heavy tail (excess kurtosis ${Number(kurtosis.toPrecision(3))}), so it is ` +
          `${DEVIATIONS} robust deviations above their median`;
        return found('mad', aboveMedian(sorted), why);
      }
      const why =
        'the scores have neither a heavy tail nor two groups, so nothing tells odd from ordinary, and ' +
        `it is what ${percent(QUANTILE_SHARE)} of the rows are above`;
      return found('quantile', quantileOf(sorted, 1 - QUANTILE_SHARE), why);
    }
  }
}

const square = (value: number) => value * value;

function aboveMedian(sorted: Float64Array): number {
  const median = quantileOf(sorted, 0.5);
  const lower = sorted.subarray(0, Math.ceil(sorted.length / 2));
  return median + DEVIATIONS * robustDeviation(lower, median);
}

function moments(values: Float64Array): { mean: number; variance: number; kurtosis: number } {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  let [squares, fourths] = [0, 0];
  for (const value of values) {
    const apart = square(value - mean);
    squares += apart;
    fourths += square(apart);
  }
  const variance = squares / n;
  const kurtosis = variance > 0 ? fourths / n / square(variance) - 3 : 0;
  return { mean, variance, kurtosis };
}

/** The split into two groups, the upper one smaller, with the largest between-group variance. */
function split(
  sorted: Float64Array,
  mean: number,
  variance: number,
): { threshold: number; explained: number } {
  const n = sorted.length;
  let best = { threshold: sorted[n - 1] as number, explained: 0 };
  if (!(variance > 0)) return best;
  let sum = 0;
  for (let i = 0; i < n - 1; i++) {
    sum += sorted[i] as number;
    if (i < Math.floor(n / 2) || sorted[i] === sorted[i + 1]) continue;
    const share = (i + 1) / n;
    const [low, high] = [sum / (i + 1), (mean * n - sum) / (n - 1 - i)];
    const explained = (share * (1 - share) * square(high - low)) / variance;
    if (explained > best.explained) best = { threshold: sorted[i] as number, explained };
  }
  return best;
}

/** Wilson and Hilferty 1931: the cube root of a gamma variable is approximately normal. */
function gammaQuantile(sorted: Float64Array, share: number): number {
  const low = sorted[0] as number;
  const { mean, variance } = moments(sorted);
  if (!(variance > 0)) return sorted.at(-1) as number;
  const shape = square(mean - low) / variance;
  const size = variance / (mean - low);
  const root = 1 - 1 / (9 * shape) + normalQuantile(1 - share) / (3 * Math.sqrt(shape));
  return low + shape * size * square(Math.max(0, root)) * Math.max(0, root);
}

function tailQuantile(sorted: Float64Array, share: number): number {
  if (share >= 0.1) return quantileOf(sorted, 1 - share);
  const begin = quantileOf(sorted, 0.9);
  const tail = sorted.filter((score) => score > begin).map((score) => score - begin);
  if (tail.length < 2) return begin;
  const { mean, variance } = moments(tail);
  if (!(variance > 0)) return begin + mean;
  // The method of moments (Hosking and Wallis 1987). For shapes above 0.5 the variance is infinite.
  const shape = Math.min(0.5, 0.5 * (1 - square(mean) / variance));
  const size = 0.5 * mean * (square(mean) / variance + 1);
  const times = -log((share * sorted.length) / tail.length);
  return begin + size * (Math.abs(shape) < 1e-6 ? times : (exp(shape * times) - 1) / shape);
}
