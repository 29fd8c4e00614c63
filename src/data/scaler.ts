// Scaling of columns: what it learns from rows, and how it is applied and undone.

import { valueError } from '../base/errors.js';
import { timeSlices } from '../base/slices.js';
import { mention, worded } from '../base/wording.js';
import type { CategoryOption } from '../model/columns.js';
import type { Scale } from '../model/kinds.js';
import type { Preprocessing, Scaler } from '../model/model.js';
import { rowReader } from './csr.js';
import {
  cellOf,
  columnOf,
  floatSource,
  floatsFor,
  isBeyondFloat32,
  MAX_FLOAT32,
  nonFiniteError,
  type RowSource,
  type SparseReader,
  widthOf,
} from './matrix.js';

/** A scale other than `'auto'`: given, or chosen by the first fit. */
export type SettledScale = Exclude<Scale, 'auto'>;

/** Whether a model of this scale needs a scaler. */
export function isScaled(scale: Scale): scale is 'minmax' | 'standard' {
  return scale === 'minmax' || scale === 'standard';
}

/** Rows are read in blocks of about this many values: well below a millisecond of work. */
const BLOCK_VALUES = 1 << 16;

/** Collects statistics of the columns, a block of rows at a time. Missing cells, NaN, are ignored. */
export class ColumnStatistics {
  readonly #width: number;
  readonly #scale: SettledScale;
  readonly #fills: boolean;
  /** How many values each column has. */
  readonly #counts: Float64Array;
  readonly #means: Float64Array;
  /** The sums of squared deviations from the mean. */
  readonly #squares: Float64Array;
  readonly #least: Float64Array;
  readonly #greatest: Float64Array;

  /** @param fills whether to fill missing cells. */
  constructor(width: number, scale: SettledScale, fills: boolean) {
    this.#width = width;
    this.#scale = scale;
    this.#fills = fills;
    this.#counts = new Float64Array(width);
    this.#means = new Float64Array(width);
    this.#squares = new Float64Array(width);
    this.#least = new Float64Array(width).fill(Infinity);
    this.#greatest = new Float64Array(width).fill(-Infinity);
  }

