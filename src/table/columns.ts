// What is known of a table's columns: how each is read, what the network sees of it, and what a file says.

import type { DateStyle } from './dates.js';

/** What a column holds. */
export type ColumnType = 'number' | 'category' | 'boolean' | 'date' | 'ignore';
/** How numbers are brought to the size of others; `decode` undoes it. */
export type Transform = 'standard' | 'minmax' | 'log' | 'quantile';
/** A value of a category, in the kind that it came in. */
export type CategoryValue = string | number | boolean | bigint;

export const COLUMN_TYPES: readonly ColumnType[] = [
  ...(['number', 'category', 'boolean', 'date', 'ignore'] as const),
];
export const TRANSFORMS: readonly Transform[] = ['standard', 'minmax', 'log', 'quantile'];
/** What the network sees of a date: a trend, and points on circles. */
export type DatePart = 'trend' | 'hour' | 'weekday' | 'month';

/** A column as {@link TableAutoencoder.columns} shows it. */
export type TableColumn = {
  /** As the rows have it. */
  readonly name: string;
} & (
  | {
      /** What it was found, or told, to be. */
      readonly type: 'number';
      /** Left out where it is `'standard'`. */
      readonly transform?: Transform;
    }
  | {
      /** What it was found, or told, to be. */
      readonly type: 'category' | 'boolean';
      /** Those that the network has a unit for. */
      readonly values: readonly CategoryValue[];
      /** How many rarer values share one unit, where there are any. */
      readonly other?: number;
    }
  | {
      /** What it was found, or told, to be. */
      readonly type: 'date';
      /** What the network has of it: only what varies. */
      readonly parts: readonly DatePart[];
    }
  | {
      /** What it was found, or told, to be. */
      readonly type: 'ignore';
      /** Why it is left out. */
      readonly why: string;
    }
);

/** Numbers: z = (f(x) - offset) / factor, f by the transform. */
export interface NumberColumn {
  readonly name: string;
  readonly type: 'number';
  readonly transform: Transform;
  readonly offset: number;
  readonly factor: number;
  /** Of `'log'`: what counts as 1. */
  readonly unit?: number;
  /** Of `'quantile'`: values in ascending order, and the share of the rows that is below each. */
  readonly knots?: readonly (readonly [value: number, share: number])[];
  /** The least and the greatest that it was learned from. */
  readonly range: readonly [low: number, high: number];
  /** Whether they came as text, and so go. */
  readonly text: boolean;
}

/** Values of their own, each with a cell, and one more where rare ones share it. */
export interface CategoryColumn {
  readonly name: string;
  readonly type: 'category' | 'boolean';
  readonly values: readonly CategoryValue[];
  /** How many values were too rare to be among them. */
  readonly other: number;
  /** Which they are, as texts, in order, where they are few enough to keep. */
  readonly rare: readonly string[];
  /** How many rows had a value: an unseen one is as likely as 1 in so many and one more. */
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
  /** Whether all were at midnight: then so is what comes back. */
  readonly days: boolean;
}

export interface IgnoredColumn {
  readonly name: string;
  readonly type: 'ignore';
  readonly why: string;
}

export type Column = NumberColumn | CategoryColumn | DateColumn | IgnoredColumn;
export type UsedColumn = Exclude<Column, IgnoredColumn>;

/** All columns of a table, in its order. */
export type Schema = readonly Column[];

/** A used column and where its cells are among those that the network sees. */
export interface Place {
  readonly column: UsedColumn;
  /** Its number among all columns of the schema. */
  readonly index: number;
  readonly start: number;
  readonly size: number;
}

/** How many cells the network has for a column. */
export function cellsOf(column: Column): number {
  switch (column.type) {
    case 'number':
      return 1;
    case 'category':
    case 'boolean':
      // At the least two: one alone would be sure of itself.
      return Math.max(2, column.values.length + (column.other > 0 ? 1 : 0));
    case 'date':
      return column.parts.reduce((sum, part) => sum + (part === 'trend' ? 1 : 2), 0);
    case 'ignore':
      return 0;
  }
}

/** Where each used column is, and how many cells there are together. */
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

/** By what a category's values are told apart. */
export function keyOf(value: unknown): string {
  return typeof value === 'string' ? value : String(value);
}

/** The columns as users see them. */
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
