// Applies a model to rows, a batch at a time.

import type { Autoencoder, Matrix, Precision } from '../index.js';
import { UsageError } from './errors.js';
import { imputer } from './impute.js';
import { keptCells } from './keep.js';
import { type Output, writeTo } from './output.js';
import type { Route, Task } from './route.js';
import { type Batch, rowsIn } from './tables/batch.js';
import type { Format } from './tables/format.js';
import { rowWriter } from './tables/formats.js';
import { openTables } from './tables/open-tables.js';
import type { RowReader } from './tables/reader.js';
import { Selection, selectionFor } from './tables/selection.js';
import { withRowsOf } from './translate.js';

export { type Route, TASKS, type Task } from './route.js';

/**
 * Applies a model to all rows, and returns the size of what was written. `onRows` is called after each
 * batch with the number of rows done. The output file appears when it is complete.
 *
 * @throws UsageError if the model cannot do the task, DataError if the data is invalid.
 */
export async function transformFile(
  ae: Autoencoder,
  task: Task,
  {
    from,
    read,
    keep,
    to,
    format,
    precision,
  }: Omit<Route, 'from'> & { from: string | readonly string[] },
  onRows?: (rows: number) => void,
): Promise<{ rows: number; columns: number }> {
  const paths = typeof from === 'string' ? [from] : from;
  const { tableOf } = await import('../autoencoder.js');
  if (precision === 'int16' && (tableOf(ae) !== undefined || ae.scaler)) {
    throw new UsageError('--precision int16 needs a model of pixels, but this one scales its rows');
  }
  if (tableOf(ae) !== undefined) {
    const { transformTable } = await import('./table-rows.js');
    return transformTable(ae, task, { from: paths, read, keep, to, format }, onRows);
  }
  requireTask(ae, task);
  const { layers, missing } = ae.options;
  const [inputs, codes] = [layers[0] as number, layers[layers.length - 1] as number];
  const reader = await openTables(
    paths,
    {
      ...read,
      columns:
        task === 'decode'
          ? new Selection(read.columns, undefined, codes, keep)
          : selectionFor(ae, read.columns, keep),
      missing: missing === 'mask' && task !== 'decode',
      originals: task === 'impute' || keep !== undefined,
    },
    task === 'decode' ? codes : inputs,
    task === 'decode' ? "the model's codes have" : 'the model takes',
  );
  const write = async (output: Output) => {
    const writer =
      task === 'impute'
        ? imputer(ae, reader, output, format)
        : writerOf(ae, task, reader, output, format ?? 'csv', precision);
    let rows = 0;
    for await (const batch of reader.batches()) {
      const source = { paths, placeOf: reader.placeOf, firstRow: rows };
      await withRowsOf({ x: source, z: source }, [], () => writer.write(batch));
      rows += batch.rows;
      onRows?.(rows);
    }
    await writer.end();
    return { rows, columns: writer.columns };
  };
  try {
    return await writeTo(to, write);
  } catch (error) {
    await reader.close(); // even if no row was read
    throw error;
  }
}

/** A function that writes the model's results for a batch. */
function writerOf(
  ae: Autoencoder,
  task: Exclude<Task, 'impute'>,
  reader: RowReader,
  output: Output,
  format: Format,
  precision: Precision | undefined,
) {
  const { layers } = ae.options;
  const [inputs, codes] = [layers[0] as number, layers[layers.length - 1] as number];
  const width = task === 'encode' ? codes : task === 'score' ? 1 : inputs;
  const columns = columnNames(task, reader, ae);
  const { kept, rows } = reader;
  const names = columns && [...(kept ?? []), ...columns];
  const writer = rowWriter(output, format, { width, columns: names, rows });
  // Each batch's result is written before the next batch is read, so that one result array can be reused.
  let last: Matrix | undefined;
  const apply = async (batch: Batch): Promise<Float32Array> => {
    const x = rowsIn(batch);
    if (task === 'score') return ae.score(x);
    if (precision === 'int16' && ('indptr' in x || !(x.data instanceof Uint8Array))) {
      throw new UsageError('--precision int16 takes rows of bytes: IDX, or arrays of uint8');
    }
    const into = last?.length === batch.rows ? { into: last } : {};
    const how = precision ? { precision, ...into } : into;
    last = task === 'encode' ? await ae.encode(x, how) : await ae[task](x, into);
    return last.data;
  };
  return {
    columns: width,
    write: async (batch: Batch) =>
      writer.write(await apply(batch), kept && keptCells(batch, format)),
    end: () => writer.end(),
  };
}

/** @throws UsageError if the model cannot do the task. */
export function requireTask(ae: Autoencoder, task: Task): void {
  if (task !== 'impute' || ae.options.missing === 'mask') return;
  throw new UsageError('impute needs a model that was trained with --missing mask');
}

/** New names for codes and scores; for rows, the input's names or else the model's. */
function columnNames(
  task: Task,
  reader: RowReader,
  { options: { layers, columns } }: Autoencoder,
): readonly string[] | undefined {
  if (task === 'score') return ['score'];
  if (task === 'reconstruct') return reader.columns;
  if (task === 'decode' && columns?.names) return columns.names;
  const [name, width] = task === 'encode' ? ['code', layers.at(-1)] : ['x', layers[0]];
  return Array.from({ length: width as number }, (_, i) => `${name}${i + 1}`);
}
