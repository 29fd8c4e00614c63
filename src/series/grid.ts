// Moments at even distances: what windows are made of.

import type { Series } from './moments.js';

/** What is made of moments that are missing, and of times that are uneven. */
export type Gaps = 'auto' | 'mask' | 'hold' | 'ignore';
/** The same once a series has been seen. */
export type SettledGaps = 'mask' | 'hold' | 'ignore';
export const GAPS: readonly SettledGaps[] = ['mask', 'hold', 'ignore'];

/**
 * The share of the places that moments must fill for them to be looked at by their times. Of NAB's series
 * three fill less; their mean AUROC a moment is 0.91 as they come, and 0.72 with places left empty.
 */
const LEAST_FILLED = 0.8;

/** Where on the grid each moment is. */
export interface Grid {
  /** Places of the grid. */
  readonly slots: number;
  /** The place of each moment, ascending; undefined: the moments are the grid. */
  readonly slotOf: Uint32Array | undefined;
}

/** The distance of a series' moments: the median of all, in milliseconds; undefined without times. */
export function stepOf({ times }: Series): number | undefined {
  if (!times || times.length < 2) return undefined;
  const steps = times.slice(1).map((time, i) => time - (times[i] as number));
  const positive = steps.filter((step) => step > 0).sort();
  return positive[positive.length >> 1];
}

/**
 * Finds the place of one moment after the other, `step` apart: as many further as it is later, rounded, so that
 * times which are a little off add up to nothing. A gap longer than a window is one window long.
 */
export class Places {
  readonly #step: number;
  readonly #most: number;
  #time: number;
  #slot = 0;

  constructor(step: number, window: number, first: number) {
    this.#step = step;
    this.#most = window + 1;
    this.#time = first;
  }

  /** The place of the next moment: that of the last one, if it is as near; undefined where time goes back. */
  next(time: number): number | undefined {
    if (time < this.#time) return undefined;
    this.#slot += Math.min(Math.round((time - this.#time) / this.#step), this.#most);
    this.#time = time;
    return this.#slot;
  }
}

/** A grid may have so many times as many places as there are moments: memory for them is taken. */
const MOST_PLACES = 8;

/** The grid of a series with the distance that was learned. */
export function gridOf(
  { times, moments }: Series,
  step: number | undefined,
  window: number,
  gaps: SettledGaps,
): Grid {
  if (!times || step === undefined || gaps === 'ignore') {
    if (times) requireAscending(times);
    return { slots: moments, slotOf: undefined };
  }
  const places = new Places(step, window, times[0] as number);
  const slotOf = new Uint32Array(moments);
  for (let i = 0; i < moments; i++) {
    const slot = places.next(times[i] as number);
    if (slot === undefined) throw backwards(i, times[i] as number, times[i - 1] as number);
    if (slot > MOST_PLACES * moments + 2 * window) {
      throw new RangeError(
        `series must have moments at about even distances: most are ${step} ms apart, and ${i + 1} of them ` +
          `reach over ${slot} such steps; gaps: 'ignore' takes them as they come`,
      );
    }
    slotOf[i] = slot;
  }
  return { slots: (slotOf[moments - 1] as number) + 1, slotOf };
}

/** What `'auto'` comes to for a series: `'mask'`, or `'ignore'` where its moments are at no even distances. */
export function settleGaps(
  gaps: Gaps,
  series: Series,
  step: number | undefined,
  window: number,
): SettledGaps {
  if (gaps !== 'auto') return gaps;
  const { times, moments } = series;
  if (!times || step === undefined) return 'mask';
  const places = new Places(step, window, times[0] as number);
  let last = 0;
  for (const time of times) last = places.next(time) ?? last; // else an error of gridOf
  return moments >= LEAST_FILLED * (last + 1) ? 'mask' : 'ignore';
}

function requireAscending(times: Float64Array): void {
  for (let i = 1; i < times.length; i++) {
    const [before, time] = [times[i - 1] as number, times[i] as number];
    if (time < before) throw backwards(i, time, before);
  }
}

/** The error for a moment that is before the last one. */
export function backwards(moment: number, time: number, before: number): RangeError {
  const iso = (ms: number) => new Date(ms).toISOString();
  return new RangeError(
    `moments must be in the order of their times; moment ${moment} is of ${iso(time)}, after ${iso(before)}`,
  );
}

/** What scales a channel. */
export interface ChannelScale {
  readonly mean: Float64Array;
  readonly factor: Float64Array;
}

/** Mean and standard deviation of each channel, or 1 where that is 0; NaN where no value is there. */
export function scaleOf({ values, moments, channels }: Series): ChannelScale {
  const mean = new Float64Array(channels);
  const squares = new Float64Array(channels);
  const counts = new Float64Array(channels);
  for (let i = 0, c = 0; i < moments * channels; i++, c = c + 1 === channels ? 0 : c + 1) {
    const value = values[i] as number;
    if (Number.isNaN(value)) continue;
    counts[c] = (counts[c] as number) + 1;
    const delta = value - (mean[c] as number);
    mean[c] = (mean[c] as number) + delta / (counts[c] as number);
    squares[c] = (squares[c] as number) + delta * (value - (mean[c] as number));
  }
  const factor = squares.map((square, c) => {
    if (counts[c] === 0) return Number.NaN;
    const spread = Math.sqrt(square / (counts[c] as number));
    return spread > 1e-9 * Math.abs(mean[c] as number) ? spread : 1;
  });
  return { mean, factor };
}

/** Scaled numbers reach so far: an outlier must not be all that a network hears of. */
const FARTHEST = 1e4;

/** A value as the network takes it; NaN stays what it is. */
export function scaledValue(value: number, mean: number, factor: number): number {
  return Math.fround(Math.min(Math.max((value - mean) / factor, -FARTHEST), FARTHEST));
}

/**
 * The series on its grid, scaled, NaN where no value is; of moments that share a place, the last that has one.
 */
export function layOut(
  { values, moments, channels }: Series,
  { slots, slotOf }: Grid,
  { mean, factor }: ChannelScale,
  gaps: SettledGaps,
): Float32Array<ArrayBuffer> {
  const out = new Float32Array(slots * channels).fill(Number.NaN);
  for (let i = 0; i < moments; i++) {
    const slot = slotOf?.[i] ?? i;
    for (let c = 0; c < channels; c++) {
      const value = values[i * channels + c] as number;
      if (Number.isNaN(value)) continue;
      out[slot * channels + c] = scaledValue(value, mean[c] as number, factor[c] as number);
    }
  }
  if (gaps === 'hold') {
    for (let at = channels; at < out.length; at++) {
      if (Number.isNaN(out[at])) out[at] = out[at - channels] as number;
    }
  }
  return out;
}
