// Finds out what the columns of a table hold, from their rows and from the given types.

import { valueError } from '../base/errors.js';
import { printable, quoted } from '../base/printable.js';
import { timeSlices } from '../base/slices.js';
import { isMissing, numberOf, timeOf, truthOf } from './cells.js';
import {
  type CategoryColumn,
  type CategoryValue,
  type Column,
  type ColumnType,
  keyOf,
  type NumberColumn,
  type Transform,
} from './columns.js';
import { type DateStyle, finer, parseIso, partsOf, unitOf } from './dates.js';
import type { Rows } from './rows.js';
import { learnScale } from './transforms.js';

/** What was specified for a column. */
export interface Told {
  readonly type?: ColumnType;
  readonly transform?: Transform;
}

/** With fewer values, it means nothing that all of them differ. */
const FEW = 10;
/** In smaller tables every value gets a unit. */
const SMALL = 100;
/**
 * The number of rows from which a value gets its own unit: 2, or a thousandth of the rows if that is more,
 * but no more than 10. Rarer values share one.
 */
export function leastRows(rows: number): number {
  return rows < SMALL ? 1 : Math.min(Math.max(Math.ceil(rows / 1000), 2), 10);
}
/** The maximum number of units of a category. Values beyond the most frequent ones count as rare. */
export const MOST_VALUES = 1000;
/** How many rare values are kept, to tell them from new ones, and their characters in total. */
const [MOST_RARE, MOST_CHARACTERS] = [10_000, 100_000];
/** If values that are frequent enough cover less than this fraction of the rows, the column is text. */
const COVERED = 0.5;
/** If at least this fraction of a text column's cells are numbers, the others are taken for mistakes. */
const MOSTLY = 0.9;
/** Names of columns that contain identifiers. */
const ID =
  /^$|^(id|idx|index|key|row|nr|no|uuid|guid|unnamed: 0)$|[_\s.-](id|key|nr|no|uuid)$|[a-z]I[dD]$/i;
const ID_EXACT = /[a-z](Id|ID)$/;
/** Names of columns that contain times. */
const TIME = /time|date|stamp|epoch|created|updated|modified|(^|_)ts$|_at$/i;
/** The years from 1990 to 2100, in seconds since 1970. */
const [EARLIEST, LATEST] = [631_152_000, 4_102_444_800];
/** Rows between two checks of the clock. */
const STRETCH = 4096;
/**
 * A column with more different numbers, some of them with fractions, is neither a category nor an
 * identifier.
 */
const MANY = 1000;

/** The contents of a column: how many cells of each kind. */
interface Census {
  readonly counts: Map<string, { count: number; value: CategoryValue; row: number }>;
  readonly numbers: Float64Array;
  present: number;
  numeric: number;
  texts: number;
  truths: number;
  zeroes: number;
  dates: number;
  dateObjects: number;
  firstWord: { row: number; text: string } | undefined;
  style: DateStyle | undefined;
  fractions: boolean;
}

/**
 * Infers the columns of a table.
 *
 * @param told the given types, by column name.
 * @throws RangeError for a column that is mostly numbers but has a word, or that does not match its given
 * type.
 */
export async function inferColumns(
  name: string,
  rows: Rows,
  names: readonly string[],
  told: ReadonlyMap<string, Told>,
  signal?: AbortSignal,
): Promise<Column[]> {
  const columns: Column[] = [];
  for (const [index, column] of names.entries()) {
    const given = told.get(column) ?? {};
    if (given.type === 'ignore') {
      columns.push({ name: column, type: 'ignore', why: 'as it was told' });
      continue;
    }
    const cell = rows.column(column, index) ?? (() => undefined);
    columns.push(
      await inferColumn({ name, column, index, rows: rows.length, cell }, given, signal),
    );
  }
  return columns;
}

interface Source {
  /** The name of the rows in errors. */
  readonly name: string;
  readonly column: string;
  readonly index: number;
  readonly rows: number;
  cell(row: number): unknown;
}

