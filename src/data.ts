// The entry point autoencoder-wasm/data: tables as rows, by the readers of the command line.

import type { Input } from './cli/byte-input.js';
import type { ReadOptions, RowReader } from './cli/tables/reader.js';
import type { Autoencoder } from './index.js';

/** A file by its path, its bytes, or bytes as they come; what gzip compressed is decompressed. */
export type DataSource = string | URL | Uint8Array | AsyncIterable<Uint8Array>;

/** How a table is read. */
export interface DataOptions {
  /**
   * Which columns, in which order: names, numbers from 1 and ranges of them, as in `'2-31'` or
   * `'age,height'`. Default: all.
   */
  columns?: string;
  /** Whether missing cells become NaN, for `missing: 'mask'`. Default false: they are errors. */
  missing?: boolean;
}

/** How CSV is read. */
export interface CsvOptions extends DataOptions {
  /** Whether the first line has names. Default: when the chosen columns have words there. */
  header?: boolean;
  /** One character. Default: comma, semicolon, tab or `|`, whichever the first line has most of. */
  delimiter?: string;
  /** What is before the decimals. Default: a comma where the first 64 KB have such numbers, else a point. */
  decimal?: '.' | ',';
  /** What stands between groups of three digits, as in `1,234`. Default: nothing. */
  thousands?: string;
  /** Whether numbers may have `%` or the sign of a currency beside them; 12 % is 0.12. Default false. */
  symbols?: boolean;
  /** More words for missing cells, whatever their case. */
  na?: readonly string[];
  /** How many lines to leave out in front. Default 0. */
  skip?: number;
  /** What lines begin with that are to be left out. Default: `#`, in front of all others. */
  comment?: string;
}

/** How an archive of arrays is read. */
export interface NpzOptions extends DataOptions {
  /** Which array. Default: the only one. */
  array?: string;
}

/** Rows of numbers: bytes are pixels, and float64 is given where float32 would lose something. */
export interface RowBatch {
  /** Row after row. */
  data: Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;
  /** Rows and columns. */
  shape: [number, number];
}

/** A table in memory. */
export interface DataTable extends RowBatch {
  /** The columns' names, where the data has them. */
  columns: readonly string[] | undefined;
}

/** A table that is read as its rows are asked for, some 4 MB at a time, once. */
export interface DataRows extends AsyncIterable<RowBatch> {
  /** The columns' names, where the data has them. */
  readonly columns: readonly string[] | undefined;
  /** How many columns were chosen. */
  readonly width: number;
  /** How many rows there are, where that is known before they are read. */
  readonly rows: number | undefined;
  /** All rows at once. */
  readAll(): Promise<DataTable>;
  /** Lets go of the file, where it is not read to its end. */
  close(): Promise<void>;
}

/**
 * Reads CSV, or what has another delimiter: numbers, `true` and `false`.
 *
 * @throws (as a rejection) RangeError where the options do not fit the data; an Error that names file,
 *   line and column where the data is at fault.
 * @example
 * const rows = await readCsv('measures.csv', { columns: '1-30', missing: true });
 * const { data, shape } = await rows.readAll();
 */
export async function readCsv(source: DataSource, options: CsvOptions = {}): Promise<DataRows> {
  return read(source, options, async (input, how) => {
    return (await import('./cli/tables/csv.js')).readCsv(input, how);
  });
}

/** Reads JSON lines, an array of numbers a line or an object of them, or one array of such. Throws as {@link readCsv} does. */
export async function readJsonLines(
  source: DataSource,
  options: DataOptions = {},
): Promise<DataRows> {
  return read(source, options, async (input, how) => {
    return (await import('./cli/tables/json-lines.js')).readJsonLines(input, how);
  });
}

/**
 * Reads an array of NumPy's; its first dimension counts the rows. One in the order of Fortran, column
 * after column, is held in memory as a whole, since its first row ends at its end. Throws as
 * {@link readCsv} does.
 */
export async function readNpy(source: DataSource, options: DataOptions = {}): Promise<DataRows> {
  return read(source, options, async (input, how) => {
    return (await import('./cli/tables/npy.js')).readNpy(input, how);
  });
}

/**
 * Reads an array of an archive of NumPy's, or the rows of a sparse matrix that `scipy.sparse.save_npz` wrote.
 * Throws as {@link readCsv} does.
 */
export async function readNpz(source: DataSource, options: NpzOptions = {}): Promise<DataRows> {
  return read(source, options, async (input, how) => {
    return (await import('./cli/tables/npz.js')).readNpz(input, how);
  });
}

/**
 * Reads Parquet: a group of rows is in memory at a time, and all of the file where it is no path. Snappy, gzip,
 * Brotli and, from Node 22.15 on, zstd are decompressed. Throws as {@link readCsv} does.
 */
export async function readParquet(
  source: DataSource,
  options: DataOptions = {},
): Promise<DataRows> {
  return read(source, options, async (input, how) => {
    return (await import('./cli/tables/parquet.js')).readParquet(input, how);
  });
}

