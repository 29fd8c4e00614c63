// CSV and TSV: what is between the cells, whether the first line has names, and batches of rows.

import { quoted } from '../../base/printable.js';
import { DataError } from '../errors.js';
import type { Input } from '../input.js';
import { type Batch, batchRows, MOST_ORIGINALS, NO_ROWS, narrow } from './batch.js';
import { cellKind } from './cells.js';
import { isRange } from './column-list.js';
import {
  type Cell,
  cellsOf,
  cellText,
  csvOriginal,
  csvRows,
  LINE_FEED,
  QUOTE,
  QuoteError,
  RETURN,
  SPACE,
  TAB,
} from './csv-cells.js';
import { type Position, readLines, type Table } from './csv-lines.js';
import { pick, placeIn, type ReadOptions, type RowReader } from './reader.js';
import { RowLines } from './row-lines.js';
import { chooseColumns, type Selection } from './selection.js';
import type { TableFormat } from './table-format.js';
import { textWriter } from './text-writer.js';

export const csv: TableFormat = {
  ending: /\.csv$/,
  begins: () => true,
  read: readCsv,
  ...written(','),
};

export const tsv: TableFormat = {
  ending: /\.(tsv|tab)$/,
  begins(_, text) {
    const [line] = text.split('\n', 1) as [string];
    return line.includes('\t') && !line.includes(',');
  },
  read: (input, options) =>
    readCsv(input, { ...options, format: 'tsv', delimiter: options.delimiter ?? '\t' }),
  ...written('\t'),
};

function written(between: string): Pick<TableFormat, 'write' | 'text'> {
  const text = csvRows(between);
  return {
    write(output, table) {
      const header = text.head(table.columns);
      return textWriter(output, table, { before: '', between, after: '\n', missing: '', header });
    },
    text,
  };
}

/** Longer lines are no table, and must not fill the memory: a million columns fit. */
const MAX_LINE_BYTES = 2 ** 24;

/** What may be between the cells of a file that nothing is said of, the likelier first. */
const DELIMITERS = [',', ';', '\t', '|'].map((text) => text.charCodeAt(0));

/** Reads the header, if there is one, and what is needed to read the rest. */
export async function readCsv(input: Input, options: ReadOptions): Promise<RowReader> {
  const start = await input.peek(3);
  const isMarked = start[0] === 0xef && start[1] === 0xbb && start[2] === 0xbf; // as UTF-8
  const mark = await input.take(isMarked ? 3 : 0);
  const given = options.delimiter?.charCodeAt(0);
  const first = await firstRecord(input, given);
  const delimiter = given ?? likelyDelimiter(first.bytes);
  const cells = cellsOfFirst(input.name, first, delimiter);
  const record = cells.map((cell) => cellText(first.bytes, cell));
  const isHeader =
    options.header ?? firstLineIsHeader(input.name, options.columns, record, first.line);
  if (isHeader) await input.take(first.end);
  const names = isHeader ? record : undefined;
  const indices = chooseColumns(input.name, options.columns, names, record.length);
  const targets = new Int32Array(record.length).fill(-1);
  for (const [target, index] of indices.entries()) targets[index] = target;
  const table: Table = {
    file: input.name,
    delimiter,
    names,
    firstLine: first.line,
    columns: record.length,
    width: indices.length,
    targets,
    missing: options.missing ?? false,
  };
  const rowLines = new RowLines();
  const original =
    options.originals &&
    csvOriginal(
      { names, columns: record.length, chosen: indices },
      Buffer.concat([mark, isHeader ? first.bytes : Buffer.alloc(0)]),
      delimiter,
      options.format === 'tsv' ? 'tsv' : 'csv',
    );
  return {
    ...(original && { original }),
    columns: pick(names, indices),
    width: indices.length,
    rows: undefined,
    header: options.header !== undefined ? 'given' : isHeader ? 'found' : 'none',
    close: () => input.close(),
    placeOf: placeIn(indices, names, rowLines),
    batches: () =>
      readBatches(input, table, isHeader ? first.lines : 0, rowLines, original !== undefined),
  };
}

/** The first line that is not empty, which may go on in quotes. */
interface FirstRecord {
  bytes: Buffer;
  /** Where it ends in the input. */
  end: number;
  /** The line that it begins in; and how many are done at its end. */
  line: number;
  lines: number;
}

