// What a detector knows about each single column: its scale, with long tails compressed, and how often its
// values occur.

import { expm1, log, log1p } from '../base/exact-math.js';
import { Matrix } from '../data/matrix.js';
import { quantileOf, sortedFloats, summarised } from './quantiles.js';

/**
 * How each column is scaled: u = (value - median) / spread, where spread is the interquartile range / 1.349
 * (the standard deviation of a normal distribution), then z = (sign(u) log(1 + |u|) - mean) / deviation.
 * The logarithm compresses long tails, which would otherwise dominate what the network learns.
 */
export interface ColumnScale {
  readonly median: Float64Array;
  readonly spread: Float64Array;
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
}

/** The interquartile range of a normal distribution, in standard deviations. */
const QUARTILES = 1.349;

/** The known values of a column: all of them, or quantiles, sorted and scaled. */
export interface KnownValues {
  readonly values: Float32Array<ArrayBuffer>;
  /** How many values there were. */
  readonly rows: number;
}

/** Learns the scale of columns from rows, (rows, width), and their values; NaN is missing. */
export async function learnScale(
  values: Float64Array,
  width: number,
  pause: () => Promise<void> | undefined,
): Promise<{ scale: ColumnScale; columns: KnownValues[]; z: Matrix }> {
  const rows = values.length / width;
  const scale = {
    median: new Float64Array(width),
    spread: new Float64Array(width).fill(1),
    mean: new Float64Array(width),
    deviation: new Float64Array(width).fill(1),
  };
  const columns: KnownValues[] = [];
  const z = new Float32Array(values.length);
  const column = new Float64Array(rows);
  const known = new Float64Array(rows);
  for (let j = 0; j < width; j++) {
    let count = 0;
    for (let i = 0; i < rows; i++) {
      const value = values[i * width + j] as number;
      column[i] = value;
      if (!Number.isNaN(value)) known[count++] = value;
    }
    const sorted = known.subarray(0, count).sort();
    if (count > 0) learnColumn(column, sorted, j, scale);
    const [mean, deviation] = [scale.mean[j] as number, scale.deviation[j] as number];
    for (let i = 0; i < rows; i++) z[i * width + j] = ((column[i] as number) - mean) / deviation;
    const scaled = (value: number) => (squashed(value, j, scale) - mean) / deviation;
    columns.push({ values: summarised(sorted, scaled), rows: count });
    await pause();
  }
  return { scale, columns, z: new Matrix(z, [rows, width]) };
}

/** Learns the scale of column `j` and transforms its values. */
function learnColumn(
  column: Float64Array,
  sorted: Float64Array,
  j: number,
  scale: ColumnScale,
): void {
  const median = quantileOf(sorted, 0.5);
  scale.median[j] = median;
  scale.spread[j] = spreadOf(sorted, median);
  let [sum, squares] = [0, 0];
  for (let i = 0; i < column.length; i++) {
    const u = squashed(column[i] as number, j, scale);
    column[i] = u;
    if (!Number.isNaN(u)) sum += u;
  }
  const mean = sum / sorted.length;
  for (const u of column) if (!Number.isNaN(u)) squares += square(u - mean);
  const deviation = Math.sqrt(squares / sorted.length);
  if (deviation > 1e-12) {
    scale.mean[j] = mean;
    scale.deviation[j] = deviation;
  }
}

/** The spread, never 0: if half of the values are equal, the standard deviation; if all are, their size. */
function spreadOf(sorted: Float64Array, median: number): number {
  const size = Math.abs(median) || 1;
  const quartiles = (quantileOf(sorted, 0.75) - quantileOf(sorted, 0.25)) / QUARTILES;
  if (quartiles > 1e-12 * size) return quartiles;
  // In units of the range, so that squares neither overflow nor underflow.
  const range = (sorted.at(-1) as number) - (sorted[0] as number);
  if (!(range > 1e-12 * size)) return size;
  let [sum, squares] = [0, 0];
  for (const value of sorted) sum += (value - median) / range;
  const mean = sum / sorted.length;
  for (const value of sorted) squares += square((value - median) / range - mean);
  return range * Math.sqrt(squares / sorted.length);
}

const square = (value: number) => value * value;

function squashed(value: number, j: number, { median, spread }: ColumnScale): number {
  const u = (value - (median[j] as number)) / (spread[j] as number);
  if (Number.isNaN(u)) return u;
  return u < 0 ? -log1p(-u) : log1p(u);
}

