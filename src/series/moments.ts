// A series in any of the forms that people have it in, as moments: numbers, and perhaps times.

import { show } from '../model/checks.js';
import { type FlatSeries, flatSeries } from './windows.js';

/** A value of a channel at a moment: null, undefined and NaN are missing. */
export type Reading = number | null | undefined;

/** When a moment was: a Date, a text that Date understands, as in ISO 8601, or milliseconds since 1970. */
export type Time = Date | string | number;

/** A moment with a name for each channel, and perhaps its time. */
export interface NamedMoment {
  /** When it was; with it in the first moment, all must have it. */
  readonly time?: Time;
  readonly [channel: string]: Reading | Time;
}

/** A moment as it comes: the number of the one channel, numbers of all, or an object with their names. */
export type Moment = Reading | readonly Reading[] | Float32Array | Float64Array | NamedMoment;

/** What the methods of `SeriesDetector` accept as a series. */
export type SeriesInput =
  | FlatSeries
  | readonly Moment[]
  | Iterable<Moment | FlatSeries | readonly Moment[]>
  | AsyncIterable<Moment | FlatSeries | readonly Moment[]>;

/** A series, read. */
export interface Series {
  /** Moment after moment, NaN where a value is missing. */
  readonly values: ArrayLike<number>;
  readonly moments: number;
  readonly channels: number;
  /** What the channels are called, where they have names. */
  readonly names: readonly string[] | undefined;
  /** Milliseconds since 1970 of each moment, where they have times, and as they were given. */
  readonly times: Float64Array | undefined;
  readonly givenTimes: readonly Time[] | undefined;
}

/** What is known of a series' channels: how many, and their names. */
export type Channels = Pick<Series, 'channels' | 'names'>;

/** Reads a series; where channels are `known`, those it must have. */
export async function readSeries(input: unknown, known?: Channels): Promise<Series> {
  if (isFlatSeries(input)) return flat(input as FlatSeries, known);
  if (typeof input === 'object' && input !== null) {
    if (Array.isArray(input)) return collect([input], known);
    if (Symbol.asyncIterator in input || Symbol.iterator in input) {
      return collect(input as AsyncIterable<unknown>, known);
    }
  }
  throw new TypeError(
    'series must be a typed array or an array of numbers, { data, shape: [moments, channels] }, moments ' +
      `as objects, or an (async) iterable of moments, got ${show(input)}`,
  );
}

function isFlatSeries(input: unknown): boolean {
  if (ArrayBuffer.isView(input)) return true;
  return typeof input === 'object' && input !== null && 'data' in input && 'shape' in input;
}

function flat(input: FlatSeries, known: Channels | undefined): Series {
  const { data, channels } = flatSeries(
    input,
    ArrayBuffer.isView(input) ? known?.channels : undefined,
  );
  requireChannels(channels, known);
  for (let i = 0; i < data.length; i++) requireNotInfinite(data[i] as number, i, channels);
  const names = known?.names;
  const moments = data.length / channels;
  return { values: data, moments, channels, names, times: undefined, givenTimes: undefined };
}

/** Moments that come one by one, or in pieces. */
async function collect(
  pieces: Iterable<unknown> | AsyncIterable<unknown>,
  known: Channels | undefined,
): Promise<Series> {
  const values: number[] = [];
  const givenTimes: Time[] = [];
  let reader: MomentReader | undefined;
  let moments = 0;
  const add = (moment: unknown) => {
    reader ??= new MomentReader(moment, known);
    for (const value of reader.read(moment, moments)) values.push(value);
    if (reader.hasTimes) givenTimes.push((moment as NamedMoment).time as Time);
    moments++;
  };
  for await (const piece of pieces) {
    // A typed array alone is numbers, one after the other; in an array of moments it is one of them.
    if (isFlatSeries(piece)) {
      const { data, channels } = flatSeries(piece, known?.channels);
      for (let i = 0; i < data.length; i += channels) {
        add(channels === 1 ? data[i] : Array.from(data.subarray(i, i + channels)));
      }
    } else if (Array.isArray(piece)) for (const moment of piece) add(moment);
    else add(piece);
  }
  if (!reader) throw new RangeError('series must have at least one moment, got none');
  const { channels, names, hasTimes } = reader;
  const times = hasTimes ? Float64Array.from(givenTimes, millisecondsOf) : undefined;
  return {
    ...{ values, moments, channels, names, times },
    givenTimes: hasTimes ? givenTimes : undefined,
  };
}

/** Reads moments that are like the first one. */
export class MomentReader {
  readonly channels: number;
  readonly names: readonly string[] | undefined;
  readonly hasTimes: boolean;

