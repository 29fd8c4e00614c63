// Columns of one size: what scaling learns from rows, and how it is done and undone.

import { valueError } from '../base/errors.js';
import { timeSlices } from '../base/slices.js';
import type { Scale } from '../model/kinds.js';
import type { Preprocessing, Scaler } from '../model/model.js';
import {
  cellOf,
  columnOf,
  floatSource,
  floatsFor,
  isBeyondFloat32,
  MAX_FLOAT32,
  nonFiniteError,
  type RowSource,
  widthOf,
} from './matrix.js';

/** A scale that the rows, or whoever made the model, have decided. */
export type SettledScale = Exclude<Scale, 'auto'>;

/** Whether a model of this scale needs a scaler. */
export function isScaled(scale: Scale): scale is 'minmax' | 'standard' {
  return scale === 'minmax' || scale === 'standard';
}

/** Rows are read in blocks of about so many values: well below a millisecond of work. */
const BLOCK_VALUES = 1 << 16;

/** Takes rows in, a block at a time, and says what there is to learn. Missing cells, NaN, count for nothing. */
export class ColumnStatistics {
  readonly #width: number;
  readonly #scale: SettledScale;
  readonly #fills: boolean;
  /** How many values of each column were there. */
  readonly #counts: Float64Array;
  readonly #means: Float64Array;
  /** Of the deviations from the mean. */
  readonly #squares: Float64Array;
  readonly #least: Float64Array;
  readonly #greatest: Float64Array;

  /** @param fills whether missing cells are to be filled. */
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

  /** The sum of all squared deviations from the columns' means; needs scale 'standard' or fills. */
  get squares(): number {
    return this.#squares.reduce((sum, square) => sum + square, 0);
  }

  /** How far each column reaches: what the scaler will divide by, but for its bounds. */
  spread(): Float64Array {
    return this.#squares.map((square, j) =>
      this.#scale === 'minmax'
        ? (this.#greatest[j] as number) - (this.#least[j] as number)
        : Math.sqrt(square / (this.#counts[j] as number)),
    );
  }

  /** What was learned; `source` says what they are called in an error. */
  columns(source: Pick<RowSource, 'name' | 'columnNames'>): Preprocessing {
    this.#requireValues(source);
    const scaler = this.#scaler();
    const fill = this.#means.map((mean, j) => {
      if (!scaler) return mean;
      // With scale 'standard' it is 0, but for the rounding of the offset.
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
    if (empty < 0) return;
    throw valueError({
      ...{ input: source.name, ...columnOf(source, empty) },
      must: 'must have a value in every column',
      is: 'NaN in every row to train on: leave it out',
    });
  }

  #scaler(): Scaler | undefined {
    if (this.#scale === 'none') return undefined;
    const isRange = this.#scale === 'minmax';
    const spread = this.spread();
    return {
      type: this.#scale,
      offset: (isRange ? this.#least : this.#means).slice(),
      factor: Float32Array.from(spread, (value) => Math.min(Math.fround(value), MAX_FLOAT32) || 1),
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

  /** Welford 1962 (https://doi.org/10.1080/00401706.1962.10490022): exact 0 for a column of one value. */
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

/**
 * Learns about the columns from all rows but `held`, those that only validate, and lets the calling
 * thread breathe.
 */
export async function learnColumns(
  source: RowSource,
  scale: SettledScale,
  fills: boolean,
  held: Uint32Array,
  signal: AbortSignal | undefined,
): Promise<Preprocessing> {
  const { rows, width } = source;
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
  if (source.doubles) await requireSpread(source, statistics, signal);
  return statistics.columns(source);
}

/** No column may spread over more than float32 can say: names the value that it does so by. */
async function requireSpread(
  source: RowSource,
  statistics: ColumnStatistics,
  signal: AbortSignal | undefined,
): Promise<void> {
  const column = statistics.spread().findIndex((spread) => !(spread <= MAX_FLOAT32));
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
  // Of float32 numbers alone it is less than twice as much, which is still scaled.
  if (isBeyondFloat32(most)) throw nonFiniteError(source, farthest, column, most);
}

/** The same rows, scaled; with `clip`, what lies outside of [0, 1] then is taken as its nearer end. */
export function scaledSource(source: RowSource, scaler: Scaler, clip: boolean): RowSource {
  const floats = floatSource(source);
  const { width } = source;
  const blockRows = Math.max(1, Math.floor(BLOCK_VALUES / width));
  let block: Float32Array | Float64Array | undefined;
  return {
    ...floats,
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
        // NaN stays what it is.
        if (clip) for (let i = 0; i < scaled.length; i++) scaled[i] = clamp(scaled[i] as number);
      }
    },
  };
}

/** Undoes the scaling of all rows of `data`, in place, and calls `pause` now and then. */
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

/** Subtracts before it rounds: differences of large numbers are small ones. */
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

/** A number of the caller's that is finite, and is not when it has been scaled, is named as it came. */
function requireScalable(
  source: RowSource,
  firstRow: number,
  rows: Float32Array | Float64Array,
  scaled: ArrayLike<number>,
): void {
  for (let i = 0; i < rows.length; i++) {
    const [value, result] = [rows[i] as number, scaled[i] as number];
    if (result - result === 0 || value - value !== 0) continue;
    throw valueError({
      ...cellOf(source, firstRow, i),
      must: 'must have values near those that scale was learned from',
      is: `${value}, which is ${result} as a scaled float32`,
    });
  }
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
