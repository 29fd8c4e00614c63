// Anomalous intervals of a series, and what is anomalous about them.

import type { LiveModel } from '../inference/live-model.js';
import type { Learned } from './learned.js';
import type { Series, Time } from './moments.js';
import { intervalsAbove, probabilityOf, type Tail, thresholdOf } from './scores.js';

/** An anomalous interval of a series. */
export interface Anomaly {
  /** The first moment: its time as given, or its index from 0. */
  readonly start: number | Time;
  /** The last moment, in the same form. */
  readonly end: number | Time;
  /** The moment that deviates most from the expected value, in the same form. */
  readonly peak: number | Time;
  /** The highest score of the interval. */
  readonly score: number;
  /** The probability that a normal moment scores lower, 0 to 1. */
  readonly probability: number;
  /** The channel that deviates most: its name, or its index from 0. */
  readonly channel: string | number;
  /** The value of that channel at `peak`, in its original units. */
  readonly value: number;
  /** The expected value of that channel at `peak`, in the same units. */
  readonly expected: number;
}

/** The scores of a series, and what they were computed from. */
export interface Scored {
  readonly scores: Float32Array;
  /** The error of each window. */
  readonly errors: Float32Array;
  /** The series on its grid, scaled. */
  readonly values: Float32Array;
  readonly slotOf: Uint32Array | undefined;
  readonly series: Series;
}

/** Describes the anomalies, in order. */
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
  const last = errors.length - 1;
  const places = intervals.map(({ from, to }) => ({
    first: slotOf?.[from] ?? from,
    last: slotOf?.[to - 1] ?? to - 1,
  }));
  const starts = places.map((place) =>
    spread(Math.max(0, place.first - window + 1), Math.min(last, place.last), MOST_WINDOWS),
  );
  const rows = starts
    .flat()
    .map((start) => values.subarray(start * channels, start * channels + width));
  const { data } = await live.run('reconstruct', live.rows(rows));
  let done = 0;
  return intervals.map(({ from, to }, i) => {
    const place = places[i] as (typeof places)[number];
    const mine = starts[i] as number[];
    const y = data.subarray(done * width, (done + mine.length) * width);
    done += mine.length;
    const expected = expectedAt(y, mine, place, width, channels);
    const own = values.subarray(place.first * channels, (place.last + 1) * channels);
    const cell = farthest(own, expected, channels);
    const channel = cell % channels;
    const [mean, factor] = [learned.mean[channel] as number, learned.factor[channel] as number];
    const slot = place.first + Math.floor(cell / channels);
    const moment = slotOf ? momentOf(slotOf, slot) : slot;
    const given = series.values[moment * channels + channel] as number;
    const when = (at: number) => series.givenTimes?.[at] ?? at;
    let score = 0;
    for (let m = from; m < to; m++) if ((scores[m] as number) > score) score = scores[m] as number;
    return {
      ...{ start: when(from), end: when(to - 1), peak: when(moment) },
      ...{ score, probability: probabilityOf(tail, score) },
      channel: names?.[channel] ?? channel,
      // The value as given, or the one held in its place.
      value: Number.isFinite(given) ? given : (own[cell] as number) * factor + mean,
      expected: (expected[cell] as number) * factor + mean,
    };
  });
}

/** The expected value is computed from at most this many of the windows that overlap an interval. */
const MOST_WINDOWS = 32;

/** At most `most` evenly spaced integers from `from` to `to`. */
function spread(from: number, to: number, most: number): number[] {
  const count = Math.min(most, to - from + 1);
  return Array.from({ length: count }, (_, i) =>
    count === 1 ? from : from + Math.round((i * (to - from)) / (count - 1)),
  );
}

/** The mean reconstruction of each value at grid points [first, last]; NaN where no window covers one. */
function expectedAt(
  y: Float32Array,
  starts: readonly number[],
  { first, last }: { first: number; last: number },
  width: number,
  channels: number,
): Float64Array {
  const sums = new Float64Array((last - first + 1) * channels);
  const counts = new Float64Array(sums.length);
  for (const [w, start] of starts.entries()) {
    const offset = (start - first) * channels;
    const end = Math.min(width, sums.length - offset);
    for (let at = Math.max(0, -offset); at < end; at++) {
      sums[offset + at] = (sums[offset + at] as number) + (y[w * width + at] as number);
      counts[offset + at] = (counts[offset + at] as number) + 1;
    }
  }
  return sums.map((sum, at) => sum / (counts[at] as number));
}

/** The value with the largest deviation, within the channel with the largest total deviation. */
function farthest(x: Float32Array, expected: Float64Array, channels: number): number {
  const off = (at: number) => Math.abs((x[at] as number) - (expected[at] as number));
  const sums = new Float64Array(channels);
  for (let at = 0; at < x.length; at++) {
    const difference = off(at); // NaN where a value is missing
    if (difference >= 0) sums[at % channels] = (sums[at % channels] as number) + difference ** 2;
  }
  const channel = sums.indexOf(Math.max(...sums));
  let [cell, most] = [channel, -1];
  for (let at = channel; at < x.length; at += channels) {
    if (off(at) > most) [cell, most] = [at, off(at)];
  }
  return cell;
}

/** The last moment at or before a grid point. */
function momentOf(slotOf: Uint32Array, slot: number): number {
  let [low, high] = [0, slotOf.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((slotOf[middle] as number) <= slot) low = middle;
    else high = middle - 1;
  }
  return low;
}
