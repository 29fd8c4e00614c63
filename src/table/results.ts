// The results of the methods: rows as objects, scores, and the columns behind scores.

import { timeSlices } from '../base/slices.js';
import type { Matrix } from '../data/matrix.js';
import { isMissing } from './cells.js';
import { cellReader } from './decode-rows.js';
import { columnErrors } from './errors.js';
import type { EncodedPiece, LiveTable } from './live-table.js';
import type { TableCell, TableInput, TableRow } from './rows.js';

/** One column's error in a row. */
export interface ColumnError {
  /** The column's name. */
  column: string;
  /** The row's value. */
  value: TableCell;
  /** The value that the model expects, in the same units. */
  expected: TableCell;
  /**
   * The distance between the two. For a number in standard deviations of its column; for a category
   * sqrt(-2 log p), where p is the probability of its value. A row's score is the mean of these errors.
   */
  error: number;
}

/** The network's output, (rows, width), as objects. */
export async function decodeRows({ places }: LiveTable, output: Matrix): Promise<TableRow[]> {
  const readers = places.map((place) => [place.column.name, cellReader(place)] as const);
  const all: TableRow[] = [];
  const pause = timeSlices();
  for (const row of output) {
    // Own properties, whatever their names (such as __proto__).
    all.push(Object.fromEntries(readers.map(([name, read]) => [name, read(row)])));
    await pause();
  }
  return all;
}

/** Rows as objects, with missing cells filled. */
export async function imputeRows(live: LiveTable, x: TableInput): Promise<TableRow[]> {
  const all: TableRow[] = [];
  const pause = timeSlices();
  const fillers = new Map(live.places.map((place) => [place.column.name, cellReader(place)]));
  for await (const piece of live.encoded('rows', x)) {
    const { rows, from, to } = piece;
    const output = await outputOf(live, piece);
    const names = [...new Set([...live.schema.map(({ name }) => name), ...(rows.names ?? [])])];
    const columns = names.map((name, j) => {
      const cell = rows.column(name, j);
      return { name, cell, fill: fillers.get(name) };
    });
    for (let i = from; i < to; i++) {
      const row = output.row(i - from);
      const cells = columns.flatMap(({ name, cell, fill }): [string, TableCell][] => {
        const value = cell?.(i) as TableCell;
        if (fill && isMissing(value)) return [[name, fill(row)]];
        return cell ? [[name, value]] : [];
      });
      all.push(Object.fromEntries(cells));
      await pause();
    }
  }
  return all;
}

/** The score of each row. */
export async function scoreRows(
  live: LiveTable,
  x: TableInput,
): Promise<Float32Array<ArrayBuffer>> {
  const scores: number[] = [];
  await eachRow(live, x, (errors) => {
    scores.push(scoreOf(errors));
  });
  return Float32Array.from(scores);
}

/** For each row the `top` columns with the largest errors, largest first, ties in column order. */
export async function explainRows(
  live: LiveTable,
  x: TableInput,
  top: number,
): Promise<ColumnError[][]> {
  const all: ColumnError[][] = [];
  const readers = live.places.map(cellReader);
  await eachRow(live, x, (errors, row, { rows }, i) => {
    const order = [...errors.keys()].filter((p) => !Number.isNaN(errors[p]));
    order.sort((a, b) => (errors[b] as number) - (errors[a] as number));
    all.push(
      order.slice(0, top).map((p) => {
        const { column, index } = live.places[p] as (typeof live.places)[number];
        return {
          column: column.name,
          value: rows.column(column.name, index)?.(i) as TableCell,
          expected: readers[p]?.(row),
          error: errors[p] as number,
        };
      }),
    );
  });
  return all;
}

/** The mean over the columns that have a value. */
function scoreOf(errors: Float64Array): number {
  let [sum, count] = [0, 0];
  for (const error of errors) {
    if (Number.isNaN(error)) continue;
    sum += error;
    count++;
  }
  return sum / count;
}

/** Calls back for each row with its columns' errors, the network's output, and the place of the row. */
async function eachRow(
  live: LiveTable,
  x: TableInput,
  take: (errors: Float64Array, output: Float32Array, piece: EncodedPiece, row: number) => void,
): Promise<void> {
  const errors = new Float64Array(live.places.length);
  const pause = timeSlices();
  for await (const piece of live.encoded('rows', x)) {
    const output = await outputOf(live, piece);
    for (let i = 0; i < output.length; i++) {
      const row = output.row(i);
      columnErrors(piece.encoded, i, live.places, row, errors);
      take(errors, row, piece, piece.from + i);
      await pause();
    }
  }
}

function outputOf({ model }: LiveTable, { encoded }: EncodedPiece): Promise<Matrix> {
  return model.reconstruct(encoded.csr);
}
