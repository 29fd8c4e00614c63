// The beginning of a CSV file: byte order marks, comments and lines to skip, and then the first records,
// which show the dialect of the file.

import { quoted } from '../../base/printable.js';
import type { Input } from '../byte-input.js';
import { DataError, UsageError } from '../errors.js';
import { NO_ROWS } from './batch.js';
import {
  type Cell,
  cellsOf,
  cellText,
  LINE_FEED,
  QUOTE,
  QuoteError,
  RETURN,
  SPACE,
  TAB,
} from './csv-cells.js';
import { type Dialect, findDecimal, missingWords } from './dialect.js';
import type { ReadOptions } from './reader.js';
import { asUtf8 } from './text-encoding.js';

/** Longer lines are refused, so that they cannot fill the memory. A million columns fit. */
export const MAX_LINE_BYTES = 2 ** 24;

/** The delimiters that are detected, the most likely first. */
const DELIMITERS = [',', ';', '\t', '|'].map((text) => text.charCodeAt(0));

/** A CSV file up to its first record, which has not been consumed. */
export interface Beginning {
  input: Input;
  /** The bytes before the first record. */
  front: Buffer;
  delimiter: number;
  first: FirstRecord;
  /** The cells of the first record. */
  record: string[];
  dialect: Dialect;
}

/** Skips what precedes the table, and detects the dialect. */
export async function beginCsv(given: Input, options: ReadOptions): Promise<Beginning> {
  const input = await asUtf8(given);
  const start = await input.peek(3);
  const isMarked = start[0] === 0xef && start[1] === 0xbb && start[2] === 0xbf; // the mark of UTF-8
  const front = [await input.take(isMarked ? 3 : 0)];
  let lines = 0;
  const takeLine = async () => {
    const bytes = await input.take(await endOfLine(input, lines + 1));
    if (bytes.length > 0) lines++;
    front.push(bytes);
    return bytes.length > 0;
  };
  while (lines < (options.skip ?? 0)) if (!(await takeLine())) throw noTable(input.name, options);
  // Excel writes the delimiter on a line of its own.
  const [, told] = /^sep=(.)\r?\n?$/i.exec(await firstLine(input, 7)) ?? [];
  if (told !== undefined) await takeLine();
  const byte = (options.delimiter ?? told)?.charCodeAt(0);
  const comment = options.comment?.charCodeAt(0);
  for (let isComment = true; isComment; ) {
    const [next] = await input.peek(1);
    isComment =
      comment === undefined
        ? next === HASH && (await isNoRecord(input, byte, lines))
        : next === comment;
    if (isComment) await takeLine();
  }
  const first = await firstRecord(input, byte, lines);
  const delimiter = byte ?? likelyDelimiter(first.bytes);
  const cells = cellsOfFirst(input.name, first, delimiter);
  const record = cells.map((cell) => cellText(first.bytes, cell));
  const isFound = options.decimal === undefined && options.thousands !== ',';
  const decimal = isFound ? findDecimal(await sampleCells(input, delimiter)) : options.decimal;
  const { thousands, symbols } = options;
  if (thousands !== undefined && thousands === (decimal ?? '.')) {
    const what = decimal === undefined ? 'a point' : quoted(decimal);
    throw new UsageError(
      `--thousands: ${what} is the decimal separator; set another with --decimal`,
    );
  }
  const dialect = { decimal, thousands, symbols, ...missingWords(options.na) };
  return { input, front: Buffer.concat(front), delimiter, first, record, dialect };
}

const HASH = 35;
/** The number of bytes to search for decimal commas, among those that have already been read. */
const SAMPLE_BYTES = 2 ** 16;

function noTable(file: string, { skip }: ReadOptions): DataError {
  return new DataError(file, `it has at most the ${skip} lines that --skip skips`);
}

/** The end of the next line, or of the input. */
async function endOfLine(input: Input, line: number): Promise<number> {
  for (let known = 0; ; ) {
    const head = await input.peek(known + 1);
    const end = head.indexOf(LINE_FEED, known);
    if (end >= 0) return end + 1;
    if (head.length > MAX_LINE_BYTES) throw longLine(input.name, line);
    if (head.length <= known) return head.length;
    known = head.length;
  }
}

/** The next line, if it is at most this long. */
async function firstLine(input: Input, most: number): Promise<string> {
  const head = (await input.peek(most)).subarray(0, most).toString('latin1');
  const end = head.indexOf('\n');
  return end < 0 ? head : head.slice(0, end + 1);
}

/**
 * Whether the next line, which begins with `#`, is a comment: it has no delimiter, or a different number of
 * them than the next line without `#`.
 */
async function isNoRecord(
  input: Input,
  delimiter: number | undefined,
  lines: number,
): Promise<boolean> {
  const end = await endOfLine(input, lines + 1);
  const own = (await input.peek(end)).subarray(0, end);
  let from = end;
  for (let next = own; next[0] === HASH; ) {
    const to = from + (await lengthOfLine(input, from, lines));
    next = (await input.peek(to)).subarray(from, to);
    if (next.length === 0) return false; // there is nothing else in the file
    from = to;
    if (next[0] === HASH || next.toString('latin1').trim() === '') {
      next = own;
      continue;
    }
    const between = delimiter ?? likelyDelimiter(next);
    const count = (line: Buffer) => line.filter((byte) => byte === between).length;
    return count(own) !== count(next) || count(own) === 0;
  }
  return false;
}

