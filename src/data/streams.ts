// Rows that come bit by bit.

import { show } from '../model/checks.js';
import { type Cell, floatSource, type MatrixInput, type RowSource } from './matrix.js';
import { rowSource } from './row-forms.js';

/** What a stream of rows brings: a batch of them, or one row as an array of numbers. */
export type StreamInput = MatrixInput | readonly Cell[];

/** What rows may stream from, such as a ReadableStream (where engines can iterate over it). */
export type RowStream = AsyncIterable<StreamInput> | Iterable<StreamInput>;

/** What a model can be trained on: rows in memory, or what brings them bit by bit, each epoch anew. */
export type TrainingInput = MatrixInput | AsyncIterable<StreamInput> | (() => RowStream);

/** The stream, or a TypeError where it is none. */
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
 * Cuts what a stream brings into batches of `batchSize` rows each, or leaves it as it comes if that is
 * undefined. A batch is good until the next is asked for. Errors number the rows from the stream's
 * first.
 */
export class Batches {
  readonly #name: string;
  readonly #width: number;
  #pending: Float32Array | Float64Array;
  readonly #batchSize: number | undefined;
  readonly #gaps: boolean;
  #waiting = 0;
  #chunks = 0;
  #rows = 0;

  /** @param gaps whether cells may be null or undefined. */
  constructor(name: string, width: number, batchSize: number | undefined, gaps: boolean) {
    this.#name = name;
    this.#width = width;
    this.#batchSize = batchSize;
    this.#gaps = gaps;
    this.#pending = new Float32Array((batchSize ?? 0) * width);
  }

  /** How many rows it has given so far. */
  get rows(): number {
    return this.#rows;
  }

  /** Takes one more piece of the stream, and gives the batches that are full by then. */
  *add(chunk: unknown): Generator<RowSource, void, undefined> {
    const isRow = Array.isArray(chunk) && chunk.length > 0 && isCell(chunk[0]);
    const name = `${this.#name}[${this.#chunks++}]`;
    const source = rowSource(name, isRow ? [chunk] : chunk, this.#width, 'input', this.#gaps);
    const size = this.#batchSize;
    if (size === undefined) {
      yield this.#numbered(source);
      return;
    }
    const floats = floatSource(source);
    if (source.doubles) this.#pending = doubled(this.#pending);
    for (let from = 0; from < source.rows; ) {
      const to = Math.min(from + size - this.#waiting, source.rows);
      floats.copy(from, to, this.#pending.subarray(this.#waiting * this.#width));
      this.#waiting += to - from;
      from = to;
      if (this.#waiting === size) yield* this.rest();
    }
  }

  /** The rows that wait for their batch to become full, if any. */
  *rest(): Generator<RowSource, void, undefined> {
    if (this.#waiting === 0) return;
    const values = this.#pending.subarray(0, this.#waiting * this.#width);
    this.#waiting = 0;
    yield this.#numbered(rowSource(this.#name, values, this.#width, 'input'));
  }

  #numbered(source: RowSource): RowSource {
    const firstRow = this.#rows;
    this.#rows += source.rows;
    return { ...source, name: this.#name, firstRow };
  }
}

/** The same numbers in float64. */
function doubled(values: Float32Array | Float64Array): Float64Array {
  return values instanceof Float64Array ? values : new Float64Array(values);
}

function isCell(x: unknown): boolean {
  return x === null || ['number', 'boolean', 'undefined'].includes(typeof x);
}
