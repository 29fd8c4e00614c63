// The entry point autoencoder-wasm/data: reads tables as rows, with the readers of the command line.

import type { Input } from './cli/byte-input.js';
import type { ReadOptions, RowReader } from './cli/tables/reader.js';
import type { Autoencoder, SparseRows } from './index.js';

/** A file path, the bytes of a file, or a stream of them; gzip is decompressed. */
export type DataSource = string | URL | Uint8Array | AsyncIterable<Uint8Array>;

/** Options for reading a table. */
export interface DataOptions {
  /**
   * The columns to read, in this order: names, numbers from 1, and ranges, such as `'2-31'` or
   * `'age,height'`. Default: all.
   */
  columns?: string;
  /** Whether missing cells become NaN, for models with `missing: 'mask'`. Default false: they are errors. */
  missing?: boolean;
}

/** Options for reading CSV. */
export interface CsvOptions extends DataOptions {
  /** Whether the first line contains names. Default: true if it has words in the chosen columns. */
  header?: boolean;
  /** The delimiter, one character. Default: comma, semicolon, tab or `|`, the most frequent in the first line. */
  delimiter?: string;
  /** The decimal separator. Default: a comma if the first 64 KB contain such numbers, else a point. */
  decimal?: '.' | ',';
  /** The separator between groups of three digits, as in `1,234`. Default: none. */
  thousands?: string;
  /** Whether numbers may carry `%` or a currency symbol; 12 % is read as 0.12. Default false. */
  symbols?: boolean;
  /** Additional words that mark missing cells, case-insensitive. */
  na?: readonly string[];
  /** The number of lines to skip at the beginning. Default 0. */
  skip?: number;
  /** Skips lines that start with this text. Default: lines that start with `#` before all others are skipped. */
  comment?: string;
}

/** Options for reading an NPZ archive. */
export interface NpzOptions extends DataOptions {
  /** Which array. Default: the only one. */
  array?: string;
}

/** A batch of rows: bytes for pixels, float64 if float32 would lose precision, otherwise float32. */
export interface RowBatch {
  /** The numbers, row after row. */
  data: Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;
  /** Rows and columns. */
  shape: [number, number];
}

/** A table in memory. */
export interface DataTable extends RowBatch {
  /** The columns' names, where the data has them. */
  columns: readonly string[] | undefined;
}

/** A table that is read once and on demand, about 4 MB at a time. */
export interface DataRows extends AsyncIterable<RowBatch> {
  /** The columns' names, where the data has them. */
  readonly columns: readonly string[] | undefined;
  /** The number of columns read. */
  readonly width: number;
  /** The number of rows, if known before reading. */
  readonly rows: number | undefined;
  /** Reads all remaining rows into memory. */
  readAll(): Promise<DataTable>;
  /** Closes the file, if it was not read to the end. */
  close(): Promise<void>;
}

/**
 * Reads CSV or other delimited text with cells that are numbers, `true` or `false`.
 *
 * @throws (as a rejection) RangeError if the options do not match the data; an Error that names file, line
 *   and column if the data is invalid.
 * @example
 * const rows = await readCsv('measures.csv', { columns: '1-30', missing: true });
 * const { data, shape } = await rows.readAll();
 */
export async function readCsv(source: DataSource, options: CsvOptions = {}): Promise<DataRows> {
  return read(source, options, async (input, how) => {
    return (await import('./cli/tables/csv.js')).readCsv(input, how);
  });
}

/**
 * Reads JSON lines, with an array or an object of numbers per line, or one JSON array of these. Throws as
 * {@link readCsv} does.
 */
export async function readJsonLines(
  source: DataSource,
  options: DataOptions = {},
): Promise<DataRows> {
  return read(source, options, async (input, how) => {
    return (await import('./cli/tables/json-lines.js')).readJsonLines(input, how);
  });
}

/**
 * Reads a NumPy array (NPY); its first dimension is the rows. An array in Fortran order is held in memory as
 * a whole, since it is stored column by column. Throws as {@link readCsv} does.
 */
export async function readNpy(source: DataSource, options: DataOptions = {}): Promise<DataRows> {
  return read(source, options, async (input, how) => {
    return (await import('./cli/tables/npy.js')).readNpy(input, how);
  });
}

/**
 * Reads an array from a NumPy archive (NPZ), or the rows of a sparse matrix written by
 * `scipy.sparse.save_npz`. These come as dense rows, zeros included; {@link readSparse} keeps them sparse.
 * Throws as {@link readCsv} does.
 */
export async function readNpz(source: DataSource, options: NpzOptions = {}): Promise<DataRows> {
  return read(source, options, async (input, how) => {
    return (await import('./cli/tables/npz.js')).readNpz(input, how);
  });
}

/**
 * Reads a sparse matrix written by `scipy.sparse.save_npz` (CSR, CSC or COO) into memory, without its zeros. `fit`,
 * `encode` and the other methods of Autoencoder accept it as it is. Throws as {@link readCsv} does, and RangeError if
 * the file holds other arrays.
 *
 * @example
 * const counts = await readSparse('counts.npz');
 * const ae = new Autoencoder({ code: 4 });
 * await ae.fit(counts, { epochs: 5 });
 */
export async function readSparse(
  source: DataSource,
  options: DataOptions = {},
): Promise<SparseRows> {
  const input = await asOptions(openSource(source));
  const { readSparseNpz } = await import('./cli/tables/npz.js');
  return asOptions(readSparseNpz(input, options).finally(() => input.close()));
}

/**
 * Reads Parquet. One row group is in memory at a time; if the source is not a path, the whole file is, too.
 * Supports Snappy, gzip, Brotli and, from Node 22.15 on, zstd. Throws as {@link readCsv} does.
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

/** What {@link transformFile} does with rows, like the method of the same name. */
export type FileTask = 'encode' | 'decode' | 'reconstruct' | 'impute' | 'score';

/** The files that {@link transformFile} reads and writes, with their formats. */
export interface FileRoute extends Omit<CsvOptions, 'missing'> {
  /** The file to read. */
  from: string;
  /** The file to write. It appears under this name once it is complete; names in `.gz` are compressed. */
  to: string;
  /** The format of `from`. Default: detected from its name or first bytes. */
  format?: 'csv' | 'tsv' | 'jsonl' | 'npy' | 'npz' | 'idx' | 'parquet';
  /** Which array of an archive. Default: the only one. */
  array?: string;
  /** Columns of `from` to copy to the front of each output row, such as `'id'` or `'1,3'`. */
  keep?: string;
  /** The format of `to`. Default: CSV, or for `impute` the format of `from`. */
  outputFormat?: 'csv' | 'tsv' | 'jsonl' | 'npy';
}

/** The size of what {@link transformFile} wrote. */
export interface FileSize {
  /** The number of rows written. */
  rows: number;
  /** The number of values per row. */
  columns: number;
}

/**
 * Applies a model to the rows of a file and writes the results to another file, like the command line. It
 * works in batches, so files may be larger than memory. Resolves to the size of the output; `onRows` is
 * called after each batch with the number of rows done. Missing cells require a model with `missing: 'mask'`.
 *
 * @throws (as a rejection) RangeError if the options do not match the model or the data; for invalid data or
 *   a file that cannot be read or written, an Error named `DataError` with the fields `file`, `problem` and
 *   `place` (`line`, `row`, `column`, from 1), and the file system's error as `cause`.
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

/** Renames the flags of the command line in errors to options. */
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
