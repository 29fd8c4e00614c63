// Applies a table model to rows: reads and writes column names and categories.

import type { Autoencoder } from '../index.js';
import type { TableAutoencoder, TableCell, TableRow } from '../table.js';
import { UsageError } from './errors.js';
import { headOf, rowFormat } from './impute.js';
import { keptCells } from './keep.js';
import { type Output, writeTo } from './output.js';
import type { Route, Task } from './route.js';
import { listedColumns } from './tables/column-list.js';
import type { Format } from './tables/format.js';
import { FORMATS, rowWriter, TEXTS } from './tables/formats.js';
import { openTables } from './tables/open-tables.js';
import type { Original } from './tables/original.js';
import { openWords, type WordBatch, type WordReader } from './tables/words.js';
import { withRowsOf } from './translate.js';

type Table = Omit<Route, 'from'> & { from: readonly string[] };
type Size = { rows: number; columns: number };

/** The table model of an Autoencoder that was loaded. */
export async function tableAround(ae: Autoencoder): Promise<TableAutoencoder> {
  const { aroundModel } = await import('../table/table-autoencoder.js');
  return aroundModel(ae);
}

/** The column names of a model. */
export function namesOfTable(t: TableAutoencoder): string[] {
  return t.columns.map(({ name }) => name);
}

/** Applies a table model to all rows; see transform.ts. */
export async function transformTable(
  ae: Autoencoder,
  task: Task,
  route: Table,
  onRows?: (rows: number) => void,
): Promise<Size> {
  const t = await tableAround(ae);
  if (route.read.columns !== undefined && task !== 'decode') {
    throw new UsageError("--columns: the model finds its table's columns by their names");
  }
  if (task === 'decode') return decodeTable(t, route, onRows);
  const { columns: _, ...read } = route.read;
  const reader = await openWords(route.from, read, namesOfTable(t));
  const each = async (use: (batch: WordBatch) => Promise<void>): Promise<number> => {
    let rows = 0;
    for await (const batch of reader.batches()) {
      const source = { paths: route.from, placeOf: reader.placeOf, firstRow: rows };
      await withRowsOf({ rows: source }, [], () => use(batch));
      rows += batch.rows.length;
      onRows?.(rows);
    }
    return rows;
  };
  try {
    return await writeTo(route.to, (output) => {
      if (task === 'impute') return imputeTable(t, reader, output, route.format, each);
      if (task === 'reconstruct') return reconstructTable(t, reader, output, route, each);
      return numbersOf(t, task, reader, output, route, each);
    });
  } catch (error) {
    await reader.close(); // even if no row was read
    throw error;
  }
}

type Each = (use: (batch: WordBatch) => Promise<void>) => Promise<number>;

/** Writes codes or scores. */
async function numbersOf(
  t: TableAutoencoder,
  task: 'encode' | 'score',
  reader: WordReader,
  output: Output,
  { format = 'csv', keep }: Table,
  each: Each,
): Promise<Size> {
  const width = task === 'score' ? 1 : (t.model.options.layers.at(-1) as number);
  const own =
    task === 'score' ? ['score'] : Array.from({ length: width }, (_, i) => `code${i + 1}`);
  const kept = keptOf(reader, keep);
  const columns = [...kept.names, ...own];
  const writer = rowWriter(output, format, { width, columns, rows: undefined });
  const rows = await each(async (batch) => {
    const data = task === 'score' ? await t.score(batch.rows) : (await t.encode(batch.rows)).data;
    await writer.write(data, kept.cells(batch, format));
  });
  await writer.end();
  return { rows, columns: width };
}

async function reconstructTable(
  t: TableAutoencoder,
  reader: WordReader,
  output: Output,
  { format, keep }: Table,
  each: Each,
): Promise<Size> {
  const writer = wordWriter(t, output, textFormat(format, reader.reader.original?.format));
  if (keep !== undefined) throw new UsageError('--keep copies beside codes and scores of a table');
  const rows = await each(async (batch) => writer.write(await t.reconstruct(batch.rows)));
  await writer.end();
  return { rows, columns: writer.columns };
}

