import type { Autoencoder, FeatureError } from '../../index.js';
import { type Command, flagsOf } from '../command.js';
import { COMMON, DATA_FLAGS, FAST, KEEP, THREADS } from '../common-flags.js';
import { readOptions } from '../data-flags.js';
import { UsageError } from '../errors.js';
import { columnNames, type Finding, linesOf, type NameOf, shortest } from '../findings.js';
import { type Arguments, asUsage, choice, number, text } from '../flags.js';
import { keepFlag, keptCells } from '../keep.js';
import { inputsOf, modelFromFlag } from '../model-file.js';
import { flagOf } from '../option-flags.js';
import { writeTo } from '../output.js';
import { requireOthers } from '../same-file.js';
import { runSeries, SERIES_FLAGS } from '../series.js';
import { type Batch, likeOf } from '../tables/batch.js';
import { guessFormat } from '../tables/formats.js';
import { openTables } from '../tables/open-tables.js';
import type { RowReader } from '../tables/reader.js';
import { selectionFor } from '../tables/selection.js';
import { count } from '../text.js';
import { withRowsOf } from '../translate.js';
import { detect, isDetector } from './detect.js';

/** As train has it. */
const TYPE = {
  name: 'type',
  value: 'LIST',
  help: "a table's columns, as in id=ignore,zip=category,7=date (default: inferred)",
};
const FORMATS = ['csv', 'tsv', 'jsonl'] as const;

export const anomalies: Command = {
  name: 'anomalies',
  summary: 'rows unlike the others, and why',
  operand: 'DATA',
  about:
    'Writes the rows of DATA that are unlike the others: their numbers from 1, their scores and the columns to\nblame, worst first, with what was expected there. Without --model it learns from DATA itself what is usual,\nand writes the oddest rows first, each with the share of rows that it is odder than. With a model of train,\nscores are mean squared errors, in scaled units.',
  groups: [
    [
      'The model',
      [
        {
          name: 'model',
          short: 'm',
          value: 'FILE',
          help: 'what knows the usual, from --save or from train -o (default: DATA)',
        },
        { name: 'save', value: 'FILE', help: 'keeps what was learned from DATA, for --model' },
        flagOf('model', 'seed', 'of what is learned from DATA (default: 0)'),
        TYPE,
        THREADS,
        FAST,
      ],
    ],
    [
      'The threshold',
      [
        {
          name: 'threshold',
          option: 'threshold',
          value: 'X',
          help: "scores above it are anomalies (default: the model's, or what the scores of DATA suggest)",
        },
        {
          name: 'contamination',
          option: 'contamination',
          value: 'X',
          help: 'the threshold that this share of DATA is above, which is then read twice',
        },
      ],
    ],
    [
      'Output',
      [
        { name: 'all', help: 'all rows, not the anomalies alone' },
        {
          name: 'top',
          option: 'top',
          value: 'N',
          help: 'how many columns to blame (default: 3)',
        },
        {
          name: 'output',
          short: 'o',
          value: 'FILE',
          help: 'where they go (default: standard output)',
        },
        {
          name: 'output-format',
          value: 'NAME',
          choices: FORMATS,
          help: "csv, tsv or jsonl (default: by FILE's name, else csv; jsonl with --json)",
        },
        KEEP,
      ],
    ],
    ['A series', SERIES_FLAGS],
    ['The data', DATA_FLAGS],
    ['Messages', COMMON],
  ],
  examples: [
    'autoencoder-wasm anomalies people.csv',
    'autoencoder-wasm anomalies visits.csv --type zip=category,id=ignore --save visits.safetensors',
    'autoencoder-wasm anomalies metrics.csv --series --time timestamp --save metrics.safetensors',
    'autoencoder-wasm anomalies --model people.safetensors people.csv --contamination 0.01',
    'autoencoder-wasm anomalies -m digits.safetensors digits.npy --contamination 0.01 --json',
  ],
  run,
};

