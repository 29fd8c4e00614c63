import { resolve } from 'node:path';
import type {
  ColumnsOption,
  EpochRecord,
  FitOptions,
  History,
  MatrixInput,
  Scale,
  TrainingInput,
} from '../../index.js';
import { type Command, flagsOf } from '../command.js';
import { readOptions } from '../data-flags.js';
import { fileError } from '../errors.js';
import type { Arguments } from '../flags.js';
import { exitCode, onInterrupt } from '../interrupt.js';
import { progressOf } from '../model-file.js';
import { showProgress } from '../progress.js';
import { Report } from '../standard-output.js';
import { Selection } from '../tables/selection.js';
import { count, seconds } from '../text.js';
import { type Source, withRowsOf } from '../translate.js';
import { emptyRows, openStream, readAll, readColumn } from './train-data.js';
import { explainedText, Interrupted, lossOf, type Pieces, writePieces } from './train-end.js';
import { TRAIN_GROUPS } from './train-groups.js';
import { type Plan, planOf, requireMore } from './train-plan.js';
import { isOfTable, trainTable } from './train-table.js';

export const train: Command = {
  name: 'train',
  summary: 'train a model and write it to a file',
  operand: 'DATA',
  about:
    'Trains an autoencoder on the rows of DATA and writes it as a safetensors file. Without --layers and\n--code a text file is read as a table with text and numbers: column types are inferred, or given by\n--type, and the network is chosen automatically. Ctrl-C stops training and keeps the weights of the\nbest epoch so far.\n\nUse --resume to continue a run that was saved with --checkpoint and then stopped. Give the same DATA and\ntraining flags again; the flags of the model are in the file. The final model is byte for byte the same\nas without the interruption.',
  groups: TRAIN_GROUPS,
  examples: [
    'autoencoder-wasm train visits.csv -o visits.safetensors',
    'autoencoder-wasm train visits.csv --type zip=category,id=ignore -o visits.safetensors',
    'autoencoder-wasm train train-images-idx3-ubyte.gz --layers 784,64 --validation-split 0.1 -o digits.safetensors',
    'autoencoder-wasm train people.csv --columns 2-31 --layers 30,8 --scale standard --missing mask -o people.safetensors',
    'autoencoder-wasm train digits.npy --layers 784,64 --epochs 200 -o digits.safetensors --checkpoint',
    'autoencoder-wasm train digits.npy --epochs 200 -o digits.safetensors --checkpoint --resume',
  ],
  run,
};

async function run(args: Arguments, operands: readonly string[]): Promise<void> {
  const flags = flagsOf(train);
  if (await isOfTable(args, operands)) return trainTable(args, operands, flags);
  const plan = await planOf(args, operands, flags);
  const { path, checkpoint, config, old, done } = plan;
  const say =
    args.flags.quiet || args.flags.json
      ? () => {}
      : (line: string) => process.stderr.write(`${line}\n`);
  const { x, rows, empty, columns, sources } = await readRows(args, operands, plan);
  const epochs = await epochsOf(plan, rows);
  const [width] = config.layers as [number];
  const { layers, decoderLayers = layers.slice(1, -1).reverse() } = config;
  const network = [...layers, ...decoderLayers, width].join('-');
  say(
    `${count(rows, 'row')} of ${count(width, 'number')}; network ${network}, seed ${config.seed}`,
  );
  if (empty > 0) say(`note: ${count(empty, 'row')} without any value, which are not trained on`);
  if (old) say(`${old.file} goes on after epoch ${done} of ${epochs}`);

  const { Autoencoder, piecesOf } = await import('../../autoencoder.js');
  const { code: _, hidden: __, ...given } = plan.given;
  const ae =
    old?.ae ??
    new Autoencoder({
      ...given,
      layers: config.layers,
      seed: config.seed,
      ...(columns && { columns }),
    });
  const interrupt = new AbortController();
  onInterrupt((signal) => {
    process.exitCode = exitCode(signal);
    interrupt.abort(new Interrupted());
  });
  const progress = args.flags.quiet || args.flags.json ? undefined : showProgress(epochs);
  const report = args.flags.json ? new Report() : undefined;
  const history: History = [];
  const start = performance.now();
  let best: { record: EpochRecord; pieces: Pieces } | undefined;
  let isInterrupted = false;
  try {
    const options: FitOptions<MatrixInput> = {
      ...plan.fit,
      resume: old !== undefined,
      ...(checkpoint !== undefined && {
        checkpoint: { every: plan.fit.checkpoint?.every ?? 1, path: checkpoint },
      }),
      signal: interrupt.signal,
      ...(progress ? { onBatchEnd: progress.batchDone } : {}),
      async onEpochEnd(record) {
        history.push(record);
        if (history.length === 1 && config.scale === 'auto')
          progress?.note(scaleNote(ae.options.scale));
        progress?.epochDone(record);
        await report?.write(record);
        if (best === undefined || lossOf(record) <= lossOf(best.record)) {
          best = { record, pieces: piecesOf(ae) };
        }
      },
    };
    await withRowsOf(sources, flags, () => ae.fit(x, options));
  } catch (error) {
    // The file system's error is about the checkpoint, since the command line itself reads all other files.
    if (checkpoint !== undefined && (error as NodeJS.ErrnoException).code !== undefined) {
      throw fileError(checkpoint, error);
    }
    if (!(error instanceof Interrupted)) throw error;
    isInterrupted = true;
  } finally {
    progress?.stop();
  }
  if (plan.contamination !== undefined && !isInterrupted) {
    // Validation rows are better, because the model has not been trained on them.
    const { contamination } = plan;
    const measured = plan.fit.validationData ?? (x as MatrixInput);
    const source = { x: sources.validationData ?? sources.x };
    await withRowsOf(source, flags, () => ae.fitThreshold(measured, { contamination }));
  }
  const took = (performance.now() - start) / 1000;
  if (isInterrupted && !best) {
    say('stopped before the first epoch was done: no model was written');
    return;
  }
  // With early stopping, the model already has the best weights of the whole run, including resumed epochs.
  const pieces = isInterrupted && best && !plan.restoresBest ? best.pieces : piecesOf(ae);
  await writePieces(path, pieces);
  if (isInterrupted && checkpoint !== undefined && resolve(checkpoint) !== resolve(path)) {
    await writePieces(checkpoint, piecesOf(ae));
  }
  const last = done + history.length;
  const { run } = progressOf(pieces);
  const epoch = !isInterrupted ? last : plan.restoresBest ? (run.best?.epoch ?? last) : run.epochs;
  if (report) {
    const { loss, validationLoss } = history[epoch - done - 1] ?? {};
    const { explained } = history.at(-1) ?? {};
    const result = {
      model: path,
      epoch,
      loss,
      validationLoss,
      explained,
      scale: ae.options.scale,
      seed: config.seed,
      seconds: took,
      interrupted: isInterrupted,
    };
    await report.write(result);
    report.end();
  } else if (isInterrupted) {
    const of = plan.restoresBest ? last : history.length;
    say(`stopped; ${path} has the weights of epoch ${epoch}, the best of ${of}`);
    if (checkpoint !== undefined) {
      const isOne = resolve(checkpoint) === resolve(path);
      const from = isOne ? run.epochs : last;
      say(`--resume${isOne ? '' : `=${checkpoint}`} goes on after epoch ${from}`);
    }
  } else {
    const { best } = run;
    const kept = plan.restoresBest && best ? `; it has the weights of epoch ${best.epoch}` : '';
    say(`${path}: trained for ${count(epoch, 'epoch')} in ${seconds(took)}${kept}`);
    const explained = history.at(-1)?.explained;
    if (explained !== undefined) say(explainedText(explained));
  }
}

