// Puts moments on an even grid, from which windows are made.

import type { Series } from './moments.js';

/** How missing moments and uneven times are handled; see {@link SeriesOptions.gaps}. */
export type Gaps = 'auto' | 'mask' | 'hold' | 'ignore';
/** The same, after `'auto'` has been resolved for a series. */
export type SettledGaps = 'mask' | 'hold' | 'ignore';
export const GAPS: readonly SettledGaps[] = ['mask', 'hold', 'ignore'];

/**
 * The fraction of the grid that moments must fill for `'auto'` to use their times. Three series of NAB fill
 * less; their mean AUROC per moment is 0.91 without times, and 0.72 on a grid with empty points.
 */
const LEAST_FILLED = 0.8;

/** The position of each moment on the grid. */
export interface Grid {
  /** The number of grid points. */
  readonly slots: number;
  /** The grid point of each moment, ascending; undefined if the moments are the grid. */
  readonly slotOf: Uint32Array | undefined;
}

/** The median interval between moments in milliseconds; undefined without times. */
export function stepOf({ times }: Series): number | undefined {
  if (!times || times.length < 2) return undefined;
  const steps = times.slice(1).map((time, i) => time - (times[i] as number));
  const positive = steps.filter((step) => step > 0).sort();
  return positive[positive.length >> 1];
}

/**
 * Finds the grid point of one moment after another, with grid points `step` apart. Each interval is rounded to
 * whole steps, so that jitter does not accumulate. A gap longer than a window counts as one window.
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

  /** The grid point of the next moment, possibly that of the last one; undefined if time goes backwards. */
  next(time: number): number | undefined {
    if (time < this.#time) return undefined;
    this.#slot += Math.min(Math.round((time - this.#time) / this.#step), this.#most);
    this.#time = time;
    return this.#slot;
  }
}

/** A grid may have at most this many times as many points as moments, to limit memory. */
const MOST_PLACES = 8;

/** The grid of a series, with the interval that was learned. */
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

/** Resolves `'auto'` for a series: `'mask'`, or `'ignore'` if its moments are not evenly spaced. */
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

/** The error for a moment before the last one. */
export function backwards(moment: number, time: number, before: number): RangeError {
  const iso = (ms: number) => new Date(ms).toISOString();
  return new RangeError(
    `moments must be in the order of their times; moment ${moment} is of ${iso(time)}, after ${iso(before)}`,
  );
}

/** The scaling of a channel. */
export interface ChannelScale {
  readonly mean: Float64Array;
  readonly factor: Float64Array;
}

/** Mean and standard deviation of each channel (1 instead of 0); NaN for a channel without values. */
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

/** Scaled numbers are clipped to this, so that a single outlier cannot dominate training. */
const FARTHEST = 1e4;

/** A scaled value, as the network takes it; NaN stays NaN. */
export function scaledValue(value: number, mean: number, factor: number): number {
  return Math.fround(Math.min(Math.max((value - mean) / factor, -FARTHEST), FARTHEST));
}

/**
 * The series on its grid, scaled; NaN is missing. Of moments that share a grid point, the last value counts.
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
