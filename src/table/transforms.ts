// Scales and transforms numbers, as the tail of their column requires, and back.

import { expm1, log1p } from '../base/exact-math.js';
import type { NumberColumn, Transform } from './columns.js';

/** What a number column stores about its numbers. */
export type NumberScale = Pick<
  NumberColumn,
  'transform' | 'offset' | 'factor' | 'unit' | 'knots' | 'range'
>;

/**
 * The maximum number of evenly spaced values that quantiles are computed from. Sorting them takes a few
 * milliseconds.
 */
const SAMPLE = 1 << 16;
/** How many quantiles a column stores. */
const KNOTS = 100;
/** The inverse of a uniform variable's standard deviation. */
const UNIFORM = Math.sqrt(12);
/** From this kurtosis on, a column's tail is heavy (a normal one has 3, an exponential one 9), ... */
const HEAVY = 8;
/**
 * ... and the logarithm is used if it reduces the kurtosis to this fraction, which excludes columns of two
 * values.
 */
const LIGHTER = 0.5;

/** Learns the scale of a column's numbers, of which there is at least one; all must be finite. */
export function learnScale(values: Float64Array, asked: Transform | undefined): NumberScale {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const range = [low, high] as const;
  const standard = { transform: 'standard', range, ...moments(values) } as const;
  switch (asked) {
    case 'standard':
      return standard;
    case 'minmax':
      return { transform: 'minmax', range, offset: low, factor: high - low || 1 };
    case 'log':
      return logarithmic(values, range);
    case 'quantile':
      return quantiles(values, range);
    case undefined: {
      const weight = kurtosis(values, standard);
      if (weight < HEAVY) return standard;
      const log = logarithmic(values, range);
      return kurtosis(values, log) <= LIGHTER * weight ? log : standard;
    }
  }
}

/** The mean fourth power of scaled values. */
function kurtosis(values: Float64Array, scale: NumberScale): number {
  let sum = 0;
  for (const value of values) {
    const square = scaled(value, scale) ** 2;
    sum += square * square;
  }
  return sum / values.length;
}

/** Mean and standard deviation (Welford 1962): exact for a constant column, whose factor is 1. */
function moments(values: Iterable<number>): { offset: number; factor: number } {
  let [count, mean, squares] = [0, 0, 0];
  for (const value of values) {
    count++;
    const delta = value - mean;
    mean += delta / count;
    squares += delta * (value - mean);
  }
  const deviation = Math.sqrt(squares / count);
  return { offset: mean, factor: Number.isFinite(deviation) && deviation > 0 ? deviation : 1 };
}

/**
 * sign(x) log(1 + |x| / unit). The unit is the lower quartile of the absolute values that are not 0, so
 * that amounts in cents and bytes in billions are treated alike.
 */
function logarithmic(values: Float64Array, range: NumberScale['range']): NumberScale {
  const sizes = sample(values)
    .map(Math.abs)
    .filter((value) => value > 0)
    .sort();
  const unit = sizes[Math.floor(sizes.length / 4)] ?? 1;
  const logs = values.map((value) => signedLog(value, unit));
  return { transform: 'log', range, unit, ...moments(logs) };
}

function quantiles(values: Float64Array, range: NumberScale['range']): NumberScale {
  const sorted = sample(values).sort();
  const [low, high] = range;
  const knots: [number, number][] = [];
  const last = sorted.length - 1;
  let firstShare = 0;
  for (let k = 0; k <= KNOTS; k++) {
    const at = Math.round((k / KNOTS) * last);
    const value = k === 0 ? low : k === KNOTS ? high : (sorted[at] as number);
    const share = last === 0 ? 0.5 : at / last;
    const before = knots.at(-1);
    // Equal values get the middle of their shares.
    if (before && before[0] === value) before[1] = (firstShare + share) / 2;
    else {
      firstShare = share;
      knots.push([value, share]);
    }
  }
  return { transform: 'quantile', range, offset: 0.5, factor: 1 / UNIFORM, knots };
}

function sample(values: Float64Array): Float64Array {
  if (values.length <= SAMPLE) return values.slice();
  return Float64Array.from({ length: SAMPLE }, (_, i) => {
    return values[Math.floor((i * values.length) / SAMPLE)] as number;
  });
}

function signedLog(value: number, unit: number): number {
  const size = log1p(Math.abs(value) / unit);
  return value < 0 ? -size : size;
}

/** A number, scaled for the network. */
export function scaled(value: number, scale: NumberScale): number {
  const { transform, offset, factor } = scale;
  if (transform === 'log') return (signedLog(value, scale.unit as number) - offset) / factor;
  if (transform === 'quantile') return (shareOf(value, scale) - offset) / factor;
  return (value - offset) / factor;
}

/** The number that a scaled one stands for, limited to the range of the training data. */
export function unscaled(z: number, scale: NumberScale): number {
  const { transform, offset, factor } = scale;
  const [low, high] = scale.range;
  const y = z * factor + offset;
  let value = y;
  if (transform === 'log') {
    const size = expm1(Math.abs(y)) * (scale.unit as number);
    value = y < 0 ? -size : size;
  } else if (transform === 'quantile') value = valueAt(y, scale);
  return Math.min(Math.max(value, low), high);
}

/** The fraction of values below, linear between knots. Outside of them, the whole range is used. */
function shareOf(value: number, { knots = [], range: [low, high] }: NumberScale): number {
  const span = high - low || 1;
  const [first, last] = [knots[0], knots.at(-1)] as [[number, number], [number, number]];
  if (value <= first[0]) return first[1] - (first[0] - value) / span;
  if (value >= last[0]) return last[1] + (value - last[0]) / span;
  let [from, to] = [0, knots.length - 1];
  while (to - from > 1) {
    const middle = (from + to) >> 1;
    if ((knots[middle] as [number, number])[0] <= value) from = middle;
    else to = middle;
  }
  const [[x0, y0], [x1, y1]] = [knots[from], knots[to]] as [[number, number], [number, number]];
  return y0 + ((value - x0) / (x1 - x0)) * (y1 - y0);
}

/** The inverse of {@link shareOf}. */
function valueAt(share: number, { knots = [], range: [low, high] }: NumberScale): number {
  const span = high - low;
  const [first, last] = [knots[0], knots.at(-1)] as [[number, number], [number, number]];
  if (share <= first[1]) return first[0] + (share - first[1]) * span;
  if (share >= last[1]) return last[0] + (share - last[1]) * span;
  const to = knots.findIndex(([, y]) => y >= share);
  const [[x0, y0], [x1, y1]] = [knots[to - 1], knots[to]] as [[number, number], [number, number]];
  return x0 + ((share - y0) / (y1 - y0)) * (x1 - x0);
}
