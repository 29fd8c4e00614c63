// Reads a table's rows piece by piece, whatever their form.

import { isStream, type Rows, tableRows } from './rows.js';

/** How many rows are encoded and run through the network at a time. */
const PIECE_ROWS = 4096;

/** Rows [from, to) of a batch, and the number of the first one among all rows. */
export interface Piece {
  readonly rows: Rows;
  readonly from: number;
  readonly to: number;
  readonly firstRow: number;
}

/** The pieces of rows in memory, or of a stream of batches. */
export async function* piecesOf(
  name: string,
  x: unknown,
  columnNames: readonly string[] | undefined,
): AsyncGenerator<Piece, void, undefined> {
  let firstRow = 0;
  if (!isStream(x)) {
    yield* cut(tableRows(name, x, columnNames), firstRow);
    return;
  }
  let batches = 0;
  for await (const batch of x) {
    const rows = tableRows(`${name}[${batches++}]`, batch, columnNames);
    yield* cut(rows, firstRow);
    firstRow += rows.length;
  }
  if (batches === 0) throw new RangeError(`${name} must have at least one row, got none`);
}

function* cut(rows: Rows, firstRow: number): Generator<Piece, void, undefined> {
  for (let from = 0; from < rows.length; from += PIECE_ROWS) {
    yield { rows, from, to: Math.min(from + PIECE_ROWS, rows.length), firstRow };
  }
}
