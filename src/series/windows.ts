// Windows of a series: overlapping rows within the array of the series.

import type { FlatArray } from '../data/matrix.js';
import { integer, methodOptions, show, wrong } from '../model/checks.js';

/** The largest window: as wide as rows may be. */
export const MAX_WINDOW: number = 2 ** 20;

/** The options of `windows(series, ...)`. */
export interface WindowsOptions {
  /** The length of a window in moments (time steps), an integer from 2. */
  size: number;
  /** The distance between the starts of consecutive windows, in moments, an integer from 1. Default 1. */
  stride?: number;
  /**
   * The number of channels, an integer from 1. Default: that of the series' shape, or else 1. A window
   * contains the channels of its first moment, then those of its second, and so on.
   */
  channels?: number;
}

/** The windows of a series as overlapping rows, for `Autoencoder`. */
export interface Windows {
  /** The series, moment after moment. It is copied only if it was a plain array. */
  readonly data: Exclude<FlatArray, Uint8Array | Uint8ClampedArray>;
  /** [windows, numbers per window]. */
  readonly shape: readonly [number, number];
  /** The distance between the starts of consecutive windows, in numbers. */
  readonly stride: number;
}

/** A series of numbers, moment after moment, with the channels of a moment next to each other. */
export type FlatSeries =
  | Windows['data']
  | readonly number[]
  | {
      /** The numbers. */
      readonly data: Windows['data'] | readonly number[];
      /** Moments and channels. */
      readonly shape: readonly [number, number] | readonly number[];
    };

/**
 * Returns all windows of a series as rows, (windows, size * channels), for every method that takes rows. The
 * windows are not copied: `fit` stores the series only once, and results are bitwise equal to those of the
 * copied rows.
 *
 * @throws TypeError for a series or an option of the wrong type; RangeError for an option out of range, and
 *   for a series that is shorter than a window.
 * @example
 * const rows = windows(load, { size: 128 }); // load: Float32Array(1_000_000)
 * const ae = new Autoencoder({ layers: [128, 16], scale: 'standard', seed: 0 });
 * await ae.fit(rows);
 * const scores = await ae.score(rows); // Float32Array(999_873)
 */
export function windows(series: FlatSeries, options: WindowsOptions): Windows {
  const given = methodOptions('windows', options, ['size', 'stride', 'channels']);
  const size = integer('size', given.size, 2, MAX_WINDOW);
  const stride = integer('stride', given.stride ?? 1, 1, 2 ** 31);
  const wanted =
    given.channels === undefined ? undefined : integer('channels', given.channels, 1, MAX_WINDOW);
  const { data, channels } = flatSeries(series, wanted);
  const moments = data.length / channels;
  if (moments < size) {
    throw new RangeError(
      `series must have at least as many moments as a window, ${size}, got ${moments}`,
    );
  }
  const count = Math.floor((moments - size) / stride) + 1;
  return { data, shape: [count, size * channels], stride: stride * channels };
}

/** The numbers of a series and its number of channels, which must be `wanted`, if given. */
export function flatSeries(
  series: unknown,
  wanted: number | undefined,
): { data: Windows['data']; channels: number } {
  const { data, shape } = (
    typeof series === 'object' && series !== null && 'data' in series && 'shape' in series
      ? series
      : { data: series }
  ) as { data: unknown; shape?: unknown };
  const kind = ArrayBuffer.isView(data) ? (data as Uint8Array)[Symbol.toStringTag] : '';
  if (!Array.isArray(data) && !/^(Float|Int|Uint)(16|32|64)Array$|^Int8Array$/.test(kind)) {
    const bytes = kind.startsWith('Uint8')
      ? ': bytes are pixels here; give a Float32Array of them'
      : '';
    const expected =
      'a typed array of numbers, such as a Float32Array, an array of numbers, or { data, shape }';
    throw wrong(TypeError, 'series', expected, data, bytes);
  }
  if (Array.isArray(data)) {
    const bad = data.findIndex((value) => typeof value !== 'number');
    if (bad >= 0) throw wrong(TypeError, `series[${bad}]`, 'a number', data[bad]);
  }
  const flat = (Array.isArray(data) ? Float64Array.from(data) : data) as Windows['data'];
  if (shape === undefined) return { data: flat, channels: whole(flat.length, wanted ?? 1) };
  if (!Array.isArray(shape) || shape.length !== 2 || !shape.every(Number.isInteger)) {
    const got = Array.isArray(shape) ? `[${shape.join(', ')}]` : show(shape);
    throw new TypeError(`series.shape must be [moments, channels], got ${got}`);
  }
  const [moments, channels] = shape as [number, number];
  if (channels < 1 || moments * channels !== flat.length) {
    throw new RangeError(
      `series.data must hold shape[0] * shape[1] = ${moments * channels} values, got ${flat.length}`,
    );
  }
  if (wanted !== undefined && wanted !== channels) {
    throw new RangeError(`channels must be the ${channels} of the series' shape, got ${wanted}`);
  }
  return { data: flat, channels };
}

/** The number of channels, which must divide the number of values. */
function whole(numbers: number, channels: number): number {
  if (numbers % channels === 0) return channels;
  throw new RangeError(
    `series must have a length that is a multiple of its ${channels} channels, got ${numbers}`,
  );
}
