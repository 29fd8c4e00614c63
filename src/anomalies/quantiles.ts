// Order statistics.

/** Numbers in ascending order. */
export function sortedFloats(values: Iterable<number>): Float64Array<ArrayBuffer> {
  return Float64Array.from(values).sort();
}

/**
 * The q-quantile of sorted numbers, linear between neighbours (Hyndman and Fan 1996,
 * https://doi.org/10.2307/2684934, definition 7); of what a rising function makes of them, if there is one.
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
  // Not high - low times a share: that may overflow.
  return low * (1 - share) + of(sorted[Math.ceil(at)] as number) * share;
}

const itself = (value: number) => value;

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

/** What a rising function makes of sorted values, or that many quantiles of it. */
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
