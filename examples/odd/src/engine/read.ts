// Reads files into tables, with the readers of the command line.

import { Input } from '../../../../src/cli/byte-input.js';
import { readCsv } from '../../../../src/cli/tables/csv.js';
import { readJsonLines } from '../../../../src/cli/tables/json-lines.js';
import type { ReadOptions, RowReader } from '../../../../src/cli/tables/reader.js';
import { provideBuffer, viewOf } from './buffer.js';
import type { ReadingOptions } from './calls.js';
import { readParquet } from './parquet.js';
import { InputError, MOST_CELLS, type Table } from './table.js';

provideBuffer();

/** Up to this many different texts in a column, each is kept only once, however many rows have it. */
const MOST_SHARED = 4096;

/** Reads a table. `onShare` receives the fraction of the file that has been read. */
export async function readTable(
  file: File,
  options: ReadingOptions,
  signal: AbortSignal,
  onShare: (share: number) => void,
): Promise<Table> {
  if (file.size === 0)
    throw new InputError(`${file.name} is empty. Choose a file with rows in it.`);
  const head = new Uint8Array(await file.slice(0, 8).arrayBuffer());
  const start = String.fromCharCode(...head);
  refuseOthers(file.name, start, head);
  if (/\.(parquet|pq)$/i.test(file.name) || start.startsWith('PAR1')) {
    return readParquet(file, signal, onShare);
  }
  const isGzip = head[0] === 0x1f && head[1] === 0x8b;
  const stream = file.stream().pipeThrough(counted(file.size, onShare));
  const bytes = isGzip ? stream.pipeThrough(new DecompressionStream('gzip')) : stream;
  const input = new Input(file.name, chunksOf(bytes, signal));
  const name = file.name.toLowerCase().replace(/\.gz$/, '');
  const read: ReadOptions = { ...options, words: true, originals: true };
  try {
    const beginning = (await input.peek(64)).toString('latin1').replace(/^\xef\xbb\xbf/, '');
    const isJson = /\.(json|jsonl|ndjson)$/.test(name) || /^\s*[[{]/.test(beginning);
    const isTabs = /\.(tsv|tab)$/.test(name);
    const reader = isJson
      ? await readJsonLines(input, read)
      : await readCsv(input, isTabs ? { delimiter: '\t', ...read, format: 'tsv' } : read);
    return await tableOf(file.name, reader);
  } catch (error) {
    throw advised(error);
  } finally {
    await input.close();
  }
}

/** Rejects files that are not supported tables, by their first bytes or their names. */
function refuseOthers(name: string, start: string, head: Uint8Array): void {
  const refuse = (is: string, todo: string) => {
    throw new InputError(`${name} is ${is}. ${todo}`);
  };
  if (start.startsWith('PK') && /\.npz$/i.test(name)) {
    refuse('a NumPy archive', 'Save the table as CSV, or use the command line.');
  }
  if (start.startsWith('PK')) {
    refuse(
      /\.(xlsx|xlsm|ods)$/i.test(name) ? 'a spreadsheet' : 'a ZIP archive or a spreadsheet',
      'Save the sheet as “CSV UTF-8” and drop that file.',
    );
  }
  if (start.startsWith('\xd0\xcf\x11\xe0')) {
    refuse('an old Excel workbook', 'Save the sheet as CSV in Excel and drop that file.');
  }
  if (start.startsWith('%PDF')) refuse('a PDF', 'Drop the table it was made from.');
  if (start.startsWith('\x93NUMPY')) {
    refuse('a NumPy array', 'Save it as CSV with np.savetxt, or use the command line.');
  }
  if (start.startsWith('SQLite')) refuse('a database', 'Export a table from it as CSV.');
  const isUtf16 = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);
  const isGzip = head[0] === 0x1f && head[1] === 0x8b;
  if (!isUtf16 && !isGzip && head.filter((byte) => byte === 0).length > 4) {
    refuse('neither text nor Parquet', 'Save the table as CSV, JSON lines or Parquet.');
  }
}

function counted(size: number, onShare: (share: number) => void) {
  let done = 0;
  return new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(chunk, controller) {
      done += chunk.length;
      onShare(done / size);
      controller.enqueue(chunk);
    },
  });
}

