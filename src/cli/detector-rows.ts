// What a detector learns and judges: rows of numbers, or of words.

import type { AnomalyDetector, DetectorInput, TableCell } from '../anomalies.js';
import { readOptions } from './data-flags.js';
import { UsageError } from './errors.js';
import { columnNames, shortest } from './findings.js';
import { type Arguments, text } from './flags.js';
import { fileName } from './input.js';
import { keepFlag, keptCells } from './keep.js';
import { cellText, keptOf } from './table-rows.js';
import { joined, likeOf, type Numbers } from './tables/batch.js';
import { columnTypes } from './tables/column-types.js';
import { guessFormat } from './tables/formats.js';
import { openTables } from './tables/open-tables.js';
import type { RowReader } from './tables/reader.js';
import { Selection } from './tables/selection.js';
import { openWords } from './tables/words.js';

/** All rows of DATA. */
export interface DetectorRows {
  readonly x: DetectorInput;
  readonly rows: number;
  readonly placeOf: RowReader['placeOf'];
  /** What a new detector needs to know about their columns. */
  readonly options: object;
  /** The names of the columns that are copied, and their cells, per row. */
  readonly kept: readonly string[];
  readonly cells: readonly Buffer[][];
  /** Some of the rows. */
  pick(indices: readonly number[]): DetectorInput;
  /** The name under which a column of the detector is written. */
  nameOf(column: string | number, detector: AnomalyDetector): string | number;
  /** A value, or an expected value, in the form in which it is written. */
  written(
    value: TableCell,
    column: string | number,
    detector: AnomalyDetector,
    isGiven: boolean,
  ): string | number;
}

type TextFormat = 'csv' | 'tsv' | 'jsonl';
const BINARY = ['npy', 'npz', 'idx'];

/** Reads DATA in the form that the detector takes: as a table, unless the detector or the flags say numbers. */
export function detectorRows(
  args: Arguments,
  operands: readonly string[],
  format: TextFormat,
  known: AnomalyDetector | undefined,
): Promise<DetectorRows> {
  const { flags } = args;
  if (known && flags.type !== undefined) {
    throw new UsageError('--type cannot be used with --model');
  }
  const own = (flags.format ?? guessFormat(operands[0] as string)) as string;
  const isTable = known
    ? known.tableColumns !== undefined
    : flags.type !== undefined || (flags.columns === undefined && !BINARY.includes(own));
  return (isTable ? wordRows : numberRows)(args, operands, format, known);
}

async function wordRows(
  args: Arguments,
  operands: readonly string[],
  format: TextFormat,
  known: AnomalyDetector | undefined,
): Promise<DetectorRows> {
  const { columns: chosen, ...read } = readOptions(args);
  if (known && chosen !== undefined) {
    throw new UsageError("--columns: the detector finds its table's columns by their names");
  }
  const names = known?.tableColumns?.map(({ name }) => name);
  const reader = await openWords(operands, read, names);
  const file = fileName(operands[0] as string);
  const types = columnTypes(file, reader.names, { type: text(args, 'type'), columns: chosen });
  const kept = keptOf(reader, keepFlag(args, format));
  const columns = new Map<string, TableCell[]>(reader.names.map((name) => [name, []]));
  let rows = 0;
  const cells: Buffer[][] = [];
  for await (const batch of reader.batches()) {
    for (const name of batch.names) {
      if (!columns.has(name)) columns.set(name, new Array<TableCell>(rows).fill(undefined));
    }
    rows += batch.rows.length;
    for (const [name, column] of columns) {
      for (const row of batch.rows) column.push(row[name] as TableCell);
    }
    for (const row of kept.cells(batch, format) ?? []) cells.push(row);
  }
  const { isMissing } = await import('../table/cells.js');
  // Columns that are or may be categories are read as words.
  const isWords = known
    ? new Set(known.tableColumns?.flatMap(({ name, type }) => (type === 'number' ? [] : [name])))
    : new Set(Object.keys(types));
  const all = [...columns].map(
    ([name, column]) =>
      [name, isWords.has(name) ? column : measurements(column, isMissing)] as const,
  );
  const kinds = new Map<string | number, string>();
  return {
    ...{ x: Object.fromEntries(all), rows, placeOf: reader.placeOf, kept: kept.names, cells },
    options: known ? {} : { types },
    pick: (indices) =>
      Object.fromEntries(all.map(([name, column]) => [name, indices.map((i) => column[i])])),
    nameOf: (column) => columnNames([String(column)], undefined)(0),
    written(value, column, detector) {
      if (kinds.size === 0) {
        for (const { name, type } of detector.tableColumns ?? []) kinds.set(name, type);
      }
      const words = cellText(value);
      if (kinds.get(column) !== 'number' || !Number.isFinite(Number(words))) return words;
      return Number(words);
    },
  };
}

/** A number as programs write it, without leading zeros. */
const PLAIN = /^[-+]?(?:0|[1-9]\d*)(?:\.\d*)?(?:e[-+]?\d+)?$/i;

/**
 * A column of numbers with fractions, parsed once: for 70,000 rows x 40 columns, texts cost half of the
 * time in the garbage collector and the parser. Whole numbers stay texts, because they may be codes with
 * leading zeros, or have more digits than a number keeps.
 */
function measurements(
  column: readonly TableCell[],
  isMissing: (cell: TableCell) => boolean,
): ArrayLike<TableCell> {
  const numbers = new Float64Array(column.length);
  let hasFractions = false;
  for (let i = 0; i < column.length; i++) {
    const cell = column[i];
    if (typeof cell === 'string' && PLAIN.test(cell)) {
      const number = Number(cell);
      if (!Number.isFinite(number)) return column;
      numbers[i] = number;
      hasFractions ||= !Number.isInteger(number);
    } else if (isMissing(cell)) numbers[i] = Number.NaN;
    else return column;
  }
  return hasFractions ? numbers : column;
}

async function numberRows(
  args: Arguments,
  operands: readonly string[],
  format: TextFormat,
  known: AnomalyDetector | undefined,
): Promise<DetectorRows> {
  const reading = readOptions(args);
  const columns = new Selection(
    reading.columns,
    known?.columns,
    known?.width,
    keepFlag(args, format),
  );
  const keeps = columns.keep !== undefined;
  const reader = await openTables(
    operands,
    { ...reading, columns, missing: true, originals: keeps },
    known?.width,
    'the detector takes',
  );
  const parts: Numbers[] = [];
  const cells: Buffer[][] = [];
  for await (const batch of reader.batches()) {
    parts.push(batch.data);
    if (keeps) for (const row of keptCells(batch, format)) cells.push(row);
  }
  const { width } = reader;
  const data = joined(parts);
  const chosen = columns.chosen;
  const nameOf = columnNames(reader.columns ?? known?.columns?.names, chosen?.numbers);
  return {
    x: { data, shape: [data.length / width, width] },
    rows: data.length / width,
    ...{ placeOf: reader.placeOf, kept: reader.kept ?? [], cells },
    options: chosen ? { columns: chosen } : {},
    pick(indices) {
      const values = likeOf(data, indices.length * width);
      for (const [at, i] of indices.entries()) {
        values.set(data.subarray(i * width, (i + 1) * width), at * width);
      }
      return { data: values, shape: [indices.length, width] };
    },
    nameOf: (column, { columns }) =>
      nameOf(typeof column === 'number' ? column : (columns?.names?.indexOf(column) as number)),
    written(value, _column, _detector, isGiven) {
      const number = value as number;
      if (!isGiven) return Number(number.toPrecision(6));
      return data instanceof Float64Array ? number : shortest(number);
    },
  };
}
