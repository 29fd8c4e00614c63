import { closest } from '../options.js';
import { quoted } from '../printable.js';
import { DataError, type Place, UsageError } from './errors.js';
import { FORMATS, type Format, guessFormat, sniffFormat } from './format.js';
import { openInput } from './input.js';

/** Rows of numbers, one after the other. Bytes are pixels, as everywhere in the library. */
export interface Batch {
  data: Float32Array | Uint8Array;
  rows: number;
}

/** A table that is read a batch of rows at a time, as fast as the batches are taken. */
export interface RowReader {
  /** The columns' names, where the data has them. */
  readonly columns: readonly string[] | undefined;
  readonly width: number;
  /** How many rows there are, where that is known before they are read. */
  readonly rows: number | undefined;
  batches(): AsyncGenerator<Batch>;
}

/** How to read a table. */
export interface ReadOptions {
  /** Default: guessed from the name, or the first bytes. */
  format?: Format | undefined;
  /** Which columns, in which order: names, numbers from 1 and ranges of them. Default: all. */
  columns?: string | undefined;
  /** Whether the first line has names. Default: when something in it is not a number. */
  header?: boolean | undefined;
  /** What is between the cells of CSV. Default: a comma. */
  delimiter?: string | undefined;
  /** Which array of an NPZ file. Default: the only one. */
  array?: string | undefined;
  /** Whether missing cells become NaN; else they are errors. */
  missing?: boolean | undefined;
}

/** What a reader gives at once: 4 MB of float32, enough for several threads to share. */
const BATCH_VALUES = 2 ** 20;

/** How many rows of `width` numbers a batch has. */
export function batchRows(width: number): number {
  return Math.max(1, Math.floor(BATCH_VALUES / width));
}

/** Opens a file, or standard input for `-`, as rows of numbers. */
export async function openRows(path: string, options: ReadOptions): Promise<RowReader> {
  let format = options.format ?? guessFormat(path);
  if (format === 'npz') {
    const { readNpz } = await import('./npz.js');
    return readNpz(path, options);
  }
  const input = await openInput(path);
  format ??= sniffFormat(await input.peek(8));
  if ((await input.peek(1)).length === 0) throw new DataError(input.name, 'it is empty');
  switch (format) {
    case 'csv':
    case 'tsv': {
      const { readCsv } = await import('./csv.js');
      const delimiter = options.delimiter ?? (format === 'tsv' ? '\t' : ',');
      return readCsv(input, { ...options, delimiter });
    }
    case 'jsonl':
      return (await import('./json-lines.js')).readJsonLines(input, options);
    case 'npy':
      return (await import('./npy.js')).readNpy(input, options);
    case 'idx':
      return (await import('./idx.js')).readIdx(input, options);
    default:
      throw new UsageError(`--format must be one of ${FORMATS.join(', ')}`);
  }
}

/** The indices of the columns that `--columns` names, from 0; all of them when it is not given. */
export function chooseColumns(
  file: string,
  spec: string | undefined,
  names: readonly string[] | undefined,
  count: number,
): number[] {
  if (spec === undefined) return Array.from({ length: count }, (_, index) => index);
  const chosen = spec.split(',').flatMap((part) => {
    const item = part.trim();
    const named = names?.indexOf(item) ?? -1;
    if (named >= 0) return [named];
    const range = /^(\d+)(?:-(\d+))?$/.exec(item);
    if (!range) throw new UsageError(unknownColumn(file, item, names));
    const from = Number(range[1]);
    const to = Number(range[2] ?? from);
    if (from < 1 || to < from || to > count) {
      throw new UsageError(`--columns: ${file} has columns 1 to ${count}, got ${quoted(item)}`);
    }
    return Array.from({ length: to - from + 1 }, (_, index) => from - 1 + index);
  });
  const seen = new Set<number>();
  for (const index of chosen) {
    if (seen.has(index)) throw new UsageError(`--columns names column ${index + 1} twice`);
    seen.add(index);
  }
  return chosen;
}

function unknownColumn(file: string, item: string, names: readonly string[] | undefined): string {
  const problem = `--columns: ${file} has no column ${quoted(item)}`;
  if (!names) return `${problem}; it has no names, only numbers from 1`;
  return `${problem}; did you mean ${quoted(closest(item, names))}?`;
}

/** The named columns' names. */
export function pick(
  names: readonly string[] | undefined,
  indices: readonly number[],
): string[] | undefined {
  return names && indices.map((index) => names[index] ?? '');
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
    if (value - value === 0 || (Number.isNaN(value) && place.missing)) continue;
    const at: Place = {
      row: firstRow + Math.floor(i / width) + 1,
      column: (place.columns[i % width] as number) + 1,
    };
    const problem = Number.isNaN(value) ? MISSING_CELL : `${value} is not a finite float32`;
    throw new DataError(file, problem, at);
  }
}
