// A table's columns as the numbers that a detector judges: numbers as they are, one cell per word.

import { timeSlices } from '../base/slices.js';
import type { RowSource } from '../data/matrix.js';
import { show } from '../model/checks.js';
import { isMissing, numberOf, timeOf, truthOf } from '../table/cells.js';
import {
  type CategoryColumn,
  type CategoryValue,
  type ColumnType,
  keyOf,
  type Schema,
  type UsedColumn,
} from '../table/columns.js';
import { cellReader } from '../table/decode-rows.js';
import { dateCells } from '../table/encode-rows.js';
import { cellError, inferColumns } from '../table/infer.js';
import { listed } from '../table/live-table.js';
import { type Rows, type TableCell, tableRows } from '../table/rows.js';

/** The limit of cells per category: rarer words share one, because a detector's rows are dense. */
const MOST_WORDS = 64;

/** A column of the table and its cells among those of a row, [start, start + size). */
export interface Part {
  /** For tables: the column's name. */
  readonly name?: string;
  readonly start: number;
  readonly size: number;
  /** For tables: what the column holds. */
  readonly column?: UsedColumn;
}

export interface TablePart extends Part {
  readonly name: string;
  readonly column: UsedColumn;
  /** Its index among all columns of the schema. */
  readonly index: number;
}

/** A table's columns, and where their cells are. */
export interface Layout {
  readonly schema: Schema;
  readonly parts: readonly TablePart[];
  readonly width: number;
}

/** Whether rows are a table's: objects, columns by name, or arrays with a word or a date in them. */
export function isTable(x: unknown): boolean {
  if (Array.isArray(x)) {
    const first: unknown = x[0];
    if (isPlain(first)) return !('data' in (first as object)); // an ImageData
    return x.some((row) => Array.isArray(row) && row.some(isWord));
  }
  if (!isPlain(x) || 'data' in (x as object) || 'indptr' in (x as object)) return false;
  const columns = Object.values(x as object);
  return columns.length > 0 && columns.every((c) => Array.isArray(c) || ArrayBuffer.isView(c));
}

const isPlain = (x: unknown) => Object.prototype.toString.call(x) === '[object Object]';
const isWord = (cell: unknown) => typeof cell === 'string' || cell instanceof Date;

/** Lays out the columns of such rows, from all rows. */
export async function layoutFor(
  x: unknown,
  types: ReadonlyMap<string, ColumnType>,
  names: readonly string[] | undefined,
  signal: AbortSignal | undefined,
): Promise<Layout> {
  const rows = tableRows('x', x, names);
  const columns = rows.names ?? [];
  const unknown = [...types.keys()].filter((name) => !columns.includes(name));
  if (unknown.length > 0) {
    throw new RangeError(
      `types must name columns that rows have, ${listed(columns)}; got ${listed(unknown)}`,
    );
  }
  const told = new Map([...types].map(([name, type]) => [name, { type }]));
  const schema: Schema[number][] = [];
  const pause = timeSlices(signal);
  for (const [index, column] of (await inferColumns('x', rows, columns, told, signal)).entries()) {
    schema.push(column.type === 'category' ? fewer(column, rows, index) : column);
    await pause();
  }
  const layout = layoutOf(schema);
  if (layout.width === 0) {
    const why = schema.map((column) => `${column.name}: ${'why' in column ? column.why : ''}`);
    throw new RangeError(
      `x must have a column to learn from, and all are left out (${listed(why)}); say what they are, ` +
        "as in types: { name: 'category' }",
    );
  }
  return layout;
}

