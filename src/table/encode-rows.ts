// Converts a table's rows to compressed rows for the network: numbers are scaled, categories are one-hot.

import { circle } from '../base/exact-math.js';
import { quoted } from '../base/printable.js';
import { isMissing, numberOf, timeOf, truthOf } from './cells.js';
import { type CategoryColumn, keyOf, type Place, type Schema } from './columns.js';
import { partsOf } from './dates.js';
import { cellError } from './infer.js';
import type { Rows } from './rows.js';
import { scaled } from './transforms.js';

/**
 * Rows by their non-zero cells, with scipy's names. NaN is a missing number; a category without any
 * non-zero cell is missing.
 */
export interface Csr {
  readonly indptr: Uint32Array<ArrayBuffer>;
  readonly indices: Uint32Array<ArrayBuffer>;
  readonly data: Float32Array<ArrayBuffer>;
  readonly shape: [rows: number, width: number];
}

/** Rows as the network takes them, and the values that it cannot represent. */
export interface EncodedRows {
  readonly csr: Csr;
  /** Cells with a value that was never seen in training, as row * places + place. */
  readonly unseen: ReadonlySet<number>;
}

/** The limit of scaled numbers, in deviations from the mean, because float32 squares them. */
const FARTHEST = 1e15;

/** Writes the cells of a column for one row; returns false for a value that it has never seen. */
type Writer = (value: unknown, row: number, put: (cell: number, value: number) => void) => boolean;

/** Encodes rows for the network. `firstRow` numbers them in errors. */
export class RowEncoder {
  readonly #schema: Schema;
  readonly #places: readonly Place[];
  readonly #width: number;
  readonly #name: string;

  constructor(name: string, schema: Schema, { places, width }: { places: Place[]; width: number }) {
    this.#name = name;
    this.#schema = schema;
    this.#places = places;
    this.#width = width;
  }

  /** Rows [from, to). */
  encode(rows: Rows, from: number, to: number, firstRow = 0): EncodedRows {
    const count = to - from;
    const indptr = new Uint32Array(count + 1);
    let capacity = count * this.#places.length + 16;
    let indices = new Uint32Array(capacity);
    let data = new Float32Array(capacity);
    let length = 0;
    const unseen = new Set<number>();
    const readers = this.#places.map(({ column, index }) => rows.column(column.name, index));
    const writers = this.#places.map((place) => this.#writer(place, firstRow));
    let start = 0;
    const put = (cell: number, value: number) => {
      if (value === 0) return;
      indices[length] = start + cell;
      data[length++] = value;
    };
    for (let i = 0; i < count; i++) {
      // Dates take the most cells: seven.
      if (length + 7 * this.#places.length > capacity) {
        capacity *= 2;
        [indices, data] = [grown(indices, capacity), grownFloats(data, capacity)];
      }
      for (const [p, writer] of writers.entries()) {
        const place = this.#places[p] as Place;
        start = place.start;
        const value = readers[p]?.(from + i);
        if (isMissing(value)) {
          if (place.column.type === 'number' || place.column.type === 'date') {
            for (let cell = 0; cell < place.size; cell++) put(cell, Number.NaN);
          }
        } else if (!writer(value, from + i, put)) unseen.add(i * writers.length + p);
      }
      indptr[i + 1] = length;
    }
    const csr: Csr = {
      indptr,
      indices: indices.slice(0, length),
      data: data.slice(0, length),
      shape: [count, this.#width],
    };
    return { csr, unseen };
  }

  #writer(place: Place, firstRow: number): Writer {
    const { column } = place;
    const wrong = (row: number, must: string, is: string) =>
      cellError(
        { name: this.#name, column: column.name, index: place.index },
        firstRow + row,
        must,
        is,
      );
    switch (column.type) {
      case 'number':
        return (value, row, put) => {
          const number = numberOf(value);
          if (number === undefined) {
            throw wrong(row, 'must be numbers in a number column', shownCell(value));
          }
          if (!Number.isFinite(number)) throw wrong(row, 'must be finite numbers', String(value));
          put(0, bounded(scaled(number, column)));
          return true;
        };
      case 'boolean':
        return (value, row, put) => {
          const truth = truthOf(value);
          if (truth === undefined) {
            throw wrong(row, 'must be true or false in a boolean column', shownCell(value));
          }
          put(Number(truth), 1);
          return true;
        };
      case 'category':
        return categoryWriter(column, (row, is) =>
          wrong(row, 'must be texts or numbers in a category', is),
        );
      case 'date':
        return (value, row, put) => {
          const time = timeOf(value, column.style);
          if (time === undefined) {
            throw wrong(row, 'must be dates in a date column', shownCell(value));
          }
          dateCells(column, time).forEach((z, cell) => {
            put(cell, z);
          });
          return true;
        };
    }
  }

  /** The names of columns that the rows have but the schema lacks. */
  unknown(rows: Rows): string[] {
    const known = new Set(this.#schema.map(({ name }) => name));
    return (rows.names ?? []).filter((name) => !known.has(name));
  }
}

function categoryWriter(
  { values, other, rare }: CategoryColumn,
  fail: (row: number, is: string) => RangeError,
): Writer {
  const cells = new Map(values.map((value, cell) => [keyOf(value), cell]));
  for (const key of rare) cells.set(key, values.length);
  // If there were too many rare values to keep, a new value is treated as one of them.
  const isOpen = other > 0 && rare.length === 0;
  return (value, row, put) => {
    if (typeof value === 'object' || typeof value === 'function' || typeof value === 'symbol') {
      throw fail(row, shownCell(value));
    }
    const cell = cells.get(keyOf(value));
    if (cell !== undefined) put(cell, 1);
    else if (isOpen) put(values.length, 1);
    else return false;
    return true;
  };
}

/** The cells that represent a date. */
export function dateCells(
  { parts, offset, factor }: { parts: readonly string[]; offset: number; factor: number },
  time: number,
): number[] {
  const { hour, weekday, month } = partsOf(time);
  const shares: Record<string, number> = { hour, weekday: weekday / 7, month };
  return parts.flatMap((part) =>
    part === 'trend' ? [bounded((time - offset) / factor)] : circle(shares[part] as number),
  );
}

function bounded(z: number): number {
  return Math.min(Math.max(z, -FARTHEST), FARTHEST);
}

function shownCell(value: unknown): string {
  return value instanceof Date ? 'a Date' : quoted(String(value));
}

function grown(values: Uint32Array<ArrayBuffer>, length: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(length);
  larger.set(values);
  return larger;
}

function grownFloats(values: Float32Array<ArrayBuffer>, length: number): Float32Array<ArrayBuffer> {
  const larger = new Float32Array(length);
  larger.set(values);
  return larger;
}
