// Reads CSV and TSV as batches of rows.

import type { Input } from '../byte-input.js';
import { DataError } from '../errors.js';
import { type Batch, batchRows, MOST_ORIGINALS, NO_ROWS, narrow } from './batch.js';
import { beginCsv, longLine, MAX_LINE_BYTES, secondRecord } from './csv-beginning.js';
import { csvOriginal, csvRows, LINE_FEED } from './csv-cells.js';
import { firstLineIsHeader, wordsAreNames } from './csv-header.js';
import { type Position, readLines, type Table } from './csv-lines.js';
import { pick, placeIn, type ReadOptions, type RowReader } from './reader.js';
import { RowLines } from './row-lines.js';
import { chooseColumns } from './selection.js';
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

/** Reads the header, if there is one, and prepares to read the rows. */
export async function readCsv(given: Input, options: ReadOptions): Promise<RowReader> {
  const { input, front, delimiter, first, record, dialect } = await beginCsv(given, options);
  const isHeader =
    options.header ??
    (options.words
      ? wordsAreNames(record, await secondRecord(input, first, delimiter), dialect)
      : await firstLineIsHeader(input, options.columns, record, first, delimiter, dialect));
  if (isHeader) await input.take(first.end);
  const names = isHeader ? record : undefined;
  const indices = chooseColumns(input.name, options.columns, names, record.length);
  const targets = new Int32Array(record.length).fill(-1);
  if (!options.words) for (const [target, index] of indices.entries()) targets[index] = target;
  const table: Table = {
    file: input.name,
    delimiter,
    names,
    firstLine: first.line,
    columns: record.length,
    width: options.words ? 1 : indices.length,
    targets,
    missing: options.missing ?? false,
    dialect,
    comment: options.comment?.charCodeAt(0) ?? -1,
  };
  const rowLines = new RowLines();
  const original =
    options.originals &&
    csvOriginal(
      { names, columns: record.length, chosen: indices },
      Buffer.concat([front, isHeader ? first.bytes : Buffer.alloc(0)]),
      delimiter,
      options.format === 'tsv' ? 'tsv' : 'csv',
      dialect,
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
      readBatches(
        input,
        table,
        isHeader ? first.lines : first.before,
        rowLines,
        original !== undefined,
      ),
  };
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
  // Bytes that were read but not parsed, and the length to wait for before parsing them again. The length
  // grows so that a line is scanned at most twice, however many chunks it arrives in.
  let pieces: Buffer[] = [];
  let [length, enough] = [0, 0];
  try {
    for (let isLast = false; !isLast; ) {
      const chunk = await input.next();
      isLast = chunk === undefined;
      // The last line may lack a line break.
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