async function decodeTable(
  t: TableAutoencoder,
  { from, read, to, format }: Table,
  onRows?: (rows: number) => void,
): Promise<Size> {
  const codes = t.model.options.layers.at(-1) as number;
  const reader = await openTables(from, read, codes, "the model's codes have");
  try {
    return await writeTo(to, async (output) => {
      const writer = wordWriter(t, output, textFormat(format, undefined));
      let rows = 0;
      for await (const batch of reader.batches()) {
        const z = { data: batch.data, shape: [batch.rows, codes] as [number, number] };
        const source = { paths: from, placeOf: reader.placeOf, firstRow: rows };
        await withRowsOf({ z: source }, [], async () => writer.write(await t.decode(z)));
        rows += batch.rows;
        onRows?.(rows);
      }
      await writer.end();
      return { rows, columns: writer.columns };
    });
  } catch (error) {
    await reader.close();
    throw error;
  }
}

/** Writes rows with their missing cells filled and all other cells unchanged. */
async function imputeTable(
  t: TableAutoencoder,
  reader: WordReader,
  output: Output,
  format: Format | undefined,
  each: Each,
): Promise<Size> {
  const first = reader.reader.original as Original;
  const to = textFormat(format, first.format);
  let head = headOf(first, to, undefined);
  const rows = await each(async ({ rows, originals, names, reader: own }) => {
    const filled = await t.impute(rows);
    const rowOf = rowFormat(own.original as Original, first, to);
    const pieces: Uint8Array[] = [head];
    head = new Uint8Array();
    for (const [i, row] of rows.entries()) {
      const values = new Map<number, string>();
      for (const [j, name] of names.entries()) {
        const value = filled[i]?.[name];
        if (value !== row[name]) values.set(j, cellText(value));
      }
      const original = originals[i] as Buffer;
      pieces.push(values.size === 0 && to === first.format ? original : rowOf(original, values));
      if (pieces.at(-1) === original && to === 'jsonl') pieces.push(Buffer.from('\n'));
    }
    await output.write(Buffer.concat(pieces));
  });
  return { rows, columns: first.columns };
}

/** A function that writes objects as rows of text. */
function wordWriter(t: TableAutoencoder, output: Output, format: Format) {
  const names = t.columns.filter(({ type }) => type !== 'ignore').map(({ name }) => name);
  const texts = FORMATS[format].text as NonNullable<Original['text']>;
  let head = texts.head(names);
  return {
    columns: names.length,
    async write(rows: readonly TableRow[]) {
      const lines = rows.map((row) =>
        texts.row(
          names.map((name) => cellText(row[name])),
          names,
        ),
      );
      await output.write(Buffer.from(head + lines.join('')));
      head = '';
    },
    async end() {
      if (head !== '') await output.write(Buffer.from(head));
    },
  };
}

/** The requested format, or that of the input. Formats that cannot hold text are refused. */
function textFormat(asked: Format | undefined, own: Format | undefined): Format {
  if (asked === undefined) return own && FORMATS[own].text ? own : 'csv';
  if (FORMATS[asked].text) return asked;
  throw new UsageError(`${asked} holds no words; a table can be written as ${TEXTS.join(', ')}`);
}

/** The columns that --keep names, and their cells. */
export function keptOf(reader: WordReader, keep: string | undefined) {
  const indices =
    keep === undefined
      ? []
      : listedColumns('DATA', keep, reader.names, reader.names.length, '--keep');
  return {
    names: indices.map((index) => reader.names[index] as string),
    cells: (
      { originals, reader: own, names }: WordBatch,
      format: Format,
    ): Buffer[][] | undefined => {
      if (keep === undefined) return undefined;
      const kept = indices.map((index) => names.indexOf(reader.names[index] as string));
      const original = own.original as Original;
      const batch = { data: new Float32Array(), rows: originals.length };
      return keptCells({ ...batch, originals, original, kept }, format);
    },
  };
}

/** A cell as text. */
export function cellText(value: TableCell): string {
  if (value === null || value === undefined) return '';
  return value instanceof Date ? value.toISOString() : String(value);
}
