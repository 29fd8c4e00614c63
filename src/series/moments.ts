// Reads a series in any of the accepted forms as moments: numbers, with or without times.

import { show } from '../model/checks.js';
import { type FlatSeries, flatSeries } from './windows.js';

/** The value of a channel at a moment; null, undefined and NaN are missing values. */
export type Reading = number | null | undefined;

/** The time of a moment: a Date, a string that Date parses (such as ISO 8601), or milliseconds since 1970. */
export type Time = Date | string | number;

/** A moment as an object with a property per channel, and optionally its time. */
export interface NamedMoment {
  /** The time of the moment. If the first moment has one, all must. */
  readonly time?: Time;
  readonly [channel: string]: Reading | Time;
}

/** One moment (time step): the number of a single channel, an array of all channels, or an object. */
export type Moment = Reading | readonly Reading[] | Float32Array | Float64Array | NamedMoment;

/** The forms in which `SeriesDetector` accepts a series. */
export type SeriesInput =
  | FlatSeries
  | readonly Moment[]
  | Iterable<Moment | FlatSeries | readonly Moment[]>
  | AsyncIterable<Moment | FlatSeries | readonly Moment[]>;

/** A series that has been read. */
export interface Series {
  /** The values, moment after moment; NaN is missing. */
  readonly values: ArrayLike<number>;
  readonly moments: number;
  readonly channels: number;
  /** The names of the channels, if they have names. */
  readonly names: readonly string[] | undefined;
  /** The time of each moment in milliseconds since 1970, if they have times. */
  readonly times: Float64Array | undefined;
  readonly givenTimes: readonly Time[] | undefined;
}

/** The number of channels and their names. */
export type Channels = Pick<Series, 'channels' | 'names'>;

/** Reads a series, which must have the channels `known`, if given. */
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

/** Collects moments that arrive one by one or in batches. */
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
    // On its own a typed array is a series of numbers; in an array of moments it is one moment.
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

/** Reads moments, which must have the form of the first one. */
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

  /** The numbers of moment `number`, one per channel. */
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

/** Requires the number of channels that was learned. */
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

/** Adds the T of ISO 8601 to `2014-07-01 00:30:00`. A time without a zone is UTC, on every machine. */
function asIso(text: string): string {
  const iso = text.trim().replace(/^(\d{4}-\d\d-\d\d) /, '$1T');
  return /T\d\d:\d\d(:\d\d(\.\d+)?)?$/.test(iso) ? `${iso}Z` : iso;
}
