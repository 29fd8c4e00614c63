// Rows as they stand in a file: what is copied to another one, and not computed.

import { MAX_NUMBER_BYTES, writeNumber } from './cells.js';
import { cellsOf, cellText } from './csv-cells.js';
import type { Format } from './format.js';
import { valuesOf } from './json-cells.js';

/** How the rows of a file are written. */
export interface Original {
  format: Format;
  /** Of all columns, in the file's order. */
  names: readonly string[] | undefined;
  columns: number;
  /** Which of them were chosen, in the order that they were. */
  chosen: readonly number[];
  /** Rows of the same kind can follow each other as they stand there. */
  kind: string;
  /** What is between the cells of CSV. */
  between?: string;
  /** What stands before the first of so many rows. */
  head(rows: number | undefined): Uint8Array;
  /** A row with other values in some of its columns, and every other byte as it was. */
  fill(row: Buffer, values: ReadonlyMap<number, number>): Uint8Array;
  /** Cells of a row as they stand there, where they are text. */
  raw?(row: Buffer, columns: readonly number[]): Buffer[];
  /** The cells of a row as texts. */
  cells(row: Buffer): string[];
}

/** A float32 as the shortest text. */
export function numberText(value: number): string {
  const bytes = Buffer.allocUnsafe(MAX_NUMBER_BYTES);
  return bytes.toString('latin1', 0, writeNumber(bytes, 0, value));
}

type Columns = Pick<Original, 'names' | 'columns' | 'chosen'>;

export function csvOriginal(
  columns: Columns,
  head: Uint8Array,
  delimiter: number,
  format: 'csv' | 'tsv',
): Original {
  return {
    ...columns,
    format,
    kind: `${format} ${delimiter}`,
    between: String.fromCharCode(delimiter),
    head: () => head,
    fill(row, values) {
      const cells = cellsOf(row, delimiter);
      const pieces: Uint8Array[] = [];
      let done = 0;
      for (const [column, value] of [...values].sort(([a], [b]) => a - b)) {
        const { from, to } = cells[column] as { from: number; to: number };
        pieces.push(row.subarray(done, from), Buffer.from(numberText(value)));
        done = to;
      }
      return Buffer.concat([...pieces, row.subarray(done)]);
    },
    raw(row, wanted) {
      const cells = cellsOf(row, delimiter);
      return wanted.map((column) => {
        const { from, to } = cells[column] as { from: number; to: number };
        return row.subarray(from, to);
      });
    },
    cells: (row) => cellsOf(row, delimiter).map((cell) => cellText(row, cell)),
  };
}

export function jsonOriginal(columns: Columns): Original {
  const { names } = columns;
  const find = (text: string) => {
    const found = valuesOf(text);
    // Of a key that is there twice the last counts, as JSON.parse has it.
    const byKey = names && new Map(found.map((value) => [value.key, value]));
    return { found, at: (i: number) => (byKey ? byKey.get(names[i] as string) : found[i]) };
  };
  return {
    ...columns,
    format: 'jsonl',
    kind: 'jsonl',
    head: () => new Uint8Array(),
    fill(row, values) {
      let text = row.toString();
      const { found, at } = find(text);
      let isEmpty = found.length === 0;
      const changes = [...values].map(([column, value]) => ({ column, value, ...at(column) }));
      // From the last to the first, so that places stay what they are.
      for (const { from, to, column, value } of changes.sort(
        (a, b) => (b.from ?? 1e9) - (a.from ?? 1e9),
      )) {
        if (from === undefined) {
          const end = text.lastIndexOf('}');
          const comma = isEmpty ? '' : ',';
          isEmpty = false;
          const key = JSON.stringify(names?.[column]);
          text = `${text.slice(0, end)}${comma}${key}:${numberText(value)}${text.slice(end)}`;
        } else {
          text = `${text.slice(0, from)}${numberText(value)}${text.slice(to)}`;
        }
      }
      return Buffer.from(`${text}\n`);
    },
    raw(row, wanted) {
      const text = row.toString();
      const { at } = find(text);
      return wanted.map((column) => {
        const value = at(column);
        return Buffer.from(value ? text.slice(value.from, value.to) : 'null');
      });
    },
    cells(row) {
      const text = row.toString();
      const { at } = find(text);
      return Array.from({ length: columns.columns }, (_, i) => {
        const value = at(i);
        const cell = value === undefined ? 'null' : text.slice(value.from, value.to);
        if (cell === 'null') return '';
        return cell.startsWith('"') ? (JSON.parse(cell) as string) : cell;
      });
    },
  };
}