async function inferColumn(
  source: Source,
  told: Told,
  signal: AbortSignal | undefined,
): Promise<Column> {
  const isOpen = told.type === undefined || told.type === 'number';
  const census =
    (isOpen && (await take(source, true, signal))) || (await take(source, false, signal));
  const { column: name } = source;
  if (census.present === 0) return { name, type: 'ignore', why: 'every value is missing' };
  const type = told.type ?? typeOf(source, census);
  switch (type) {
    case 'number':
      return numberColumn(source, census, told.transform);
    case 'date':
      return dateColumn(source, census);
    case 'boolean':
      return booleanColumn(source, census);
    case 'category':
      return categoryColumn(source, census, told.type !== undefined);
    default:
      return { name, type: 'ignore', why: type };
  }
}

/**
 * Counts the cells of a column. `numbersOnly`: stops counting distinct values once they are clearly
 * measurements, which halves the time. Returns undefined if a cell of another kind follows.
 */
async function take(
  source: Source,
  numbersOnly: true,
  signal: AbortSignal | undefined,
): Promise<Census | undefined>;
async function take(
  source: Source,
  numbersOnly: false,
  signal: AbortSignal | undefined,
): Promise<Census>;
async function take(
  source: Source,
  numbersOnly: boolean,
  signal: AbortSignal | undefined,
): Promise<Census | undefined> {
  const { rows, cell } = source;
  const counts: Census['counts'] = new Map();
  const numbers = new Float64Array(rows);
  const census: Census = {
    ...{ counts, numbers, present: 0, numeric: 0, texts: 0, truths: 0, zeroes: 0 },
    ...{ dates: 0, dateObjects: 0, firstWord: undefined, style: undefined, fractions: false },
  };
  const pause = timeSlices(signal);
  for (let row = 0; row < rows; row++) {
    if (row % STRETCH === 0) await pause();
    const value = cell(row);
    if (isMissing(value)) continue;
    const isClear = numbersOnly && census.fractions && counts.size >= MANY;
    count(source, census, value, row, !isClear);
    if (isClear && (census.numeric < census.present || census.zeroes > 0)) return undefined;
  }
  return census;
}

function count(
  source: Source,
  census: Census,
  value: unknown,
  row: number,
  tellsApart: boolean,
): void {
  census.present++;
  if (value instanceof Date) {
    census.dates++;
    census.dateObjects++;
    census.style = { form: 'Date' };
    return;
  }
  if (typeof value === 'object' || typeof value === 'function' || typeof value === 'symbol') {
    const kind = Array.isArray(value)
      ? 'an array'
      : `${typeof value === 'object' ? 'an' : 'a'} ${typeof value}`;
    throw cellError(source, row, 'must be a text, a number, true or false, or a Date', kind);
  }
  if (tellsApart) {
    const key = keyOf(value);
    const known = census.counts.get(key);
    if (known) known.count++;
    else census.counts.set(key, { count: 1, value: value as CategoryValue, row });
  }
  if (typeof value === 'string') census.texts++;
  if (typeof value === 'boolean' || isTruthWord(value)) census.truths++;
  const number = numberOf(value);
  if (number !== undefined) {
    if (!Number.isFinite(number)) {
      throw cellError(source, row, 'must be finite numbers', String(value));
    }
    // 007 is a code, not a number.
    if (typeof value === 'string' && !isBetween(value, '1', '9') && /^\s*0\d/.test(value)) {
      census.zeroes++;
    }
    if (!Number.isInteger(number)) census.fractions = true;
    census.numbers[census.numeric++] = number;
    return;
  }
  const iso = parseIso((value as string).trim());
  if (iso) {
    census.dates++;
    census.style = census.style ? finer(census.style, iso.style) : iso.style;
  }
  census.firstWord ??= { row, text: String(value) };
}

/** Whether a text starts with a character in this range: cheaper than a regular expression, for all numbers. */
const isBetween = (text: string, from: string, to: string) =>
  text >= from && (text[0] as string) <= to;

