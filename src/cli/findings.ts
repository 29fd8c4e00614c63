// Anomalies as lines of a file.

import { csvCell } from './tables/csv-cells.js';

/** A row as it is written. */
export interface Finding {
  /** Where there are several. */
  file?: string | undefined;
  /** From 1, in its file. */
  row: number;
  score: number;
  anomaly: boolean;
  /** The columns to blame, as --columns takes them. */
  features: readonly {
    column: string | number;
    error: number;
    value: string | number;
    expected: string | number;
  }[];
}

export interface Lines {
  header: string | undefined;
  /** `cells` are those that are kept, as the format has them. */
  of(finding: Finding, cells: readonly Buffer[]): Buffer;
}

/** How findings are written. */
export function linesOf(
  format: 'csv' | 'tsv' | 'jsonl',
  how: { top: number; isOne: boolean; kept: readonly string[] },
): Lines {
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
  { top, isOne, kept }: { top: number; isOne: boolean; kept: readonly string[] },
): Lines {
  const between = format === 'csv' ? ',' : '\t';
  const reasons = Array.from({ length: top }, (_, i) => [
    `column${i + 1}`,
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
      'anomaly',
      ...reasons.flat(),
    ]),
    of: ({ file, row, score, anomaly, features }, cells) => {
      const named = features.flatMap(({ column, value, expected }) => [
        String(column),
        String(value),
        String(expected),
      ]);
      const gaps = Array(3 * (top - features.length)).fill('');
      const place = [...(file === undefined ? [] : [file]), String(row)];
      const judged = [short(score), String(Number(anomaly))];
      return Buffer.concat([
        ...cells.flatMap((cell) => [cell, Buffer.from(between)]),
        Buffer.from(line([...place, ...judged, ...named, ...gaps])),
      ]);
    },
  };
}
