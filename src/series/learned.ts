// What a series detector has learned, apart from its network.

import { badModel } from '../base/errors.js';
import { integer, oneOf, record, show } from '../model/checks.js';
import { type ChannelScale, GAPS, type SettledGaps } from './grid.js';
import type { Channels } from './moments.js';
import type { Tail } from './scores.js';

export interface Learned extends Channels, ChannelScale {
  /** Moments per window. */
  readonly window: number;
  /** Milliseconds between moments, if they have times. */
  readonly step: number | undefined;
  readonly gaps: SettledGaps;
  /** The fraction of normal moments that may be above the thresholds. */
  readonly tail: number;
  /** The distributions of scores in training: of moments, and of the newest windows alone. */
  readonly moments: Tail;
  readonly newest: Tail;
}

const VERSION = 1;
const FIELDS = ['version', 'window', 'channels', 'names', 'step', 'gaps', 'tail', 'mean', 'factor'];
const MOST_CHANNELS = 1 << 20;

/** The same knowledge gives the same text. */
export function writeLearned(learned: Learned): string {
  const { window, channels, names, step, gaps, tail, mean, factor, moments, newest } = learned;
  return JSON.stringify({
    ...{ version: VERSION, window, channels, names, step, gaps, tail },
    ...{ mean: [...mean], factor: [...factor] },
    ...{ moments: [moments.middle, moments.spread], newest: [newest.middle, newest.spread] },
  });
}

/** @throws RangeError for anything that {@link writeLearned} does not write. */
export function readLearned(text: string): Learned {
  try {
    const given = record('series', JSON.parse(text), [...FIELDS, 'moments', 'newest']);
    if (given.version !== VERSION) {
      throw new RangeError(
        `its version is ${show(given.version)}, and this library reads ${VERSION}`,
      );
    }
    const channels = integer('channels', given.channels, 1, MOST_CHANNELS);
    const names = given.names as string[] | undefined;
    if (names && !(Array.isArray(names) && names.every((name) => typeof name === 'string'))) {
      throw new TypeError('names must be texts');
    }
    if (names && (names.length !== channels || new Set(names).size < channels)) {
      throw new RangeError(`names must be ${channels} that differ`);
    }
    const learned: Learned = {
      window: integer('window', given.window, 2, 2 ** 20),
      channels,
      names,
      step: given.step === undefined ? undefined : above('step', given.step),
      gaps: oneOf('gaps', given.gaps, GAPS),
      tail: above('tail', given.tail),
      mean: numbers('mean', given.mean, channels, finite),
      factor: numbers('factor', given.factor, channels, above),
      moments: tail('moments', given.moments),
      newest: tail('newest', given.newest),
    };
    if (writeLearned(learned) !== text) throw new RangeError('it is not written as save writes it');
    return learned;
  } catch (error) {
    throw badModel(`'series' in its metadata is wrong: ${(error as Error).message}`);
  }
}

function tail(name: string, value: unknown): Tail {
  const [middle, spread] = numbers(name, value, 2, finite);
  return { middle: middle as number, spread: above(name, spread) };
}

function numbers(
  name: string,
  value: unknown,
  count: number,
  check: (name: string, value: unknown) => number,
): Float64Array {
  if (!Array.isArray(value) || value.length !== count) {
    throw new RangeError(`${name} must have ${count} numbers, got ${show(value)}`);
  }
  return Float64Array.from(value, (each) => check(name, each));
}

function finite(name: string, value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new TypeError(`${name} must be a finite number, got ${show(value)}`);
}

function above(name: string, value: unknown): number {
  if (finite(name, value) > 0) return value as number;
  throw new RangeError(`${name} must be above 0, got ${show(value)}`);
}
