// CSV and TSV. Numbers, and texts in quotes that hold neither quotes nor ends of lines, are read
// straight from the bytes, at 100 to 300 MB/s; from the first other quote on csv-parse reads, at some
// 9 MB/s of single digits.

import { pipeline, Readable } from 'node:stream';
import type { CsvError, Info, Options } from 'csv-parse';
import { printable } from '../printable.js';
import { FLOAT32_LIMIT, parseCell } from './cells.js';
import { DataError } from './errors.js';
import type { Input } from './input.js';
import {
  type Batch,
  batchRows,
  chooseColumns,
  MISSING_CELL,
  NO_ROWS,
  pick,
  type ReadOptions,
  type RowReader,
} from './rows.js';

const [TAB, LINE_FEED, RETURN, SPACE, QUOTE, PLUS, MINUS, DOT] = [9, 10, 13, 32, 34, 43, 45, 46];
const [ZERO, LOWER_E] = [48, 101];

/** Longer lines are no table, and must not fill the memory: a million columns fit. */
const MAX_LINE_BYTES = 2 ** 24;

/** Reads the header, if there is one, and what is needed to read the rest. */
export async function readCsv(
  input: Input,
  options: ReadOptions & { delimiter: string },
): Promise<RowReader> {
  const start = await input.peek(3);
  if (start[0] === 0xef && start[1] === 0xbb && start[2] === 0xbf) await input.take(3); // a UTF-8 mark
  const first = await firstRecord(input, options.delimiter);
  const isHeader =
    options.header ?? first.record.some((cell) => typeof parseCell(cell) === 'string');
  if (isHeader) await input.take(first.bytes);
  const names = isHeader ? first.record : undefined;
  const indices = chooseColumns(input.name, options.columns, names, first.record.length);
  const targets = new Int32Array(first.record.length).fill(-1);
  for (const [target, index] of indices.entries()) targets[index] = target;
  const table: Table = {
    file: input.name,
    delimiter: options.delimiter,
    names,
    firstLine: first.line,
    columns: first.record.length,
    width: indices.length,
    targets,
    missing: options.missing ?? false,
  };
  return {
    columns: pick(names, indices),
    width: indices.length,
    rows: undefined,
    batches: () => readBatches(input, table, isHeader ? first.lines : 0),
  };
}

interface Table {
  file: string;
  delimiter: string;
  names: readonly string[] | undefined;
  /** The line that says how many columns there are, and how many. */
  firstLine: number;
  columns: number;
  /** How many of them are wanted, and where each goes; -1: nowhere. */
  width: number;
  targets: Int32Array;
  missing: boolean;
}

interface FirstRecord {
  record: string[];
  /** Up to its end. */
  bytes: number;
  lines: number;
  line: number;
}

async function firstRecord(input: Input, delimiter: string): Promise<FirstRecord> {
  const { parse, CsvError } = await import('csv-parse/sync');
  for (let size = 1, tried = 0; ; ) {
    // No more than is needed: who writes may wait for us.
    const head = await input.peek(size);
    const isAll = head.length < size;
    size = head.length + 1;
    if (!isAll && head.indexOf(LINE_FEED, tried) < 0) {
      if (head.length >= MAX_LINE_BYTES) throw longLine(input.name, 1);
      tried = head.length;
      continue;
    }
    try {
      const [first] = parse(head, { ...parserOptions(delimiter), to: 1 }) as unknown as Parsed[];
      const isWhole = first && head[first.info.bytes - 1] === LINE_FEED;
      if (!isWhole && !isAll) continue;
      if (!first) throw new DataError(input.name, NO_ROWS);
      const { record, info } = first;
      return { record, bytes: info.bytes, lines: info.lines, line: info.lines };
    } catch (error) {
      if (!(error instanceof CsvError)) throw error;
      if (isAll || head.length >= MAX_LINE_BYTES) throw csvError(input.name, error, 0);
    }
  }
}

interface Parsed {
  record: string[];
  info: Info;
}

function parserOptions(delimiter: string): Options {
  return {
    delimiter,
    info: true,
    trim: true,
    skip_empty_lines: true,
    relax_column_count: true, // we say where ourselves
    record_delimiter: ['\r\n', '\n'],
    max_record_size: MAX_LINE_BYTES,
  };
}

