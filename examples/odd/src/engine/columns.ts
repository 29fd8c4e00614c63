// The types of a table's columns: as the library infers them, or as the visitor chose.

import { isMissing, numberOf, timeOf, truthOf } from '../../../../src/table/cells.js';
import type { Column } from '../../../../src/table/columns.js';
import { inferColumns } from '../../../../src/table/infer.js';
import type { ColumnInfo, ColumnType } from './calls.js';
import { type Cell, InputError, type Table } from './table.js';

/** A column, and its cells as a model takes them: cells that do not fit its type count as missing. */
export interface KnownColumn {
  info: ColumnInfo;
  cells: Cell[];
}

/** The most values of a category that are offered for a new row. */
const MOST_OFFERED = 200;

/** Infers a column, or uses the type that is given. */
export async function knowColumn(
  table: Table,
  index: number,
  told: ColumnType | undefined,
  signal?: AbortSignal,
): Promise<KnownColumn> {
  const name = table.names[index] as string;
  const own = table.columns[index] as Cell[];
  const infer = async (cells: Cell[]) => {
    const rows = { length: cells.length, names: [name], column: () => (row: number) => cells[row] };
    const types = new Map(told === undefined ? [] : [[name, { type: told }]]);
    const [column] = await inferColumns('the table', rows, [name], types, signal);
    return column as Column;
  };
  let cells = own;
  let column: Column;
  const stray: ColumnInfo['stray'] = { count: 0, words: [] };
  try {
    column = await infer(cells);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // Some cells differ from nearly all others; without them the type can be inferred.
    const fits = testFor(told, own);
    const words = new Set<string>();
    cells = own.map((cell) => {
      if (isMissing(cell) || fits(cell)) return cell;
      stray.count++;
      words.add(String(cell));
      return '';
    });
    stray.words = [...words].slice(0, 5);
    column = await infer(cells);
  }
  let missing = 0;
  for (const cell of cells) missing += Number(isMissing(cell));
  const examples: string[] = [];
  for (let i = 0; i < own.length && examples.length < 3 && i < 1000; i++) {
    const text = String(own[i]);
    if (!isMissing(own[i]) && !examples.includes(text)) examples.push(text);
  }
  const { type } = column;
  const values =
    type === 'category' || type === 'boolean'
      ? column.values.slice(0, MOST_OFFERED).map(String)
      : [];
  return {
    info: {
      ...{ name, type, inferred: type, about: aboutOf(column, cells), values },
      ...{ missing, stray, examples },
    },
    cells,
  };
}

/** Returns a test for whether a cell fits the column's type. */
function testFor(told: ColumnType | undefined, cells: readonly Cell[]): (cell: Cell) => boolean {
  const isNumber = (cell: Cell) => Number.isFinite(numberOf(cell));
  const isDate = (cell: Cell) => timeOf(cell) !== undefined;
  if (told === 'number') return isNumber;
  if (told === 'date') return isDate;
  if (told === 'boolean') return (cell) => truthOf(cell) !== undefined;
  if (told !== undefined) throw new InputError(`This column cannot be of type ${told}.`);
  const count = (test: (cell: Cell) => boolean) =>
    cells.reduce<number>((sum, cell) => sum + Number(test(cell)), 0);
  return count(isNumber) >= count((cell) => !isNumber(cell) && isDate(cell)) ? isNumber : isDate;
}

function aboutOf(column: Column, cells: readonly Cell[]): string {
  switch (column.type) {
    case 'ignore':
      return column.why;
    case 'number': {
      let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      for (const cell of cells) {
        const value = isMissing(cell) ? undefined : numberOf(cell);
        if (value === undefined) continue;
        if (value < low) low = value;
        if (value > high) high = value;
      }
      return low === high
        ? `always ${shortNumber(low)}`
        : `${shortNumber(low)} to ${shortNumber(high)}`;
    }
    case 'date': {
      let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      for (const cell of cells) {
        const time = isMissing(cell) ? undefined : timeOf(cell, column.style);
        if (time === undefined) continue;
        if (time < low) low = time;
        if (time > high) high = time;
      }
      const day = (time: number) => new Date(time).toISOString().slice(0, 10);
      return `${day(low)} to ${day(high)}`;
    }
    default: {
      const { values, other } = column;
      const first = values.slice(0, 4).map(String).join(', ');
      const count = values.length + other;
      return count > 4 ? `${count} values: ${first}, …` : first;
    }
  }
}

/** Formats a number for readers. */
export function shortNumber(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e9) return String(value);
  return size >= 1e9 || (size < 1e-4 && size > 0)
    ? value.toExponential(2)
    : String(Number(value.toPrecision(4)));
}