async function firstRecord(input: Input, delimiter: number | undefined): Promise<FirstRecord> {
  const ends = (byte: number) =>
    delimiter === undefined ? DELIMITERS.includes(byte) : byte === delimiter;
  let [start, lines, line] = [0, 0, 1];
  let [isQuoted, mayQuote] = [false, true];
  for (let at = 0; ; ) {
    // No more than is needed: who writes may wait for us.
    const head = await input.peek(at + 1);
    for (; at < head.length; at++) {
      const byte = head[at] as number;
      if (byte === LINE_FEED) lines++;
      if (byte === QUOTE && mayQuote) isQuoted = !isQuoted; // a second one begins what goes on
      if (isQuoted || byte === QUOTE) continue;
      mayQuote = byte === LINE_FEED || ends(byte) || (mayQuote && (byte === SPACE || byte === TAB));
      if (byte !== LINE_FEED) continue;
      if (at > start && !(at === start + 1 && head[start] === RETURN)) {
        return { bytes: head.subarray(start, at + 1), end: at + 1, line, lines };
      }
      start = at + 1; // an empty line
      line = lines + 1;
    }
    if (at - start > MAX_LINE_BYTES) throw longLine(input.name, line);
    if ((await input.peek(at + 1)).length > at) continue;
    if (at === start) throw new DataError(input.name, NO_ROWS);
    return { bytes: head.subarray(start), end: at, line, lines: lines + 1 };
  }
}

/** What is most often in a line, quotes aside. */
function likelyDelimiter(record: Buffer): number {
  const counts = new Map(DELIMITERS.map((delimiter) => [delimiter, 0]));
  let isQuoted = false;
  for (const byte of record) {
    if (byte === QUOTE) isQuoted = !isQuoted;
    const count = counts.get(byte);
    if (!isQuoted && count !== undefined) counts.set(byte, count + 1);
  }
  return [...counts].reduce((best, next) => (next[1] > best[1] ? next : best))[0];
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

/**
 * Whether the first line has names: the cells of the chosen columns are words then, and numbers if it
 * is data. Missing ones can be either.
 */
function firstLineIsHeader(
  file: string,
  columns: string | Selection | undefined,
  record: readonly string[],
  line: number,
): boolean {
  // Who chooses by name says that there are names.
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
  const kinds = indices.map((index) => cellKind(record[index] as string));
  const word = kinds.indexOf('word');
  const number = kinds.indexOf('number');
  if (word < 0 || number < 0) return word >= 0;
  const [a, b] = [word, number].map((i) => quoted(record[indices[i] as number] as string));
  throw new DataError(
    file,
    `${a} is a word and ${b} a number: say --header if the line has names, --no-header if it is data, or choose with --columns`,
    { line },
  );
}

/** Whether a line has a model's names: some that no number could be, or all of them. */
function hasNames(record: readonly string[], names: readonly string[]): boolean {
  const cells = new Set(record);
  const found = names.filter((name) => cells.has(name));
  return found.length === names.length || found.some((name) => cellKind(name) === 'word');
}

function longLine(file: string, line: number): DataError {
  const problem = `the line is longer than ${MAX_LINE_BYTES} bytes: is a quote never closed, or is this no CSV?`;
  return new DataError(file, problem, { line });
}

async function* readBatches(
  input: Input,
  table: Table,
  lines: number,
  rowLines: RowLines,
  originals: boolean,
): AsyncGenerator<Batch> {
  const most = originals ? MOST_ORIGINALS : Number.POSITIVE_INFINITY;
  const capacity = Math.min(most, batchRows(table.width));
  const position: Position = {
    ...{ lines, rowLines, rows: 0, texts: originals ? [] : undefined },
    data: new Float64Array(capacity * table.width),
  };
  let rows = 0;
  const take = (): Batch => {
    const { rows, texts } = position;
    if (texts) position.texts = [];
    const all = position.data.subarray(0, rows * table.width);
    const data = narrow(all);
    if (data === all) position.data = new Float64Array(capacity * table.width);
    position.rows = 0;
    return { data, rows, ...(texts && { originals: texts }) };
  };
  // What is read and not yet done, and how long it must be before it is worth looking at again: so
  // that a line, however many pieces it comes in, is read twice at most.
  let pieces: Buffer[] = [];
  let [length, enough] = [0, 0];
  try {
    for (let isLast = false; !isLast; ) {
      const chunk = await input.next();
      isLast = chunk === undefined;
      // The last line may lack its end.
      pieces.push(chunk ?? Buffer.from('\n'));
      length += chunk?.length ?? 1;
      const isMore = length >= enough && (chunk?.includes(LINE_FEED) ?? true);
      if (!isMore && !isLast) {
        if (length > MAX_LINE_BYTES) throw longLine(table.file, position.lines + 1);
        continue;
      }
      const bytes = pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
      const end = bytes.lastIndexOf(LINE_FEED) + 1;
      let at = 0;
      let isOpen = false;
      while (at < end && !isOpen) {
        const next = readLines(bytes, at, end, table, position, isLast);
        isOpen = next < 0;
        at = isOpen ? -1 - next : next;
        if (position.rows === capacity) {
          rows += capacity;
          yield take();
        }
      }
      pieces = [bytes.subarray(at)];
      length = bytes.length - at;
      enough = isOpen ? 2 * length : 0;
      if (length > MAX_LINE_BYTES) throw longLine(table.file, position.lines + 1);
    }
    rows += position.rows;
    if (position.rows > 0) yield take();
    if (rows === 0) throw new DataError(table.file, NO_ROWS);
  } finally {
    await input.close();
  }
}