async function* chunksOf(
  stream: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const reader = stream.getReader();
  try {
    for (;;) {
      signal.throwIfAborted();
      const { value, done } = await reader.read();
      if (done) return;
      yield viewOf(value) as unknown as Buffer;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** Reads all rows into columns of texts. */
async function tableOf(name: string, reader: RowReader): Promise<Table> {
  const { original } = reader;
  if (!original) throw new InputError(`${name} cannot be read as a table.`);
  const width = original.columns;
  const names = [...(original.names ?? Array.from({ length: width }, (_, i) => String(i + 1)))];
  const columns: string[][] = names.map(() => []);
  const shared = names.map((): Map<string, string> | undefined => new Map());
  const notes: string[] = [];
  let rows = 0;
  let isFull = false;
  let isGarbled = false;
  for await (const { originals = [] } of reader.batches()) {
    for (const row of originals) {
      const cells = original.cells(row);
      for (let c = 0; c < width; c++) {
        let text = cells[c] ?? '';
        const known = shared[c];
        if (known) {
          const found = known.get(text);
          if (found === undefined) known.set(text, text);
          else text = found;
          if (known.size > MOST_SHARED) shared[c] = undefined;
        }
        (columns[c] as string[]).push(text);
      }
      isGarbled ||= cells.some((text) => text.includes('\ufffd'));
      rows++;
    }
    isFull = rows * width >= MOST_CELLS;
    if (isFull) break;
  }
  await reader.close();
  if (isFull) {
    notes.push(
      `These are the first ${rows.toLocaleString('en')} rows: more do not fit in a page. The command line reads all of them.`,
    );
  }
  if (isGarbled) {
    notes.push(
      'Some characters are not UTF-8 and are shown as \ufffd. Save the file as “CSV UTF-8” to keep them.',
    );
  }
  const seen = new Map<string, number>();
  const renamed: string[] = [];
  for (const [i, own] of names.entries()) {
    const count = (seen.get(own) ?? 0) + 1;
    seen.set(own, count);
    if (count === 1) continue;
    let other = `${own} (${count})`;
    while (seen.has(other)) other += '’';
    names[i] = other;
    seen.set(other, 1);
    renamed.push(other);
  }
  if (renamed.length > 0) {
    notes.push(
      `Several columns have the same name. The later ones are called ${renamed.slice(0, 3).join(', ')} here.`,
    );
  }
  if (!original.names && original.format !== 'jsonl') {
    notes.push('The first line has no column names, so the columns are numbered.');
  }
  return { name, kind: 'table', names, columns, rows, notes };
}

/** Adds advice to a reader's error. */
function advised(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if (error.name === 'TypeError' && /compress|gzip|decode|stream/i.test(error.message)) {
    return new InputError('The gzip data is truncated or damaged. Copy the file again.');
  }
  if (error.name !== 'DataError') return error;
  const { message } = error;
  const advice: [RegExp, string][] = [
    [
      /cells? where line/,
      'Correct that line in a text editor, or change “Delimiter” or “Lines to skip” under “CSV settings”.',
    ],
    [/quote/, 'Correct the quotes there: a quote within quoted text must be doubled.'],
    [/no rows/, 'Choose a file with rows below the column names.'],
    [
      /not JSON|expected an|is not in/,
      'Each line must be one object with the same names, as in {"a": 1, "b": "x"}.',
    ],
    [
      /cell must be a single value/,
      'Put each value into its own column, or leave that column out.',
    ],
    [/longer than/, 'Save it as CSV, JSON lines or Parquet.'],
  ];
  const [, todo = 'Correct it there, or save the table as CSV again.'] =
    advice.find(([pattern]) => pattern.test(message)) ?? [];
  return new InputError(
    `${message.replace(/--\w[\w-]*/g, (flag) => `the setting ${flag.slice(2)}`)}. ${todo}`,
  );
}
