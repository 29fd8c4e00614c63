// train on a table of numbers and categories. The columns' types and the network follow from the data.

import { resolve } from 'node:path';
import { printable } from '../../base/printable.js';
import type { Autoencoder, EpochRecord, FitOptions, History } from '../../index.js';
import type { TableColumn, TableInput } from '../../table.js';
import { readOptions } from '../data-flags.js';
import { fileError, UsageError } from '../errors.js';
import { type Arguments, type Flag, number, text } from '../flags.js';
import { fileName } from '../input.js';
import { exitCode, onInterrupt } from '../interrupt.js';
import { progressOf } from '../model-file.js';
import { type Progress, showProgress } from '../progress.js';
import { Report } from '../standard-output.js';
import { columnTypes } from '../tables/column-types.js';
import { guessFormat } from '../tables/formats.js';
import { openWords, type WordReader, type WordRow } from '../tables/words.js';
import { count, seconds } from '../text.js';
import { withRowsOf } from '../translate.js';
import { readColumn } from './train-data.js';
import { explainedText, Interrupted, lossOf, type Pieces, writePieces } from './train-end.js';
import { planOf, requireMore } from './train-plan.js';

/** Flags for options that follow from a table's columns. */
const DECIDED = ['layers', 'scale', 'missing', 'output-activation'];
/** Flags for rows of numbers only. */
const NUMBERS = [...DECIDED, 'code', 'hidden'];
const BINARY = ['npy', 'npz', 'idx'];

/** Whether to read rows as a table: if a flag says so, or no flag for rows of numbers is given. */
export async function isOfTable(
  { flags }: Arguments,
  operands: readonly string[],
): Promise<boolean> {
  if (flags.type !== undefined || flags['infer-rows'] !== undefined) return true;
  if (flags.resume !== undefined) {
    const path = flags.resume === true ? flags.output : flags.resume;
    if (typeof path !== 'string') return false;
    const { loadModel } = await import('../model-file.js');
    const { tableOf } = await import('../../autoencoder.js');
    // If the file is invalid, the code that resumes it reports that.
    const model = await loadModel(path).catch(() => undefined);
    return model !== undefined && tableOf(model) !== undefined;
  }
  if (NUMBERS.some((name) => flags[name] !== undefined)) return false;
  const format = flags.format ?? guessFormat(operands[0] as string);
  return !BINARY.includes(format as string);
}

