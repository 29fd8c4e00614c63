// The columns of a table: how each is read, what the network sees of it, and how files store it.

import type { DateStyle } from './dates.js';

/** The type of a column. */
export type ColumnType = 'number' | 'category' | 'boolean' | 'date' | 'ignore';
/** How the numbers of a column are scaled; `decode` reverses it. */
export type Transform = 'standard' | 'minmax' | 'log' | 'quantile';
/** A value of a category, of the type in which it was given. */
export type CategoryValue = string | number | boolean | bigint;

export const COLUMN_TYPES: readonly ColumnType[] = [
  ...(['number', 'category', 'boolean', 'date', 'ignore'] as const),
];
export const TRANSFORMS: readonly Transform[] = ['standard', 'minmax', 'log', 'quantile'];
/** The parts of a date that the network sees: a trend, and cyclic encodings. */
export type DatePart = 'trend' | 'hour' | 'weekday' | 'month';

/** A column, as in {@link TableAutoencoder.columns}. */
export type TableColumn = {
  /** The column's name. */
  readonly name: string;
} & (
  | {
      /** The inferred or given type. */
      readonly type: 'number';
      /** The transform; absent if it is `'standard'`. */
      readonly transform?: Transform;
    }
  | {
      /** The inferred or given type. */
      readonly type: 'category' | 'boolean';
      /** The values that have a unit of their own in the network. */
      readonly values: readonly CategoryValue[];
      /** How many rarer values share one unit, if any. */
      readonly other?: number;
    }
  | {
      /** The inferred or given type. */
      readonly type: 'date';
      /** The parts that the network sees: only those that vary. */
      readonly parts: readonly DatePart[];
    }
  | {
      /** The inferred or given type. */
      readonly type: 'ignore';
      /** Why it is left out. */
      readonly why: string;
    }
);

/** A column of numbers: z = (f(x) - offset) / factor, where f is the transform. */
export interface NumberColumn {
  readonly name: string;
  readonly type: 'number';
  readonly transform: Transform;
  readonly offset: number;
  readonly factor: number;
  /** For `'log'`: the unit u in log(1 + |x| / u). */
  readonly unit?: number;
  /** For `'quantile'`: values in ascending order, each with the fraction of rows below it. */
  readonly knots?: readonly (readonly [value: number, share: number])[];
  /** The minimum and maximum seen in training. */
  readonly range: readonly [low: number, high: number];
  /** Whether the numbers were given as text; they are then returned as text. */
  readonly text: boolean;
}

/** A category column: one input per value, and one more shared by rare values, if any. */
export interface CategoryColumn {
  readonly name: string;
  readonly type: 'category' | 'boolean';
  readonly values: readonly CategoryValue[];
  /** How many values were too rare for an input of their own. */
  readonly other: number;
  /** These rare values as text, sorted, if there are few enough to store. */
  readonly rare: readonly string[];
  /** How many rows had a value: an unseen value has the probability 1 / (rows + 1). */
  readonly rows: number;
}

export interface DateColumn {
  readonly name: string;
  readonly type: 'date';
  readonly style: DateStyle;
  readonly parts: readonly DatePart[];
  /** Mean and standard deviation in milliseconds since 1970. */
  readonly offset: number;
  readonly factor: number;
  /** Whether all dates were at midnight; decoded dates are then, too. */
  readonly days: boolean;
}

export interface IgnoredColumn {
  readonly name: string;
  readonly type: 'ignore';
  readonly why: string;
}

export type Column = NumberColumn | CategoryColumn | DateColumn | IgnoredColumn;
export type UsedColumn = Exclude<Column, IgnoredColumn>;

/** All columns of a table, in order. */
export type Schema = readonly Column[];

/** A column in use, and the position of its inputs in the network. */
export interface Place {
  readonly column: UsedColumn;
  /** Its index among all columns of the schema. */
  readonly index: number;
  readonly start: number;
  readonly size: number;
}

/** How many inputs the network has for a column. */
export function cellsOf(column: Column): number {
  switch (column.type) {
    case 'number':
      return 1;
    case 'category':
    case 'boolean':
      // At least two, because the softmax of a single output is always 1.
      return Math.max(2, column.values.length + (column.other > 0 ? 1 : 0));
    case 'date':
      return column.parts.reduce((sum, part) => sum + (part === 'trend' ? 1 : 2), 0);
    case 'ignore':
      return 0;
  }
}

/** The place of each column in use, and the total number of inputs. */
export function placesOf(schema: Schema): { places: Place[]; width: number } {
  const places: Place[] = [];
  let start = 0;
  for (const [index, column] of schema.entries()) {
    if (column.type === 'ignore') continue;
    const size = cellsOf(column);
    places.push({ column, index, start, size });
    start += size;
  }
  return { places, width: start };
}

/** The key that identifies a category's value. */
export function keyOf(value: unknown): string {
  return typeof value === 'string' ? value : String(value);
}

/** The columns as the public API shows them. */
export function shown(schema: Schema): TableColumn[] {
  return schema.map(shownColumn);
}

function shownColumn(column: Column): TableColumn {
  const { name } = column;
  switch (column.type) {
    case 'number': {
      const { type, transform } = column;
      return { name, type, ...(transform !== 'standard' && { transform }) };
    }
    case 'date':
      return { name, type: column.type, parts: [...column.parts] };
    case 'ignore':
      return { name, type: column.type, why: column.why };
    default: {
      const { type, values, other } = column;
      return { name, type, values: [...values], ...(other > 0 && { other }) };
    }
  }
}
