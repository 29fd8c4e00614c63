import { type Command, flagsOf } from '../command.js';
import { COMMON, DATA_FLAGS, FAST, THREADS } from '../common-flags.js';
import { UsageError } from '../errors.js';
import { FINDINGS_TO, findingFormat } from '../findings.js';
import { type Arguments, asUsage, number, text } from '../flags.js';
import { inputsOf, modelFromFlag } from '../model-file.js';
import { flagOf } from '../option-flags.js';
import { requireOthers } from '../same-file.js';
import { runSeries, SERIES_FLAGS } from '../series.js';
import { detect, isDetector } from './detect.js';

/** The same flag as train's. */
const TYPE = {
  name: 'type',
  value: 'LIST',
  help: 'types of columns: id=ignore,zip=category,7=date (default: inferred)',
};

export const anomalies: Command = {
  name: 'anomalies',
  summary: 'find anomalous rows and explain them',
  operand: 'DATA',
  about:
    'Writes the anomalous rows of DATA: their numbers (from 1), their scores and the columns to blame, worst\nfirst, with the expected values. Without --model it learns from DATA itself and writes the most anomalous\nrows first, each with the fraction of rows that score lower (probability). With a model from train, scores\nare mean squared errors in scaled units.',
  groups: [
    [
      'Model',
      [
        {
          name: 'model',
          short: 'm',
          value: 'FILE',
          help: 'model file, from --save or train -o (default: learn from DATA)',
        },
        {
          name: 'save',
          value: 'FILE',
          help: 'file to save what was learned from DATA, for --model',
        },
        flagOf('model', 'seed', 'seed for learning from DATA (default: 0)'),
        TYPE,
        THREADS,
        FAST,
      ],
    ],
    [
      'Threshold',
      [
        {
          name: 'threshold',
          option: 'threshold',
          value: 'X',
          help: "scores above it are anomalies (default: the model's, or chosen from the scores of DATA)",
        },
        {
          name: 'contamination',
          option: 'contamination',
          value: 'X',
          help: 'choose the threshold that this fraction of DATA scores above; reads DATA twice',
        },
      ],
    ],
    [
      'Output',
      [
        { name: 'all', help: 'write all rows, not only anomalies' },
        {
          name: 'top',
          option: 'top',
          value: 'N',
          help: 'number of columns to blame per row (default: 3)',
        },
        ...FINDINGS_TO,
      ],
    ],
    ['Time series', SERIES_FLAGS],
    ['Data', DATA_FLAGS],
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
  for (const name of ['time', 'window']) {
    if (args.flags[name] !== undefined) throw new UsageError(`--${name} is for --series`);
  }
  const top = number(args, 'top') ?? 3;
  const contamination = number(args, 'contamination');
  const path = text(args, 'output') ?? '-';
  const format = findingFormat(args, path, 'anomalies');
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
      throw new UsageError('--threshold and --contamination cannot be combined');
    }
  }
  const model = text(args, 'model');
  if (model === undefined || isDetector(model)) {
    return detect(args, operands, { flags, top, contamination, path, format });
  }
  for (const name of ['save', 'seed', 'type']) {
    if (args.flags[name] === undefined) continue;
    throw new UsageError(`--${name} cannot be used with --model`);
  }
  requireOthers([{ by: '--output', path }], inputsOf(args, operands));
  const ae = await modelFromFlag(args, flags);
  const { tableOf } = await import('../../autoencoder.js');
  const all = !!args.flags.all;
  const how = { threshold: number(args, 'threshold'), contamination, top, all, path, format };
  if (tableOf(ae) !== undefined) {
    const { oddRowsOfTable } = await import('../odd-table-rows.js');
    return oddRowsOfTable(ae, args, operands, how);
  }
  const { oddRows } = await import('../odd-rows.js');
  return oddRows(ae, args, operands, how);
}
