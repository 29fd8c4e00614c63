// Stretches of moments that are odd, and what is odd about them.

import type { LiveModel } from '../inference/live-model.js';
import type { Learned } from './learned.js';
import type { Series, Time } from './moments.js';
import { intervalsAbove, probabilityOf, type Tail, thresholdOf } from './scores.js';

/** A stretch of a series that is odd. */
export interface Anomaly {
  /** Its first and its last moment: their times as they were given, or their numbers from 0. */
  readonly start: number | Time;
  readonly end: number | Time;
  /** The moment of it that is farthest from what was expected. */
  readonly peak: number | Time;
  /** Its highest score. */
  readonly score: number;
  /** How likely that is no ordinary score, from 0 to 1: 1 - the share of ordinary moments with a higher one. */
  readonly probability: number;
  /** The channel that is farthest off: its name, or its number from 0. */
  readonly channel: string | number;
  /** What that channel was at `peak`, in its own units. */
  readonly value: number;
  /** And what was expected. */
  readonly expected: number;
}

/** The scores of a series, and what they were made of. */
export interface Scored {
  readonly scores: Float32Array;
  /** Of each window. */
  readonly errors: Float32Array;
  /** The series laid out, scaled. */
  readonly values: Float32Array;
  readonly slotOf: Uint32Array | undefined;
  readonly series: Series;
}

/** What is odd, in order. */
export async function describeAnomalies(
  live: LiveModel,
  learned: Learned,
  tail: Tail,
  { scores, errors, values, slotOf, series }: Scored,
): Promise<Anomaly[]> {
  const { window, channels, names } = learned;
  const apart = window >> 1;
  const intervals = intervalsAbove(scores, thresholdOf(tail, learned.tail), apart);
  if (intervals.length === 0) return [];
  const width = window * channels;
  const places = intervals.map(({ from, to }) => {
    const [first, last] = [slotOf?.[from] ?? from, slotOf?.[to - 1] ?? to - 1];
    return { first, last, start: worstWindow(errors, first, last, window) };
  });
  const rows = places.map(({ start }) =>
    values.subarray(start * channels, start * channels + width),
  );
  const { data } = await live.run('reconstruct', live.rows(rows));
  return intervals.map(({ from, to }, i) => {
    const { first, last, start } = places[i] as (typeof places)[number];
    const y = data.subarray(i * width, (i + 1) * width);
    const cell = worstCell(rows[i] as Float32Array, y, channels, first - start, last - start);
    const channel = cell % channels;
    const [mean, factor] = [learned.mean[channel] as number, learned.factor[channel] as number];
    const slot = start + Math.floor(cell / channels);
    const moment = slotOf ? momentOf(slotOf, slot) : slot;
    const when = (at: number) => series.givenTimes?.[at] ?? at;
    let score = 0;
    for (let m = from; m < to; m++) if ((scores[m] as number) > score) score = scores[m] as number;
    return {
      ...{ start: when(from), end: when(to - 1), peak: when(moment) },
      ...{ score, probability: probabilityOf(tail, score) },
      channel: names?.[channel] ?? channel,
      value: (values[slot * channels + channel] as number) * factor + mean,
      expected: (y[cell] as number) * factor + mean,
    };
  });
}

/** The window of the largest error among those that reach into places [first, last]. */
function worstWindow(errors: Float32Array, first: number, last: number, window: number): number {
  let [worst, most] = [-1, Number.NEGATIVE_INFINITY];
  const end = Math.min(last, errors.length - 1);
  for (let i = Math.max(0, first - window + 1); i <= end; i++) {
    const error = errors[i] as number;
    if (error > most) [worst, most] = [i, error];
  }
  return Math.max(worst, 0);
}

/**
 * The value farthest from its reconstruction, of the channel whose values are farthest off in all, at places
 * [first, last] of the window if any of these is there.
 */
function worstCell(
  x: Float32Array,
  y: Float32Array,
  channels: number,
  first: number,
  last: number,
): number {
  const sums = new Float64Array(channels);
  const off = (at: number) => Math.abs((x[at] as number) - (y[at] as number));
  for (let at = 0; at < x.length; at++) {
    const channel = at % channels;
    if (!Number.isNaN(x[at])) sums[channel] = (sums[channel] as number) + off(at) ** 2;
  }
  const channel = sums.indexOf(Math.max(...sums));
  let [cell, most] = [-1, -1];
  for (const isWithin of [true, false]) {
    for (let at = channel; at < x.length && (isWithin || cell < 0); at += channels) {
      const place = Math.floor(at / channels);
      if (isWithin && (place < first || place > last)) continue;
      if (off(at) > most) [cell, most] = [at, off(at)]; // never where it is NaN
    }
    if (cell >= 0) return cell;
  }
  return channel;
}

/** The last moment at a place or before it. */
function momentOf(slotOf: Uint32Array, slot: number): number {
  let [low, high] = [0, slotOf.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((slotOf[middle] as number) <= slot) low = middle;
    else high = middle - 1;
  }
  return low;
}
