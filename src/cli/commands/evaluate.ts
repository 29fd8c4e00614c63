import { type Command, flagsOf } from '../command.js';
import { COMMON, DATA_FLAGS, MODEL_FLAGS } from '../common-flags.js';
import { readOptions } from '../data-flags.js';
import { DataError } from '../errors.js';
import type { Arguments } from '../flags.js';
import { modelFromFlag } from '../model-file.js';
import { print } from '../standard-output.js';
import { type Numbers, rowsIn } from '../tables/batch.js';
import { namesOf, openTables } from '../tables/open-tables.js';
import { selectionFor } from '../tables/selection.js';
import { count } from '../text.js';
import { withRowsOf } from '../translate.js';

export const evaluate: Command = {
  name: 'evaluate',
  summary: 'compute the mean squared error',
  operand: 'DATA',
  about:
    'Prints the mean squared error per element between the rows of DATA and their reconstructions.',
  groups: [
    ['Model', MODEL_FLAGS],
    ['Data', DATA_FLAGS],
    ['Messages', COMMON],
  ],
  examples: ['autoencoder-wasm evaluate --model digits.safetensors t10k-images-idx3-ubyte.gz'],
  run,
};

async function run(args: Arguments, operands: readonly string[]): Promise<void> {
  const ae = await modelFromFlag(args, flagsOf(evaluate));
  const { layers, missing } = ae.options;
  const width = layers[0] as number;
  const reading = readOptions(args);
  const reader = await openTables(
    operands,
    {
      ...reading,
      columns: selectionFor(ae, reading.columns),
      missing: missing === 'mask',
    },
    width,
    'the model takes',
  );
  let [sum, cells, rows, read] = [0, 0, 0, 0];
  for await (const batch of reader.batches()) {
    const x = rowsIn(batch);
    const source = { paths: operands, placeOf: reader.placeOf, firstRow: read };
    const scores = await withRowsOf({ x: source }, [], () => ae.score(x));
    read += batch.rows;
    const data = missing === 'mask' ? batch.data : undefined;
    for (const [i, score] of scores.entries()) {
      const observed = data ? observedIn(data.subarray(i * width, (i + 1) * width)) : width;
      if (observed === 0) continue; // the row has no score
      rows++;
      sum += score * observed; // a score is a mean over the observed cells
      cells += observed;
    }
  }
  if (rows === 0) throw new DataError(namesOf(operands), 'no row has a value');
  const mse = sum / cells;
  await print(
    args.flags.json
      ? `${JSON.stringify({ mse, rows })}\n`
      : `mean squared error ${mse.toPrecision(5)} over ${count(rows, 'row')}\n`,
  );
}

function observedIn(row: Numbers): number {
  let observed = 0;
  for (const value of row) if (!Number.isNaN(value)) observed++;
  return observed;
}
