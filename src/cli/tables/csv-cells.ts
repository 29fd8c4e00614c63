// Parses a CSV record into cells of text (https://www.rfc-editor.org/rfc/rfc4180), for headers and for
// cells that are copied. csv-lines.ts parses numbers.

import { type Dialect, plainText } from './dialect.js';
import type { TextRows } from './format.js';
import { type Columns, filledText, type Original } from './original.js';

export const [TAB, LINE_FEED, RETURN, SPACE, QUOTE] = [9, 10, 13, 32, 34];

/** The position of a cell in its record, without padding but with its quotes. */
export interface Cell {
  from: number;
  to: number;
}

/** Messages for invalid quotes. */
export const QUOTE_OPEN = 'a quote is opened here but never closed';
export const AFTER_QUOTE = 'after the closing quote comes something else than a new cell';

/** Invalid quotes. The column counts from 0. */
export class QuoteError extends Error {
  constructor(
    readonly problem: string,
    readonly column: number,
    /** The offset in the record. */
    readonly at: number,
  ) {
    super(problem);
  }
}

/** Whether a byte is padding around a cell: a space or tab that is not the delimiter. */
export const isPadding = (byte: number | undefined, delimiter: number) =>
  (byte === SPACE || byte === TAB) && byte !== delimiter;

/** The cells of a record. The line break at its end is ignored. */
export function cellsOf(record: Uint8Array, delimiter: number): Cell[] {
  let end = record.length;
  if (record[end - 1] === LINE_FEED) end--;
  if (record[end - 1] === RETURN) end--;
  const cells: Cell[] = [];
  for (let at = 0; ; at++) {
    while (at < end && isPadding(record[at], delimiter)) at++;
    const from = at;
    if (at < end && record[at] === QUOTE) {
      at = closingQuote(record, at, end) + 1;
      if (at === 0) throw new QuoteError(QUOTE_OPEN, cells.length, from);
      cells.push({ from, to: at });
      while (at < end && isPadding(record[at], delimiter)) at++;
      if (at < end && record[at] !== delimiter) {
        throw new QuoteError(AFTER_QUOTE, cells.length - 1, at);
      }
    } else {
      while (at < end && record[at] !== delimiter) at++;
      let to = at;
      while (to > from && isPadding(record[to - 1], delimiter)) to--;
      cells.push({ from, to });
    }
    if (at >= end) return cells;
  }
}

/** The offset of the closing quote for the opening one at `from`, or -1. Inside, two quotes stand for one. */
function closingQuote(record: Uint8Array, from: number, end: number): number {
  for (let at = from + 1; at < end; at++) {
    if (record[at] !== QUOTE) continue;
    if (at + 1 < end && record[at + 1] === QUOTE) at++;
    else return at;
  }
  return -1;
}

/** The text of a cell, without quotes. */
export function cellText(record: Buffer, { from, to }: Cell): string {
  if (record[from] !== QUOTE || to - from < 2) return record.toString('utf8', from, to);
  return record.toString('utf8', from + 1, to - 1).replaceAll('""', '"');
}

/** A text as a cell, quoted if necessary. */
export function csvCell(text: string, between: string): string {
  const needsQuotes = text.includes(between) || /["\r\n]|^\s|\s$/.test(text);
  return needsQuotes ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Writes rows of text as lines. */
export function csvRows(between: string): TextRows {
  const line = (texts: readonly string[]) =>
    `${texts.map((text) => csvCell(text, between)).join(between)}\n`;
  return {
    style: `csv ${between}`,
    cell: (text) => csvCell(text, between),
    head: (names) => (names ? line(names) : ''),
    row: line,
  };
}

/** Rows as they are in the file. */
export function csvOriginal(
  columns: Columns,
  head: Uint8Array,
  delimiter: number,
  format: 'csv' | 'tsv',
  dialect: Dialect,
): Original {
  const point = dialect.decimal ?? '.';
  return {
    ...columns,
    format,
    kind: `${format} ${delimiter}${point === ',' ? ' with decimal commas' : ''}`,
    text: csvRows(String.fromCharCode(delimiter)),
    head: () => head,
    fill(row, values) {
      const cells = cellsOf(row, delimiter);
      const pieces: Uint8Array[] = [];
      let done = 0;
      for (const [column, value] of [...values].sort(([a], [b]) => a - b)) {
        const { from, to } = cells[column] as { from: number; to: number };
        const text = filledText(value);
        const cell = /^-?[\d.]+$/.test(text) ? text.replace('.', point) : text;
        const between = String.fromCharCode(delimiter);
        pieces.push(row.subarray(done, from), Buffer.from(csvCell(cell, between)));
        done = to;
      }
      return Buffer.concat([...pieces, row.subarray(done)]);
    },
    raw(row, wanted) {
      const cells = cellsOf(row, delimiter);
      return wanted.map((column) => {
        const { from, to } = cells[column] as { from: number; to: number };
        return row.subarray(from, to);
      });
    },
    cells: (row) => cellsOf(row, delimiter).map((cell) => plainText(cellText(row, cell), dialect)),
  };
}
