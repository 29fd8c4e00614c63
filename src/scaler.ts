// Columns of one size: what scaling learns from rows, and how it is done and undone.

import { floatSource, nonFiniteError, type RowSource } from './matrix.js';
import type { Scale } from './options.js';
import { timeSlices } from './slices.js';

/**
 * What `fit` learned about the columns: scaled = (x - offset) / factor, so a scaled 1 is `factor` of
 * the column's own units.
 */
export interface Scaler {
  /** `'minmax'`: least value and range of each column. `'standard'`: mean and standard deviation. */
  readonly type: Exclude<Scale, 'none'>;
  /** One a column. */
  readonly offset: Float32Array;
  /** One a column, above 0; 1 for a column of one value, as scikit-learn has it. */
  readonly factor: Float32Array;
}

/** Rows are read in blocks of about so many values: well below a millisecond of work. */
const BLOCK_VALUES = 1 << 16;
const MAX_FLOAT32 = 2 ** 128 - 2 ** 104;

/** Takes rows in, a block at a time, and makes a scaler of them. Missing cells, NaN, count for nothing. */
export class ColumnStatistics {
  readonly #width: number;
  readonly #type: Scaler['type'];
  /** How many values of each column were there. */
  readonly #counts: Float64Array;
  /** `'standard'`: the mean and the sum of squared deviations; `'minmax'`: least and greatest. */
  readonly #first: Float64Array;
  readonly #second: Float64Array;

  constructor(width: number, type: Scaler['type']) {
    this.#width = width;
    this.#type = type;
    this.#counts = new Float64Array(width);
    this.#first = new Float64Array(width).fill(type === 'minmax' ? Infinity : 0);
    this.#second = new Float64Array(width).fill(type === 'minmax' ? -Infinity : 0);
  }

  /** Adds rows, (any number, width). */
  add(rows: Float32Array): void {
    for (let from = 0; from < rows.length; from += this.#width) {
      const row = rows.subarray(from, from + this.#width);
      if (this.#type === 'minmax') this.#addRange(row);
      else this.#addMoments(row);
    }
  }

  /** The scaler; `name` is what the rows are called in an error. */
  scaler(name: string): Scaler {
    const empty = this.#counts.indexOf(0);
    if (empty >= 0) {
      throw new RangeError(
        `${name} must have a value in every column to learn its scale from; column ${empty} is ` +
          'NaN in every row to train on',
      );
    }
    const spread = this.#second.map((second, j) =>
      this.#type === 'minmax'
        ? second - (this.#first[j] as number)
        : Math.sqrt(second / (this.#counts[j] as number)),
    );
    return {
      type: this.#type,
      offset: Float32Array.from(this.#first),
      factor: Float32Array.from(spread, (value) => roundUp(value) || 1),
    };
  }

  #addRange(row: Float32Array): void {
    const [counts, least, greatest] = [this.#counts, this.#first, this.#second];
    for (let j = 0; j < row.length; j++) {
      const value = row[j] as number;
      if (Number.isNaN(value)) continue;
      (counts[j] as number)++;
      if (value < (least[j] as number)) least[j] = value;
      if (value > (greatest[j] as number)) greatest[j] = value;
    }
  }

  /** Welford 1962 (https://doi.org/10.1080/00401706.1962.10490022): exact 0 for a column of one value. */
  #addMoments(row: Float32Array): void {
    const [counts, means, squares] = [this.#counts, this.#first, this.#second];
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
 * Learns a scaler from all rows but `held`, those that only validate, and lets the calling thread
 * breathe.
 */
export async function learnScaler(
  source: RowSource,
  type: Scaler['type'],
  held: Uint32Array,
  signal: AbortSignal | undefined,
): Promise<Scaler> {
  const { rows, width } = source;
  const floats = floatSource(source);
  const statistics = new ColumnStatistics(width, type);
  const isHeld = new Uint8Array(held.length > 0 ? rows : 0);
  for (const row of held) isHeld[row] = 1;
  const blockRows = Math.max(1, Math.floor(BLOCK_VALUES / width));
  const block = new Float32Array(blockRows * width);
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
  return statistics.scaler(source.name);
}

/** The same rows, scaled; with `clip`, what lies outside of [0, 1] then is taken as its nearer end. */
export function scaledSource(source: RowSource, scaler: Scaler, clip: boolean): RowSource {
  const floats = floatSource(source);
  return {
    ...floats,
    copy(from, to, target) {
      floats.copy(from, to, target);
      const values = target.subarray(0, (to - from) * source.width);
      scale(values, scaler);
      // NaN stays what it is.
      if (clip) for (let i = 0; i < values.length; i++) values[i] = clamp(values[i] as number);
    },
  };
}

/** Undoes the scaling of all rows of `data`, in place, and calls `pause` now and then. */
export async function unscale(
  data: Float32Array,
  scaler: Scaler,
  pause: () => Promise<void> | undefined,
): Promise<void> {
  const width = scaler.offset.length;
  const block = width * Math.max(1, Math.floor(BLOCK_VALUES / width));
  for (let at = 0; at < data.length; at += block) {
    unscaleRows(data.subarray(at, at + block), scaler);
    await pause();
  }
}

/** Undoes the scaling of whole rows, in place. */
export function unscaleRows(rows: Float32Array, { offset, factor }: Scaler): void {
  const width = offset.length;
  for (let at = 0; at < rows.length; at += width) {
    for (let j = 0; j < width; j++) {
      rows[at + j] = (rows[at + j] as number) * (factor[j] as number) + (offset[j] as number);
    }
  }
}

function scale(rows: Uint8Array | Float32Array, { offset, factor }: Scaler): void {
  const width = offset.length;
  for (let at = 0; at < rows.length; at += width) {
    for (let j = 0; j < width; j++) {
      rows[at + j] = ((rows[at + j] as number) - (offset[j] as number)) / (factor[j] as number);
    }
  }
}

function clamp(value: number): number {
  return Math.min(Math.max(value, 0), 1);
}

/** As float32, not below `value`, so that no scaled row that was learned from is above 1. */
function roundUp(value: number): number {
  const near = Math.fround(value);
  return Math.min(near < value ? Math.fround(value * (1 + 2 ** -23)) : near, MAX_FLOAT32);
}

function requireFinite(source: RowSource, firstRow: number, values: Float32Array): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (Number.isFinite(value) || (source.missing && Number.isNaN(value))) continue;
    throw nonFiniteError(source, firstRow, i, value);
  }
}