export async function trainTable(
  args: Arguments,
  operands: readonly string[],
  flags: readonly Flag[],
): Promise<void> {
  const decided = DECIDED.find((name) => args.flags[name] !== undefined);
  if (decided !== undefined) {
    const instead = decided === 'layers' ? ': give --hidden and --code, without the input' : '';
    throw new UsageError(`--${decided} is determined by the columns of a table${instead}`);
  }
  const isResumed = args.flags.resume !== undefined;
  const code = args.flags.code ?? (isResumed ? undefined : '1');
  const plan = await planOf({ ...args, flags: { ...args.flags, code } }, operands, flags);
  const { path, checkpoint, fit, old, done, contamination } = plan;
  const say =
    args.flags.quiet || args.flags.json
      ? () => {}
      : (line: string) => process.stderr.write(`${line}\n`);
  const { columns: chosen, ...read } = readOptions(args);
  const { TableAutoencoder } = await import('../../table.js');
  const { aroundModel } = await import('../../table/table-autoencoder.js');
  const { notices } = await import('../../table/fit-table.js');
  const { defaultEpochs } = await import('../../training/default-epochs.js');
  const { heldOut } = await import('../../training/split-rows.js');

  const before = old && aroundModel(old.ae);
  const known = before?.columns.map(({ name }) => name);
  const reader = await openWords(operands, read, known);
  const { names } = reader;
  const file = fileName(operands[0] as string);
  const { layers: _, code: __, hidden, ...model } = plan.given;
  const widths =
    args.flags.code === undefined ? undefined : [...(hidden ?? []), plan.given.code as number];
  if (widths === undefined && hidden !== undefined) {
    await reader.close();
    throw new UsageError('--hidden needs --code, the width of the code');
  }
  const columns = columnTypes(file, names, { type: text(args, 'type'), columns: chosen });
  const inferRows = number(args, 'infer-rows');
  const t =
    before ??
    new TableAutoencoder({
      ...model,
      columns,
      seed: plan.config.seed,
      ...(widths && { layers: widths }),
      ...(inferRows !== undefined && { inferRows }),
    });
  const data = args.flags.stream
    ? await streamed(operands, read, names, reader)
    : await allRows(reader);
  const { rows, x } = data;
  const options: FitOptions<TableInput> = { ...(fit as FitOptions<TableInput>) };
  if (plan.validationData !== undefined) {
    options.validationData = (await allRows(await openWords([plan.validationData], read, names)))
      .x as TableInput;
  }
  if (plan.sampleWeight !== undefined) {
    options.sampleWeight = (await readColumn(plan.sampleWeight, 'one weight a row needs')).data;
  }
  if (args.flags.stream) options.rows = rows;
  const { validationSplit = 0, batchSize = 64 } = fit;
  const trained = rows - heldOut(rows, { validationSplit });
  let progress: Progress | undefined;
  const begin = (layers: readonly number[]) => {
    options.epochs ??= defaultEpochs(trained, batchSize, layers);
    requireMore(options.epochs, done, old?.file);
    if (!args.flags.quiet && !args.flags.json) progress = showProgress(options.epochs);
  };
  notices.ready = ({ model }) => {
    const { layers } = model.options;
    for (const line of chosenText(t.columns, rows, model.options)) say(line);
    if (args.flags.stream)
      say(`columns inferred from the first ${count(Math.min(rows, inferRows ?? 10_000), 'row')}`);
    begin(layers);
  };
  if (before) {
    say(`${old?.file} goes on after epoch ${done}`);
    begin(before.model.options.layers);
  }

  const interrupt = new AbortController();
  onInterrupt((signal) => {
    process.exitCode = exitCode(signal);
    interrupt.abort(new Interrupted());
  });
  const { piecesOf } = await import('../../autoencoder.js');
  const report = args.flags.json ? new Report() : undefined;
  const history: History = [];
  const start = performance.now();
  let best: { record: EpochRecord; pieces: Pieces } | undefined;
  let isInterrupted = false;
  const source = { paths: operands, placeOf: reader.placeOf };
  try {
    await withRowsOf({ rows: source }, flags, () =>
      t.fit(x, {
        ...options,
        resume: old !== undefined,
        ...(checkpoint !== undefined && {
          checkpoint: { every: fit.checkpoint?.every ?? 1, path: checkpoint },
        }),
        signal: interrupt.signal,
        onBatchEnd: (record) => progress?.batchDone(record),
        async onEpochEnd(record) {
          history.push(record);
          progress?.epochDone(record);
          await report?.write(record);
          if (best === undefined || lossOf(record) <= lossOf(best.record)) {
            best = { record, pieces: piecesOf(t.model) };
          }
        },
      }),
    );
  } catch (error) {
    if (checkpoint !== undefined && (error as NodeJS.ErrnoException).code !== undefined) {
      throw fileError(checkpoint, error);
    }
    if (!(error instanceof Interrupted)) throw error;
    isInterrupted = true;
  } finally {
    progress?.stop();
  }
  const took = (performance.now() - start) / 1000;
  if (isInterrupted && !best) {
    say('stopped before the first epoch was done: no model was written');
    return;
  }
  if (!isInterrupted) {
    // Validation rows are better, because the model has not been trained on them.
    const measured = (options.validationData ?? (typeof x === 'function' ? x() : x)) as TableInput;
    await t.fitThreshold(measured, { contamination: contamination ?? 0.01 });
  }
  const pieces = isInterrupted && best && !plan.restoresBest ? best.pieces : piecesOf(t.model);
  await writePieces(path, pieces);
  if (isInterrupted && checkpoint !== undefined && resolve(checkpoint) !== resolve(path)) {
    await writePieces(checkpoint, piecesOf(t.model));
  }
  const { run } = progressOf(pieces);
  const last = done + history.length;
  const epoch = plan.restoresBest ? (run.best?.epoch ?? last) : run.epochs;
  const { explained } = history.at(-1) ?? {};
  if (report) {
    const { loss, validationLoss } = history[epoch - done - 1] ?? {};
    const found = { columns: t.columns, layers: t.model.options.layers };
    await report.write({
      ...{ model: path, epoch, loss, validationLoss, explained, ...found },
      ...{ seed: t.seed, seconds: took, interrupted: isInterrupted },
    });
    report.end();
  } else if (isInterrupted) {
    say(`stopped; ${path} has the weights of epoch ${epoch}`);
    if (checkpoint !== undefined) say(`--resume goes on after epoch ${last}`);
  } else {
    const kept =
      plan.restoresBest && run.best ? `; it has the weights of epoch ${run.best.epoch}` : '';
    say(`${path}: trained for ${count(epoch, 'epoch')} in ${seconds(took)}${kept}`);
    if (explained !== undefined) say(explainedText(explained));
  }
}

/** Reads all rows into memory. */
async function allRows(reader: WordReader): Promise<{ x: readonly WordRow[]; rows: number }> {
  const x: WordRow[] = [];
  for await (const { rows } of reader.batches()) for (const row of rows) x.push(row);
  return { x, rows: x.length };
}

/** Rows that are read again in every epoch, and once beforehand to count them. */
async function streamed(
  paths: readonly string[],
  read: Parameters<typeof openWords>[1],
  names: readonly string[],
  reader: WordReader,
): Promise<{ x: () => AsyncGenerator<readonly WordRow[]>; rows: number }> {
  let rows = 0;
  for await (const batch of reader.batches()) rows += batch.rows.length;
  return {
    rows,
    async *x() {
      for await (const batch of (await openWords(paths, read, names)).batches()) yield batch.rows;
    },
  };
}

/** Describes in three lines the columns, those ignored, and the network. */
function chosenText(
  columns: readonly TableColumn[],
  rows: number,
  { layers, decoderLayers = layers.slice(1, -1).reverse(), seed }: Autoencoder['options'],
): string[] {
  const kinds = ['number', 'category', 'boolean', 'date'] as const;
  const plural = { number: 'numbers', category: 'categories', boolean: 'booleans', date: 'dates' };
  const counted = kinds.flatMap((kind) => {
    const found = columns.filter(({ type }) => type === kind);
    if (found.length === 0) return [];
    const names = found.map(({ name }) => printable(name)).slice(0, 8);
    const shown =
      kind === 'number' ? '' : ` (${names.join(', ')}${found.length > 8 ? ', ...' : ''})`;
    return [`${found.length} ${found.length === 1 ? kind : plural[kind]}${shown}`];
  });
  const left = columns.flatMap((column) =>
    column.type === 'ignore' ? [`${printable(column.name)} (${column.why})`] : [],
  );
  const network = [...layers, ...decoderLayers, layers[0]].join('-');
  return [
    `${count(rows, 'row')}; columns: ${counted.join(', ')}`,
    `left out: ${left.length === 0 ? 'nothing' : left.slice(0, 20).join(', ')}`,
    `network ${network}, chosen by columns and rows; seed ${seed}`,
  ];
}