const isTruthWord = (value: unknown) =>
  typeof value === 'string' && !isBetween(value, '!', '9') && /^\s*(true|false)\s*$/i.test(value);

/** The type of a column, or why it is left out. */
function typeOf(source: Source, census: Census): Exclude<ColumnType, 'ignore'> | string {
  const { present, numeric, truths, dates, counts } = census;
  if (dates === present) return 'date';
  if (truths === present) return 'boolean';
  if (numeric === present && census.zeroes === 0) {
    if (isUnixTime(source, census)) return 'date';
    return identifier(source, census) ?? 'number';
  }
  const text = textOf(census);
  if (text === undefined) return 'category';
  const word = census.firstWord;
  const isNumbers = numeric >= MOSTLY * present;
  if (word && (isNumbers || dates >= MOSTLY * present) && present >= FEW) {
    const like = isNumbers ? 'numbers' : 'dates';
    // The first cell that differs from the others.
    const odd = isNumbers
      ? word
      : (firstOf(census, (value) => timeOf(value) === undefined) ?? word);
    throw cellError(
      source,
      odd.row,
      `must be ${like} as nearly all others of its column are, or missing (else say what the column is, ` +
        `as in columns: { ${propertyName(source.column)}: 'category' })`,
      quoted(odd.text),
    );
  }
  return counts.size === present ? 'every value is different' : text;
}

function propertyName(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name);
}

function firstOf(
  { counts }: Census,
  test: (value: CategoryValue) => boolean,
): { row: number; text: string } | undefined {
  for (const { value, row } of counts.values()) {
    if (test(value)) return { row, text: String(value) };
  }
  return undefined;
}

/** Why a column of texts is not a category; undefined if it is one. */
function textOf({ counts, present }: Census): string | undefined {
  if (present < FEW) return undefined;
  const least = leastRows(present);
  if (least === 1)
    return counts.size > MOSTLY * present ? 'nearly every value is different' : undefined;
  let covered = 0;
  for (const { count } of counts.values()) if (count >= least) covered += count;
  return covered < COVERED * present ? 'nearly every value is different' : undefined;
}

/** Why a column of numbers is not used as numbers; undefined if it is. */
function identifier({ column }: Source, census: Census): string | undefined {
  const { counts, present, numbers, numeric } = census;
  if (present < FEW || counts.size < MOSTLY * present) return undefined;
  const values = numbers.subarray(0, numeric);
  if (!values.every(Number.isInteger)) return undefined;
  const why =
    counts.size === present ? 'every value is different' : 'nearly every value is different';
  const isNamed = ID.test(column) || ID_EXACT.test(column);
  const isCount = values.every((value, i) => value === (values[0] as number) + i);
  const isRowNumber = isCount && (values[0] === 0 || values[0] === 1);
  // Beyond what float64 can distinguish.
  const isLong = values.every((value) => Math.abs(value) > 2 ** 53);
  return isNamed || isRowNumber || isLong ? why : undefined;
}

/** Whether numbers are times: milliseconds by their size, seconds by their size and the column's name. */
function isUnixTime({ column }: Source, { numbers, numeric, counts }: Census): boolean {
  if (counts.size < 2) return false;
  const values = numbers.subarray(0, numeric);
  if (values.every((value) => value >= EARLIEST * 1000 && value <= LATEST * 1000)) {
    return values.every(Number.isInteger);
  }
  return TIME.test(column) && values.every((value) => value >= EARLIEST && value <= LATEST);
}

function numberColumn(
  source: Source,
  census: Census,
  transform: Transform | undefined,
): NumberColumn {
  if (census.numeric < census.present) {
    const { row, text } = census.firstWord ?? firstDate(source);
    throw cellError(source, row, 'must be numbers in a number column', quoted(text));
  }
  const values = census.numbers.subarray(0, census.numeric);
  const isScaled = learnScale(values, transform);
  return {
    name: source.column,
    type: 'number',
    ...isScaled,
    text: census.texts === census.present,
  };
}

