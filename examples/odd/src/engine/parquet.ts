// Reads Parquet with hyparquet: one row group at a time, with cells as the command line has them.

import { parquetMetadataAsync, parquetRead, parquetSchema } from 'hyparquet';
import { isDay, plain } from '../../../../src/cli/tables/parquet-cells.js';
import { InputError, MOST_CELLS, type Table } from './table.js';

export async function readParquet(
  file: File,
  signal: AbortSignal,
  onShare: (share: number) => void,
): Promise<Table> {
  const parts = {
    byteLength: file.size,
    slice: (start: number, end?: number) => file.slice(start, end).arrayBuffer(),
  };
  try {
    const metadata = await parquetMetadataAsync(parts);
    const total = Number(metadata.num_rows);
    if (total === 0) {
      throw new InputError(`${file.name} has no rows. Choose a file with rows in it.`);
    }
    const elements = parquetSchema(metadata).children.map(({ element }) => element);
    const names = elements.map(({ name }) => name);
    const days = new Set(elements.filter(isDay).map(({ name }) => name));
    const columns = new Map<string, string[]>(names.map((name) => [name, []]));
    let rows = 0;
    for (const group of metadata.row_groups) {
      signal.throwIfAborted();
      const rowEnd = rows + Number(group.num_rows);
      await parquetRead({
        ...{ file: parts, metadata, rowStart: rows, rowEnd },
        onChunk({ columnName, columnData }) {
          const column = columns.get(columnName) as string[];
          for (let i = 0; i < columnData.length; i++)
            column.push(textOf(columnData[i], days.has(columnName)));
        },
      });
      rows = rowEnd;
      onShare(rows / total);
      if (rows * names.length >= MOST_CELLS) break;
    }
    const notes =
      rows < total
        ? [
            `These are the first ${rows.toLocaleString('en')} of ${total.toLocaleString('en')} rows: more do not fit in a page.`,
          ]
        : [];
    return { name: file.name, kind: 'table', names, columns: [...columns.values()], rows, notes };
  } catch (error) {
    if (error instanceof InputError || signal.aborted) throw error;
    const { message } = error as Error;
    const todo = /compress|codec/i.test(message)
      ? 'This page reads Parquet that is uncompressed or compressed with Snappy. Write the file that way, or use the command line.'
      : 'Write it again, or save the table as CSV.';
    throw new InputError(
      `${file.name} cannot be read as Parquet (${message.slice(0, 160)}). ${todo}`,
    );
  }
}

/** The same text that the command line has for a cell; integers keep all digits. */
function textOf(cell: unknown, isDay: boolean): string {
  if (typeof cell === 'bigint') return String(cell);
  const value = plain(cell, isDay);
  if (value === null) return '';
  if (typeof value !== 'object') return String(value);
  throw new InputError(
    'A cell contains a list or a record, but must be one value. Put each value into its own column.',
  );
}