function longLine(file: string, line: number): DataError {
  const problem = `the line is longer than ${MAX_LINE_BYTES} bytes: is a quote never closed, or is this no CSV?`;
  return new DataError(file, problem, { line });
}

/** What the parser has against quotes, at its place; `done` are the lines before the record. */
function csvError(file: string, error: CsvError, done: number, linesBefore = 0): DataError {
  const { lines, column } = error as unknown as { lines?: number; column?: number };
  if (error.code === 'CSV_MAX_RECORD_SIZE') return longLine(file, done + 1);
  const isOpen = error.code === 'CSV_QUOTE_NOT_CLOSED'; // found at the end of the file
  const known: Partial<Record<CsvError['code'], string>> = {
    CSV_QUOTE_NOT_CLOSED: 'a quote is opened here and never closed',
    CSV_INVALID_CLOSING_QUOTE: 'after the closing quote comes something else than a new cell',
    INVALID_OPENING_QUOTE: 'a quote in the middle of a cell that does not begin with one',
  };
  return new DataError(file, known[error.code] ?? printable(error.message, 200), {
    line: isOpen ? done + 1 : linesBefore + (lines ?? 1),
    column: typeof column === 'number' ? column + 1 : undefined,
  });
}

/** Where the reading is. */
interface Position {
  /** Lines that are done. */
  lines: number;
  /** The batch that is being filled, and how many of its rows are. */
  data: Float32Array;
  rows: number;
}

async function* readBatches(input: Input, table: Table, lines: number): AsyncGenerator<Batch> {
  const capacity = batchRows(table.width);
  const position: Position = { lines, data: new Float32Array(0), rows: 0 };
  let rows = 0;
  const take = (): Batch => {
    const { data, rows } = position;
    position.data = new Float32Array(capacity * table.width);
    position.rows = 0;
    return { data: data.subarray(0, rows * table.width), rows };
  };
  take();
  let carry: Buffer = Buffer.alloc(0);
  for (let isLast = false; !isLast; ) {
    const chunk = await input.next();
    isLast = chunk === undefined;
    // The last line may lack its end; every other line that does waits for the next chunk.
    let bytes = Buffer.concat([carry, chunk ?? Buffer.from('\n')]);
    const end = bytes.lastIndexOf(LINE_FEED) + 1;
    if (bytes.length - end > MAX_LINE_BYTES) {
      throw longLine(table.file, position.lines + 1);
    }
    for (let at = 0; at < end; ) {
      at = readLines(bytes, at, end, table, position);
      if (at < 0) {
        // A quote, in the line that begins here.
        bytes = bytes.subarray(-at - 1, isLast ? -1 : bytes.length);
        for await (const { record, info } of parseRest(bytes, input, table, position.lines)) {
          addRecord(record, table, position, position.lines + info.lines);
          if (position.rows === capacity) {
            rows += capacity;
            yield take();
          }
        }
        isLast = true;
        break;
      }
      if (position.rows === capacity) {
        rows += capacity;
        yield take();
      }
    }
    carry = bytes.subarray(end);
  }
  rows += position.rows;
  if (position.rows > 0) yield take();
  if (rows === 0) throw new DataError(table.file, NO_ROWS);
}

async function* parseRest(
  head: Buffer,
  input: Input,
  table: Table,
  lines: number,
): AsyncGenerator<Parsed> {
  const { parse, CsvError } = await import('csv-parse');
  const parser = parse(parserOptions(table.delimiter));
  async function* rest() {
    yield head;
    yield* input.rest();
  }
  pipeline(Readable.from(rest(), { objectMode: false }), parser, () => {}); // its errors come below
  let done = lines;
  try {
    for await (const parsed of parser) {
      done = lines + parsed.info.lines;
      yield parsed;
    }
  } catch (error) {
    throw error instanceof CsvError ? csvError(table.file, error, done, lines) : error;
  }
}

function addRecord(record: readonly string[], table: Table, position: Position, line: number) {
  if (record.length !== table.columns) throw wrongCount(table, record.length, line);
  const base = position.rows * table.width;
  for (let column = 0; column < record.length; column++) {
    const target = table.targets[column] as number;
    if (target < 0) continue;
    position.data[base + target] = cellValue(record[column] as string, table, line, column);
  }
  position.rows++;
}

