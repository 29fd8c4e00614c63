// The forms in which a table's rows are accepted, each read in place.

import { quoted } from '../base/printable.js';
import { fault, show, wrong } from '../model/checks.js';

/** A cell of a table. Empty strings, null, undefined, NaN and words such as `NA` are missing values. */
export type TableCell = string | number | boolean | bigint | Date | null | undefined;

/** A row: an object with a property per column. */
export type TableRow = Readonly<Record<string, TableCell>>;

/** Rows in memory. */
export type TableBatch =
  /** Objects, such as {@link TableRow} or an interface of your own. */
  | readonly object[]
  /** Arrays; the option `columnNames` gives the names of their columns. */
  | readonly (readonly TableCell[])[]
  /** An object of columns: arrays or typed arrays of the same length. */
  | Readonly<Record<string, ArrayLike<unknown>>>;

/** Rows in memory, or an iterable (async or not) of batches of them. */
export type TableInput = TableBatch | AsyncIterable<TableBatch> | Iterable<TableBatch>;

/** Rows whose type and shape have been checked. */
export interface Rows {
  readonly length: number;
  /** The names in the rows themselves, in order of first appearance; undefined if they have none. */
  readonly names: readonly string[] | undefined;
  /** A function from row to cell for a column; undefined if the rows have no such column. */
  column(name: string, index: number): ((row: number) => unknown) | undefined;
}

/** Whether rows come in batches. */
export function isStream(x: unknown): x is AsyncIterable<TableBatch> | Iterable<TableBatch> {
  return (
    typeof x === 'object' &&
    x !== null &&
    !Array.isArray(x) &&
    !ArrayBuffer.isView(x) &&
    (Symbol.asyncIterator in x || Symbol.iterator in x)
  );
}

const isList = (x: unknown): x is ArrayLike<unknown> =>
  Array.isArray(x) || (ArrayBuffer.isView(x) && !(x instanceof DataView));

/**
 * Checks the rows given by a caller.
 *
 * @param columnNames the column names for rows given as arrays.
 * @throws TypeError for anything but a table, RangeError for one without rows or of another shape.
 */
export function tableRows(
  name: string,
  x: unknown,
  columnNames: readonly string[] | undefined,
): Rows {
  if (Array.isArray(x)) {
    if (x.length === 0) throw new RangeError(`${name} must have at least one row, got none`);
    return isList(x[0]) ? arrayRows(name, x, columnNames) : objectRows(name, x);
  }
  if (typeof x === 'object' && x !== null && !ArrayBuffer.isView(x) && !(x instanceof Date)) {
    return columnRows(name, x);
  }
  throw new TypeError(`${name} ${MUST}, got ${show(x)}`);
}

const MUST =
  'must be an array of objects, an array of arrays, an object of columns or an iterable of batches of these';

function objectRows(name: string, x: readonly unknown[]): Rows {
  const seen = new Set<string>();
  for (let i = 0; i < x.length; i++) {
    const row = x[i];
    if (typeof row !== 'object' || row === null || isList(row) || row instanceof Date) {
      const hint = i === 0 ? ` (${name} ${MUST})` : '';
      throw new TypeError(
        `${name}[${i}] must be an object by column names, got ${show(row)}${hint}`,
      );
    }
    for (const key of Object.keys(row)) seen.add(key);
  }
  return {
    length: x.length,
    names: [...seen],
    column(key) {
      // Inherited names, such as `constructor`, are a column only if a row has them as own properties.
      if (key in {}) {
        return (i) => (Object.hasOwn(x[i] as object, key) ? (x[i] as TableRow)[key] : undefined);
      }
      return (i) => (x[i] as TableRow)[key];
    },
  };
}

function arrayRows(
  name: string,
  x: readonly unknown[],
  columnNames: readonly string[] | undefined,
): Rows {
  const width = columnNames?.length ?? (x[0] as ArrayLike<unknown>).length;
  for (let i = 0; i < x.length; i++) {
    const row = x[i];
    if (!isList(row)) {
      throw new TypeError(
        `${name}[${i}] must be an array of cells as ${name}[0] is, got ${show(row)}`,
      );
    }
    if (row.length !== width) {
      const by = columnNames ? `, one for each of columnNames` : ` as ${name}[0] has`;
      throw new RangeError(`${name}[${i}] must have ${width} cells${by}, got ${row.length}`);
    }
  }
  return {
    length: x.length,
    names: columnNames ?? Array.from({ length: width }, (_, j) => String(j + 1)),
    column: (_, index) => (index < width ? (i) => (x[i] as ArrayLike<unknown>)[index] : undefined),
  };
}

function columnRows(name: string, x: object): Rows {
  const columns = new Map<string, ArrayLike<unknown>>();
  let length: number | undefined;
  let first = '';
  for (const [key, values] of Object.entries(x)) {
    if (!isList(values)) {
      throw new TypeError(
        `${name}.${key} must be an array, a column of the table, got ${show(values)} ` +
          `(one row alone is an array of one: [row])`,
      );
    }
    if (length !== undefined && values.length !== length) {
      throw new RangeError(
        `${name}: all columns must be of one length, and ${quoted(first)} has ${length} cells, ` +
          `${quoted(key)} ${values.length}`,
      );
    }
    if (length === undefined) first = key;
    length = values.length;
    columns.set(key, values);
  }
  if (length === undefined) throw new RangeError(`${name} must have at least one column, got none`);
  if (length === 0) throw new RangeError(`${name} must have at least one row, got none`);
  return {
    length,
    names: [...columns.keys()],
    column(key) {
      const values = columns.get(key);
      return values && ((i) => values[i]);
    },
  };
}

/** The option `columnNames`, checked. */
export function checkColumnNames(value: unknown): readonly string[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw wrong(TypeError, 'columnNames', 'an array of strings', value);
  const seen = new Set<string>();
  for (const [i, name] of value.entries()) {
    if (typeof name !== 'string') throw wrong(TypeError, `columnNames[${i}]`, 'a string', name);
    if (seen.has(name)) {
      const message = `columnNames must be unique, but ${quoted(name)} occurs twice`;
      throw fault(RangeError, 'columnNames', value, message);
    }
    seen.add(name);
  }
  if (seen.size === 0) throw wrong(RangeError, 'columnNames', 'at least one name', value);
  return Object.freeze([...value]);
}
