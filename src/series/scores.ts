// Scores of moments from the errors of windows, what is far out among them, and intervals of it.

/**
 * The score of each moment: the mean error of the windows that cover it, of those that have one; NaN
 * where none has. Window i begins with moment i.
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
    if (count === 0) sum = 0; // what rounding has left
    scores[i] = count > 0 ? Math.max(0, sum) / count : Number.NaN;
  }
  return scores;
}

/** The score of each moment: the error of the window that ends with it. NaN before the first is full. */
export function newestErrors(errors: Float32Array, window: number): Float32Array<ArrayBuffer> {
  const scores = new Float32Array(errors.length + window - 1).fill(Number.NaN);
  scores.set(errors, window - 1);
  return scores;
}

/** How ordinary scores are spread: about `middle`, as a normal law with the deviation `spread` has its tail. */
export interface Tail {
  readonly middle: number;
  readonly spread: number;
}

/** What the median absolute deviation of a normal law is multiplied by to be its standard deviation. */
const MAD_TO_DEVIATION = 1.4826;
/**
 * A series that the network knows by heart has hardly a spread, and what is a fifth more than usual is no news
 * (three of these): of NAB's anomalies this drops unlabelled ones alone.
 */
const LEAST_SPREAD = 1 / 15;

/**
 * The tail of these scores, NaN aside, by their median and their median absolute deviation (Hampel 1974,
 * https://doi.org/10.1080/01621459.1974.10482962): up to half of them may be as far out as they like. On half of
 * NAB three deviations had the best of both: 69 % of the anomalies were labelled ones, where a fit to the
 * upper tenth, which the anomalies fill, found next to none.
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

/** The score that the share `tail` of ordinary ones is above. */
export function thresholdOf({ middle, spread }: Tail, tail: number): number {
  let [low, high] = [0, 40];
  for (let i = 0; i < 60; i++) {
    const z = (low + high) / 2;
    if (shareAbove(z) > tail) low = z;
    else high = z;
  }
  return Math.fround(middle + spread * high);
}

/** How likely a score is not an ordinary one: 1 - the share of ordinary scores above it. */
export function probabilityOf({ middle, spread }: Tail, score: number): number {
  return Math.fround(1 - shareAbove((score - middle) / spread));
}

/**
 * The share of a normal law above z, relatively off by 1.2e-7 at most (erfcc of Press et al., Numerical
 * Recipes in C, 2nd ed., 6.2).
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

/** Those of all moments; closer ones than `apart` are one. A score that is NaN ends none. */
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
