// Reads tables of numbers and categories: rows are objects of text, for table models.

import { quoted } from '../../base/printable.js';
import { DataError, UsageError } from '../errors.js';
import { fileName } from '../input.js';
import { openRows } from './open-rows.js';
import type { ReadOptions, RowReader } from './reader.js';

/** A row: the texts of its cells by column name. */
export type WordRow = Readonly<Record<string, string>>;

/** A batch of rows. */
export interface WordBatch {
  rows: readonly WordRow[];
  /** The rows as they are in the file. */
  originals: readonly Buffer[];
  /** The reader of their file. */
  reader: RowReader;
  /** The columns' names in the file, or those used instead. */
  names: readonly string[];
}

export interface WordReader {
  /** The reader of the first file. */
  readonly reader: RowReader;
  readonly names: readonly string[];
  /** Whether the file itself has names. */
  readonly isNamed: boolean;
  batches(): AsyncGenerator<WordBatch>;
  /** As a reader's, with rows counted over all files. */
  placeOf: RowReader['placeOf'];
  close(): Promise<void>;
}

/**
 * Opens tables as one, with columns identified by name. If the first line has none, the names are `known`
 * if their number fits, or else the columns' numbers from 1.
 */
export async function openWords(
  paths: readonly string[],
  options: Omit<ReadOptions, 'columns' | 'words'>,
  known?: readonly string[],
): Promise<WordReader> {
  const open = async (path: string) => {
    const reader = await openRows(path, { ...options, words: true, originals: true });
    try {
      return { reader, names: namesOf(path, reader, known) };
    } catch (error) {
      await reader.close();
      throw error;
    }
  };
  const first = await open(paths[0] as string);
  const parts: { file: string; reader: RowReader; firstRow: number }[] = [];
  let [done, current] = [0, first.reader];
  async function* batches(): AsyncGenerator<WordBatch> {
    for (const [i, path] of paths.entries()) {
      const { reader, names } = i === 0 ? first : await open(path);
      current = reader;
      parts.push({ file: fileName(path), reader, firstRow: done });
      for await (const { originals = [], rows } of reader.batches()) {
        done += rows;
        yield {
          rows: originals.map((row) => objectOf(reader, row, names)),
          originals,
          reader,
          names,
        };
      }
    }
  }
  return {
    reader: first.reader,
    names: first.names,
    isNamed: first.reader.original?.names !== undefined,
    batches,
    close: () => current.close(),
    placeOf(row, column) {
      const part = parts.findLast(({ firstRow }) => row !== undefined && firstRow <= row);
      if (row === undefined || !part) return first.reader.placeOf(undefined, column);
      const place = part.reader.placeOf(row - part.firstRow, column);
      return paths.length > 1 ? { file: part.file, ...place } : place;
    },
  };
}

function objectOf({ original }: RowReader, row: Buffer, names: readonly string[]): WordRow {
  const cells = original?.cells(row) ?? [];
  const words: Record<string, string> = {};
  for (let i = 0; i < names.length; i++) {
    const [name, value] = [names[i] as string, cells[i] ?? ''];
    // Defines an own property, whatever the column's name is.
    if (name === '__proto__') {
      Object.defineProperty(words, name, { value, enumerable: true, configurable: true });
    } else words[name] = value;
  }
  return words;
}

function namesOf(path: string, { original }: RowReader, known?: readonly string[]): string[] {
  const { names, columns = 0 } = original ?? {};
  if (!original) throw new UsageError(`${fileName(path)} cannot be read as a table with text`);
  if (!names && known?.length === columns) return [...known];
  const all = names ?? Array.from({ length: columns }, (_, i) => String(i + 1));
  const seen = new Set<string>();
  for (const [i, name] of all.entries()) {
    if (seen.has(name)) {
      const problem = `two columns are called ${quoted(name)}; column names must be unique`;
      throw new DataError(fileName(path), problem, { line: 1, column: i + 1 });
    }
    seen.add(name);
  }
  return [...all];
}
