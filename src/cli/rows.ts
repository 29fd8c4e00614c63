import { quoted } from '../base/printable.js';
import { closest } from '../model/options.js';
import { FLOAT32_LIMIT } from './cells.js';
import { DataError, type Place, UsageError } from './errors.js';
import { FORMATS, type Format, guessFormat, sniffFormat } from './format.js';
import { type Input, openInput } from './input.js';
import type { Original } from './originals.js';
import type { RowLines } from './row-lines.js';
import type { Selection } from './selection.js';

/** Rows of numbers, one after the other. Bytes are pixels, as everywhere in the library. */
export interface Batch {
  /** Float64Array where a float32 would lose something; see `narrow`. */
  data: Numbers;
  rows: number;
  /** The rows as they stand in the file, where they were asked for, and how they are written there. */
  originals?: readonly Buffer[];
  original?: Original;
  /** Which of its columns are to be copied, where that was asked for. */
  kept?: readonly number[];
}

export type Numbers = Float32Array | Float64Array | Uint8Array;

/** Room for numbers of the same kind. */
export function likeOf(data: Numbers, length: number): Numbers {
  if (data instanceof Uint8Array) return new Uint8Array(length);
  return data instanceof Float64Array ? new Float64Array(length) : new Float32Array(length);
}

/** All numbers in one array, of the widest kind among them. */
export function joined(parts: readonly Numbers[]): Numbers {
  const widest =
    parts.find((part) => part instanceof Float64Array) ??
    parts.find((part) => part instanceof Float32Array) ??
    parts[0];
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const data = likeOf(widest ?? new Float32Array(), length);
  let at = 0;
  for (const part of parts) {
    const isAlike = data instanceof Uint8Array || !(part instanceof Uint8Array);
    data.set(isAlike ? part : ofPixels(part), at);
    at += part.length;
  }
  return data;
}

/** What bytes mean, beside numbers that are none. */
function ofPixels(bytes: Uint8Array): Float32Array {
  return Float32Array.from(bytes, (byte) => byte / 255);
}

/** A table that is read a batch of rows at a time, as fast as the batches are taken. */
export interface RowReader {
  /** The columns' names, where the data has them. */
  readonly columns: readonly string[] | undefined;
  readonly width: number;
  /** How many rows there are, where that is known before they are read. */
  readonly rows: number | undefined;
  /** Whether the first line of CSV has names: as was asked for, or as was found. */
  readonly header?: 'given' | 'found' | 'none';
  /** What the columns that are copied are called. */
  readonly kept?: readonly string[];
  /** How rows are written in the file, where originals were asked for. */
  readonly original?: Original;
  /** Where something is: a row and one of the chosen columns, from 0. */
  placeOf(row: number | undefined, column: number | undefined): Place;
  /** To be read once; the file is closed at the end of it, however that comes. */
  batches(): AsyncGenerator<Batch>;
  /** Closes the file, where it is not read to its end. */
  close(): Promise<void>;
}

/** How to read a table. */
export interface ReadOptions {
  /** Default: guessed from the name, or the first bytes. */
  format?: Format | undefined;
  /** Which columns, in which order: names, numbers from 1 and ranges of them. Default: all. */
  columns?: string | Selection | undefined;
  /** Whether the first line has names. Default: when the chosen columns have words there. */
  header?: boolean | undefined;
  /** What is between the cells of CSV. Default: found in the first line; tabs in TSV. */
  delimiter?: string | undefined;
  /** Which array of an NPZ file. Default: the only one. */
  array?: string | undefined;
  /** Whether missing cells become NaN; else they are errors. */
  missing?: boolean | undefined;
  /** Whether rows come as they stand in the file, too. */
  originals?: boolean | undefined;
}

/** What a reader gives at once: 4 MB of float32, enough for several threads to share. */
const BATCH_VALUES = 2 ** 20;

/** The most rows of a batch that has them as they stand in the file, too: their texts may be long. */
export const MOST_ORIGINALS = 2 ** 14;

/** How many rows of `width` numbers a batch has. */
export function batchRows(width: number): number {
  return Math.max(1, Math.floor(BATCH_VALUES / width));
}

/** Opens a file, or standard input for `-`, as rows of numbers. */
export async function openRows(path: string, options: ReadOptions): Promise<RowReader> {
  const input = await openInput(path);
  try {
    const head = await input.peek(8);
    if (head.length === 0) throw new DataError(input.name, 'it is empty');
    return await readFormat(
      options.format ?? guessFormat(path) ?? sniffFormat(head),
      input,
      options,
    );
  } catch (error) {
    await input.close();
    throw error;
  }
}

