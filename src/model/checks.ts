// Checks of values at the public boundary, and the errors they throw, which people and programs can read.

import { printable, quoted } from '../base/printable.js';
import { type Got, hide, mention, plain, type Wording, worded } from '../base/wording.js';
import { elsewhere } from './option-names.js';
import type { OptionRow, Range } from './option-table.js';
import { meant } from './synonyms.js';

/** The details of an error about an option, for programs. */
export interface OptionFault {
  /** The option's name, or the path to it, as in `schedule.warmup`. */
  option: string;
  /** What the option must be. */
  expected: string;
  /** The given value. */
  got: unknown;
  /** The whole message, with the options marked in it. */
  wording: Wording;
}

/**
 * Creates the error for an option of the wrong kind (TypeError) or out of range (RangeError), with its
 * details as fields. The fields are not enumerable, so that errors print and compare as plain ones.
 */
export function wrong(
  Kind: typeof TypeError | typeof RangeError,
  option: string,
  expected: string,
  got: unknown,
  hint: string = '',
): Error & OptionFault {
  const wording = worded`${mention(option)} must be ${expected}${but(got)}${hint}`;
  return fault(Kind, option, got, wording, expected);
}

/**
 * Like `wrong`, but with a message of its own. The default for the field `expected` is the text before
 * `but(...)`, or before `, got` in a message that names no option except at its beginning.
 */
export function fault(
  Kind: typeof TypeError | typeof RangeError,
  option: string,
  got: unknown,
  words: string | Wording,
  expected?: string,
): Error & OptionFault {
  const wording = typeof words === 'string' ? textOf(option, words) : words;
  const must = plain(wording.slice(0, endOfExpected(wording))).split(', got ', 1)[0] as string;
  return hide(new Kind(plain(wording)), { option, expected: expected ?? must, got, wording });
}

function textOf(option: string, text: string): Wording {
  return text.startsWith(option) ? [mention(option), text.slice(option.length)] : [text];
}

/** The index of the part that says what was given instead. */
function endOfExpected(wording: Wording): number {
  const at = wording.findIndex((part) => typeof part !== 'string' && 'shown' in part);
  return at < 0 ? wording.length : at;
}

/** The part of a message that says what was given: `, got ...`. */
export function but(got: unknown, shown: string = show(got)): Got {
  return { got, shown };
}

/** Formats a value for an error message. */
export function show(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'object' && value !== null) {
    const name = printable(String(value.constructor?.name ?? 'object'));
    const length = (value as { length?: unknown }).length;
    return typeof length === 'number'
      ? `${name}(${length})`
      : `an ${name}`.replace(/^an ([^AEIOU])/, 'a $1');
  }
  return printable(String(value));
}

/** Custom checks, by the names that option rows have for them. */
export type OwnChecks<Check extends string = string> = Readonly<
  Record<Check, (value: unknown, name: string) => unknown>
>;

/** An option's value, checked against its row, or the row's default. */
export function checked(name: string, row: OptionRow, given: unknown, own?: OwnChecks): unknown {
  const value = given ?? row.default;
  if (value === undefined && !row.needed) return undefined;
  switch (row.kind) {
    case 'integer':
      return integer(name, value, row.from, row.to);
    case 'number':
      return within(name, value, row.range);
    case 'float32':
      return within32(name, value, row.range);
    case 'boolean':
      return boolean(name, value);
    case 'choice':
      return oneOf(name, value, row.of);
    case 'own':
      return own?.[row.check]?.(value, name);
  }
}

export function integer(name: string, value: unknown, low: number, high: number): number {
  const expected = `an integer from ${low} to ${high}`;
  if (typeof value !== 'number') throw wrong(TypeError, name, expected, value);
  if (!Number.isInteger(value) || value < low || value > high) {
    throw wrong(RangeError, name, expected, value);
  }
  return value;
}

