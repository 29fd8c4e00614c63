// The options of a table's model and their checks.

import { fault, integer, oneOf, record, wrong } from '../model/checks.js';
import { MODEL_OPTIONS, namesOf } from '../model/option-table.js';
import { type AutoencoderOptions, checkModelOptions } from '../model/options.js';
import { COLUMN_TYPES, type ColumnType, TRANSFORMS, type Transform } from './columns.js';
import type { Told } from './infer.js';
import { checkColumnNames } from './rows.js';

/** The type of a column, or its type and the transform of its numbers. */
export type ColumnOption =
  | ColumnType
  | {
      /** The column's type. Default: inferred, or `'number'` if a transform is given. */
      type?: ColumnType;
      /**
       * How numbers are scaled. `'standard'`: to mean 0 and standard deviation 1. `'minmax'`: to [0, 1].
       * `'log'`: sign(x) log(1 + |x| / u), where u is a small value of the column, then as `'standard'`.
       * `'quantile'`: to the fraction of rows with a smaller value. Default: `'standard'`, or `'log'` if the
       * column has a heavy tail.
       */
      transform?: Transform;
    };

/** The options of `new TableAutoencoder(...)`: its own, and those of `Autoencoder` not set by the columns. */
export interface TableOptions
  extends Omit<
    AutoencoderOptions,
    'layers' | 'hidden' | 'code' | 'scale' | 'missing' | 'columns' | 'outputActivation'
  > {
  /** Column types by name, for those not to be inferred: `{ zip: 'category', id: 'ignore' }`. Default: none. */
  columns?: Readonly<Record<string, ColumnOption>>;
  /** The column names for rows given as arrays. Default: `'1'`, `'2'`, ... */
  columnNames?: readonly string[];
  /**
   * Widths of the hidden layers and the code, such as `[64, 8]` or `[8]`; the input width follows from the
   * columns. Default: chosen from the columns and the number of rows.
   */
  layers?: readonly number[];
  /** For a stream: how many rows to infer the columns from, an integer from 1. Default 10,000. */
  inferRows?: number;
}

/** The checked options. */
export interface TableConfig {
  readonly told: ReadonlyMap<string, Told>;
  readonly columnNames: readonly string[] | undefined;
  readonly layers: readonly number[] | undefined;
  readonly inferRows: number;
  /** The options of the underlying model, except those that follow from the columns. */
  readonly model: Omit<AutoencoderOptions, 'layers'>;
}

const OWN = ['columns', 'columnNames', 'layers', 'inferRows'];
/** Options of `Autoencoder` that follow from the columns. */
const DECIDED = [
  ...['hidden', 'code', 'scale', 'missing', 'outputActivation', 'categories', 'columnWeights'],
];
const NAMES = [
  ...OWN,
  ...namesOf(MODEL_OPTIONS).filter((name) => ![...OWN, ...DECIDED].includes(name)),
];

/** Checks the options; `seed` draws a seed if none is given. */
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