function firstDate({ rows, cell }: Source): { row: number; text: string } {
  for (let row = 0; row < rows; row++) {
    const value = cell(row);
    if (value instanceof Date) return { row, text: String(value) };
  }
  return { row: 0, text: '' };
}

function categoryColumn(source: Source, census: Census, isTold: boolean): CategoryColumn | Column {
  const { counts, present } = census;
  if (counts.size === 0) {
    throw cellError(
      source,
      firstDate(source).row,
      'must be texts or numbers in a category',
      'a Date',
    );
  }
  const least = leastRows(present);
  const frequent = [...counts.values()].filter(({ count }) => count >= least);
  frequent.sort((a, b) => b.count - a.count || order(a.value, b.value));
  // A column specified as a category has at least one value.
  const first = isTold && frequent.length === 0 ? [...counts.values()].slice(0, 1) : [];
  const values = [...frequent.slice(0, MOST_VALUES), ...first]
    .map(({ value }) => value)
    .sort(order);
  const own = new Set(values.map(keyOf));
  const others = [...counts.keys()].filter((key) => !own.has(key)).sort();
  const characters = others.reduce((sum, key) => sum + key.length, 0);
  const rare = others.length <= MOST_RARE && characters <= MOST_CHARACTERS ? others : [];
  const other = others.length;
  return { name: source.column, type: 'category', values, other, rare, rows: present };
}

/** Numbers by size, everything else by its text. */
function order(a: CategoryValue, b: CategoryValue): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [x, y] = [keyOf(a), keyOf(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}

function booleanColumn(source: Source, census: Census): CategoryColumn {
  const found: [CategoryValue?, CategoryValue?] = [];
  for (const { value, row } of census.counts.values()) {
    const truth = truthOf(value);
    if (truth === undefined) {
      throw cellError(
        source,
        row,
        'must be true or false in a boolean column',
        quoted(String(value)),
      );
    }
    found[Number(truth)] ??= value;
  }
  const isText = typeof (found[0] ?? found[1]) === 'string';
  // A value that does not occur is derived from the other.
  const values = [found[0] ?? (isText ? 'false' : false), found[1] ?? (isText ? 'true' : true)];
  return { name: source.column, type: 'boolean', values, other: 0, rare: [], rows: census.present };
}

function dateColumn(source: Source, census: Census): Column {
  const times = new Float64Array(census.present);
  let length = 0;
  let style = census.style;
  for (let row = 0; row < source.rows; row++) {
    const value = source.cell(row);
    if (isMissing(value)) continue;
    if (!style) {
      const number = numberOf(value);
      const text = typeof value === 'string';
      if (number !== undefined) style = { form: unitOf(number), ...(text && { text }) };
    }
    const time = timeOf(value, style);
    if (time === undefined) {
      const must =
        'must be dates in a date column: ISO 8601, as in 2024-05-17 or 2024-05-17T12:30:00Z, or Unix times';
      throw cellError(source, row, must, quoted(printable(String(value))));
    }
    times[length++] = time;
  }
  const { offset, factor } = learnScale(times, 'standard');
  const parts = Array.from(times, partsOf);
  const varies = (part: 'hour' | 'weekday' | 'month') =>
    new Set(parts.map((p) => p[part])).size > 1;
  const months = new Set(Array.from(times, (time) => new Date(time).getUTCMonth()));
  return {
    name: source.column,
    type: 'date',
    style: style as DateStyle,
    parts: [
      'trend',
      ...(varies('hour') ? (['hour'] as const) : []),
      ...(varies('weekday') ? (['weekday'] as const) : []),
      ...(months.size > 1 ? (['month'] as const) : []),
    ],
    offset,
    factor,
    days: !parts.some(({ hour }) => hour !== 0),
  };
}

/** The error for one cell. */
export function cellError(
  { name, column, index }: Pick<Source, 'name' | 'column' | 'index'>,
  row: number,
  must: string,
  is: string,
): RangeError {
  return valueError({ input: name, row, column: index, columnName: column, must, is });
}