export function within(name: string, value: unknown, range: Range): number {
  const low = range.from === undefined ? `above ${range.above}` : `at least ${range.from}`;
  const high = range.atMost === undefined ? `below ${range.below}` : `at most ${range.atMost}`;
  const expected = `a number ${low} and ${high}`;
  if (typeof value !== 'number') throw wrong(TypeError, name, expected, value);
  const { from = -Infinity, above = -Infinity, atMost = Infinity, below = Infinity } = range;
  // The condition is written so that NaN fails.
  if (!(value >= from && value > above && value <= atMost && value < below)) {
    throw wrong(RangeError, name, expected, value);
  }
  return value;
}

/** Checks that a number is in the range, also after rounding to float32, which the kernels get. */
export function within32(name: string, value: unknown, range: Range): number {
  const checked = within(name, value, range);
  const rounded = Math.fround(checked);
  const { above = -Infinity, below = Infinity } = range;
  if (rounded > above && rounded < below) return checked;
  const limit = rounded > above ? `below ${below}` : `above ${above}`;
  const expected = `a number that is also ${limit} as a float32`;
  throw wrong(RangeError, name, expected, value, `, which becomes ${rounded}`);
}

export function boolean(name: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw wrong(TypeError, name, 'true or false', value);
}

export function oneOf<T extends string>(name: string, value: unknown, allowed: readonly T[]): T {
  if (allowed.includes(value as T)) return value as T;
  const expected = `one of ${allowed.map((item) => `'${item}'`).join(', ')}`;
  if (typeof value !== 'string') throw wrong(TypeError, name, expected, value);
  throw wrong(RangeError, name, expected, value, `; did you mean '${closest(value, allowed)}'?`);
}

/** Checks that a value is an object of options, all of them known. */
export function record(
  what: string,
  options: unknown,
  names: readonly string[],
): Record<string, unknown> {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw wrong(TypeError, what, 'an object', options);
  }
  for (const [name, value] of Object.entries(options)) {
    if (!names.includes(name)) {
      const other = what.endsWith('options') ? elsewhere(name, names) : undefined;
      const advice = other ?? `; did you mean '${closest(name, names)}'?`;
      const wording = worded`${what} has no ${quoted(name)}${advice} (known: ${names.join(', ')})`;
      throw fault(TypeError, name, value, wording, `one of ${names.join(', ')}`);
    }
    if (value === null) {
      const option = what.endsWith('options') ? name : `${what}.${name}`;
      const wording = worded`${mention(option)} must not be null; use undefined for the default`;
      throw fault(TypeError, option, null, wording);
    }
  }
  return options as Record<string, unknown>;
}

/** The options of a method, all of which are optional. */
export function methodOptions(
  method: string,
  options: unknown,
  names: readonly string[],
): Record<string, unknown> {
  return options === undefined ? {} : record(`${method} options`, options, names);
}

/**
 * The most likely intended name: a synonym, or else the one with the smallest edit distance (Levenshtein),
 * ignoring case.
 */
export function closest(name: string, names: readonly string[]): string {
  const synonym = meant(name, names);
  if (synonym !== undefined) return synonym;
  const distance = (a: string, b: string): number => {
    let row = Array.from({ length: b.length + 1 }, (_, j) => j);
    for (let i = 1; i <= a.length; i++) {
      const next = [i];
      for (let j = 1; j <= b.length; j++) {
        const change = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
        next[j] = Math.min(change, (row[j] as number) + 1, (next[j - 1] as number) + 1);
      }
      row = next;
    }
    return row[b.length] as number;
  };
  // Names are cut, since a file may have millions of names, or names of megabytes.
  const short = (text: string) => text.slice(0, 40).toLowerCase();
  const wanted = short(name);
  const scored = names
    .slice(0, 10_000)
    .map((known) => [distance(wanted, short(known)), known] as const);
  return scored.reduce((best, item) => (item[0] < best[0] ? item : best))[1];
}