async function run(args: Arguments, operands: readonly string[]): Promise<void> {
  if (args.flags.series) return runSeries(args, operands);
  const top = number(args, 'top') ?? 3;
  const contamination = number(args, 'contamination');
  const path = text(args, 'output') ?? '-';
  const format = formatOf(args, path);
  const flags = flagsOf(anomalies);
  const { checkExplainOptions, checkThresholdOptions } = await import(
    '../../model/method-options.js'
  );
  asUsage(() => checkExplainOptions({ top }), flags);
  if (contamination !== undefined) {
    asUsage(() => checkThresholdOptions({ contamination }), flags);
    if (operands.includes('-'))
      throw new UsageError('--contamination reads DATA twice: give a file');
    if (args.flags.threshold) {
      throw new UsageError('--threshold and --contamination exclude each other');
    }
  }
  const model = text(args, 'model');
  if (model === undefined || isDetector(model)) {
    return detect(args, operands, { flags, top, contamination, path, format });
  }
  for (const name of ['save', 'seed', 'type']) {
    if (args.flags[name] === undefined) continue;
    throw new UsageError(`--${name} is for what is learned without --model`);
  }
  const { quantile } = await import('../../anomalies/anomalies.js');
  requireOthers([{ by: '--output', path }], inputsOf(args, operands));
  const ae = await modelFromFlag(args, flags);
  const { tableOf } = await import('../../autoencoder.js');
  if (tableOf(ae) !== undefined) {
    const { anomaliesOfTable } = await import('../table-anomalies.js');
    const how = { threshold: number(args, 'threshold'), contamination, top, all: !!args.flags.all };
    return anomaliesOfTable(ae, args, operands, { ...how, path, format });
  }
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
  const threshold =
    contamination === undefined
      ? (number(args, 'threshold') ?? ae.threshold)
      : quantile(await allScores(ae, operands, await open()), 1 - contamination);
  if (threshold === undefined) {
    throw new UsageError(
      'the model has no threshold: give --threshold or --contamination, or train with --contamination',
    );
  }
  const reader = await open();
  const isOne = operands.length === 1;
  const names = reader.columns ?? ae.options.columns?.names;
  const nameOf = columnNames(names, columns.chosen?.numbers);
  const { kept = [] } = reader;
  const line = linesOf(format, { top: Math.min(top, width), isOne, kept });
  let [rows, found] = [0, 0];
  await writeTo(path, async (output) => {
    if (line.header) await output.write(Buffer.from(line.header));
    for await (const batch of reader.batches()) {
      const source = { paths: operands, placeOf: reader.placeOf, firstRow: rows };
      const how = { threshold, top, all: !!args.flags.all, nameOf };
      const placeOf = (i: number) => {
        const { file, row } = reader.placeOf(rows + i, undefined);
        return isOne ? { row: rows + i + 1 } : { file, row: row as number };
      };
      const findings = await withRowsOf({ x: source }, [], () => judge(ae, batch, placeOf, how));
      rows += batch.rows;
      for (const [, { anomaly }] of findings) found += Number(anomaly);
      const cells = columns.keep === undefined ? [] : keptCells(batch, format);
      const lines = findings.map(([i, finding]) => line.of(finding, cells[i] ?? []));
      await output.write(Buffer.concat(lines));
    }
  });
  if (args.flags.quiet || args.flags.json) return;
  const above = `score above ${Number(threshold.toPrecision(5))}`;
  process.stderr.write(`${count(found, 'row')} of ${rows.toLocaleString('en')}: ${above}\n`);
}

function formatOf(args: Arguments, path: string): (typeof FORMATS)[number] {
  const guessed = guessFormat(path) ?? (args.flags.json ? 'jsonl' : 'csv');
  const format = choice(args, 'output-format', FORMATS) ?? guessed;
  const found = FORMATS.find((name) => name === format);
  if (found) return found;
  throw new UsageError(`anomalies are written as ${FORMATS.join(', ')}, not as ${format}`);
}

async function allScores(
  ae: Autoencoder,
  paths: readonly string[],
  reader: RowReader,
): Promise<Float32Array> {
  const parts: Float32Array[] = [];
  let firstRow = 0;
  for await (const { data, rows } of reader.batches()) {
    const x = { data, shape: [rows, reader.width] as [number, number] };
    const source = { paths, placeOf: reader.placeOf, firstRow };
    parts.push(await withRowsOf({ x: source }, [], () => ae.score(x)));
    firstRow += rows;
  }
  const scores = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    scores.set(part, at);
    at += part.length;
  }
  return scores;
}

/** The anomalies among a batch of rows, or all of them, by their indices, with what is odd about each. */
async function judge(
  ae: Autoencoder,
  { data, rows }: Batch,
  placeOf: (i: number) => Pick<Finding, 'file' | 'row'>,
  how: { threshold: number; top: number; all: boolean; nameOf: NameOf },
): Promise<[index: number, finding: Finding][]> {
  const width = data.length / rows;
  const scores = await ae.score({ data, shape: [rows, width] });
  const wanted = [...scores.keys()].filter((i) => how.all || (scores[i] as number) > how.threshold);
  if (wanted.length === 0) return [];
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
      // As the file has it: a float32 may be another number.
      value: own?.[feature] ?? shortest(value),
      expected: shortest(expected),
    }));
    return [i, { ...placeOf(i), score, anomaly: score > how.threshold, features }];
  });
}
