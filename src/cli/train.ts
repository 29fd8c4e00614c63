import type { EpochRecord, FitOptions, History, MatrixInput } from '../index.js';
import { type Command, flagsOf } from './commands.js';
import { openFor, readOptions } from './data-flags.js';
import { DataError, UsageError } from './errors.js';
import { type Arguments, asUsage, libraryOptions, number, text } from './flags.js';
import { exitCode, onInterrupt } from './interrupt.js';
import { openOutput, print, requireWritable } from './output.js';
import { showProgress } from './progress.js';
import type { Batch, ReadOptions } from './rows.js';
import { count, seconds } from './text.js';

export async function train(args: Arguments, operand: string, command: Command): Promise<void> {
  const flags = flagsOf(command);
  const path = text(args, 'output');
  if (path === undefined)
    throw new UsageError('--output is missing: the file that the model goes to');
  const given = libraryOptions(args, flags, 'model');
  if (given.layers === undefined) {
    throw new UsageError('--layers is missing: widths from the input to the code, as in 784,64');
  }
  const { checkModelOptions } = await import('../options.js');
  const { checkFitOptions, checkSampleWeight } = await import('../fit-options.js');
  const { checkThresholdOptions } = await import('../method-options.js');
  const { randomSeed, hardwareThreads } = await import('../platform.js');
  const defaults = { seed: randomSeed, threads: hardwareThreads };
  const config = asUsage(() => checkModelOptions(given, defaults), flags);
  const fitOptions: FitOptions<MatrixInput> = libraryOptions(args, flags, 'fit');
  if (typeof fitOptions.schedule === 'object') {
    fitOptions.schedule = { ...fitOptions.schedule, type: fitOptions.schedule.type ?? 'cosine' };
  }
  const weightPath = text(args, 'sample-weight');
  const validationPath = text(args, 'validation-data');
  const check = validationPath === undefined ? {} : { validationData: [] };
  const { epochs } = asUsage(() => checkFitOptions({ ...fitOptions, ...check }, config), flags);
  const contamination = number(args, 'contamination');
  if (contamination !== undefined) asUsage(() => checkThresholdOptions({ contamination }), flags);
  if ([operand, validationPath, weightPath].filter((name) => name === '-').length > 1) {
    throw new UsageError('only one of DATA and the other tables can be standard input');
  }
  await requireWritable(path);

  const say =
    args.flags.quiet || args.flags.json
      ? () => {}
      : (line: string) => process.stderr.write(`${line}\n`);
  const reading = { ...readOptions(args), missing: config.missing === 'mask' };
  const [width] = config.layers as [number];
  const x = await readAll(operand, reading, width);
  if (validationPath !== undefined) {
    fitOptions.validationData = await readAll(validationPath, reading, width);
  }
  if (weightPath !== undefined) {
    const weights = (await readAll(weightPath, {}, 1, 'one weight a row needs')).data;
    asData(weightPath, () => checkSampleWeight(weights, x.shape[0]));
    fitOptions.sampleWeight = weights;
  }
  say(
    `${count(x.shape[0], 'row')} of ${count(width, 'number')}; network ${[...config.layers, ...config.layers.slice(0, -1).reverse()].join('-')}, seed ${config.seed}`,
  );
  if (config.outputActivation === 'sigmoid' && config.scale === 'none') {
    const range = rangeOf(x.data);
    if (range)
      say(
        `note: the data goes from ${range[0]} to ${range[1]}, and a sigmoid output from 0 to 1; try --scale minmax or standard`,
      );
  }

  const { Autoencoder } = await import('../index.js');
  const ae = new Autoencoder({ ...given, layers: config.layers, seed: config.seed });
  const interrupt = new AbortController();
  onInterrupt((signal) => {
    process.exitCode = exitCode(signal);
    interrupt.abort(new Interrupted());
  });
  const progress = args.flags.quiet || args.flags.json ? undefined : showProgress(epochs);
  const history: History = [];
  const start = performance.now();
  let best: { record: EpochRecord; bytes: Uint8Array } | undefined;
  let isInterrupted = false;
  try {
    await ae.fit(x, {
      ...fitOptions,
      signal: interrupt.signal,
      ...(progress ? { onBatchEnd: progress.batchDone } : {}),
      async onEpochEnd(record) {
        history.push(record);
        progress?.epochDone(record);
        if (args.flags.json) await print(`${JSON.stringify(record)}\n`);
        if (best === undefined || lossOf(record) <= lossOf(best.record)) {
          best = { record, bytes: ae.save() };
        }
      },
    });
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    isInterrupted = true;
  } finally {
    progress?.stop();
  }
  if (contamination !== undefined && !isInterrupted) {
    // Rows that it has not learned are the better measure.
    await ae.fitThreshold(fitOptions.validationData ?? x, { contamination });
  }
  const took = (performance.now() - start) / 1000;
  const bytes = isInterrupted ? best?.bytes : ae.save();
  const record = isInterrupted ? best?.record : history.at(-1);
  if (!bytes || !record) {
    say('stopped before the first epoch was done: no model was written');
    return;
  }
  await writeFile(path, bytes);
  if (args.flags.json) {
    const { epoch, loss, validationLoss } = record;
    const result = {
      model: path,
      epoch,
      loss,
      validationLoss,
      seed: config.seed,
      seconds: took,
      interrupted: isInterrupted,
    };
    await print(`${JSON.stringify(result)}\n`);
  } else if (isInterrupted) {
    say(`stopped; ${path} has the weights of epoch ${record.epoch}, the best of ${history.length}`);
  } else {
    say(`${path}: trained for ${count(record.epoch, 'epoch')} in ${seconds(took)}`);
  }
}

class Interrupted extends Error {}

const lossOf = ({ validationLoss, loss }: EpochRecord) => validationLoss ?? loss;

/** All rows at once: training meets each of them every epoch. */
async function readAll(
  path: string,
  options: ReadOptions,
  width: number,
  what = '--layers begins with',
) {
  const reader = await openFor(path, options, width, what);
  const batches: Batch[] = [];
  let rows = 0;
  for await (const batch of reader.batches()) {
    batches.push(batch);
    rows += batch.rows;
  }
  const isBytes = batches[0]?.data instanceof Uint8Array;
  const data = isBytes ? new Uint8Array(rows * width) : new Float32Array(rows * width);
  let at = 0;
  for (const batch of batches) {
    data.set(batch.data, at);
    at += batch.data.length;
  }
  return { data, shape: [rows, width] as [number, number] };
}

/** Runs a check of the library's, whose errors are those of a file. */
function asData(file: string, check: () => unknown): void {
  try {
    check();
  } catch (error) {
    throw new DataError(file, (error as Error).message);
  }
}

/** The smallest and the largest number, where they are not in 0 to 1. */
function rangeOf(data: Float32Array | Uint8Array): [number, number] | undefined {
  if (data instanceof Uint8Array) return undefined;
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of data) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const short = (value: number) => Number(value.toPrecision(4));
  return low < 0 || high > 1 ? [short(low), short(high)] : undefined;
}

async function writeFile(path: string, bytes: Uint8Array): Promise<void> {
  const output = await openOutput(path);
  try {
    await output.write(bytes);
    await output.finish();
  } catch (error) {
    await output.discard();
    throw error;
  }
}
