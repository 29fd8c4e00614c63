// Detects whether the first line of a CSV file is a header.

import { quoted } from '../../base/printable.js';
import type { Input } from '../byte-input.js';
import { DataError } from '../errors.js';
import { cellKind } from './cells.js';
import { isRange } from './column-list.js';
import { type FirstRecord, secondRecord } from './csv-beginning.js';
import { type Dialect, parseIn } from './dialect.js';
import { chooseColumns, type Selection } from './selection.js';

/**
 * Whether the first line is a header: the chosen columns then have words in it, as opposed to numbers.
 * Missing cells can be in either. If that is ambiguous, the second line decides.
 */
export async function firstLineIsHeader(
  input: Input,
  columns: string | Selection | undefined,
  record: readonly string[],
  first: FirstRecord,
  delimiter: number,
  dialect: Dialect,
): Promise<boolean> {
  const file = input.name;
  // A choice of columns by name implies a header.
  const spec = typeof columns === 'object' ? columns.spec : columns;
  const kept = typeof columns === 'object' ? columns.keep : undefined;
  const named = [spec, kept].flatMap((list) => list?.split(',') ?? []);
  if (named.some((item) => !isRange(item))) return true;
  const learned = typeof columns === 'object' ? columns.learned?.names : undefined;
  if (learned && hasNames(record, learned)) return true;
  const indices =
    typeof columns === 'object' && spec === undefined
      ? columns.placed(file, record.length)
      : chooseColumns(file, spec, undefined, record.length);
  const kinds = indices.map((index) => kindIn(record[index] as string, dialect));
  const word = kinds.indexOf('word');
  const number = kinds.indexOf('number');
  if (number < 0) return word >= 0;
  if (word < 0 && !mayBeNames(record)) return false;
  const second = await secondRecord(input, first, delimiter);
  if (second?.length === record.length) {
    const kindBelow = (index: number) => kindIn(second[index] as string, dialect);
    if (word < 0) return second.some((text) => /^[-+]?\d*[.,]\d+$/.test(text.trim()));
    // Words above numbers are names. Words above words may be data.
    const words = indices.filter((_, i) => kinds[i] === 'word');
    if (words.every((index) => kindBelow(index) !== 'word')) return true;
  }
  if (word < 0) return false;
  const [a, b] = [word, number].map((i) => quoted(record[indices[i] as number] as string));
  throw new DataError(
    file,
    `${a} is text and ${b} is a number: give --header if the line has names, --no-header if it is data, or --columns to select columns`,
    { line: first.line },
  );
}

/**
 * Whether the first line of a table with categories is a header: yes if a number is below a word, no if the
 * line itself has a number.
 */
export function wordsAreNames(
  first: readonly string[],
  second: readonly string[] = [],
  dialect: Dialect,
): boolean {
  const kinds = first.map((text) => kindIn(text, dialect));
  const isAbove = (kind: string, i: number) =>
    kind === 'word' && second[i] !== undefined && kindIn(second[i] as string, dialect) === 'number';
  return kinds.some(isAbove) || !kinds.includes('number');
}

/** Whether a line of numbers may be a header of column numbers or years: three or more consecutive integers. */
function mayBeNames(record: readonly string[]): boolean {
  const numbers = record.map((text) => (/^\d{1,4}$/.test(text) ? Number(text) : Number.NaN));
  const [start = Number.NaN] = numbers;
  const isStart = start === 0 || start === 1 || (start >= 1900 && start <= 2100);
  return isStart && numbers.length >= 3 && numbers.every((number, i) => number === start + i);
}

/** The kind of a cell in a file of this dialect. */
function kindIn(text: string, dialect: Dialect): 'number' | 'missing' | 'word' {
  const value = parseIn(text, dialect);
  if (typeof value === 'number') return Number.isNaN(value) ? 'missing' : 'number';
  return cellKind(text);
}

/** Whether a line has the model's names: all of them, or at least one that is not a number. */
function hasNames(record: readonly string[], names: readonly string[]): boolean {
  const cells = new Set(record);
  const found = names.filter((name) => cells.has(name));
  return found.length === names.length || found.some((name) => cellKind(name) === 'word');
}
