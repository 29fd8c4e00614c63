import type { Command } from './commands.js';
import { openFor, readOptions } from './data-flags.js';
import type { Arguments } from './flags.js';
import { modelFromFlag } from './model-file.js';
import { print } from './output.js';
import { count } from './text.js';

export async function evaluate(args: Arguments, operand: string, command: Command): Promise<void> {
  const ae = await modelFromFlag(args, command);
  const inputs = ae.options.layers[0] as number;
  const reader = await openFor(operand, readOptions(args, false), inputs, 'the model takes');
  let [sum, rows] = [0, 0];
  for await (const { data, rows: count } of reader.batches()) {
    for (const error of await ae.reconstructionError({ data, shape: [count, inputs] }))
      sum += error;
    rows += count;
  }
  const mse = sum / rows;
  await print(
    args.flags.json
      ? `${JSON.stringify({ mse, rows })}\n`
      : `mean squared error ${mse.toPrecision(5)} over ${count(rows, 'row')}\n`,
  );
}
