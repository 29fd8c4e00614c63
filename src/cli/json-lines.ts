// JSON lines: an array of numbers a line, or an object of them. null is a missing cell.

import { quoted } from '../printable.js';
import { FLOAT32_LIMIT } from './cells.js';
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

/** Longer lines are no rows, and must not fill the memory. */
const MAX_LINE_BYTES = 2 ** 26;
const LINE_FEED = 10;

interface Line {
  value: unknown;
  line: number;
}

/** Reads the first row, which says whether the columns have names and how many there are. */
export async function readJsonLines(input: Input, options: ReadOptions): Promise<RowReader> {
  const lines = parseLines(input);
  const first = (await lines.next()).value as Line | undefined;
  if (!first) throw new DataError(input.name, NO_ROWS);
  const names = isObject(first.value) ? Object.keys(first.value) : undefined;
  const count = names?.length ?? cells(input.name, first).length;
  if (count === 0) throw new DataError(input.name, 'the row has no numbers', { line: first.line });
  const indices = chooseColumns(input.name, options.columns, names, count);
  async function* batches(): AsyncGenerator<Batch> {
    const width = indices.length;
    const capacity = batchRows(width);
    let batch = { data: new Float32Array(capacity * width), rows: 0 };
    const add = ({ value, line }: Line) => {
      const row = names
        ? namedCells(input.name, { value, line }, names, first as Line)
        : cells(input.name, { value, line });
      if (row.length !== count) {
        const problem = `${row.length} numbers where line ${first?.line} has ${count}`;
        throw new DataError(input.name, problem, { line });
      }
      const base = batch.rows++ * width;
      for (const [i, index] of indices.entries()) {
        const place = { line, column: index + 1, name: names?.[index] };
        batch.data[base + i] = cell(row[index]);
        if (Number.isNaN(batch.data[base + i]) && !(options.missing && isMissing(row[index]))) {
          const problem = isMissing(row[index]) ? MISSING_CELL : wrongCell(row[index]);
          throw new DataError(input.name, problem, place);
        }
      }
    };
    add(first as Line);
    for await (const line of lines) {
      if (batch.rows === capacity) {
        yield batch;
        batch = { data: new Float32Array(capacity * width), rows: 0 };
      }
      add(line);
    }
    yield { data: batch.data.subarray(0, batch.rows * width), rows: batch.rows };
  }
  return { columns: pick(names, indices), width: indices.length, rows: undefined, batches };
}

async function* parseLines(input: Input): AsyncGenerator<Line> {
  let carry: Buffer = Buffer.alloc(0);
  let line = 0;
  for (let isLast = false; !isLast; ) {
    const chunk = await input.next();
    isLast = chunk === undefined;
    const bytes = Buffer.concat([carry, chunk ?? Buffer.from('\n')]);
    let at = 0;
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, at)) {
      const text = bytes.toString('utf8', at, end);
      at = end + 1;
      line++;
      if (text.trim() !== '') yield { value: parseLine(input.name, text, line), line };
    }
    carry = bytes.subarray(at);
    if (carry.length > MAX_LINE_BYTES) {
      const problem = `the line is longer than ${MAX_LINE_BYTES} bytes: is this JSON lines?`;
      throw new DataError(input.name, problem, { line: line + 1 });
    }
  }
}

function parseLine(file: string, text: string, line: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new DataError(file, `${quoted(text.trim())} is not JSON`, { line });
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function cells(file: string, { value, line }: Line): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new DataError(file, 'expected an array of numbers', { line });
}

/** The values of an object in the order of the first one's; what it lacks is missing. */
function namedCells(
  file: string,
  { value, line }: Line,
  names: readonly string[],
  first: Line,
): readonly unknown[] {
  if (!isObject(value)) {
    throw new DataError(file, `expected an object, as in line ${first.line}`, { line });
  }
  const found = names.map((name) => (Object.hasOwn(value, name) ? value[name] : null));
  const unknown = Object.keys(value).find((name) => !Object.hasOwn(first.value as object, name));
  if (unknown !== undefined) {
    throw new DataError(file, `${quoted(unknown)} is not in line ${first.line}`, { line });
  }
  return found;
}

/** Some programs write NaN as a text. */
function isMissing(value: unknown): boolean {
  return value === null || value === 'NaN';
}

/** NaN for whatever is no float32. */
function cell(value: unknown): number {
  return typeof value === 'number' && Math.abs(value) < FLOAT32_LIMIT ? value : Number.NaN;
}

function wrongCell(value: unknown): string {
  const text = quoted(JSON.stringify(value) ?? String(value));
  return typeof value === 'number'
    ? `${value} is too large for a float32`
    : `${text} is not a number`;
}
