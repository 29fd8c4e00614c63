// Writes anomalous rows, and what is anomalous about them, as lines of a file.

import { printable } from '../base/printable.js';
import { KEEP } from './common-flags.js';
import { UsageError } from './errors.js';
import { type Arguments, choice, type Flag } from './flags.js';
import { csvCell } from './tables/csv-cells.js';
import { guessFormat } from './tables/formats.js';
import { numberText } from './tables/original.js';

/** A row to be written. */
export interface Finding {
  /** If there are several. */
  file?: string | undefined;
  /** From 1, in its file. */
  row: number;
  score: number;
  /** Only from detectors. */
  probability?: number;
  /** Only if it was asked for. */
  anomaly?: boolean;
  /** The columns to blame, numbered as in --columns. */
  features: readonly {
    column: string | number;
    /** Only from models. */
    error?: number;
    /** Only from detectors. */
    share?: number;
    value: string | number;
    expected: string | number;
  }[];
}

export interface Lines {
  header: string | undefined;
  /** `cells` are the kept cells, in the output format. */
  of(finding: Finding, cells: readonly Buffer[]): Buffer;
}

interface Written {
  top: number;
  isOne: boolean;
  kept: readonly string[];
  detected?: boolean;
  /** Whether findings include the verdict. Default: yes. */
  judged?: boolean;
}

/** How findings are written. */
export function linesOf(format: (typeof FINDING_FORMATS)[number], how: Written): Lines {
  return format === 'jsonl' ? asJson(how.kept) : asCsv(format, how);
}

function asJson(kept: readonly string[]): Lines {
  const keys = kept.map((name) => JSON.stringify(name));
  return {
    header: undefined,
    of: (finding, cells) => {
      const json = JSON.stringify(finding);
      if (keys.length === 0) return Buffer.from(`${json}\n`);
      const copied = keys.map((key, i) => `${key}:${cells[i]}`);
      return Buffer.from(`{"kept":{${copied}},${json.slice(1)}\n`);
    },
  };
}

function asCsv(
  format: 'csv' | 'tsv',
  { top, isOne, kept, detected = false, judged: isJudged = true }: Written,
): Lines {
  const between = format === 'csv' ? ',' : '\t';
  const reasons = Array.from({ length: top }, (_, i) => [
    `column${i + 1}`,
    ...(detected ? [`share${i + 1}`] : []),
    `value${i + 1}`,
    `expected${i + 1}`,
  ]);
  // A row without any value has no score.
  const short = (value: number) =>
    Number.isNaN(value) ? '' : String(Number(value.toPrecision(6)));
  const line = (cells: readonly string[]) =>
    `${cells.map((cell) => csvCell(cell, between)).join(between)}\n`;
  return {
    header: line([
      ...kept,
      ...(isOne ? [] : ['file']),
      'row',
      'score',
      ...(detected ? ['probability'] : []),
      ...(isJudged ? ['anomaly'] : []),
      ...reasons.flat(),
    ]),
    of: ({ file, row, score, probability, anomaly, features }, cells) => {
      const named = features.flatMap(({ column, share, value, expected }) => [
        String(column),
        ...(share === undefined ? [] : [short(share)]),
        String(value),
        String(expected),
      ]);
      const gaps = Array((detected ? 4 : 3) * (top - features.length)).fill('');
      const place = [...(file === undefined ? [] : [file]), String(row)];
      const chance = probability === undefined ? [] : [short(probability)];
      const verdict = anomaly === undefined ? [] : [String(Number(anomaly))];
      const judged = [short(score), ...chance, ...verdict];
      return Buffer.concat([
        ...cells.flatMap((cell) => [cell, Buffer.from(between)]),
        Buffer.from(line([...place, ...judged, ...named, ...gaps])),
      ]);
    },
  };
}

/** Columns as --columns takes them: by name, or by number. */
export type NameOf = (feature: number) => string | number;

/** Every line repeats the name, so a very long one is cut to this many characters. */
const MOST_OF_A_NAME = 200;

/** The names of columns in findings, or their numbers in the table if it has no names. */
export function columnNames(
  names: readonly string[] | undefined,
  numbers: readonly number[] | undefined,
): NameOf {
  return (feature) => {
    const name = names?.[feature];
    if (name !== undefined) return printable(name, MOST_OF_A_NAME);
    return numbers?.[feature] ?? feature + 1;
  };
}

/**
 * The shortest decimal number that rounds to a given float32. Doubles, such as an expected time of
 * 1700000001.5 seconds, get twelve digits.
 */
export const shortest = (value: number): number =>
  Number(Math.fround(value) === value ? numberText(value) : value.toPrecision(12));

export const FINDING_FORMATS = ['csv', 'tsv', 'jsonl'] as const;

/** The flags for where and how a command writes findings, and with which columns of DATA. */
export const FINDINGS_TO: Flag[] = [
  {
    name: 'output',
    short: 'o',
    value: 'FILE',
    help: 'file to write to (default: standard output)',
  },
  {
    name: 'output-format',
    value: 'NAME',
    choices: FINDING_FORMATS,
    help: "csv, tsv or jsonl (default: from FILE's name, else csv; jsonl with --json)",
  },
  KEEP,
];

/** The format in which a command writes findings to `path`. */
export function findingFormat(
  args: Arguments,
  path: string,
  what: string,
): (typeof FINDING_FORMATS)[number] {
  const guessed = guessFormat(path) ?? (args.flags.json ? 'jsonl' : 'csv');
  const format = choice(args, 'output-format', FINDING_FORMATS) ?? guessed;
  const found = FINDING_FORMATS.find((name) => name === format);
  if (found) return found;
  throw new UsageError(`${what} are written as ${FINDING_FORMATS.join(', ')}, not as ${format}`);
}