  constructor(first: unknown, known?: Channels) {
    if (isNamed(first)) {
      const own = Object.keys(first).filter((name) => name !== 'time');
      this.names = known?.names ?? own;
      this.channels = known?.channels ?? own.length;
      this.hasTimes = first.time !== undefined;
      if (own.length === 0)
        throw new RangeError('a moment must have a channel beside its time, got none');
      if (known && !known.names && own.length === known.channels) this.names = own;
    } else {
      this.names = known?.names;
      this.channels = known?.channels ?? lengthOf(first);
      this.hasTimes = false;
    }
  }

  /** The numbers of moment `number`, one a channel. */
  read(moment: unknown, number: number): number[] {
    if (isNamed(moment)) return this.#readNamed(moment, number);
    if (this.hasTimes) {
      throw new TypeError(
        `moment ${number} must be an object with a time, as those before it, got ${show(moment)}`,
      );
    }
    const list =
      typeof moment === 'object' && moment !== null ? (moment as ArrayLike<unknown>) : [moment];
    if (!Array.isArray(list) && !ArrayBuffer.isView(list)) {
      throw new TypeError(
        `moment ${number} must be a number, an array of numbers or an object, got ${show(moment)}`,
      );
    }
    if (list.length !== this.channels) {
      throw new RangeError(
        `moment ${number} must have ${this.channels} channel${this.channels === 1 ? '' : 's'}, got ${list.length}`,
      );
    }
    return Array.from(list, (value, channel) => numberOf(value, number, channel, this.names));
  }

  #readNamed(moment: NamedMoment, number: number): number[] {
    const { names = [] } = this;
    if (this.hasTimes !== (moment.time !== undefined)) {
      const all = this.hasTimes ? 'a time, as those before it' : 'no time, as those before it';
      throw new TypeError(`moment ${number} must have ${all}, got ${show(moment.time)}`);
    }
    for (const name of Object.keys(moment)) {
      if (name !== 'time' && !names.includes(name)) {
        throw new RangeError(
          `moment ${number} has a channel '${name}', which is none of ${names.join(', ')}`,
        );
      }
    }
    return names.map((name, channel) => {
      if (!Object.hasOwn(moment, name)) {
        throw new RangeError(
          `moment ${number} must have the channel '${name}' (null where it is missing)`,
        );
      }
      return numberOf(moment[name], number, channel, names);
    });
  }
}

function isNamed(moment: unknown): moment is NamedMoment {
  return (
    typeof moment === 'object' &&
    moment !== null &&
    !Array.isArray(moment) &&
    !ArrayBuffer.isView(moment)
  );
}

function lengthOf(moment: unknown): number {
  const isList = Array.isArray(moment) || ArrayBuffer.isView(moment);
  return isList ? (moment as ArrayLike<unknown>).length : 1;
}

function numberOf(
  value: unknown,
  moment: number,
  channel: number,
  names: readonly string[] | undefined,
): number {
  if (value === null || value === undefined) return Number.NaN;
  const where = () => `moment ${moment}, channel ${names?.[channel] ?? channel},`;
  if (typeof value !== 'number')
    throw new TypeError(`${where()} must be a number, got ${show(value)}`);
  if (value - value !== 0 && !Number.isNaN(value)) {
    throw new RangeError(`${where()} must be finite, or NaN where it is missing, got ${value}`);
  }
  return value;
}

function requireNotInfinite(value: number, index: number, channels: number): void {
  if (value - value === 0 || Number.isNaN(value)) return;
  numberOf(value, Math.floor(index / channels), index % channels, undefined);
}

/** The same number of channels as learned. */
export function requireChannels(channels: number, known: Channels | undefined): void {
  if (!known || channels === known.channels) return;
  throw new RangeError(
    `series must have the ${known.channels} channels that were learned, got ${channels}`,
  );
}

/** A time as milliseconds since 1970. */
export function millisecondsOf(time: unknown): number {
  if (typeof time === 'number' && Number.isFinite(time)) return time;
  const date =
    time instanceof Date ? time : typeof time === 'string' ? new Date(asIso(time)) : undefined;
  const ms = date?.getTime() ?? Number.NaN;
  if (Number.isFinite(ms)) return ms;
  throw new TypeError(
    `time must be a Date, a text as in ISO 8601, or milliseconds since 1970, got ${show(time)}`,
  );
}

/** `2014-07-01 00:30:00` is ISO 8601 but for the T; a time without a zone is UTC, on every machine. */
function asIso(text: string): string {
  const iso = text.trim().replace(/^(\d{4}-\d\d-\d\d) /, '$1T');
  return /T\d\d:\d\d(:\d\d(\.\d+)?)?$/.test(iso) ? `${iso}Z` : iso;
}
