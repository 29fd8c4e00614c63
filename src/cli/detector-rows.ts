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
import { openWords, type WordRow } from './tables/words.js';

/** All rows of DATA. */
export interface DetectorRows {
  readonly x: DetectorInput;
  readonly rows: number;
  readonly placeOf: RowReader['placeOf'];
  /** What a new detector is to know of their columns. */
  readonly options: object;
  /** The columns that are copied, and their cells, a row. */
  readonly kept: readonly string[];
  readonly cells: readonly Buffer[][];
  /** Some of the rows. */
  pick(indices: readonly number[]): DetectorInput;
  /** What the detector calls a column as it is written. */
  nameOf(column: string | number, detector: AnomalyDetector): string | number;
  /** A value, or what was expected there, as it is written. */
  written(
    value: TableCell,
    column: string | number,
    detector: AnomalyDetector,
    isGiven: boolean,
  ): string | number;
}

type TextFormat = 'csv' | 'tsv' | 'jsonl';
const BINARY = ['npy', 'npz', 'idx'];

/** Reads DATA as the detector takes it; as a table where none is known and nothing says that it is numbers. */
export function detectorRows(
  args: Arguments,
  operands: readonly string[],
  format: TextFormat,
  known: AnomalyDetector | undefined,
): Promise<DetectorRows> {
  const { flags } = args;
  if (known && flags.type !== undefined) {
    throw new UsageError('--type is for what is learned without --model');
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
  const x: WordRow[] = [];
  const cells: Buffer[][] = [];
  for await (const batch of reader.batches()) {
    for (const row of batch.rows) x.push(row);
    for (const row of kept.cells(batch, format) ?? []) cells.push(row);
  }
  const kinds = new Map<string | number, string>();
  return {
    ...{ x, rows: x.length, placeOf: reader.placeOf, kept: kept.names, cells },
    options: known ? {} : { types },
    pick: (indices) => indices.map((i) => x[i] as WordRow),
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
