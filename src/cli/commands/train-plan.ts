// What the flags of train ask for, checked before anything is read.

import type { Autoencoder, AutoencoderOptions, FitOptions, MatrixInput } from '../../index.js';
import type { ModelConfig } from '../../model/options.js';
import { DataError, UsageError } from '../errors.js';
import { type Arguments, asUsage, type Flag, libraryOptions, number, text } from '../flags.js';
import { loadRun, type Progress } from '../model-file.js';
import { requireWritable } from '../output.js';
import { requireOthers } from '../same-file.js';

export interface Plan {
  /** Where the model goes, and where the run is kept while it goes on. */
  path: string;
  checkpoint: string | undefined;
  /** The model's options, those of the flags, and all of them. */
  given: Partial<AutoencoderOptions>;
  config: ModelConfig;
  /** The run that goes on. */
  old: { ae: Autoencoder; file: string } | undefined;
  /** Its epochs. */
  done: number;
  /** All but what is in files, and `epochs` only where they were given. */
  fit: FitOptions<MatrixInput>;
  /** Whether the run ends with the weights of its best epoch, however it ends. */
  restoresBest: boolean;
  validationData: string | undefined;
  sampleWeight: string | undefined;
  contamination: number | undefined;
}

export async function planOf(
  args: Arguments,
  operands: readonly string[],
  flags: readonly Flag[],
): Promise<Plan> {
  const path = text(args, 'output');
  if (path === undefined) throw new UsageError('--output is missing: give a file for the model');
  if (path.endsWith('.gz'))
    throw new UsageError(`--output must not end in .gz: models are not compressed, got ${path}`);
  const validationData = text(args, 'validation-data');
  const sampleWeight = text(args, 'sample-weight');
  requireOthers(
    [
      { by: '--output', path },
      { by: '--checkpoint', path: fileOf(args, 'checkpoint', path) },
    ],
    [
      ...operands.map((path) => ({ by: 'DATA', path })),
      { by: '--validation-data', path: validationData },
      { by: '--sample-weight', path: sampleWeight },
    ],
  );
  const given: Partial<AutoencoderOptions> = libraryOptions(args, flags, 'model');
  const resume = fileOf(args, 'resume', path);
  if (given.layers === undefined && given.code === undefined && resume === undefined) {
    throw new UsageError(
      '--layers is missing: give the widths from the input to the code, such as 784,64, or --code with the width of the code',
    );
  }
  const { checkModelOptions } = await import('../../model/options.js');
  const { checkFitOptions } = await import('../../training/fit-options.js');
  const { checkThresholdOptions } = await import('../../model/method-options.js');
  const { randomSeed, hardwareThreads } = await import('../../base/platform.js');
  const defaults = { seed: randomSeed, threads: hardwareThreads };
  const isWhole = resume === undefined || given.layers !== undefined || given.code !== undefined;
  // A resumed run has its layers; --hidden alone is compared with them.
  asUsage(() => checkModelOptions(isWhole ? given : { code: 1, ...given }, defaults), flags);
  const old = resume === undefined ? undefined : await loadInterrupted(resume, given, flags);
  const { code: _, hidden: __, ...others } = given;
  const config = checkModelOptions(old ? { ...others, ...old.ae.options } : given, defaults);

  const fit: FitOptions<MatrixInput> = libraryOptions(args, flags, 'fit');
  if (typeof fit.schedule === 'object') {
    fit.schedule = { ...fit.schedule, type: fit.schedule.type ?? 'cosine' };
  }
  const every = fit.checkpoint?.every;
  const checkpoint = fileOf(args, 'checkpoint', path) ?? (every === undefined ? undefined : path);
  const { earlyStopping } = asUsage(() => {
    const later = {
      ...(fit.checkpoint && { checkpoint: { ...fit.checkpoint, onSave() {} } }),
      ...(validationData === undefined ? {} : { validationData: [] }),
    };
    return checkFitOptions({ ...fit, ...later }, config);
  }, flags);
  const done = old?.progress.run.epochs ?? 0;
  if (fit.epochs !== undefined) requireMore(fit.epochs, done, old?.file);
  const contamination = number(args, 'contamination');
  if (contamination !== undefined) asUsage(() => checkThresholdOptions({ contamination }), flags);
  if ([...operands, validationData, sampleWeight].filter((name) => name === '-').length > 1) {
    throw new UsageError('only one input can be standard input (-)');
  }
  if (args.flags.stream) requireStreamable(args, operands);
  await requireWritable(path);
  if (checkpoint !== undefined) await requireWritable(checkpoint);
  return {
    path,
    checkpoint,
    given,
    config,
    old: old && { ae: old.ae, file: old.file },
    done,
    fit,
    restoresBest: earlyStopping?.restoreBest ?? false,
    validationData,
    sampleWeight,
    contamination,
  };
}

/** The file that a flag names, or without a value the model's; undefined where it is not given. */
function fileOf({ flags }: Arguments, name: string, path: string): string | undefined {
  return flags[name] === true ? path : flags[name];
}

/** A run must be told to have more epochs than it had. */
export function requireMore(epochs: number, done: number, file: string | undefined): void {
  if (epochs > done) return;
  throw new UsageError(
    `--epochs must be more than the ${done} epochs that the run in ${file} has finished, got ${epochs}`,
  );
}

/** The run in a file; the model's flags must not say anything else than that does. */
async function loadInterrupted(
  file: string,
  { threads, fastMath, code, hidden, ...given }: Partial<AutoencoderOptions>,
  known: readonly Flag[],
): Promise<{ ae: Autoencoder; progress: Progress; file: string }> {
  const machine = { ...(threads && { threads }), ...(fastMath && { fastMath }) };
  const { ae, progress } = await loadRun(file, machine);
  if (!progress) {
    throw new DataError(
      file,
      'it contains no run to resume: it was not trained, or saved without its training state',
    );
  }
  const { layers } = ae.options;
  const asks =
    code === undefined ? hidden && [...hidden, layers.at(-1)] : [...(hidden ?? []), code];
  if (asks && asks.join() !== layers.slice(1).join()) {
    const what =
      code === undefined ? '--hidden asks' : hidden ? '--hidden and --code ask' : '--code asks';
    throw new UsageError(
      `${what} for the layers ${[layers[0], ...asks].join()}, but the run in ${file} has ${layers.join()}`,
    );
  }
  for (const { name, sets } of known) {
    if (sets?.options !== 'model') continue;
    const asked = given[sets.name as keyof typeof given];
    const saved = ae.options[sets.name as keyof typeof ae.options];
    if (asked !== undefined && String(asked) !== String(saved)) {
      throw new UsageError(`--${name} is ${saved} in ${file}, got ${asked}`);
    }
  }
  return { ae, progress, file };
}

/** Rejects flags that need all rows at once with `--stream`. */
function requireStreamable({ flags }: Arguments, operands: readonly string[]): void {
  const needs = (what: string) => new UsageError(`${what}, which --stream does not provide`);
  if (operands.includes('-')) {
    throw new UsageError('--stream reads DATA once per epoch: give a file, not standard input');
  }
  if (flags['validation-split']) {
    throw needs('--validation-split needs all rows at once (--validation-data does not)');
  }
  if (flags['sample-weight']) throw needs('--sample-weight needs all rows at once');
  if (flags.contamination && !flags['validation-data']) {
    throw needs('--contamination needs all rows at once (with --validation-data it does not)');
  }
}
