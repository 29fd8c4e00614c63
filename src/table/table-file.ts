// The columns of a table in a model file: JSON in its metadata, checked when it is read.

import { badModel } from '../base/errors.js';
import { boolean, integer, oneOf, record, show } from '../model/checks.js';
import {
  type CategoryColumn,
  type CategoryValue,
  COLUMN_TYPES,
  type Column,
  type DateColumn,
  type NumberColumn,
  type Schema,
  TRANSFORMS,
} from './columns.js';
import { DATE_FORMS, type DateForm, type DateStyle } from './dates.js';

/** The version of this format. */
const VERSION = 1;
const PARTS = ['trend', 'hour', 'weekday', 'month'] as const;
const MOST_COLUMNS = 1 << 20;

/** The same columns give the same text. */
export function writeTable(schema: Schema): string {
  return JSON.stringify({ version: VERSION, columns: schema.map(written) });
}

/** JSON has no bigint, so it is written with a text that marks it. */
function written(column: Column): unknown {
  if (!('values' in column)) return column;
  const values = column.values.map((v) => (typeof v === 'bigint' ? { bigint: String(v) } : v));
  return { ...column, values };
}

/** @throws RangeError for anything that {@link writeTable} does not write. */
export function readTable(text: string): Schema {
  try {
    const table = record('table', JSON.parse(text), ['version', 'columns']);
    if (table.version !== VERSION) {
      throw new RangeError(
        `its version is ${show(table.version)}, and this library reads ${VERSION}`,
      );
    }
    const columns = list('columns', table.columns);
    if (columns.length > MOST_COLUMNS) throw new RangeError(`it has ${columns.length} columns`);
    const schema = columns.map(readColumn);
    const names = new Set(schema.map(({ name }) => name));
    if (names.size < schema.length) throw new RangeError('two of its columns have one name');
    if (writeTable(schema) !== text) throw new RangeError('it is not written as save writes it');
    return schema;
  } catch (error) {
    throw badModel(`'table' in its metadata is wrong: ${(error as Error).message}`);
  }
}

function readColumn(value: unknown, i: number): Column {
  const any = record(`columns[${i}]`, value, Object.keys(value as object));
  const name = text(`columns[${i}].name`, any.name);
  const type = oneOf(`columns[${i}].type`, any.type, COLUMN_TYPES);
  switch (type) {
    case 'ignore':
      return { name, type, why: text('why', any.why) };
    case 'number':
      return numberColumn(name, any);
    case 'date':
      return dateColumn(name, any);
    default:
      return categoryColumn(name, type, any);
  }
}

function numberColumn(name: string, any: Record<string, unknown>): NumberColumn {
  const transform = oneOf('transform', any.transform, TRANSFORMS);
  const [low, high] = list('range', any.range).map((x) => finite('range', x));
  const knots = any.knots === undefined ? undefined : list('knots', any.knots).map(knot);
  if ((transform === 'quantile') !== (knots !== undefined) || knots?.length === 0) {
    throw new RangeError(`knots are of transform 'quantile'`);
  }
  if ((transform === 'log') !== (any.unit !== undefined)) {
    throw new RangeError(`a unit is of transform 'log'`);
  }
  return {
    name,
    type: 'number',
    transform,
    range: [low as number, high as number],
    ...(any.unit !== undefined && { unit: above('unit', any.unit) }),
    offset: finite('offset', any.offset),
    factor: above('factor', any.factor),
    ...(knots && { knots }),
    text: boolean('text', any.text),
  };
}

function knot(value: unknown): [number, number] {
  const [x, share] = list('knots', value).map((x) => finite('knots', x));
  return [x as number, finite('knots', share)];
}

function dateColumn(name: string, any: Record<string, unknown>): DateColumn {
  const given = record('style', any.style, ['form', 'text', 'separator', 'zone']);
  const style: DateStyle = {
    form: oneOf('form', given.form, DATE_FORMS) as DateForm,
    ...(given.text !== undefined && { text: boolean('text', given.text) }),
    ...(given.separator !== undefined && { separator: text('separator', given.separator) }),
    ...(given.zone !== undefined && { zone: text('zone', given.zone) }),
  };
  const parts = list('parts', any.parts).map((part) => oneOf('parts', part, PARTS));
  if (parts[0] !== 'trend' || new Set(parts).size < parts.length) {
    throw new RangeError('parts must begin with trend and differ');
  }
  return {
    name,
    type: 'date',
    style,
    parts,
    offset: finite('offset', any.offset),
    factor: above('factor', any.factor),
    days: boolean('days', any.days),
  };
}

function categoryColumn(
  name: string,
  type: 'category' | 'boolean',
  any: Record<string, unknown>,
): CategoryColumn {
  const values = list('values', any.values).map((value): CategoryValue => {
    if (['string', 'number', 'boolean'].includes(typeof value)) return value as CategoryValue;
    const { bigint } = record('values', value, ['bigint']);
    return BigInt(text('values', bigint));
  });
  if (values.length === 0) throw new RangeError('a category needs a value');
  const rare = list('rare', any.rare).map((value) => text('rare', value));
  return {
    name,
    type,
    values,
    other: integer('other', any.other, rare.length, 2 ** 53),
    rare,
    rows: integer('rows', any.rows, 1, 2 ** 53),
  };
}

function list(name: string, value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  throw new TypeError(`${name} must be an array, got ${show(value)}`);
}

function text(name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw new TypeError(`${name} must be a text, got ${show(value)}`);
}

function finite(name: string, value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new TypeError(`${name} must be a finite number, got ${show(value)}`);
}

function above(name: string, value: unknown): number {
  if (finite(name, value) > 0) return value as number;
  throw new RangeError(`${name} must be above 0, got ${show(value)}`);
}
