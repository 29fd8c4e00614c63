// Parses lines of CSV into numbers, straight from the bytes, at 100 to 300 MB/s.

import { DataError } from '../errors.js';
import { MISSING_CELL } from './batch.js';
import { FLOAT32_LIMIT } from './cells.js';
import { AFTER_QUOTE, LINE_FEED, QUOTE, QUOTE_OPEN, RETURN, SPACE, TAB } from './csv-cells.js';
import { longDecimal, POWERS_OF_TEN } from './decimals.js';
import { type Dialect, parseIn } from './dialect.js';
import type { RowLines } from './row-lines.js';

const [PLUS, COMMA, MINUS, DOT, ZERO, LOWER_E] = [43, 44, 45, 46, 48, 101];

/** The table to read, and the columns to take from it. */
export interface Table {
  file: string;
  delimiter: number;
  names: readonly string[] | undefined;
  /** The line that determines the number of columns, and that number. */
  firstLine: number;
  columns: number;
  /** The number of chosen columns, and for each column its index among them, or -1. */
  width: number;
  targets: Int32Array;
  missing: boolean;
  dialect: Dialect;
  /** The byte that begins a comment line; -1: none. */
  comment: number;
}

/** The state of the parser. */
export interface Position {
  /** The number of lines read. */
  lines: number;
  /** The current batch, and the number of rows in it. */
  data: Float64Array;
  rows: number;
  /** The line in which each row begins. */
  rowLines: RowLines;
  /** The batch's rows as they are in the file, if requested. */
  texts: Buffer[] | undefined;
}

/**
 * Reads complete records from `from` until `end`, which is the end of a line, or until the batch is full.
 * Returns the offset to continue at. If a quoted text has no end yet, stops and returns -1 - the record's
 * offset, or throws if these are the last bytes.
 *
 * A decimal is the integer of its digits times a power of ten. Up to 2^53 and 10^22 both are exact doubles,
 * so that one multiplication or division rounds as Number() does (Clinger 1990, "How to read floating point
 * numbers accurately").
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
  // A space or tab that is the delimiter is not padding.
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
    let inner = 0; // line breaks in quotes
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
          if (count === 0) digits = 0; // not a number
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