  /** Adds rows, (any number, width). */
  add(rows: Float32Array | Float64Array): void {
    for (let from = 0; from < rows.length; from += this.#width) {
      const row = rows.subarray(from, from + this.#width);
      if (this.#scale === 'minmax') this.#addRange(row);
      if (this.#scale === 'standard' || this.#fills) this.#addMoments(row);
    }
  }

  /** The sum of all squared deviations from the column means; requires scale 'standard' or fills. */
  get squares(): number {
    return this.#squares.reduce((sum, square) => sum + square, 0);
  }

  /** The spread of each column: what the scaler will divide by, before it is bounded. */
  spread(): Float64Array {
    return this.#squares.map((square, j) =>
      this.#scale === 'minmax'
        ? (this.#greatest[j] as number) - (this.#least[j] as number)
        : Math.sqrt(square / (this.#counts[j] as number)),
    );
  }

  /** The learned preprocessing; `source` names the rows and columns in errors. */
  columns(source: Pick<RowSource, 'name' | 'columnNames'>): Preprocessing {
    this.#requireValues(source);
    const scaler = this.#scaler();
    const fill = this.#means.map((mean, j) => {
      if (!scaler) return mean;
      // With scale 'standard' it is 0, except for the rounding of the offset.
      const { offset, factor } = scaler;
      return scaler.type === 'standard'
        ? 0
        : (mean - (offset[j] as number)) / (factor[j] as number);
    });
    return { scaler, fill: this.#fills ? Float32Array.from(fill) : undefined };
  }

  #requireValues(source: Pick<RowSource, 'name' | 'columnNames'>): void {
    const empty =
      this.#scale === 'minmax' ? this.#greatest.indexOf(-Infinity) : this.#counts.indexOf(0);
    if (empty >= 0) throw noValuesIn(source, empty);
  }

  #scaler(): Scaler | undefined {
    if (this.#scale === 'none') return undefined;
    const isRange = this.#scale === 'minmax';
    return {
      type: this.#scale,
      offset: (isRange ? this.#least : this.#means).slice(),
      factor: factorsOf(this.spread()),
    };
  }

  #addRange(row: Float32Array | Float64Array): void {
    const [least, greatest] = [this.#least, this.#greatest];
    for (let j = 0; j < row.length; j++) {
      const value = row[j] as number; // NaN is neither less nor greater
      if (value < (least[j] as number)) least[j] = value;
      if (value > (greatest[j] as number)) greatest[j] = value;
    }
  }

  /** Welford 1962 (https://doi.org/10.1080/00401706.1962.10490022): exactly 0 for a column of one value. */
  #addMoments(row: Float32Array | Float64Array): void {
    const [counts, means, squares] = [this.#counts, this.#means, this.#squares];
    for (let j = 0; j < row.length; j++) {
      const value = row[j] as number;
      if (Number.isNaN(value)) continue;
      const count = (counts[j] as number) + 1;
      const delta = value - (means[j] as number);
      const mean = (means[j] as number) + delta / count;
      counts[j] = count;
      means[j] = mean;
      (squares[j] as number) += delta * (value - mean);
    }
  }
}

/** Learns the columns from all rows except `held`, the validation rows, in slices. */
export async function learnColumns(
  source: RowSource,
  scale: SettledScale,
  fills: boolean,
  held: Uint32Array,
  signal: AbortSignal | undefined,
): Promise<Preprocessing> {
  const { rows, width } = source;
  if (source.sparse) return learnSparse(source, source.sparse, scale, fills, held, signal);
  const floats = floatSource(source);
  const statistics = new ColumnStatistics(width, scale, fills);
  const isHeld = new Uint8Array(held.length > 0 ? rows : 0);
  for (const row of held) isHeld[row] = 1;
  const blockRows = Math.max(1, Math.floor(BLOCK_VALUES / width));
  const block = floatsFor(source, blockRows * width);
  const pause = timeSlices(signal);
  for (let from = 0; from < rows; from += blockRows) {
    const to = Math.min(from + blockRows, rows);
    const values = block.subarray(0, (to - from) * width);
    floats.copy(from, to, values);
    requireFinite(source, from, values);
    for (let i = from; i < to; i++) {
      if (isHeld[i] !== 1)
        statistics.add(values.subarray((i - from) * width, (i + 1 - from) * width));
    }
    await pause();
  }
  if (source.doubles) await requireSpread(source, statistics.spread(), signal);
  return statistics.columns(source);
}

/**
 * The same for compressed rows, whose zeros must stay zeros, so there are no offsets. `'standard'` divides
 * by the standard deviation, as scikit-learn's StandardScaler(with_mean=False) does, `'minmax'` by the
 * largest absolute value, like its MaxAbsScaler.
 */
async function learnSparse(
  source: RowSource,
  sparse: SparseReader,
  scale: SettledScale,
  fills: boolean,
  held: Uint32Array,
  signal: AbortSignal | undefined,
): Promise<Preprocessing> {
  const { rows, width } = source;
  const isHeld = new Uint8Array(rows);
  for (const row of held) isHeld[row] = 1;
  const pause = timeSlices(signal);
  const rowAt = rowReader(sparse, source.doubles);
  const eachValue = async (visit: (column: number, value: number) => void) => {
    for (let row = 0; row < rows; row++) {
      if (isHeld[row]) continue;
      const { count, columns, values } = rowAt(row);
      for (let e = 0; e < count; e++) {
        const [column, value] = [columns[e] as number, values[e] as number];
        if (Number.isFinite(value)) visit(column, value);
        else if (source.missing && Number.isNaN(value)) visit(column, Number.NaN);
        else throw nonFiniteError(source, row, column, value);
      }
      await pause();
    }
  };
  /** For the non-zeros of each column: their number, sum, minimum and maximum. */
  const [there, sums, squares] = [0, 1, 2].map(() => new Float64Array(width)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const [least, greatest] = [new Float64Array(width), new Float64Array(width)];
  const seen = new Float64Array(width).fill(rows - held.length);
  least.fill(Infinity);
  greatest.fill(-Infinity);
  await eachValue((column, value) => {
    if (Number.isNaN(value)) {
      (seen[column] as number)--;
      return;
    }
    (there[column] as number)++;
    (sums[column] as number) += value;
    least[column] = Math.min(least[column] as number, value);
    greatest[column] = Math.max(greatest[column] as number, value);
  });
  const empty = seen.indexOf(0);
  if (empty >= 0) throw noValuesIn(source, empty);
  const means = sums.map((sum, j) => sum / (seen[j] as number));
  if (scale === 'standard') {
    await eachValue((column, value) => {
      if (!Number.isNaN(value))
        (squares[column] as number) += (value - (means[column] as number)) ** 2;
    });
  }
  const spread = means.map((mean, j) => {
    const zeros = (seen[j] as number) - (there[j] as number);
    const [low, high] = zeros
      ? [Math.min(least[j] as number, 0), Math.max(greatest[j] as number, 0)]
      : [least[j] as number, greatest[j] as number];
    if (low === high) return 0;
    if (scale === 'minmax') return Math.max(-low, high);
    return Math.sqrt(((squares[j] as number) + zeros * mean * mean) / (seen[j] as number));
  });
  if (source.doubles) await requireSpread(source, spread, signal);
  const factor = factorsOf(spread);
  const scaler =
    scale === 'none' ? undefined : { type: scale, offset: new Float64Array(width), factor };
  const fill = means.map((mean, j) => mean / (scaler ? (factor[j] as number) : 1));
  return { scaler, fill: fills ? Float32Array.from(fill) : undefined };
}

/** The learned preprocessing, but with the cells of categories unscaled, and 0 where missing. */
export function withoutCategories(
  { scaler, fill }: Preprocessing,
  categories: readonly CategoryOption[] = [],
): Preprocessing {
  for (const { start, size } of categories) {
    scaler?.offset.fill(0, start, start + size);
    scaler?.factor.fill(1, start, start + size);
    fill?.fill(0, start, start + size);
  }
  return { scaler, fill };
}

/** The divisors of columns with this spread. */
function factorsOf(spread: Float64Array): Float32Array<ArrayBuffer> {
  return Float32Array.from(spread, (value) => Math.min(Math.fround(value), MAX_FLOAT32) || 1);
}

function noValuesIn(source: Pick<RowSource, 'name' | 'columnNames'>, column: number): RangeError {
  return valueError({
    ...{ input: source.name, ...columnOf(source, column) },
    must: 'must have a value in every column',
    is: 'NaN in every row to train on: leave it out',
  });
}

/** Checks that no column spreads over more than float32 can represent; the error names the value at fault. */
async function requireSpread(
  source: RowSource,
  spread: Float64Array,
  signal: AbortSignal | undefined,
): Promise<void> {
  const column = spread.findIndex((value) => !(value <= MAX_FLOAT32));
  if (column < 0) return;
  const row = new Float64Array(source.width);
  const pause = timeSlices(signal);
  let [farthest, most] = [0, 0];
  for (let i = 0; i < source.rows; i++) {
    source.copy(i, i + 1, row);
    const size = Math.abs(row[column] as number);
    if (size > most) [farthest, most] = [i, size];
    await pause();
  }
  // For float32 numbers the spread is less than twice the largest, which can still be scaled.
  if (isBeyondFloat32(most)) throw nonFiniteError(source, farthest, column, most);
}

/** The same rows, scaled. With `clip`, scaled values outside [0, 1] are clamped. */
export function scaledSource(source: RowSource, scaler: Scaler, clip: boolean): RowSource {
  const floats = floatSource(source);
  const { width } = source;
  const blockRows = Math.max(1, Math.floor(BLOCK_VALUES / width));
  let block: Float32Array | Float64Array | undefined;
  const { sparse, ...rest } = floats;
  // Compressed rows stay compressed if a 0 stays 0.
  const keepsZeros = sparse && scaler.offset.every((offset) => offset === 0);
  return {
    ...rest,
    ...(keepsZeros && { sparse: scaledReader(source, sparse, scaler, clip) }),
    doubles: false,
    overlap: source.overlap && !clip ? { ...source.overlap, scaler } : undefined,
    copy(from, to, target) {
      block ??= floatsFor(source, Math.min(blockRows, source.rows) * width);
      for (let at = from; at < to; at += blockRows) {
        const end = Math.min(at + blockRows, to);
        const values = block.subarray(0, (end - at) * width);
        floats.copy(at, end, values);
        const scaled = target.subarray((at - from) * width, (end - from) * width);
        scale(values, scaled, scaler);
        requireScalable(source, at, values, scaled);
        // NaN stays NaN.
        if (clip) for (let i = 0; i < scaled.length; i++) scaled[i] = clamp(scaled[i] as number);
      }
    },
  };
}

/** The same for compressed rows, with a scaler without offsets. */
function scaledReader(
  source: RowSource,
  sparse: SparseReader,
  { factor }: Scaler,
  clip: boolean,
): SparseReader {
  return {
    count: sparse.count,
    read(from, to, ends, columns, target) {
      const values = floatsFor(source, sparse.count(from, to));
      sparse.read(from, to, ends, columns, values);
      let entry = 0;
      for (let row = from; row < to; row++) {
        for (; entry < (ends[row - from] as number); entry++) {
          const [value, column] = [values[entry] as number, columns[entry] as number];
          const scaled = Math.fround(value / (factor[column] as number));
          if (!isScalable(value, scaled)) throw scaleError(source, row, column, value, scaled);
          target[entry] = clip ? clamp(scaled) : scaled;
        }
      }
    },
  };
}

/** Undoes the scaling of all rows of `data`, in place, and calls `pause` regularly. */
export async function unscale(
  data: Float32Array,
  scaler: Scaler,
  pause: () => Promise<void> | undefined,
): Promise<void> {
  const width = widthOf(scaler.offset);
  const block = width * Math.max(1, Math.floor(BLOCK_VALUES / width));
  for (let at = 0; at < data.length; at += block) {
    unscaleRows(data.subarray(at, at + block), scaler);
    await pause();
  }
}

/** Undoes the scaling of whole rows, in place. */
export function unscaleRows(rows: Float32Array, { offset, factor }: Scaler): void {
  const width = widthOf(offset);
  for (let at = 0; at < rows.length; at += width) {
    for (let j = 0; j < width; j++) {
      rows[at + j] = (rows[at + j] as number) * (factor[j] as number) + (offset[j] as number);
    }
  }
}

/** Subtracts before rounding: the difference of two large numbers may be small. */
function scale(
  rows: Float32Array | Float64Array,
  target: Uint8Array | Float32Array | Float64Array,
  { offset, factor }: Scaler,
): void {
  const width = widthOf(offset);
  for (let at = 0; at < rows.length; at += width) {
    for (let j = 0; j < width; j++) {
      target[at + j] = ((rows[at + j] as number) - (offset[j] as number)) / (factor[j] as number);
    }
  }
}

/** A finite number that is not finite after scaling is reported with its original value. */
function requireScalable(
  source: RowSource,
  firstRow: number,
  rows: Float32Array | Float64Array,
  scaled: ArrayLike<number>,
): void {
  for (let i = 0; i < rows.length; i++) {
    const [value, result] = [rows[i] as number, scaled[i] as number];
    if (!isScalable(value, result)) throw scaleError(source, firstRow, i, value, result);
  }
}

/** Whether a finite number stays finite when scaled. */
function isScalable(value: number, scaled: number): boolean {
  return scaled - scaled === 0 || value - value !== 0;
}

function scaleError(
  source: RowSource,
  firstRow: number,
  index: number,
  value: number,
  scaled: number,
): RangeError {
  return valueError({
    ...cellOf(source, firstRow, index),
    must: worded`must have values close to those from which ${mention('scale')} was learned`,
    is: `${value}, which is ${scaled} as a scaled float32`,
  });
}

function clamp(value: number): number {
  return Math.min(Math.max(value, 0), 1);
}

function requireFinite(
  source: RowSource,
  firstRow: number,
  values: Float32Array | Float64Array,
): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (Number.isFinite(value) || (source.missing && Number.isNaN(value))) continue;
    throw nonFiniteError(source, firstRow, i, value);
  }
}