/** Scales rows, (rows, width); NaN stays NaN. */
export function scaleRows(
  values: ArrayLike<number>,
  scale: ColumnScale,
): Float32Array<ArrayBuffer> {
  const { mean, deviation } = scale;
  const width = mean.length;
  const z = new Float32Array(values.length);
  for (let i = 0; i < z.length; i++) {
    const j = i % width;
    z[i] =
      (squashed(values[i] as number, j, scale) - (mean[j] as number)) / (deviation[j] as number);
  }
  return z;
}

/** The value of column `j` that corresponds to `z`. */
export function unscaled(z: number, j: number, scale: ColumnScale): number {
  const { median, spread, mean, deviation } = scale;
  const u = z * (deviation[j] as number) + (mean[j] as number);
  const size = u < 0 ? -expm1(-u) : expm1(u);
  return size * (spread[j] as number) + (median[j] as number);
}

/** Up to this many distinct values, each is counted separately. */
const MOST_VALUES = 10;
/** Otherwise there are bins of equal width: the square root of the number of rows, at most this many. */
export const BINS = 16;
const LEAST_BINS = 4;

/**
 * How often the values of each column occur. Column j has `sizes[j]` distinct values, sorted; or 0, for
 * bins from `values[0]` to `values[1]`. (width, BINS) numbers each.
 */
export interface Histograms {
  /** The number of rows counted, per column. */
  readonly rows: Float32Array;
  readonly sizes: Float32Array;
  readonly values: Float32Array;
  readonly counts: Float32Array;
}

/** Counts the scaled values of each column, ignoring NaN. */
export function learnHistograms({ data, shape }: Matrix): Histograms {
  const [rows, width] = shape;
  const histograms = {
    rows: new Float32Array(width),
    sizes: new Float32Array(width),
    values: new Float32Array(width * BINS),
    counts: new Float32Array(width * BINS),
  };
  const column = new Float32Array(rows);
  for (let j = 0; j < width; j++) {
    const seen = new Set<number>();
    let [low, high, count] = [Infinity, -Infinity, 0];
    for (let i = 0; i < rows; i++) {
      const value = data[i * width + j] as number;
      if (Number.isNaN(value)) continue;
      column[count++] = value;
      if (value < low) low = value;
      if (value > high) high = value;
      if (seen.size <= MOST_VALUES) seen.add(value);
    }
    histograms.rows[j] = count;
    const values = seen.size > MOST_VALUES ? [low, high] : sortedFloats(seen);
    histograms.values.set(values, j * BINS);
    if (seen.size <= MOST_VALUES) histograms.sizes[j] = seen.size;
    for (let i = 0; i < count; i++) {
      const bin = binOf(column[i] as number, j, histograms) as number;
      (histograms.counts[j * BINS + bin] as number) += 1;
    }
  }
  return histograms;
}

function binOf(value: number, j: number, { rows, sizes, values }: Histograms): number | undefined {
  const size = sizes[j] as number;
  if (size > 0 || Number.isNaN(value)) {
    for (let bin = 0; bin < size; bin++) if (values[j * BINS + bin] === value) return bin;
    return undefined;
  }
  const [low, high] = [values[j * BINS] as number, values[j * BINS + 1] as number];
  if (!(value >= low && value <= high)) return undefined;
  const bins = Math.min(BINS, Math.max(LEAST_BINS, Math.floor(Math.sqrt(rows[j] as number))));
  return Math.min(bins - 1, Math.floor(((value - low) / (high - low)) * bins));
}

/**
 * How rare the values of columns are: (width, BINS + 1). For each bin, -log of its fraction of the rows,
 * counting half a row if it is empty; after the bins, the same for values never seen. `own`: how many of a
 * bin's rows are the row in question.
 */
export function rarities({ rows, counts }: Histograms, own: 0 | 1): Float64Array {
  const width = rows.length;
  const all = new Float64Array(width * (BINS + 1));
  for (let j = 0; j < width; j++) {
    const most = rows[j] as number;
    for (let bin = 0; bin <= BINS && most > 0; bin++) {
      const count = bin < BINS ? (counts[j * BINS + bin] as number) - own : 0;
      all[j * (BINS + 1) + bin] = -log(Math.max(count, 0.5) / most);
    }
  }
  return all;
}

/** How rare a scaled value is in its column; see {@link rarities}. */
export function rarityOf(
  value: number,
  j: number,
  histograms: Histograms,
  table: Float64Array,
): number {
  return table[j * (BINS + 1) + (binOf(value, j, histograms) ?? BINS)] as number;
}