async function lengthOfLine(input: Input, from: number, lines: number): Promise<number> {
  for (let known = from; ; ) {
    const head = await input.peek(known + 1);
    const end = head.indexOf(LINE_FEED, known);
    if (end >= 0) return end + 1 - from;
    if (head.length - from > MAX_LINE_BYTES) throw longLine(input.name, lines + 1);
    if (head.length <= known) return head.length - from;
    known = head.length;
  }
}

/** The cells in the bytes that have been read, without waiting for more. */
async function sampleCells(input: Input, delimiter: number): Promise<string[]> {
  const sample = (await input.peek(0)).subarray(0, SAMPLE_BYTES);
  const cells: string[] = [];
  for (let at = 0; at < sample.length; ) {
    const end = sample.indexOf(LINE_FEED, at);
    if (end < 0) break;
    const line = sample.subarray(at, end + 1);
    at = end + 1;
    try {
      for (const cell of cellsOf(line, delimiter)) cells.push(cellText(line, cell).trim());
    } catch (error) {
      if (!(error instanceof QuoteError)) throw error; // a quoted text over several lines
    }
  }
  return cells;
}

/** The first line that is not empty; a quoted text may continue it over several lines. */
export interface FirstRecord {
  bytes: Buffer;
  /** Its end in the input. */
  end: number;
  /** The line in which it begins, and the lines before the peeked bytes and up to its end. */
  line: number;
  before: number;
  lines: number;
}

/** The first record after byte `from` of the input. `before` counts the lines before that. */
async function firstRecord(
  input: Input,
  delimiter: number | undefined,
  before: number,
  from = 0,
): Promise<FirstRecord> {
  const ends = (byte: number) =>
    delimiter === undefined ? DELIMITERS.includes(byte) : byte === delimiter;
  let [start, lines, line] = [from, before, before + 1];
  let [isQuoted, mayQuote] = [false, true];
  for (let at = from; ; ) {
    // Reads no further than needed, since the program at the other end of a pipe may wait for an answer.
    const head = await input.peek(at + 1);
    for (; at < head.length; at++) {
      const byte = head[at] as number;
      if (byte === LINE_FEED) lines++;
      if (byte === QUOTE && mayQuote) isQuoted = !isQuoted; // a doubled quote toggles twice
      if (isQuoted || byte === QUOTE) continue;
      mayQuote = byte === LINE_FEED || ends(byte) || (mayQuote && (byte === SPACE || byte === TAB));
      if (byte !== LINE_FEED) continue;
      if (at > start && !(at === start + 1 && head[start] === RETURN)) {
        return { bytes: head.subarray(start, at + 1), end: at + 1, line, before, lines };
      }
      start = at + 1; // an empty line
      line = lines + 1;
    }
    if (at - start > MAX_LINE_BYTES) throw longLine(input.name, line);
    if ((await input.peek(at + 1)).length > at) continue;
    if (at === start) throw new DataError(input.name, NO_ROWS);
    return { bytes: head.subarray(start), end: at, line, before, lines: lines + 1 };
  }
}

const DECIMAL_COMMA = /^\s*"?[-+]?\d*,\d+"?\s*$/;

/** The most frequent candidate outside of quotes. */
function likelyDelimiter(record: Buffer): number {
  const counts = new Map(DELIMITERS.map((delimiter) => [delimiter, 0]));
  let isQuoted = false;
  for (const byte of record) {
    if (byte === QUOTE) isQuoted = !isQuoted;
    const count = counts.get(byte);
    if (!isQuoted && count !== undefined) counts.set(byte, count + 1);
  }
  const [best] = [...counts].reduce((best, next) => (next[1] > best[1] ? next : best));
  const [first = best] = DELIMITERS;
  if (best !== first) return best;
  // Commas within numbers are probably decimal commas, if there is another delimiter between the numbers.
  const text = record.toString('latin1');
  const others = DELIMITERS.slice(1).filter((delimiter) => {
    const cells = text.split(String.fromCharCode(delimiter));
    return (
      cells.length > 1 && cells.every((cell) => !cell.includes(',') || DECIMAL_COMMA.test(cell))
    );
  });
  return others[0] ?? best;
}

function cellsOfFirst(file: string, { bytes, line }: FirstRecord, delimiter: number): Cell[] {
  try {
    return cellsOf(bytes, delimiter);
  } catch (error) {
    if (!(error instanceof QuoteError)) throw error;
    const { problem, column, at } = error;
    const before = bytes.subarray(0, at).filter((byte) => byte === LINE_FEED).length;
    throw new DataError(file, problem, { line: line + before, column: column + 1 });
  }
}

/** The cells of the second record; undefined if there is none or it cannot be read. */
export async function secondRecord(
  input: Input,
  first: FirstRecord,
  delimiter: number,
): Promise<string[] | undefined> {
  if ((await input.peek(first.end + 1)).length <= first.end) return undefined;
  try {
    const { bytes } = await firstRecord(input, delimiter, first.lines, first.end);
    return cellsOf(bytes, delimiter).map((cell) => cellText(bytes, cell));
  } catch (error) {
    if (error instanceof QuoteError || error instanceof DataError) return undefined; // reported when read
    throw error;
  }
}

export function longLine(file: string, line: number): DataError {
  const problem = `the line is longer than ${MAX_LINE_BYTES} bytes: is a quote not closed, or is this not CSV?`;
  return new DataError(file, problem, { line });
}
