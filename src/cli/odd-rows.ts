// Finds the rows of numbers that a model scores as anomalies, or lists all rows, with the columns to blame.

import type { Autoencoder, FeatureError } from '../index.js';
import { readOptions } from './data-flags.js';
import { UsageError } from './errors.js';
import {
  columnNames,
  type FINDING_FORMATS,
  type Finding,
  linesOf,
  type NameOf,
  shortest,
} from './findings.js';
import type { Arguments } from './flags.js';
import { keepFlag, keptCells } from './keep.js';
import { writeTo } from './output.js';
import { type Batch, likeOf, rowsIn } from './tables/batch.js';
import { openTables } from './tables/open-tables.js';
import type { RowReader } from './tables/reader.js';
import { selectionFor } from './tables/selection.js';
import { count } from './text.js';
import { withRowsOf } from './translate.js';

/** Rows with a higher score are anomalies; 'none': rows are not judged. */
export type Threshold = number | 'none';

export interface How {
  /** Default: the model's. */
  threshold: Threshold | undefined;
  contamination: number | undefined;
  top: number;
  /** Write all rows instead of the anomalies only. */
  all: boolean;
  path: string;
  format: (typeof FINDING_FORMATS)[number];
}

export async function oddRows(
  ae: Autoencoder,
  args: Arguments,
  operands: readonly string[],
  { threshold: given, contamination, top, all, path, format }: How,
): Promise<void> {
  const { layers, missing } = ae.options;
  const width = layers[0] as number;
  const reading = readOptions(args);
  const columns = selectionFor(ae, reading.columns, keepFlag(args, format));
  const open = () =>
    openTables(
      operands,
      {
        ...{ ...reading, columns, missing: missing === 'mask' },
        originals: columns.keep !== undefined,
      },
      width,
      'the model takes',
    );
  const { quantile } = await import('../anomalies/anomalies.js');
  const threshold =
    contamination === undefined
      ? (given ?? requireThreshold(ae))
      : quantile(await allScores(ae, operands, await open()), 1 - contamination);
  const reader = await open();
  const isOne = operands.length === 1;
  const names = reader.columns ?? ae.options.columns?.names;
  const nameOf = columnNames(names, columns.chosen?.numbers);
  const { kept = [] } = reader;
  const line = linesOf(format, {
    top: Math.min(top, width),
    isOne,
    kept,
    judged: threshold !== 'none',
  });
  let [rows, found] = [0, 0];
  await writeTo(path, async (output) => {
    if (line.header) await output.write(Buffer.from(line.header));
    for await (const batch of reader.batches()) {
      const source = { paths: operands, placeOf: reader.placeOf, firstRow: rows };
      const how = { threshold, top, all, nameOf };
      const placeOf = (i: number) => {
        const { file, row } = reader.placeOf(rows + i, undefined);
        return isOne ? { row: rows + i + 1 } : { file, row: row as number };
      };
      const findings = await withRowsOf({ x: source }, [], () => judge(ae, batch, placeOf, how));
      rows += batch.rows;
      for (const [, { anomaly }] of findings) found += Number(anomaly ?? false);
      const cells = columns.keep === undefined ? [] : keptCells(batch, format);
      const lines = findings.map(([i, finding]) => line.of(finding, cells[i] ?? []));
      await output.write(Buffer.concat(lines));
    }
  });
  if (!args.flags.quiet && !args.flags.json) reportFound(found, rows, threshold);
}

/** @throws UsageError if neither the model nor the flags have a threshold. */
export function requireThreshold({ threshold }: { threshold?: number | undefined }): number {
  if (threshold !== undefined) return threshold;
  throw new UsageError(
    'the model has no threshold: give --threshold or --contamination, or train with --contamination',
  );
}

/** Whether a score is an anomaly; nothing if there is no threshold. */
export function verdict(score: number, threshold: Threshold): { anomaly?: boolean } {
  return threshold === 'none' ? {} : { anomaly: score > threshold };
}

/** Prints how many rows were anomalies. */
export function reportFound(found: number, rows: number, threshold: Threshold): void {
  if (threshold === 'none') return;
  const above = `score above ${Number(threshold.toPrecision(5))}`;
  process.stderr.write(`${count(found, 'row')} of ${rows.toLocaleString('en')}: ${above}\n`);
}

async function allScores(
  ae: Autoencoder,
  paths: readonly string[],
  reader: RowReader,
): Promise<Float32Array> {
  const parts: Float32Array[] = [];
  let firstRow = 0;
  for await (const batch of reader.batches()) {
    const x = rowsIn(batch);
    const source = { paths, placeOf: reader.placeOf, firstRow };
    parts.push(await withRowsOf({ x: source }, [], () => ae.score(x)));
    firstRow += batch.rows;
  }
  const scores = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    scores.set(part, at);
    at += part.length;
  }
  return scores;
}

/** The anomalies of a batch, or all its rows, by their indices, with the columns to blame for each. */
async function judge(
  ae: Autoencoder,
  batch: Batch,
  placeOf: (i: number) => Pick<Finding, 'file' | 'row'>,
  how: { threshold: Threshold; top: number; all: boolean; nameOf: NameOf },
): Promise<[index: number, finding: Finding][]> {
  const scores = await ae.score(rowsIn(batch));
  const wanted = [...scores.keys()].filter(
    (i) => how.all || verdict(scores[i] as number, how.threshold).anomaly,
  );
  if (wanted.length === 0) return [];
  const { data, rows } = batch;
  const width = data.length / rows;
  const odd = likeOf(data, wanted.length * width);
  for (const [at, i] of wanted.entries())
    odd.set(data.subarray(i * width, (i + 1) * width), at * width);
  const reasons = await ae.explain({ data: odd, shape: [wanted.length, width] }, { top: how.top });
  return wanted.map((i, at) => {
    const score = scores[i] as number;
    const own = data instanceof Float64Array ? data.subarray(i * width) : undefined;
    const features = (reasons[at] as FeatureError[]).map(({ feature, error, value, expected }) => ({
      column: how.nameOf(feature),
      error,
      // The text in the file, because a float32 may be another number.
      value: own?.[feature] ?? shortest(value),
      expected: shortest(expected),
    }));
    return [i, { ...placeOf(i), score, ...verdict(score, how.threshold), features }];
  });
}
