// The plan of a training, from the flags of train. All of them are checked before any data is read.

import type { Autoencoder, AutoencoderOptions, FitOptions, MatrixInput } from '../../index.js';
import type { ModelConfig } from '../../model/options.js';
import { DataError, UsageError } from '../errors.js';
import { type Arguments, asUsage, type Flag, libraryOptions, number, text } from '../flags.js';
import { loadRun, type Progress } from '../model-file.js';
import { requireWritable } from '../output.js';
import { requireOthers } from '../same-file.js';

export interface Plan {
  /** The paths of the model and of the checkpoint. */
  path: string;
  checkpoint: string | undefined;
  /** The model's options: those given by flags, and the complete ones. */
  given: Partial<AutoencoderOptions>;
  config: ModelConfig;
  /** The run to resume. */
  old: { ae: Autoencoder; file: string } | undefined;
  /** The number of epochs that it has completed. */
  done: number;
  /** The options of fit, without those that are read from files. `epochs` is set only if given. */
  fit: FitOptions<MatrixInput>;
  /** Whether the model gets the weights of the best epoch, even if the run is interrupted. */
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
  // A resumed run has its layers already; --hidden alone is compared with them.
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

/** The file that a flag names. A flag without a value means the model's path. */
function fileOf({ flags }: Arguments, name: string, path: string): string | undefined {
  return flags[name] === true ? path : flags[name];
}

/** A resumed run needs a larger total number of epochs. */
export function requireMore(epochs: number, done: number, file: string | undefined): void {
  if (epochs > done) return;
  throw new UsageError(
    `--epochs must be more than the ${done} epochs that the run in ${file} has finished, got ${epochs}`,
  );
}

/** Loads the run to resume. Flags for the model's options must agree with it. */
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

/** With `--stream`, rejects flags that need all rows in memory. */
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
