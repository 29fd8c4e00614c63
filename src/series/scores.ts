// Scores of moments from the errors of windows, their threshold, and intervals above it.

/**
 * The score of each moment: the mean error of the windows that contain it, ignoring NaN; NaN if none has an
 * error. Window i starts at moment i.
 */
export function coveringMeans(errors: Float32Array, window: number): Float32Array<ArrayBuffer> {
  const scores = new Float32Array(errors.length + window - 1);
  let [sum, count] = [0, 0];
  const take = (i: number, sign: 1 | -1) => {
    const error = errors[i];
    if (error === undefined || Number.isNaN(error)) return;
    sum += sign * error;
    count += sign;
  };
  for (let i = 0; i < scores.length; i++) {
    take(i, 1);
    take(i - window, -1);
    if (count === 0) sum = 0; // drop rounding errors
    scores[i] = count > 0 ? Math.max(0, sum) / count : Number.NaN;
  }
  return scores;
}

/** The score of each moment: the error of the window that ends with it; NaN before the first full window. */
export function newestErrors(errors: Float32Array, window: number): Float32Array<ArrayBuffer> {
  const scores = new Float32Array(errors.length + window - 1).fill(Number.NaN);
  scores.set(errors, window - 1);
  return scores;
}

/** The distribution of normal scores: normal, with the median `middle` and the standard deviation `spread`. */
export interface Tail {
  readonly middle: number;
  readonly spread: number;
}

/** Converts a normal distribution's median absolute deviation to its standard deviation. */
const MAD_TO_DEVIATION = 1.4826;
/**
 * The least spread, relative to the middle. Scores of a series that the network reproduces almost exactly have
 * hardly any spread, and a score a fifth above the usual (three of these) is no anomaly. On NAB this drops only
 * unlabelled anomalies.
 */
const LEAST_SPREAD = 1 / 15;

/**
 * The distribution of normal scores, ignoring NaN, from their median and median absolute deviation (Hampel
 * 1974, https://doi.org/10.1080/01621459.1974.10482962), which tolerate up to half of the scores as outliers.
 * On half of NAB, three deviations gave the best balance: 69 % of the anomalies found were labelled, while a
 * fit to the upper tenth, which consists of anomalies, found almost none.
 */
export function tailOf(scores: Float32Array): Tail {
  const sorted = scores.filter((score) => !Number.isNaN(score)).sort();
  const middle = medianOf(sorted);
  const spread =
    MAD_TO_DEVIATION * medianOf(sorted.map((score) => Math.abs(score - middle)).sort());
  return { middle, spread: Math.max(spread, LEAST_SPREAD * middle, 1e-6) };
}

function medianOf(sorted: Float32Array): number {
  return sorted[sorted.length >> 1] ?? 0;
}

/** The score that the fraction `tail` of normal scores exceeds. */
export function thresholdOf({ middle, spread }: Tail, tail: number): number {
  let [low, high] = [0, 40];
  for (let i = 0; i < 60; i++) {
    const z = (low + high) / 2;
    if (shareAbove(z) > tail) low = z;
    else high = z;
  }
  return Math.fround(middle + spread * high);
}

/** The probability that a normal score is lower than this one. */
export function probabilityOf({ middle, spread }: Tail, score: number): number {
  return Math.fround(1 - shareAbove((score - middle) / spread));
}

/**
 * The upper tail of the standard normal distribution at z, with a relative error of at most 1.2e-7 (erfcc of
 * Press et al., Numerical Recipes in C, 2nd ed., 6.2).
 */
function shareAbove(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + x / 2);
  let sum = 0;
  for (const coefficient of COEFFICIENTS) sum = sum * t + coefficient;
  const share = (t * Math.exp(sum - x * x)) / 2;
  return z >= 0 ? share : 1 - share;
}

/** From the highest power of t to the lowest. */
const COEFFICIENTS = [
  ...[0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807],
  ...[-0.18628806, 0.09678418, 0.37409196, 1.00002368, -1.26551223],
];

/** Consecutive moments [from, to) whose scores are above the threshold. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

/** All such intervals, merged if closer than `apart`. A NaN score does not end an interval. */
export function intervalsAbove(scores: Float32Array, threshold: number, apart: number): Interval[] {
  const intervals: { from: number; to: number }[] = [];
  for (let i = 0; i < scores.length; i++) {
    if (!((scores[i] as number) > threshold)) continue;
    const last = intervals.at(-1);
    if (last && i - last.to <= apart) last.to = i + 1;
    else intervals.push({ from: i, to: i + 1 });
  }
  return intervals;
}
