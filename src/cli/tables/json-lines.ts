// JSON lines: each line is an array or an object of numbers. null is a missing cell; true and false are 1
// and 0.

import { quoted } from '../../base/printable.js';
import type { Input } from '../byte-input.js';
import { DataError, type Place } from '../errors.js';
import { type Batch, batchRows, MISSING_CELL, MOST_ORIGINALS, NO_ROWS, narrow } from './batch.js';
import { FLOAT32_LIMIT } from './cells.js';
import { type Dialect, missingWords } from './dialect.js';
import { arrayElements, isArrayOfRows, type Line } from './json-array.js';
import { jsonOriginal, jsonRows } from './json-cells.js';
import { pick, placeIn, type ReadOptions, type RowReader } from './reader.js';
import { RowLines } from './row-lines.js';
import { chooseColumns } from './selection.js';
import type { TableFormat } from './table-format.js';
import { asUtf8 } from './text-encoding.js';
import { textWriter } from './text-writer.js';

export const jsonl: TableFormat = {
  ending: /\.(jsonl|ndjson|json)$/,
  begins: (_, text) => /^\s*[[{]/.test(text),
  read: readJsonLines,
  write: (output, table) =>
    textWriter(output, table, { before: '[', between: ',', after: ']\n', missing: 'null' }),
  text: jsonRows,
};

/** Longer lines are refused, so that they cannot fill the memory. */
const MAX_LINE_BYTES = 2 ** 26;
const LINE_FEED = 10;

/** Reads JSON lines, or one array of rows. */
export async function readJsonLines(given: Input, options: ReadOptions): Promise<RowReader> {
  const input = await asUtf8(given);
  const [a, b, c] = await input.peek(3);
  if (a === 0xef && b === 0xbb && c === 0xbf) await input.take(3); // the byte order mark
  const isArray = await isArrayOfRows(input);
  return readRecords(input, isArray ? arrayElements(input) : parseLines(input), options);
}

/** Reads the first row, which determines the columns' number, and names if it is an object. */
export async function readRecords(
  input: Pick<Input, 'name' | 'close'>,
  lines: AsyncGenerator<Line>,
  options: ReadOptions,
): Promise<RowReader> {
  const first = (await lines.next()).value as Line | undefined;
  if (!first) throw new DataError(input.name, NO_ROWS);
  const names = isObject(first.value) ? Object.keys(first.value) : undefined;
  const known = new Set(names);
  const count = names?.length ?? cells(input.name, first.value, placeOfLine(first, 1)).length;
  if (count === 0) throw new DataError(input.name, 'the row has no numbers', placeOfLine(first, 1));
  const indices = chooseColumns(input.name, options.columns, names, count);
  const width = options.words ? 1 : indices.length;
  const most = options.originals ? MOST_ORIGINALS : Number.POSITIVE_INFINITY;
  const capacity = Math.min(most, batchRows(width));
  let data = new Float64Array(capacity * width);
  let rows = 0;
  let originals: Buffer[] = [];
  const rowLines = new RowLines();
  const words = missingWords(options.na);
  let done = 0;
  const add = ({ value, line, text }: Line) => {
    if (line !== undefined) rowLines.add(line);
    const place = placeOfLine({ line }, ++done);
    if (options.originals) originals.push(text);
    const row = names
      ? namedCells(input.name, value, place, known, first)
      : cells(input.name, value, place);
    if (row.length !== count) {
      const problem = `${row.length} numbers where ${nameOf(first)} has ${count}`;
      throw new DataError(input.name, problem, place);
    }
    const base = rows++ * width;
    if (options.words) {
      requireFlat(input.name, row, place, names);
      return;
    }
    for (const [i, index] of indices.entries()) {
      const value = words.sentinels?.has(row[index] as number) ? Number.NaN : cell(row[index]);
      data[base + i] = value;
      const isGap = isMissing(row[index], words);
      if (Number.isNaN(value) && !(options.missing && isGap)) {
        const problem = isGap ? MISSING_CELL : wrongCell(row[index]);
        throw new DataError(input.name, problem, {
          ...{ ...place, column: index + 1, name: names?.[index] },
        });
      }
    }
  };
  const take = (): Batch => {
    const numbers = narrow(data.subarray(0, rows * width));
    const batch = { data: numbers, rows, ...(options.originals && { originals }) };
    originals = [];
    data = new Float64Array(capacity * width);
    rows = 0;
    return batch;
  };
  async function* batches(): AsyncGenerator<Batch> {
    try {
      add(first as Line);
      for await (const line of lines) {
        if (rows === capacity) yield take();
        add(line);
      }
      yield take();
    } finally {
      await input.close();
    }
  }
  const close = () => input.close();
  const original =
    options.originals && jsonOriginal({ names, columns: count, chosen: indices }, words);
  const placeOf = placeIn(indices, names, first.line === undefined ? undefined : rowLines);
  const about = { columns: pick(names, indices), width, rows: undefined, placeOf };
  return { ...about, batches, close, ...(original && { original }) };
}

async function* parseLines(input: Input): AsyncGenerator<Line> {
  // A line can arrive in many pieces, which are concatenated once.
  let pieces: Buffer[] = [];
  let length = 0;
  let line = 0;
  for (let isLast = false; !isLast; ) {
    const chunk = await input.next();
    isLast = chunk === undefined;
    const bytes = chunk ?? Buffer.from('\n');
    let at = 0;
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, at)) {
      pieces.push(bytes.subarray(at, end));
      const whole = pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
      const text = whole.toString();
      [pieces, length] = [[], 0];
      at = end + 1;
      line++;
      if (text.trim() !== '') yield { value: parseLine(input.name, text, line), line, text: whole };
    }
    if (at < bytes.length) pieces.push(bytes.subarray(at));
    length += bytes.length - at;
    if (length > MAX_LINE_BYTES) {
      const problem = `the line is longer than ${MAX_LINE_BYTES} bytes: is this JSON lines?`;
      throw new DataError(input.name, problem, { line: line + 1 });
    }
  }
}

