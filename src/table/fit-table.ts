// A call of fit on a table: infers its columns, creates the model for them, and trains it.

import { Autoencoder, setTable } from '../autoencoder.js';
import type { MatrixInput } from '../data/matrix.js';
import type { History } from '../model/history.js';
import type { AutoencoderOptions } from '../model/options.js';
import type { FitOptions, Noise } from '../training/fit-types.js';
import { type Place, placesOf, type Schema } from './columns.js';
import { DEFAULT_NOISE, defaultLayers } from './default-layers.js';
import type { Csr } from './encode-rows.js';
import { inferColumns } from './infer.js';
import { type LiveTable, listed } from './live-table.js';
import type { TableConfig } from './options.js';
import { isStream, type Rows, type TableInput, tableRows } from './rows.js';
import { writeTable } from './table-file.js';

/** The rows of `t.fit(rows, ...)`; a function that starts a stream is called for each epoch. */
export type TableTraining = TableInput | (() => TableInput);

/** The options of `t.fit(rows, ...)`: those of `Autoencoder.fit`. */
export type TableFitOptions = Omit<FitOptions<TableInput>, 'noise'> & {
  /**
   * As in `Autoencoder.fit`. Default `{ type: 'mask', amount: 0.25 }`: in each step, a quarter of the numbers
   * are replaced by their column's mean and a quarter of the categories by another row's value, and the
   * network learns to predict them from the other columns. `false`: no noise.
   */
  noise?: Noise | false;
};

/** Infers the columns of the rows, for a stream from its first rows. */
export async function columnsOf(
  { told, columnNames, inferRows }: TableConfig,
  x: TableTraining,
  signal: AbortSignal | undefined,
): Promise<Schema> {
  const given = typeof x === 'function' ? x() : x;
  const rows = isStream(given)
    ? await firstRows(given, inferRows, columnNames)
    : tableRows('rows', given, columnNames);
  const names = columnNames ?? rows.names ?? [];
  const unknown = [...told.keys()].filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw new RangeError(
      `columns must name columns that rows have, ${listed(names)}; got ${listed(unknown)}`,
    );
  }
  const schema = await inferColumns('rows', rows, names, told, signal);
  const used = schema.filter(({ type }) => type !== 'ignore');
  if (used.length === 0) {
    const why = schema.map((column) => `${column.name}: ${'why' in column ? column.why : ''}`);
    throw new RangeError(
      `rows must have a column to learn from, and all are left out (${listed(why)}); say what they ` +
        "are, as in columns: { name: 'category' }",
    );
  }
  return schema;
}

/** Called with the inferred columns before a first fit trains; the command line replaces it. */
export const notices = {
  ready({ schema }: LiveTable, { told }: TableConfig): void {
    const left = schema.filter((column) => column.type === 'ignore' && !told.has(column.name));
    if (left.length === 0) return;
    const names = left.map((column) => `${column.name}: ${'why' in column ? column.why : ''}`);
    console.warn(
      `autoencoder-wasm: left out ${left.length === 1 ? 'a column' : `${left.length} columns`} of the ` +
        `table (${listed(names)}); columns: { ... } says otherwise`,
    );
  },
};

/** The first rows of a stream, as one table of objects. */
async function firstRows(
  stream: AsyncIterable<unknown> | Iterable<unknown>,
  most: number,
  columnNames: readonly string[] | undefined,
): Promise<Rows> {
  const parts: Rows[] = [];
  let length = 0;
  for await (const batch of stream) {
    const rows = tableRows(`rows[${parts.length}]`, batch, columnNames);
    parts.push(rows);
    length += rows.length;
    if (length >= most) break;
  }
  if (length === 0) throw new RangeError('rows must have at least one row, got none');
  return joinedRows(parts, Math.min(length, most));
}

function joinedRows(parts: readonly Rows[], length: number): Rows {
  const starts: number[] = [];
  let start = 0;
  for (const part of parts) {
    starts.push(start);
    start += part.length;
  }
  return {
    length,
    names: [...new Set(parts.flatMap(({ names = [] }) => names))],
    column(name, index) {
      const readers = parts.map((part) => part.column(name, index));
      let part = 0;
      return (row) => {
        while (row < (starts[part] as number)) part--;
        while (part + 1 < parts.length && row >= (starts[part + 1] as number)) part++;
        return readers[part]?.(row - (starts[part] as number));
      };
    },
  };
}

/** The model for these columns. */
export function modelFor({ layers, model }: TableConfig, schema: Schema): Autoencoder {
  const { places, width } = placesOf(schema);
  const widths = layers ?? defaultLayers(places, width);
  const ae = new Autoencoder({
    ...model,
    layers: [width, ...widths],
    scale: 'none',
    outputActivation: 'linear',
    missing: 'mask',
    ...outputsOf(places),
  });
  setTable(ae, writeTable(schema));
  return ae;
}

/** The categories, and column weights that let each column of the table count equally. */
function outputsOf(
  places: readonly Place[],
): Pick<AutoencoderOptions, 'categories' | 'columnWeights'> {
  const isCategory = ({ column }: Place) => column.type === 'category' || column.type === 'boolean';
  const categories = places.filter(isCategory).map(({ start, size }) => ({ start, size }));
  const weights = places.flatMap((place) =>
    isCategory(place) ? [1] : Array<number>(place.size).fill(1 / place.size),
  );
  return {
    ...(categories.length > 0 && { categories }),
    ...(weights.some((weight) => weight !== 1) && { columnWeights: weights }),
  };
}

/** Trains the model of a table. */
export async function train(
  live: LiveTable,
  x: TableTraining,
  options: TableFitOptions,
): Promise<History> {
  const { validationData, noise = DEFAULT_NOISE, ...rest } = options;
  const inner: FitOptions<MatrixInput> = { ...rest, ...(noise && { noise }) };
  if (validationData !== undefined) {
    inner.validationData = await allRows(live, 'validationData', validationData);
  }
  if (typeof x === 'function' || isStream(x)) {
    return live.model.fit(() => batchesOf(live, typeof x === 'function' ? x() : x), inner);
  }
  return live.model.fit(await allRows(live, 'rows', x), inner);
}

async function* batchesOf(live: LiveTable, x: TableInput): AsyncGenerator<MatrixInput> {
  for await (const { encoded } of live.encoded('rows', x)) {
    yield encoded.csr;
  }
}

/** All rows, encoded. */
async function allRows(live: LiveTable, name: string, x: TableInput): Promise<Csr> {
  const parts: Csr[] = [];
  for await (const { encoded } of live.encoded(name, x)) parts.push(encoded.csr);
  if (parts.length === 1) return parts[0] as Csr;
  const [rows, entries] = parts.reduce(
    ([rows, entries], { shape, data }) =>
      [rows + shape[0], entries + data.length] as [number, number],
    [0, 0] as [number, number],
  );
  const indptr = new Uint32Array(rows + 1);
  const indices = new Uint32Array(entries);
  const data = new Float32Array(entries);
  let [row, at] = [0, 0];
  for (const part of parts) {
    for (let i = 1; i <= part.shape[0]; i++) indptr[row + i] = at + (part.indptr[i] as number);
    indices.set(part.indices, at);
    data.set(part.data, at);
    row += part.shape[0];
    at += part.data.length;
  }
  return { indptr, indices, data, shape: [rows, live.width] };
}
