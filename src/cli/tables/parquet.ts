// Reads Parquet (https://parquet.apache.org/docs/file-format/) with hyparquet, one row group at a time.

import { read } from 'node:fs';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { printable } from '../../base/printable.js';
import type { Input } from '../byte-input.js';
import { DataError } from '../errors.js';
import { closeFile, openFile } from '../input.js';
import { NO_ROWS } from './batch.js';
import type { Line } from './json-array.js';
import { readRecords } from './json-lines.js';
import { isDay, plain } from './parquet-cells.js';
import type { ReadOptions, RowReader } from './reader.js';
import type { TableFormat } from './table-format.js';

export const parquet: TableFormat = {
  ending: /\.(parquet|pq)$/,
  begins: (_, text) => text.startsWith('PAR1'),
  read: readParquet,
};

/** Random access to the bytes of a file. */
interface Parts {
  byteLength: number;
  slice(start: number, end?: number): Promise<ArrayBuffer>;
}

/** Reads a Parquet file as rows. Cells that are copied become JSON lines. */
export async function readParquet(input: Input, options: ReadOptions): Promise<RowReader> {
  const { parquetMetadataAsync, parquetRead, parquetSchema } = await import('hyparquet');
  const { name } = input;
  const { file, close } = await partsOf(input);
  const compressors = { ...COMPRESSORS };
  try {
    const metadata = await parquetMetadataAsync(file);
    const rows = Number(metadata.num_rows);
    if (rows === 0) throw new DataError(name, NO_ROWS);
    const elements = parquetSchema(metadata).children.map(({ element }) => element);
    const names = elements.map(({ name }) => name);
    const days = new Set(elements.filter(isDay).map(({ name }) => name));
    async function* lines(): AsyncGenerator<Line> {
      let rowStart = 0;
      for (const group of metadata.row_groups) {
        const rowEnd = rowStart + Number(group.num_rows);
        const columns = new Map<string, unknown[]>(names.map((name) => [name, []]));
        const onChunk = (chunk: { columnName: string; columnData: ArrayLike<unknown> }) => {
          const column = columns.get(chunk.columnName) as unknown[];
          for (let i = 0; i < chunk.columnData.length; i++) column.push(chunk.columnData[i]);
        };
        try {
          await parquetRead({ file, metadata, compressors, rowStart, rowEnd, onChunk });
        } catch (error) {
          throw unreadable(name, error);
        }
        for (let i = 0; i < rowEnd - rowStart; i++) {
          const row = Array.from(columns, ([key, cells]) => ({ key, cell: cells[i] }));
          const value = Object.fromEntries(
            row.map(({ key, cell }) => [key, plain(cell, days.has(key))]),
          );
          const text = options.originals ? Buffer.from(textOf(row, value)) : NOTHING;
          yield { value, line: undefined, text };
        }
        rowStart = rowEnd;
      }
    }
    return { ...(await readRecords({ name, close }, lines(), options)), rows };
  } catch (error) {
    await close();
    throw error instanceof DataError || !(error instanceof Error) || error.name === 'UsageError'
      ? error
      : unreadable(name, error);
  }
}

const NOTHING = Buffer.alloc(0);

/** Compressors other than Snappy, the usual one, which hyparquet has built in. */
const COMPRESSORS = {
  GZIP: (bytes: Uint8Array) => zlib.gunzipSync(bytes),
  BROTLI: (bytes: Uint8Array) => zlib.brotliDecompressSync(bytes),
  ZSTD(bytes: Uint8Array) {
    const { zstdDecompressSync } = zlib as { zstdDecompressSync?: (bytes: Uint8Array) => Buffer };
    if (zstdDecompressSync) return zstdDecompressSync(bytes);
    throw new Error('it is compressed with zstd, which needs Node 22.15 or later');
  },
};

/** A row as JSON. Integers keep all digits, since ids can have many. */
function textOf(
  row: readonly { key: string; cell: unknown }[],
  value: Readonly<Record<string, unknown>>,
): string {
  const cells = row.map(({ key, cell }) => {
    const text = typeof cell === 'bigint' ? String(cell) : JSON.stringify(value[key] ?? null);
    return `${JSON.stringify(key)}:${text}`;
  });
  return `{${cells.join()}}`;
}

function unreadable(file: string, error: unknown): DataError {
  if (error instanceof DataError) return error;
  const text = printable((error as Error).message, 200);
  return new DataError(file, `it cannot be read as Parquet (${text})`);
}

/** A file is reopened for random access. Any other input is read into memory. */
async function partsOf(input: Input): Promise<{ file: Parts; close: () => Promise<void> }> {
  const { path } = input;
  if (path === undefined) {
    const bytes = await input.take(Number.POSITIVE_INFINITY);
    const slice = async (start: number, end = bytes.length) =>
      Uint8Array.from(bytes.subarray(start, end)).buffer;
    return { file: { byteLength: bytes.length, slice }, close: () => input.close() };
  }
  await input.close();
  const { stat } = await import('node:fs/promises');
  const byteLength = (await stat(path)).size;
  const descriptor = await openFile(path);
  let isOpen = true;
  async function slice(start: number, end = byteLength): Promise<ArrayBuffer> {
    const bytes = new Uint8Array(Math.max(0, end - start));
    for (let at = 0; at < bytes.length; ) {
      const { bytesRead } = await promisify(read)(
        ...[descriptor, bytes, at, bytes.length - at, start + at],
      );
      if (bytesRead === 0) throw new Error('it ends too early');
      at += bytesRead;
    }
    return bytes.buffer;
  }
  const close = async () => {
    if (isOpen) await closeFile(descriptor);
    isOpen = false;
  };
  return { file: { byteLength, slice }, close };
}