export function parseLine(file: string, text: string, line: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new DataError(file, `${quoted(text.trim())} is not JSON`, { line });
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The place of a row: its line, or its number if the file has no lines. */
function placeOfLine({ line }: Pick<Line, 'line'>, row: number): Place {
  return line === undefined ? { row } : { line };
}

function nameOf({ line }: Line): string {
  return line === undefined ? 'the first row' : `line ${line}`;
}

function cells(file: string, value: unknown, place: Place): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new DataError(file, 'expected an array of numbers', place);
}

/** The values of an object, in the order of the first row's keys. Missing keys are missing cells. */
function namedCells(
  file: string,
  value: unknown,
  place: Place,
  names: ReadonlySet<string>,
  first: Line,
): readonly unknown[] {
  if (!isObject(value)) {
    throw new DataError(file, `expected an object, as in ${nameOf(first)}`, place);
  }
  const unknown = Object.keys(value).find((name) => !names.has(name));
  if (unknown !== undefined) {
    throw new DataError(file, `${quoted(unknown)} is not in ${nameOf(first)}`, place);
  }
  return Array.from(names, (name) => (Object.hasOwn(value, name) ? value[name] : null));
}

/** Refuses cells that are arrays or objects. */
function requireFlat(
  file: string,
  row: readonly unknown[],
  place: Place,
  names: readonly string[] | undefined,
): void {
  const index = row.findIndex((value) => typeof value === 'object' && value !== null);
  if (index < 0) return;
  const kind = Array.isArray(row[index]) ? 'an array' : 'an object';
  throw new DataError(file, `it is ${kind}, but a cell must be a single value`, {
    ...{ ...place, column: index + 1, name: names?.[index] },
  });
}

/** Some programs write NaN as a string. */
function isMissing(value: unknown, words: Dialect): boolean {
  if (value === null || value === 'NaN') return true;
  if (typeof value === 'number') return words.sentinels?.has(value) === true;
  return typeof value === 'string' && words.missing?.has(value.trim().toLowerCase()) === true;
}

/** The cell's number; NaN if it is not a number or out of a float32's range. */
function cell(value: unknown): number {
  if (typeof value === 'boolean') return Number(value);
  return typeof value === 'number' && Math.abs(value) < FLOAT32_LIMIT ? value : Number.NaN;
}

function wrongCell(value: unknown): string {
  const text = quoted(JSON.stringify(value) ?? String(value));
  return typeof value === 'number'
    ? `${value} is too large for a float32`
    : `${text} is not a number`;
}
