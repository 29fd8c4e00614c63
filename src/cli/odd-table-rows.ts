// As odd-rows.ts, for a table model: with column names and categories.

import { printable } from '../base/printable.js';
import type { Autoencoder } from '../index.js';
import type { ColumnError } from '../table.js';
import { readOptions } from './data-flags.js';
import { UsageError } from './errors.js';
import { type Finding, linesOf } from './findings.js';
import { type Arguments, text } from './flags.js';
import { type How, reportFound, requireThreshold, verdict } from './odd-rows.js';
import { writeTo } from './output.js';
import { cellText, keptOf, namesOfTable, tableAround } from './table-rows.js';
import { openWords, type WordRow } from './tables/words.js';
import { withRowsOf } from './translate.js';

/** Every line repeats the name, so a very long one is cut to this many characters. */
const MOST_OF_A_NAME = 200;

export async function oddRowsOfTable(
  ae: Autoencoder,
  args: Arguments,
  operands: readonly string[],
  { threshold: given, contamination, top, all, path, format }: How,
): Promise<void> {
  const t = await tableAround(ae);
  const { columns, ...read } = readOptions(args);
  if (columns !== undefined) {
    throw new UsageError("--columns: the model finds its table's columns by their names");
  }
  const open = () => openWords(operands, read, namesOfTable(t));
  if (contamination !== undefined) {
    const reader = await open();
    async function* rows() {
      for await (const batch of reader.batches()) yield batch.rows;
    }
    const source = { paths: operands, placeOf: reader.placeOf };
    await withRowsOf({ rows: source }, [], () => t.fitThreshold(rows(), { contamination }));
  }
  const threshold = given ?? requireThreshold(t);
  const types = new Map(t.columns.map(({ name, type }) => [name, type]));
  const written = (column: string, value: ColumnError['value']) => {
    const words = cellText(value);
    const isNumber = types.get(column) === 'number' && Number.isFinite(Number(words));
    return isNumber ? Number(words) : words;
  };
  const reader = await open();
  const isOne = operands.length === 1;
  const kept = keptOf(reader, text(args, 'keep'));
  const used = [...types.values()].filter((type) => type !== 'ignore').length;
  const line = linesOf(format, {
    top: Math.min(top, used),
    isOne,
    kept: kept.names,
    judged: threshold !== 'none',
  });
  let [rows, found] = [0, 0];
  await writeTo(path, async (output) => {
    if (line.header) await output.write(Buffer.from(line.header));
    for await (const batch of reader.batches()) {
      const source = { paths: operands, placeOf: reader.placeOf, firstRow: rows };
      const scores = await withRowsOf({ rows: source }, [], () => t.score(batch.rows));
      const isOdd = (i: number) => verdict(scores[i] as number, threshold).anomaly ?? false;
      const wanted = [...scores.keys()].filter((i) => all || isOdd(i));
      const odd = wanted.map((i) => batch.rows[i] as WordRow);
      const reasons = odd.length === 0 ? [] : await t.explain(odd, { top });
      const cells = kept.cells(batch, format);
      const lines = wanted.map((i, at) => {
        const score = scores[i] as number;
        const { file, row } = reader.placeOf(rows + i, undefined);
        const place = isOne ? { row: rows + i + 1 } : { file, row: row as number };
        const features: Finding['features'] = (reasons[at] as ColumnError[]).map(
          ({ column, value, expected, error }) => ({
            column: printable(column, MOST_OF_A_NAME),
            error,
            value: written(column, value),
            expected: written(column, expected),
          }),
        );
        const finding = { ...place, score, ...verdict(score, threshold), features };
        return line.of(finding, cells?.[i] ?? []);
      });
      for (const i of wanted) found += Number(isOdd(i));
      rows += batch.rows.length;
      await output.write(Buffer.concat(lines));
    }
  });
  if (!args.flags.quiet && !args.flags.json) reportFound(found, rows, threshold);
}
