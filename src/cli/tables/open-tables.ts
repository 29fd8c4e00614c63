// Reads several tables as one, in order.

import { stat } from 'node:fs/promises';
import { DataError } from '../errors.js';
import { fileName } from '../input.js';
import type { Batch } from './batch.js';
import { openRows } from './open-rows.js';
import type { ReadOptions, RowReader } from './reader.js';
import { Selection } from './selection.js';

/** The name of several files together, for errors. */
export function namesOf(paths: readonly string[]): string {
  const [first, ...others] = paths;
  const name = fileName(first as string);
  return others.length === 0 ? name : `${name} and ${others.length} more`;
}

/**
 * Opens tables as one. The columns are chosen from the first; in the others they are found by name, or by
 * number if a table has no names. All files are opened once beforehand, so that one that does not fit is
 * found before the first row.
 *
 * @throws as `openFor` does.
 */
export async function openTables(
  paths: readonly string[],
  options: ReadOptions,
  width: number | undefined,
  what: string,
): Promise<RowReader> {
  const [path, ...others] = paths as readonly [string, ...string[]];
  const { columns } = options;
  const selection =
    typeof columns === 'object' ? columns : new Selection(columns, undefined, width);
  const first = await openFor(path, { ...options, columns: selection }, width, what);
  const name = fileName(path);
  const { kept } = selection;
  const next = selection.after(name, first.width);
  const openOther = async (other: string): Promise<RowReader> => {
    const reading = { ...options, columns: next };
    const reader = await openFor(other, reading, first.width, `${name} has`);
    try {
      if (options.originals && selection.keep === undefined)
        requireSameColumns(name, first, fileName(other), reader);
      return reader;
    } catch (error) {
      await reader.close();
      throw error;
    }
  };
  let rows = first.rows;
  try {
    for (const other of others) {
      // Anything but a file can be read only once.
      const canReopen = other !== '-' && (await stat(other).catch(() => undefined))?.isFile();
      const reader = canReopen === false ? undefined : await openOther(other);
      await reader?.close();
      rows = rows === undefined || reader?.rows === undefined ? undefined : rows + reader.rows;
    }
  } catch (error) {
    await first.close();
    throw error;
  }

  const parts: { file: string; reader: RowReader; firstRow: number }[] = [];
  let [done, current] = [0, first];
  async function* batches(): AsyncGenerator<Batch> {
    for (const [i, path] of paths.entries()) {
      if (i > 0) current = await openOther(path);
      const { original } = current;
      parts.push({ file: fileName(path), reader: current, firstRow: done });
      for await (const batch of current.batches()) {
        done += batch.rows;
        const columns = i === 0 ? kept : next.kept;
        yield original ? { ...batch, original, kept: columns } : batch;
      }
    }
  }
  return {
    ...{ columns: first.columns, width: first.width, rows },
    ...(first.original && { original: first.original }),
    ...(selection.keep !== undefined && {
      kept: kept.map((index) => first.original?.names?.[index] ?? `column${index + 1}`),
    }),
    batches,
    close: () => current.close(),
    placeOf(row, column) {
      const part = parts.findLast(({ firstRow }) => row !== undefined && firstRow <= row);
      if (row === undefined || !part) return first.placeOf(undefined, column);
      return { file: part.file, ...part.reader.placeOf(row - part.firstRow, column) };
    },
  };
}

/** Requires the same columns, because whole rows are copied. */
function requireSameColumns(first: string, a: RowReader, other: string, b: RowReader): void {
  const [mine, its] = [a.original, b.original];
  if (!mine || !its) return;
  if (its.columns !== mine.columns) {
    throw new DataError(other, `it has ${its.columns} columns, and ${first} has ${mine.columns}`);
  }
  for (const [i, name] of (its.names ?? []).entries()) {
    const expected = mine.names?.[i] ?? name;
    if (name === expected) continue;
    throw new DataError(other, `in ${first} the name of this column is '${expected}'`, {
      ...{ column: i + 1, name },
    });
  }
}

/** Opens rows for a model with `width` inputs; errors say what these are with `what`. */
async function openFor(
  path: string,
  options: ReadOptions,
  width: number | undefined,
  what: string,
): Promise<RowReader> {
  const reader = await openRows(path, options);
  if (width === undefined || reader.width === width) return reader;
  await reader.close();
  const columns = `${reader.width} column${reader.width === 1 ? '' : 's'}`;
  const hint =
    reader.width > width
      ? '; choose with --columns'
      : reader.width === 1 && options.delimiter === undefined
        ? '; set --delimiter or --format?'
        : '';
  const { columns: chosen } = options;
  const isAsked = (typeof chosen === 'object' ? chosen.spec : chosen) !== undefined;
  throw new DataError(
    fileName(path),
    `${isAsked ? '--columns names' : 'it has'} ${columns}, and ${what} ${width}${hint}`,
  );
}