/** Reads IDX, the format of MNIST. Throws as {@link readCsv} does. */
export async function readIdx(source: DataSource, options: DataOptions = {}): Promise<DataRows> {
  return read(source, options, async (input, how) => {
    return (await import('./cli/tables/idx.js')).readIdx(input, how);
  });
}

/** What {@link transformFile} makes of rows, as the methods of these names do. */
export type FileTask = 'encode' | 'decode' | 'reconstruct' | 'impute' | 'score';

/** Which files {@link transformFile} reads and writes, and how. */
export interface FileRoute extends Omit<CsvOptions, 'missing'> {
  /** The file to read. */
  from: string;
  /** The file to write, which appears under its name when it is complete. Names in `.gz` are compressed. */
  to: string;
  /** Of `from`. Default: by its name, or its first bytes. */
  format?: 'csv' | 'tsv' | 'jsonl' | 'npy' | 'npz' | 'idx' | 'parquet';
  /** Which array of an archive. Default: the only one. */
  array?: string;
  /** Columns of `from` to copy in front of the others, as in `'id'` or `'1,3'`. */
  keep?: string;
  /** Of `to`. Default: CSV, and of `impute` the format of `from`. */
  outputFormat?: 'csv' | 'tsv' | 'jsonl' | 'npy';
}

/** The size of what {@link transformFile} wrote. */
export interface FileSize {
  /** Rows written. */
  rows: number;
  /** Numbers of each row. */
  columns: number;
}

/**
 * Takes the rows of a file through a model and into another file, as the command line does, in batches:
 * files may be larger than memory. Gives the size of what was written; `onRows` is told after each batch how
 * many rows are done. Rows with missing cells are for models with `missing: 'mask'`.
 *
 * @throws (as a rejection) RangeError where the options do not fit the model or the data; where the data or
 *   a file is at fault, an Error of the name `DataError`, whose `file`, `problem` and `place` (`line`, `row`,
 *   `column`, from 1) say so to programs, and whose `cause` is that of the file system, if it is to blame.
 * @example
 * const ae = await loadFile('digits.safetensors');
 * const { rows } = await transformFile(ae, 'score', { from: 'digits.json', to: 'scores.csv' });
 */
export async function transformFile(
  model: Autoencoder,
  task: FileTask,
  route: FileRoute,
  onRows?: (rows: number) => void,
): Promise<FileSize> {
  const { from, to, keep, outputFormat, ...read } = route;
  const way = { from, read, to, keep, format: outputFormat };
  const { transformFile } = await import('./cli/transform.js');
  return asOptions(transformFile(model, task, way, onRows));
}

async function read(
  source: DataSource,
  options: CsvOptions & NpzOptions,
  open: (input: Input, options: ReadOptions) => Promise<RowReader>,
): Promise<DataRows> {
  const input = await asOptions(openSource(source));
  const reader = await asOptions(open(input, options)).catch(async (error) => {
    await input.close();
    throw error;
  });
  const { columns, width, rows } = reader;
  async function* batches(): AsyncGenerator<RowBatch> {
    const iterator = reader.batches();
    try {
      for (;;) {
        const { value, done } = await asOptions(iterator.next());
        if (done) return;
        yield { data: value.data as RowBatch['data'], shape: [value.rows, width] };
      }
    } finally {
      await reader.close();
    }
  }
  return {
    ...{ columns, width, rows },
    [Symbol.asyncIterator]: batches,
    close: () => reader.close(),
    async readAll() {
      const { joined } = await import('./cli/tables/batch.js');
      const parts: RowBatch[] = [];
      for await (const part of batches()) parts.push(part);
      const data = joined(parts.map((part) => part.data)) as RowBatch['data'];
      return { data, shape: [data.length / width, width], columns };
    },
  };
}

async function openSource(source: DataSource): Promise<Input> {
  const { inflated, openInput } = await import('./cli/input.js');
  if (typeof source === 'string') return openInput(source);
  if (source instanceof URL) return openInput((await import('node:url')).fileURLToPath(source));
  if (source === null || typeof source !== 'object') {
    throw new TypeError(
      `source must be a path, a URL, a Uint8Array or bytes as they come, got ${typeof source}`,
    );
  }
  async function* chunks() {
    const pieces = source instanceof Uint8Array ? [source] : (source as AsyncIterable<Uint8Array>);
    for await (const { buffer, byteOffset, byteLength } of pieces) {
      yield Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);
    }
  }
  return inflated('the data', chunks());
}

/** What errors call options by the flags of the command line. */
async function asOptions<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const { UsageError } = await import('./cli/errors.js');
    if (!(error instanceof Error)) throw error;
    error.message = error.message
      .replaceAll('--no-header', 'header: false')
      .replaceAll('--header', 'header: true')
      .replaceAll('--missing mask', "missing: 'mask'")

      .replace('--symbols', 'symbols: true')
      .replace(/--(columns|array|delimiter|decimal|thousands|skip|comment)\b/g, '$1');
    throw error instanceof UsageError ? new RangeError(error.message) : error;
  }
}