async function readFormat(format: Format, input: Input, options: ReadOptions): Promise<RowReader> {
  switch (format) {
    case 'csv':
      return (await import('./csv.js')).readCsv(input, options);
    case 'tsv': {
      const { readCsv } = await import('./csv.js');
      return readCsv(input, { ...options, format, delimiter: options.delimiter ?? '\t' });
    }
    case 'jsonl':
      return (await import('./json-lines.js')).readJsonLines(input, options);
    case 'npy':
      return (await import('./npy.js')).readNpy(input, options);
    case 'npz':
      return (await import('./npz.js')).readNpz(input, options);
    case 'idx':
      return (await import('./idx.js')).readIdx(input, options);
    default:
      throw new UsageError(`--format must be one of ${FORMATS.join(', ')}`);
  }
}

/** The indices of the columns that a flag names, from 0; all of them when it is not given. */
export function chooseColumns(
  file: string,
  spec: string | Selection | undefined,
  names: readonly string[] | undefined,
  count: number,
  flag = '--columns',
): number[] {
  if (typeof spec === 'object') return spec.choose(file, names, count);
  if (spec === undefined) return Array.from({ length: count }, (_, index) => index);
  const chosen = spec.split(',').flatMap((part) => {
    const item = part.trim();
    const named = names?.indexOf(item) ?? -1;
    if (named >= 0) {
      const other = names?.indexOf(item, named + 1) ?? -1;
      if (other < 0) return [named];
      const places = `columns ${named + 1} and ${other + 1}`;
      throw new UsageError(
        `${flag}: ${file} has ${quoted(item)} twice, as ${places}; choose by number`,
      );
    }
    const range = RANGE.exec(item);
    if (!range) throw new UsageError(unknownColumn(file, item, names, flag));
    const from = Number(range[1]);
    const to = Number(range[2] ?? from);
    if (from < 1 || to < from || to > count) {
      throw new UsageError(`${flag}: ${file} has columns 1 to ${count}, got ${quoted(item)}`);
    }
    return Array.from({ length: to - from + 1 }, (_, index) => from - 1 + index);
  });
  const seen = new Set<number>();
  for (const index of chosen) {
    if (seen.has(index)) throw new UsageError(`${flag} names column ${index + 1} twice`);
    seen.add(index);
  }
  return chosen;
}

const RANGE = /^(\d+)(?:-(\d+))?$/;

/** Whether something in a list of columns is a number or a range of them, and not a name. */
export function isRange(item: string): boolean {
  return RANGE.test(item.trim());
}

function unknownColumn(
  file: string,
  item: string,
  names: readonly string[] | undefined,
  flag: string,
): string {
  const problem = `${flag}: ${file} has no column ${quoted(item)}`;
  if (!names) return `${problem}; it has no names, only numbers from 1`;
  return `${problem}; did you mean ${quoted(closest(item, names))}?`;
}

/** What a reader's `placeOf` says, of a file whose rows may have lines. */
export function placeIn(
  indices: readonly number[],
  names?: readonly string[],
  lines?: RowLines,
): RowReader['placeOf'] {
  return (row, column) => {
    const index = column === undefined ? undefined : (indices[column] as number);
    return {
      line: row === undefined ? undefined : lines?.of(row),
      row: row === undefined ? undefined : row + 1,
      column: index === undefined ? undefined : index + 1,
      name: index === undefined ? undefined : names?.[index],
    };
  };
}

/** The named columns' names. */
export function pick(
  names: readonly string[] | undefined,
  indices: readonly number[],
): string[] | undefined {
  return names && indices.map((index) => names[index] ?? '');
}

/**
 * The same numbers as float32 where nothing is lost: half the memory. What is lost otherwise can be all
 * of a column, such as dates in milliseconds, that scaling brings to one size.
 */
export function narrow(data: Float64Array): Float32Array | Float64Array {
  for (let i = 0; i < data.length; i++) {
    const value = data[i] as number;
    if (Math.fround(value) !== value && !Number.isNaN(value)) return data;
  }
  return new Float32Array(data); // `from` iterates, at a tenth of the speed
}

export const NO_ROWS = 'it has no rows';

/** What is wrong with a cell that may not be missing. */
export const MISSING_CELL =
  'the cell is missing; a model trained with --missing mask can do without it';

/** The rows of binary arrays are checked as a whole: a number that is not finite has a place. */
export function requireNumbers(
  file: string,
  { data, rows }: Batch,
  firstRow: number,
  place: { missing: boolean | undefined; columns: readonly number[] },
): void {
  if (data instanceof Uint8Array) return;
  const width = data.length / rows;
  for (let i = 0; i < data.length; i++) {
    const value = data[i] as number;
    if (Math.abs(value) < FLOAT32_LIMIT || (Number.isNaN(value) && place.missing)) continue;
    const at: Place = {
      row: firstRow + Math.floor(i / width) + 1,
      column: (place.columns[i % width] as number) + 1,
    };
    const problem = Number.isNaN(value) ? MISSING_CELL : `${value} is not a finite float32`;
    throw new DataError(file, problem, at);
  }
}
