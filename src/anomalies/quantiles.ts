// Order statistics.

/** Sorts numbers in ascending order. */
export function sortedFloats(values: Iterable<number>): Float64Array<ArrayBuffer> {
  return Float64Array.from(values).sort();
}

/**
 * The q-quantile of sorted numbers, with linear interpolation (Hyndman and Fan 1996,
 * https://doi.org/10.2307/2684934, definition 7); with `of`, an increasing function, that of its values.
 */
export function quantileOf(
  sorted: ArrayLike<number>,
  q: number,
  of: (value: number) => number = itself,
): number {
  const at = (sorted.length - 1) * q;
  const low = of(sorted[Math.floor(at)] as number);
  const share = at - Math.floor(at);
  if (share === 0) return low;
  // low + (high - low) * share could overflow.
  return low * (1 - share) + of(sorted[Math.ceil(at)] as number) * share;
}

const itself = (value: number) => value;

/** How many of the sorted numbers are below `value`. */
export function countBelow(sorted: ArrayLike<number>, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How many of the sorted numbers are at most `value`. */
export function countAtMost(sorted: ArrayLike<number>, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * 1.4826 times the median absolute deviation from the median, which for a normal distribution is its
 * standard deviation.
 */
export function robustDeviation(values: ArrayLike<number>, median: number): number {
  const distances = Float64Array.from(values, (value) => Math.abs(value - median)).sort();
  return 1.4826 * quantileOf(distances, 0.5);
}

/** The maximum number of quantiles that are kept of scores and of columns. */
export const MOST_QUANTILES = 1025;

/** An increasing function of sorted values; if there are more than MOST_QUANTILES, of that many quantiles. */
export function summarised(
  sorted: ArrayLike<number>,
  of: (value: number) => number = itself,
): Float32Array<ArrayBuffer> {
  const n = sorted.length;
  if (n <= MOST_QUANTILES) return Float32Array.from(sorted, of);
  return Float32Array.from({ length: MOST_QUANTILES }, (_, i) =>
    quantileOf(sorted, i / (MOST_QUANTILES - 1), of),
  );
}
