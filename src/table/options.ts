// The options of a table's model, for their callers, and their checks.

import { fault, integer, oneOf, record, wrong } from '../model/checks.js';
import { MODEL_OPTIONS, namesOf } from '../model/option-table.js';
import { type AutoencoderOptions, checkModelOptions } from '../model/options.js';
import { COLUMN_TYPES, type ColumnType, TRANSFORMS, type Transform } from './columns.js';
import type { Told } from './infer.js';
import { checkColumnNames } from './rows.js';

/** What a column is said to be: its type, or that and how its numbers are brought to size. */
export type ColumnOption =
  | ColumnType
  | {
      /** Default: inferred; with a transform `'number'`. */
      type?: ColumnType;
      /**
       * `'standard'`: mean 0 and deviation 1. `'minmax'`: from 0 to 1. `'log'`: sign(x) log(1 + |x| / u),
       * with u a small value of the column, then as `'standard'`. `'quantile'`: the share of the rows that
       * have less. Default: `'standard'`, or `'log'` where the tail is heavy.
       */
      transform?: Transform;
    };

/** What `new TableAutoencoder(...)` takes: its own, and those of `Autoencoder` that do not depend on columns. */
export interface TableOptions
  extends Omit<
    AutoencoderOptions,
    'layers' | 'hidden' | 'code' | 'scale' | 'missing' | 'columns' | 'outputActivation'
  > {
  /** Types of columns by their names, where they are not to be inferred: `{ zip: 'category', id: 'ignore' }`. */
  columns?: Readonly<Record<string, ColumnOption>>;
  /** What the columns of rows that are arrays are called. Default: their numbers, from `'1'` on. */
  columnNames?: readonly string[];
  /**
   * Widths of the hidden layers and of the code, without the input, which the columns decide: `[64, 8]`, or
   * `[8]`. Default: chosen from columns and rows.
   */
  layers?: readonly number[];
  /** Of rows that stream: how many the columns are inferred from, an integer from 1. Default 10,000. */
  inferRows?: number;
}

/** The same, checked. */
export interface TableConfig {
  readonly told: ReadonlyMap<string, Told>;
  readonly columnNames: readonly string[] | undefined;
  readonly layers: readonly number[] | undefined;
  readonly inferRows: number;
  /** What the model inside is made with, beside what the columns decide. */
  readonly model: Omit<AutoencoderOptions, 'layers'>;
}

const OWN = ['columns', 'columnNames', 'layers', 'inferRows'];
/** What the columns decide. */
const DECIDED = [
  ...['hidden', 'code', 'scale', 'missing', 'outputActivation', 'categories', 'columnWeights'],
];
const NAMES = [
  ...OWN,
  ...namesOf(MODEL_OPTIONS).filter((name) => ![...OWN, ...DECIDED].includes(name)),
];

/** The options, checked; `seed` draws one where none is given. */
export function checkTableOptions(
  options: unknown,
  defaults: { seed: () => number; threads: () => number },
): TableConfig {
  const given = record('options', options === undefined ? {} : options, NAMES);
  const { columns, columnNames, layers, inferRows = 10_000, ...model } = given;
  const widths = layers === undefined ? undefined : checkLayers(layers);
  const { seed = defaults.seed() } = model;
  const complete = { ...model, seed } as TableConfig['model'];
  checkModelOptions({ ...complete, code: 1 }, defaults);
  return {
    told: checkColumns(columns),
    columnNames: checkColumnNames(columnNames),
    layers: widths,
    inferRows: integer('inferRows', inferRows, 1, 2 ** 31 - 1),
    model: complete,
  };
}

function checkLayers(layers: unknown): number[] {
  const expected = 'an array of widths from the first hidden layer to the code, such as [64, 8]';
  if (!Array.isArray(layers)) throw wrong(TypeError, 'layers', expected, layers);
  if (layers.length === 0) throw wrong(RangeError, 'layers', expected, layers);
  return layers.map((width, i) => integer(`layers[${i}]`, width, 1, 2 ** 24));
}

function checkColumns(columns: unknown): Map<string, Told> {
  const told = new Map<string, Told>();
  if (columns === undefined) return told;
  if (typeof columns !== 'object' || columns === null || Array.isArray(columns)) {
    const expected = "an object of types by column names, as in { zip: 'category' }";
    throw wrong(TypeError, 'columns', expected, columns);
  }
  for (const [name, value] of Object.entries(columns)) {
    const option = `columns.${name}`;
    if (typeof value !== 'object') {
      told.set(name, { type: oneOf(option, value, COLUMN_TYPES) });
      continue;
    }
    const { type, transform } = record(option, value, ['type', 'transform']);
    const kind = type === undefined ? undefined : oneOf(`${option}.type`, type, COLUMN_TYPES);
    if (transform === undefined) {
      told.set(name, kind ? { type: kind } : {});
      continue;
    }
    const how = oneOf(`${option}.transform`, transform, TRANSFORMS);
    if (kind !== undefined && kind !== 'number') {
      const message = `${option}.transform is for type 'number', got '${kind}'`;
      throw fault(TypeError, `${option}.transform`, transform, message);
    }
    told.set(name, { type: 'number', transform: how });
  }
  return told;
}
