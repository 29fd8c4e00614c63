// Lines of CSV as numbers, straight from the bytes, at 100 to 300 MB/s.

import { DataError } from '../errors.js';
import { MISSING_CELL } from './batch.js';
import { FLOAT32_LIMIT } from './cells.js';
import { AFTER_QUOTE, LINE_FEED, QUOTE, QUOTE_OPEN, RETURN, SPACE, TAB } from './csv-cells.js';
import { longDecimal, POWERS_OF_TEN } from './decimals.js';
import { type Dialect, parseIn } from './dialect.js';
import type { RowLines } from './row-lines.js';

const [PLUS, COMMA, MINUS, DOT, ZERO, LOWER_E] = [43, 44, 45, 46, 48, 101];

/** What is read, and what of it is wanted. */
export interface Table {
  file: string;
  delimiter: number;
  names: readonly string[] | undefined;
  /** The line that says how many columns there are, and how many. */
  firstLine: number;
  columns: number;
  /** How many of them are wanted, and where each goes; -1: nowhere. */
  width: number;
  targets: Int32Array;
  missing: boolean;
  dialect: Dialect;
  /** What lines begin with that are none of the table; -1: nothing. */
  comment: number;
}

/** Where the reading is. */
export interface Position {
  /** Lines that are done. */
  lines: number;
  /** The batch that is being filled, and how many of its rows are. */
  data: Float64Array;
  rows: number;
  /** The lines that all rows so far begin in. */
  rowLines: RowLines;
  /** Its rows as they stand in the file, where that is asked for. */
  texts: Buffer[] | undefined;
}

/**
 * Reads whole records from `from` until `end`, where a line ends, or until the batch is full; returns
 * where to go on. Where a text in quotes has no end yet it stops, and returns -1 - the record's
 * beginning; or says so, if these are the last bytes.
 *
 * A decimal is an integer of its digits times a power of ten. Up to 2^53 and 10^22 both are exact
 * doubles, and so one multiplication or division rounds as Number() does (Clinger 1990, "How to read
 * floating point numbers accurately").
 */