/** Reports what --scale auto has chosen. */
function scaleNote(scale: Scale): string {
  const done = {
    none: 'columns are not scaled, since all values are in [0, 1]',
    standard:
      'columns are scaled to mean 0 and standard deviation 1, since some values are outside [0, 1]',
    minmax: 'columns are scaled to [0, 1], the range of the output',
    auto: '',
  };
  return `scale ${scale}: ${done[scale]}`;
}

interface Table {
  x: TrainingInput;
  rows: number;
  /** The number of rows without any value. */
  empty: number;
  /** Which columns these are. */
  columns: ColumnsOption | undefined;
  /** The files of the arguments with rows. */
  sources: { x: Source; validationData?: Source; sampleWeight?: Source };
}

/** Reads the training rows, and adds the data of other files to the plan. */
async function readRows(
  args: Arguments,
  operands: readonly string[],
  { config, fit, validationData, sampleWeight, old }: Plan,
): Promise<Table> {
  const { checkSampleWeight } = await import('../../training/fit-options.js');
  const [asked] = config.layers;
  const flags = { ...readOptions(args), missing: config.missing === 'mask' };
  const selection = new Selection(flags.columns, old?.ae.options.columns, asked);
  const reading = { ...flags, columns: selection };
  const read = async () => {
    const { x, source } = await readAll(operands, reading, asked);
    const [rows, width] = x.shape;
    return { x, source, rows, width, empty: emptyRows(x) };
  };
  const data = args.flags.stream ? await openStream(operands, reading, asked) : await read();
  const { width } = data;
  if (config.inner) config.layers = [width, ...config.inner];
  if (args.flags.stream) fit.rows = data.rows;
  const columns = selection.chosen;
  const sources: Table['sources'] = { x: data.source };
  if (validationData !== undefined) {
    const same = { ...flags, columns: new Selection(undefined, columns, width) };
    const rows = await readAll([validationData], same, width);
    fit.validationData = rows.x;
    sources.validationData = rows.source;
  }
  if (sampleWeight !== undefined) {
    const { data: weights, source } = await readColumn(sampleWeight, 'one weight a row needs');
    sources.sampleWeight = source;
    await withRowsOf(sources, [], () => checkSampleWeight(weights, data.rows));
    fit.sampleWeight = weights;
  }
  return { ...data, columns, sources };
}

/** The number of epochs: as given, or fit's default for this number of rows. */
async function epochsOf({ fit, config, done, old }: Plan, rows: number): Promise<number> {
  const { defaultEpochs } = await import('../../training/default-epochs.js');
  const { heldOut } = await import('../../training/split-rows.js');
  const { validationSplit = 0, batchSize = 64 } = fit;
  const trained = rows - heldOut(rows, { validationSplit });
  fit.epochs ??= defaultEpochs(trained, batchSize, config.layers);
  requireMore(fit.epochs, done, old?.file);
  return fit.epochs;
}
