// Order statistics.

/** Numbers in ascending order. */
export function sortedFloats(values: Iterable<number>): Float64Array<ArrayBuffer> {
  return Float64Array.from(values).sort();
}

/**
 * The q-quantile of sorted numbers, linear between neighbours (Hyndman and Fan 1996,
 * https://doi.org/10.2307/2684934, definition 7).
 */
export function quantileOf(sorted: ArrayLike<number>, q: number): number {
  const at = (sorted.length - 1) * q;
  const low = sorted[Math.floor(at)] as number;
  const high = sorted[Math.ceil(at)] as number;
  // Not high - low times a share: that may overflow.
  const share = at - Math.floor(at);
  return share === 0 ? low : low * (1 - share) + high * share;
}

/** How many of sorted numbers are below `value`. */
export function countBelow(sorted: ArrayLike<number>, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How many of sorted numbers are at most `value`. */
export function countAtMost(sorted: ArrayLike<number>, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The median of the absolute deviations from a median, times 1.4826: a normal distribution's deviation. */
export function robustDeviation(values: ArrayLike<number>, median: number): number {
  const distances = Float64Array.from(values, (value) => Math.abs(value - median)).sort();
  return 1.4826 * quantileOf(distances, 0.5);
}

/** So many quantiles of scores and of columns are kept, or all where there are fewer. */
export const MOST_QUANTILES = 1025;

/** The values, sorted, or that many of their quantiles. */
export function summarised(sorted: ArrayLike<number>): Float32Array<ArrayBuffer> {
  const n = sorted.length;
  if (n <= MOST_QUANTILES) return Float32Array.from(sorted);
  return Float32Array.from({ length: MOST_QUANTILES }, (_, i) =>
    quantileOf(sorted, i / (MOST_QUANTILES - 1)),
  );
}