/** A category limited to as many words as may have a cell of their own: the most frequent. */
function fewer(column: CategoryColumn, rows: Rows, index: number): CategoryColumn {
  if (column.values.length <= MOST_WORDS) return column;
  const counts = new Map<string, number>();
  const cell = rows.column(column.name, index);
  for (let i = 0; i < rows.length; i++) {
    const key = keyOf(cell?.(i));
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const countOf = (value: CategoryValue) => counts.get(keyOf(value)) ?? 0;
  const order = [...column.values].sort((a, b) => countOf(b) - countOf(a));
  const own = new Set(order.slice(0, MOST_WORDS));
  const rare = order.slice(MOST_WORDS).map(keyOf);
  // If there were too many rare words to keep before, none are kept.
  const isOpen = column.other > 0 && column.rare.length === 0;
  return {
    ...column,
    values: column.values.filter((value) => own.has(value)),
    other: column.other + rare.length,
    rare: isOpen ? [] : [...column.rare, ...rare].sort(),
  };
}

/** The positions of a schema's columns in a row of cells. */
export function layoutOf(schema: Schema): Layout {
  const parts: Layout['parts'][number][] = [];
  let start = 0;
  for (const [index, column] of schema.entries()) {
    if (column.type === 'ignore') continue;
    const size = sizeOf(column);
    parts.push({ name: column.name, column, index, start, size });
    start += size;
  }
  return { schema, parts, width: start };
}

/** The last cell of a category stands for words never seen in training: any value there is anomalous. */
function sizeOf(column: UsedColumn): number {
  if (column.type === 'category') return column.values.length + (column.other > 0 ? 2 : 1);
  if (column.type !== 'date') return 1;
  return column.parts.reduce((sum, part) => sum + (part === 'trend' ? 1 : 2), 0);
}

/** Rows of a table, also as numbers. */
export interface TableSource {
  readonly source: RowSource;
  /** The original cell of a part. */
  given(part: number, row: number): TableCell;
}

/** Rows of a table in a known layout. */
export function tableSource(x: unknown, { schema, parts, width }: Layout): TableSource {
  const rows = tableRows(
    'x',
    x,
    schema.map(({ name }) => name),
  );
  const known = new Set(rows.names);
  if (!parts.some(({ name }) => known.has(name))) {
    const names = parts.map(({ name }) => name);
    throw new RangeError(
      `x must have columns that fit has seen, ${listed(names)}; got ${listed([...known])}`,
    );
  }
  const cells = parts.map(({ name, index }) => rows.column(name, index));
  const writers = parts.map(({ column, index }) => writerOf(column, index));
  const columnNames = parts.flatMap(({ name, size }) => Array<string>(size).fill(name));
  return {
    given: (part, row) => cells[part]?.(row) as TableCell,
    source: {
      ...{ name: 'x', rows: rows.length, width, bytes: false, doubles: true, columnNames },
      missing: new Float32Array(width),
      copy(from, to, target) {
        for (let row = from; row < to; row++) {
          const at = (row - from) * width;
          for (const [p, { start, size }] of parts.entries()) {
            const value = cells[p]?.(row);
            const [first, end] = [at + start, at + start + size];
            if (isMissing(value)) target.fill(Number.NaN, first, end);
            else writers[p]?.(value, row, target, first, end);
          }
        }
      },
    },
  };
}

/** Writes the cells [first, end) of a value. */
type Write = (
  value: unknown,
  row: number,
  target: { [cell: number]: number; fill(value: number, first: number, end: number): unknown },
  first: number,
  end: number,
) => void;

function writerOf(column: UsedColumn, index: number): Write {
  const fail = (row: number, must: string, value: unknown) =>
    cellError({ name: 'x', column: column.name, index }, row, must, show(value));
  switch (column.type) {
    case 'number':
      return (value, row, target, first) => {
        const number = numberOf(value);
        if (number === undefined) throw fail(row, 'must be numbers in a number column', value);
        if (!Number.isFinite(Math.fround(number))) {
          throw fail(row, 'must be finite float32 numbers', number);
        }
        target[first] = number;
      };
    case 'boolean':
      return (value, row, target, first) => {
        const truth = truthOf(value);
        if (truth === undefined) {
          throw fail(row, 'must be true or false in a boolean column', value);
        }
        target[first] = Number(truth);
      };
    case 'date':
      return (value, row, target, first) => {
        const time = timeOf(value, column.style);
        if (time === undefined) throw fail(row, 'must be dates in a date column', value);
        for (const [c, cell] of dateCells(column, time).entries()) target[first + c] = cell;
      };
    default:
      return wordWriter(column, (row, value) =>
        fail(row, 'must be texts or numbers in a category', value),
      );
  }
}

function wordWriter(
  { values, other, rare }: CategoryColumn,
  fail: (row: number, value: unknown) => RangeError,
): Write {
  const places = new Map(values.map((value, cell) => [keyOf(value), cell]));
  for (const key of rare) places.set(key, values.length);
  // If there were too many rare words to keep, a new word is treated as one of them.
  const isOpen = other > 0 && rare.length === 0;
  return (value, row, target, first, end) => {
    if (typeof value === 'object' || typeof value === 'function' || typeof value === 'symbol') {
      throw fail(row, value);
    }
    target.fill(0, first, end);
    target[first + (places.get(keyOf(value)) ?? (isOpen ? values.length : end - first - 1))] = 1;
  };
}

/**
 * The value that a column's cells, in their own units, stand for: a number, a date, or the most likely
 * word.
 */
export function cellValue(column: UsedColumn, cells: readonly number[]): TableCell {
  const [first] = cells as [number];
  switch (column.type) {
    case 'number': {
      const value = Number(first.toPrecision(7));
      return column.text ? String(value) : value;
    }
    case 'boolean':
      return column.values[first < 0.5 ? 0 : 1];
    default: {
      const read = cellReader({ column, index: 0, start: 0, size: cells.length });
      return read(Float32Array.from(cells));
    }
  }
}