function cellValue(text: string, table: Table, line: number, column: number): number {
  const value = parseCell(text);
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

/** 10^-64 to 10^64, as near as doubles get. */
const POWERS_OF_TEN = Float64Array.from({ length: 129 }, (_, i) => Number(`1e${i - 64}`));

/**
 * Reads whole lines from `from` until `end`, where one ends, or until the batch is full; returns where
 * to go on. At a quote that is not that simple it stops, and returns -1 - the line's beginning.
 *
 * A decimal is an integer of its digits times a power of ten. Up to 15 digits and 10^22 both are exact
 * doubles, and so one multiplication or division rounds as Number() does (Clinger 1990, "How to read
 * floating point numbers accurately"). Beyond, the product is within 2^-46 of the decimal, of up to
 * 40 digits: when all of that interval rounds to one float32, that is the one. Else Number() decides.
 */
function readLines(
  bytes: Uint8Array,
  from: number,
  end: number,
  table: Table,
  position: Position,
): number {
  const { columns, width, targets } = table;
  const { data } = position;
  const delimiter = table.delimiter.charCodeAt(0);
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
    let column = 0;
    for (; ; column++) {
      while (c === SPACE || (c === TAB && delimiter !== TAB)) c = bytes[++at] as number;
      const target = column < columns ? (targets[column] as number) : -1;
      if (c === QUOTE) {
        const cell = ++at;
        c = bytes[at] as number;
        while (c !== QUOTE && c !== LINE_FEED) c = bytes[++at] as number;
        const close = at;
        if (c === QUOTE) c = bytes[++at] as number;
        while (c === SPACE) c = bytes[++at] as number;
        if (c === RETURN && bytes[at + 1] === LINE_FEED) c = bytes[++at] as number;
        if (bytes[close] !== QUOTE || (c !== delimiter && c !== LINE_FEED)) {
          position.rows = rows;
          position.lines = lines;
          return -1 - start;
        }
        if (target >= 0) {
          const text = Buffer.from(bytes.buffer, bytes.byteOffset + cell, close - cell).toString();
          data[base + target] = cellValue(text, table, lines + 1, column);
        }
      } else if (target >= 0) {
        const cell = at;
        const isNegative = c === MINUS;
        if (isNegative || c === PLUS) c = bytes[++at] as number;
        let integer = 0;
        let digits = at;
        let exponent = 0;
        for (let digit = c - ZERO; digit >= 0 && digit <= 9; digit = c - ZERO) {
          integer = integer * 10 + digit;
          c = bytes[++at] as number;
        }
        digits = at - digits;
        if (c === DOT) {
          c = bytes[++at] as number;
          const fraction = at;
          for (let digit = c - ZERO; digit >= 0 && digit <= 9; digit = c - ZERO) {
            integer = integer * 10 + digit;
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
        while (c === SPACE) c = bytes[++at] as number;
        if (c === RETURN && bytes[at + 1] === LINE_FEED) c = bytes[++at] as number;
        let value = Number.NaN;
        if (digits > 0 && (c === delimiter || c === LINE_FEED)) {
          if (digits <= 15 && exponent >= -22 && exponent <= 22) {
            value =
              exponent < 0
                ? integer / (POWERS_OF_TEN[64 - exponent] as number)
                : integer * (POWERS_OF_TEN[64 + exponent] as number);
          } else if (digits <= 40 && exponent >= -64 && exponent <= 64) {
            const near = integer * (POWERS_OF_TEN[64 + exponent] as number);
            const low = Math.fround(near * (1 - 2 ** -46));
            if (near > 1e-30 && near < 1e30 && low === Math.fround(near * (1 + 2 ** -46))) {
              value = low;
            }
          }
          if (isNegative) value = -value;
        }
        if (!(Math.abs(value) < FLOAT32_LIMIT)) {
          for (at = cell, c = bytes[at] as number; c !== delimiter && c !== LINE_FEED; ) {
            c = bytes[++at] as number;
          }
          const text = Buffer.from(bytes.buffer, bytes.byteOffset + cell, at - cell).toString();
          value = cellValue(text, table, lines + 1, column);
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
    lines++;
    rows++;
    base += width;
  }
  position.rows = rows;
  position.lines = lines;
  return at;
}