export function readLines(
  bytes: Buffer,
  from: number,
  end: number,
  table: Table,
  position: Position,
  isLast: boolean,
): number {
  const { columns, width, targets, delimiter, comment } = table;
  const { decimal, sentinels } = table.dialect;
  const point = decimal === ',' ? COMMA : DOT;
  const hasSentinels = sentinels !== undefined;
  const { data, texts, rowLines } = position;
  // A delimiter is no space, nor a tab, around cells.
  const space = delimiter === SPACE ? -1 : SPACE;
  const tab = delimiter === TAB ? -1 : TAB;
  let at = from;
  let { rows, lines } = position;
  let base = rows * width;
  while (at < end && base < data.length) {
    const start = at;
    let c = bytes[at] as number;
    if (c === LINE_FEED || (c === RETURN && bytes[at + 1] === LINE_FEED)) {
      at += c === RETURN ? 2 : 1; // an empty line
      lines++;
      continue;
    }
    if (c === comment) {
      at = bytes.indexOf(LINE_FEED, at) + 1;
      lines++;
      continue;
    }
    let column = 0;
    let inner = 0; // ends of lines in quotes
    for (; ; column++) {
      while (c === space || c === tab) c = bytes[++at] as number;
      const target = column < columns ? (targets[column] as number) : -1;
      if (c === QUOTE) {
        const [cell, line] = [++at, lines + inner + 1];
        for (c = bytes[at] as number; ; c = bytes[++at] as number) {
          if (c === QUOTE) {
            if (bytes[at + 1] !== QUOTE) break;
            at++;
          } else if (c === LINE_FEED) {
            inner++;
            if (at + 1 === end) {
              position.rows = rows;
              position.lines = lines;
              if (isLast) throw wrongQuote(table, QUOTE_OPEN, line, column);
              return -1 - start;
            }
          }
        }
        const close = at;
        c = bytes[++at] as number;
        while (c === space || c === tab) c = bytes[++at] as number;
        if (c === RETURN && bytes[at + 1] === LINE_FEED) c = bytes[++at] as number;
        if (c !== delimiter && c !== LINE_FEED) {
          throw wrongQuote(table, AFTER_QUOTE, lines + inner + 1, column);
        }
        if (target >= 0) {
          const text = bytes.toString('utf8', cell, close).replaceAll('""', '"');
          data[base + target] = cellValue(text, table, line, column);
        }
      } else if (target >= 0) {
        const cell = at;
        const isNegative = c === MINUS;
        if (isNegative || c === PLUS) c = bytes[++at] as number;
        let integer = 0;
        let low = 0; // the same, modulo 2^32
        let digits = at;
        let exponent = 0;
        for (let digit = c - ZERO; digit >= 0 && digit <= 9; digit = c - ZERO) {
          integer = integer * 10 + digit;
          low = (Math.imul(low, 10) + digit) | 0;
          c = bytes[++at] as number;
        }
        digits = at - digits;
        if (c === point) {
          c = bytes[++at] as number;
          const fraction = at;
          for (let digit = c - ZERO; digit >= 0 && digit <= 9; digit = c - ZERO) {
            integer = integer * 10 + digit;
            low = (Math.imul(low, 10) + digit) | 0;
            c = bytes[++at] as number;
          }
          exponent = fraction - at;
          digits -= exponent;
        }
        if (digits > 0 && (c | 32) === LOWER_E) {
          c = bytes[++at] as number;
          const isSmall = c === MINUS;
          if (isSmall || c === PLUS) c = bytes[++at] as number;
          let power = 0;
          let count = 0;
          for (let digit = c - ZERO; digit >= 0 && digit <= 9; digit = c - ZERO) {
            if (power < 1000) power = power * 10 + digit;
            count++;
            c = bytes[++at] as number;
          }
          exponent += isSmall ? -power : power;
          if (count === 0) digits = 0; // no number
        }
        while (c === space || c === tab) c = bytes[++at] as number;
        if (c === RETURN && bytes[at + 1] === LINE_FEED) c = bytes[++at] as number;
        let value = Number.NaN;
        if (digits > 0 && (c === delimiter || c === LINE_FEED)) {
          if (integer < 2 ** 53 && exponent >= -22 && exponent <= 22) {
            value =
              exponent < 0
                ? integer / (POWERS_OF_TEN[64 - exponent] as number)
                : integer * (POWERS_OF_TEN[64 + exponent] as number);
          } else {
            value = longDecimal(integer, low, exponent);
          }
          if (isNegative) value = -value;
        }
        if (!(Math.abs(value) < FLOAT32_LIMIT) || (hasSentinels && sentinels?.has(value))) {
          for (at = cell, c = bytes[at] as number; c !== delimiter && c !== LINE_FEED; ) {
            c = bytes[++at] as number;
          }
          value = cellValue(bytes.toString('utf8', cell, at), table, lines + inner + 1, column);
        }
        data[base + target] = value;
      } else {
        while (c !== delimiter && c !== LINE_FEED) c = bytes[++at] as number;
      }
      if (c === LINE_FEED) break;
      c = bytes[++at] as number;
    }
    if (column + 1 !== columns) throw wrongCount(table, column + 1, lines + 1);
    at++;
    rowLines.add(lines + 1);
    lines += inner + 1;
    rows++;
    base += width;
    texts?.push(bytes.subarray(start, at));
  }
  position.rows = rows;
  position.lines = lines;
  return at;
}

function cellValue(text: string, table: Table, line: number, column: number): number {
  const value = parseIn(text, table.dialect);
  if (typeof value === 'number' && (table.missing || !Number.isNaN(value))) return value;
  throw new DataError(table.file, typeof value === 'string' ? value : MISSING_CELL, {
    line,
    column: column + 1,
    name: table.names?.[column],
  });
}

function wrongCount(table: Table, count: number, line: number): DataError {
  const cells = (n: number) => `${n} cell${n === 1 ? '' : 's'}`;
  const problem = `${cells(count)} where line ${table.firstLine} has ${table.columns}`;
  return new DataError(table.file, problem, { line });
}

function wrongQuote({ file }: Table, problem: string, line: number, column: number): DataError {
  return new DataError(file, problem, { line, column: column + 1 });
}
