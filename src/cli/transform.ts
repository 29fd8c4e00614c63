// encode, decode, reconstruct, impute: rows in, rows out, a batch at a time.

import type { Autoencoder, Matrix } from '../index.js';
import type { Command } from './commands.js';
import { openFor, readOptions } from './data-flags.js';
import { UsageError } from './errors.js';
import { type Arguments, choice, text } from './flags.js';
import { guessFormat } from './format.js';
import { modelFromFlag } from './model-file.js';
import { openOutput, print } from './output.js';
import { rowWriter, WRITTEN } from './row-writer.js';
import type { Batch, RowReader } from './rows.js';
import { count, seconds } from './text.js';

export type Task = 'encode' | 'decode' | 'reconstruct' | 'impute';

export async function transform(
  task: Task,
  args: Arguments,
  operand: string,
  command: Command,
): Promise<void> {
  const start = performance.now();
  const [path, isJson] = [text(args, 'output') ?? '-', args.flags.json === true];
  const format =
    choice(args, 'output-format', WRITTEN) ?? guessFormat(path) ?? (isJson ? 'jsonl' : 'csv');
  const ae = await modelFromFlag(args, command);
  const { layers, missing } = ae.options;
  if (task === 'impute' && missing !== 'mask') {
    throw new UsageError('impute needs a model that was trained with --missing mask');
  }
  const [inputs, codes] = [layers[0] as number, layers[layers.length - 1] as number];
  const reader = await openFor(
    operand,
    readOptions(args, missing === 'mask' && task !== 'decode'),
    task === 'decode' ? codes : inputs,
    task === 'decode' ? "the model's codes have" : 'the model takes',
  );
  const width = task === 'encode' ? codes : inputs;
  const output = await openOutput(path);
  let rows = 0;
  try {
    const columns = columnNames(task, reader, width);
    const writer = rowWriter(output, format, { width, columns, rows: reader.rows });
    for await (const batch of reader.batches()) {
      const result = await apply(ae, task, batch);
      await writer.write(result.data);
      rows += batch.rows;
    }
    await writer.end();
    await output.finish();
  } catch (error) {
    await output.discard();
    throw error;
  }
  if (path === '-') return;
  const took = (performance.now() - start) / 1000;
  if (isJson)
    await print(`${JSON.stringify({ output: path, rows, columns: width, seconds: took })}\n`);
  else if (!args.flags.quiet) {
    process.stderr.write(
      `${path}: ${count(rows, 'row')} of ${count(width, 'number')}, in ${seconds(took)}\n`,
    );
  }
}

function apply(ae: Autoencoder, task: Task, { data, rows }: Batch): Promise<Matrix> {
  return ae[task]({ data, shape: [rows, data.length / rows] });
}

/** Codes are new columns; rows have the names they came with, if they do. */
function columnNames(task: Task, reader: RowReader, width: number): readonly string[] | undefined {
  if (task === 'reconstruct' || task === 'impute') return reader.columns;
  const name = task === 'encode' ? 'code' : 'x';
  return Array.from({ length: width }, (_, i) => `${name}${i + 1}`);
}
