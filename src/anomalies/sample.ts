// Draws the rows that a detector is fitted to: all, or a sample of many.

import { Random, Stream } from '../base/random.js';
import { timeSlices } from '../base/slices.js';
import { floatSource, nonFiniteError, type RowSource } from '../data/matrix.js';

/** The maximum number of rows from which columns are learned. */
export const MOST_ROWS = 20_000;
/** The maximum number of these rows that residuals and scores are compared with. */
export const MOST_REFERENCE = 4096;
/** The maximum number of these rows that are held out from the members, */
const MOST_HELD_OUT = 2000;
/** and the fraction of the rows that is held out, if that is fewer. */
const HELD_OUT_SHARE = 0.2;
/** With fewer rows, none are held out: a fifth of them would be too few to calibrate with. */
const LEAST_TO_SPARE = 20;

/** Rows of a table, (rows, width), in the order in which they were drawn. */
export interface Sample {
  readonly values: Float64Array;
  readonly rows: number;
  /** The number of rows, the first ones, that are held out from all members. */
  readonly heldOut: number;
}

/**
 * Draws rows that have a value, reading all rows once. The sample depends on the seed and the number of
 * rows.
 *
 * @throws RangeError for values that are not finite float32, except NaN if cells may be missing.
 */
export async function drawSample(
  source: RowSource,
  seed: number,
  signal: AbortSignal | undefined,
): Promise<Sample> {
  const { rows, width } = source;
  const pause = timeSlices(signal);
  const order = new Uint32Array(rows);
  for (let i = 0; i < rows; i++) order[i] = i;
  await new Random(seed, Stream.sample).shuffle(order, pause);
  /** The place of each row in the sample, from 1; 0: not in it. */
  const places = new Uint32Array(rows);
  const most = Math.min(rows, MOST_ROWS);
  for (let at = 0; at < most; at++) places[order[at] as number] = at + 1;
  const drawn = new Float64Array(most * width);
  for await (const { from, values } of blocksOf(source, signal)) {
    for (let i = 0; i < values.length / width; i++) {
      const place = places[from + i] as number;
      if (place > 0) drawn.set(values.subarray(i * width, (i + 1) * width), (place - 1) * width);
    }
  }
  let count = 0;
  for (let i = 0; i < most; i++) {
    if (!hasValues(drawn, i * width, width)) continue;
    if (count < i) drawn.copyWithin(count * width, i * width, (i + 1) * width);
    count++;
  }
  const heldOut =
    count < LEAST_TO_SPARE ? 0 : Math.min(MOST_HELD_OUT, Math.round(HELD_OUT_SHARE * count));
  return { values: drawn.subarray(0, count * width), rows: count, heldOut };
}

/** The approximate number of values in a block. */
const BLOCK_VALUES = 1 << 16;

/** Yields all rows as numbers, checked, in blocks; each block overwrites the one before. */
export async function* blocksOf(
  given: RowSource,
  signal?: AbortSignal,
  blockValues: number = BLOCK_VALUES,
): AsyncGenerator<{ from: number; values: Float64Array }, void, undefined> {
  const source = floatSource(given);
  const { rows, width } = source;
  const blockRows = Math.max(1, Math.floor(blockValues / width));
  const block = new Float64Array(Math.min(blockRows, rows) * width);
  const pause = timeSlices(signal);
  for (let from = 0; from < rows; from += blockRows) {
    const to = Math.min(from + blockRows, rows);
    const values = block.subarray(0, (to - from) * width);
    if (source.doubles) {
      source.copy(from, to, values);
    } else {
      const floats = new Float32Array(values.length);
      source.copy(from, to, floats);
      values.set(floats);
    }
    for (let i = 0; i < values.length; i++) {
      const value = values[i] as number;
      if (Number.isFinite(Math.fround(value)) || (source.missing && Number.isNaN(value))) continue;
      throw nonFiniteError(source, from, i, value);
    }
    yield { from, values };
    await pause();
  }
}

/** Whether the row that begins at `from` has a value. */
function hasValues(values: Float64Array, from: number, width: number): boolean {
  for (let j = 0; j < width; j++) if (!Number.isNaN(values[from + j])) return true;
  return false;
}
