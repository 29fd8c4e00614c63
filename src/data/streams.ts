// Streamed rows.

import { show } from '../model/checks.js';
import {
  type Cell,
  floatSource,
  floatsFor,
  type MatrixInput,
  type RowSource,
  type SparseReader,
  type SparseRows,
} from './matrix.js';
import { rowSource } from './row-forms.js';

/** An item of a stream of rows: a batch, or a single row as an array of numbers. */
export type StreamInput = MatrixInput | readonly Cell[];

/** A source of streamed rows, such as a ReadableStream (in engines that can iterate over it). */
export type RowStream = AsyncIterable<StreamInput> | Iterable<StreamInput>;

/** Rows to train on: rows in memory, or a stream that is restarted for each epoch. */
export type TrainingInput = MatrixInput | AsyncIterable<StreamInput> | (() => RowStream);

/** Returns the stream; throws a TypeError if it is not one. */
export function requireStream(name: string, stream: unknown): RowStream {
  const isStream =
    typeof stream === 'object' &&
    stream !== null &&
    (Symbol.asyncIterator in stream || Symbol.iterator in stream);
  if (isStream) return stream as RowStream;
  throw new TypeError(
    `${name} must be an iterable or async iterable of batches or rows, got ${show(stream)}`,
  );
}

/**
 * Cuts a stream into batches of `batchSize` rows each, or leaves its batches as they are if that is
 * undefined. A batch is valid until the next is requested. Errors number the rows from the start of the
 * stream.
 */
export class Batches {
  readonly #name: string;
  readonly #width: number;
  #pending: Float32Array | Float64Array | Uint8Array;
  /** Whether bytes stay bytes. */
  readonly #keepsBytes: boolean;
  readonly #batchSize: number | undefined;
  readonly #gaps: boolean;
  /** Compressed rows that are waiting for a full batch. */
  #sparse: SparsePending | undefined;
  #waiting = 0;
  #chunks = 0;
  #rows = 0;

  /**
   * @param gaps whether cells may be null or undefined.
   * @param keepsBytes whether rows should be bytes and stay bytes; others are passed on unchanged, to fail
   *   later with an error.
   */
  constructor(
    name: string,
    width: number,
    batchSize: number | undefined,
    gaps: boolean,
    keepsBytes = false,
  ) {
    this.#name = name;
    this.#width = width;
    this.#batchSize = batchSize;
    this.#gaps = gaps;
    this.#keepsBytes = keepsBytes;
    this.#pending = new (keepsBytes ? Uint8Array : Float32Array)((batchSize ?? 0) * width);
  }

  /** How many rows have been yielded so far. */
  get rows(): number {
    return this.#rows;
  }

  /** Takes the next item of the stream and yields the batches that it completes. */
  *add(chunk: unknown): Generator<RowSource, void, undefined> {
    const isRow = Array.isArray(chunk) && chunk.length > 0 && isCell(chunk[0]);
    const name = `${this.#name}[${this.#chunks++}]`;
    const source = rowSource(name, isRow ? [chunk] : chunk, this.#width, 'input', this.#gaps);
    const size = this.#batchSize;
    if (size === undefined || (this.#keepsBytes && !source.bytes)) {
      yield this.#numbered(source);
      return;
    }
    const reader = this.#keepsBytes ? source : floatSource(source);
    if (!source.sparse) this.#makeDense();
    if (source.doubles) this.#pending = doubled(this.#pending);
    for (let from = 0; from < source.rows; ) {
      const to = Math.min(from + size - this.#waiting, source.rows);
      if (source.sparse && this.#waiting === 0) this.#sparse = new SparsePending(source);
      if (source.sparse && this.#sparse) this.#sparse.add(source, source.sparse, from, to);
      else reader.copy(from, to, this.#pending.subarray(this.#waiting * this.#width));
      this.#waiting += to - from;
      from = to;
      if (this.#waiting === size) yield* this.rest();
    }
  }

  /** Yields the remaining rows as a last, incomplete batch, if any. */
  *rest(): Generator<RowSource, void, undefined> {
    if (this.#waiting === 0) return;
    const values = this.#sparse
      ? this.#sparse.rows(this.#width)
      : this.#pending.subarray(0, this.#waiting * this.#width);
    this.#waiting = 0;
    this.#sparse = undefined;
    yield this.#numbered(rowSource(this.#name, values, this.#width, 'input'));
  }

  /** Makes waiting compressed rows dense, since dense ones follow. */
  #makeDense(): void {
    if (!this.#sparse) return;
    const source = rowSource(this.#name, this.#sparse.rows(this.#width), this.#width, 'input');
    if (source.doubles) this.#pending = doubled(this.#pending);
    source.copy(0, source.rows, this.#pending);
    this.#sparse = undefined;
  }

  #numbered(source: RowSource): RowSource {
    const firstRow = this.#rows;
    this.#rows += source.rows;
    return { ...source, name: this.#name, firstRow };
  }
}

/** Compressed rows that are waiting for a full batch. */
class SparsePending {
  readonly #starts: number[] = [0];
  #columns = new Uint32Array(0);
  #values: Float32Array | Float64Array;

  constructor(like: RowSource) {
    this.#values = floatsFor(like, 0);
  }

  add(source: RowSource, sparse: SparseReader, from: number, to: number): void {
    const at = this.#starts.at(-1) as number;
    const needed = at + sparse.count(from, to);
    if (source.doubles) this.#values = doubled(this.#values);
    if (needed > this.#columns.length) {
      const [columns, values] = [this.#columns, this.#values];
      this.#columns = new Uint32Array(2 * needed);
      this.#columns.set(columns);
      this.#values =
        values instanceof Float64Array
          ? new Float64Array(2 * needed)
          : new Float32Array(2 * needed);
      this.#values.set(values);
    }
    const ends = new Uint32Array(to - from);
    sparse.read(from, to, ends, this.#columns.subarray(at), this.#values.subarray(at));
    for (const end of ends) this.#starts.push(at + end);
  }

  rows(width: number): SparseRows {
    const [indptr, end] = [this.#starts, this.#starts.at(-1)];
    const [indices, data] = [this.#columns.subarray(0, end), this.#values.subarray(0, end)];
    return { indptr, indices, data, shape: [indptr.length - 1, width] };
  }
}

/** The same numbers in float64. */
function doubled(values: Float32Array | Float64Array | Uint8Array): Float64Array {
  return values instanceof Float64Array ? values : new Float64Array(values);
}

function isCell(x: unknown): boolean {
  return x === null || ['number', 'boolean', 'undefined'].includes(typeof x);
}
