// explain: the columns of each row that deviate most from what a model expects.

import { type Command, flagsOf } from '../command.js';
import { COMMON, DATA_FLAGS, MODEL_FLAGS } from '../common-flags.js';
import { FINDINGS_TO, findingFormat } from '../findings.js';
import { type Arguments, asUsage, number, text } from '../flags.js';
import { inputsOf, modelFromFlag } from '../model-file.js';
import { requireOthers } from '../same-file.js';
import { detect, isDetector } from './detect.js';

export const explain: Command = {
  name: 'explain',
  summary: 'explain the scores of all rows',
  operand: 'DATA',
  about:
    'Writes for each row of DATA its number (from 1), its score, and the columns that deviate most from what\nthe model expects, worst first, with the expected values. The model is from train or anomalies --save; it\nneeds no threshold. To write only the anomalies, use anomalies.',
  groups: [
    ['Model', MODEL_FLAGS],
    [
      'Output',
      [
        { name: 'top', option: 'top', value: 'N', help: 'number of columns per row (default: 3)' },
        ...FINDINGS_TO,
      ],
    ],
    ['Data', DATA_FLAGS],
    ['Messages', COMMON],
  ],
  examples: [
    'autoencoder-wasm explain -m people.safetensors people.csv --top 2',
    'autoencoder-wasm explain -m people.safetensors people.csv --json -o why.jsonl',
  ],
  run,
};

async function run(args: Arguments, operands: readonly string[]): Promise<void> {
  const top = number(args, 'top') ?? 3;
  const path = text(args, 'output') ?? '-';
  const format = findingFormat(args, path, 'explanations');
  const flags = flagsOf(explain);
  const { checkExplainOptions } = await import('../../model/method-options.js');
  asUsage(() => checkExplainOptions({ top }), flags);
  const model = text(args, 'model');
  if (model !== undefined && isDetector(model)) {
    return detect(args, operands, {
      ...{ flags, top, contamination: undefined, path, format, explains: true },
    });
  }
  requireOthers([{ by: '--output', path }], inputsOf(args, operands));
  const ae = await modelFromFlag(args, flags);
  const { tableOf } = await import('../../autoencoder.js');
  const how = {
    threshold: 'none',
    contamination: undefined,
    top,
    all: true,
    path,
    format,
  } as const;
  if (tableOf(ae) !== undefined) {
    const { oddRowsOfTable } = await import('../odd-table-rows.js');
    return oddRowsOfTable(ae, args, operands, how);
  }
  const { oddRows } = await import('../odd-rows.js');
  return oddRows(ae, args, operands, how);
}
