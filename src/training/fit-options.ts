// The checks of `fit`'s options; src/model/option-table.ts has their kinds, ranges and defaults.

import { nodeFiles } from '../base/platform.js';
import { mention, worded } from '../base/wording.js';
import { destination, writeAtomic } from '../files/atomic-file.js';
import { joined } from '../files/safetensors.js';
import type { Activation } from '../model/activations.js';
import {
  but,
  checked,
  fault,
  methodOptions,
  type OwnChecks,
  oneOf,
  record,
  wrong,
} from '../model/checks.js';
import { OPTIMIZERS, type Optimizer, SCHEDULES } from '../model/kinds.js';
import type { Loss } from '../model/losses.js';
import { FIT_OPTIONS, FIT_PARTS, namesOf, type OptionRow } from '../model/option-table.js';
import type { ModelConfig } from '../model/options.js';
import type {
  BatchRecord,
  Checkpoint,
  EarlyStopping,
  FitOptions,
  Noise,
  OnEpochEnd,
  PartialFitOptions,
  ScheduleOptions,
  Sparsity,
} from './fit-types.js';

/** Where checkpoints are saved. */
export interface CheckpointConfig {
  every: number;
  /** Fails if none can be written. */
  check?(): Promise<void>;
  /** Writes the pieces of a file, one after the other. */
  write(pieces: readonly Uint8Array[]): void | Promise<void>;
}

/** Fit options with every default filled in, except those that may be absent. */
export interface FitConfig<Input> {
  epochs: number;
  batchSize: number;
  optimizer: Optimizer;
  learningRate: number;
  /** Whether the default `learningRate` is in use, which is too large for the first layer of wide rows. */
  slowsWideRows: boolean;
  schedule: Required<ScheduleOptions>;
  weightDecay: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  momentum: number;
  clipNorm: number | undefined;
  loss: Loss;
  huberDelta: number;
  noise: Noise | undefined;
  sparsity: Required<Sparsity> | undefined;
  reviveDeadUnits: boolean;
  sampleWeight: ArrayLike<number> | undefined;
  validationSplit: number;
  validationData: Input | undefined;
  shuffle: boolean;
  rows: number | undefined;
  earlyStopping: Required<EarlyStopping> | undefined;
  resume: boolean | 'auto';
  reset: boolean;
  checkpoint: CheckpointConfig | undefined;
  /** Saves the model as `checkpoint` specifies; provided by the class. */
  onCheckpoint?: () => void | Promise<void>;
  onEpochEnd: OnEpochEnd | undefined;
  onBatchEnd: ((record: BatchRecord) => void) | undefined;
  signal: AbortSignal | undefined;
}

/** `fit`'s options, checked and completed. */
export function checkFitOptions<Input>(
  options: unknown,
  model: Pick<ModelConfig, 'codeActivation' | 'outputActivation' | 'scale'>,
): FitConfig<Input> {
  const rows: Readonly<Record<keyof FitOptions, OptionRow>> = FIT_OPTIONS;
  const given: { [Name in keyof FitOptions]?: unknown } = methodOptions(
    'fit',
    options,
    namesOf(rows),
  );
  const own: OwnChecks<FitCheck> = {
    checkSchedule,
    checkNoise,
    checkSparsity: (value) => checkSparsity(value, model.codeActivation),
    checkEarlyStopping,
    checkResume,
    checkCheckpoint,
    callback,
    checkSignal,
    later: (value) => value,
  };
  // Checked first when several options are wrong.
  const optimizer = checked('optimizer', rows.optimizer, given.optimizer) as Optimizer;
  const all = namesOf(rows).map((name) => [name, checked(name, rows[name], given[name], own)]);
  const config: FitConfig<Input> = Object.fromEntries(all);
  const isRateGiven = given.learningRate !== undefined;
  if (!isRateGiven) config.learningRate = OPTIMIZERS[optimizer].learningRate;
  config.slowsWideRows = !isRateGiven && optimizer !== 'sgd';
  if (config.validationSplit > 0 && config.validationData !== undefined) {
    const [split, data] = [mention('validationSplit'), mention('validationData')];
    const got = but(config.validationSplit, 'both');
    const wording = worded`${split} and ${data} cannot be combined${got}`;
    throw fault(TypeError, 'validationSplit', config.validationSplit, wording);
  }
  if (config.resume && config.reset) {
    const [resume, reset] = [mention('resume'), mention('reset')];
    const wording = worded`${resume} and ${reset} cannot be combined${but(true, 'both')}`;
    throw fault(TypeError, 'reset', true, wording);
  }
  if (config.loss === 'bce' && (model.outputActivation ?? 'sigmoid') !== 'sigmoid') {
    const [loss, output] = [mention('loss', 'bce'), mention('outputActivation')];
    const got = but(model.outputActivation);
    const wording = worded`${loss} needs the model's ${output} to be 'sigmoid'${got}`;
    throw fault(RangeError, 'loss', 'bce', wording);
  }
  if (config.loss === 'bce' && model.scale === 'standard') {
    const [loss, scale] = [mention('loss', 'bce'), mention('scale')];
    const must = worded`to be 'none' or 'minmax'${but(model.scale)}`;
    const wording = worded`${loss} needs data in [0, 1], and so the model's ${scale} ${must}`;
    throw fault(RangeError, 'loss', 'bce', wording);
  }
  return config;
}

type FitCheck = Extract<(typeof FIT_OPTIONS)[keyof typeof FIT_OPTIONS], { check: string }>['check'];

/** An option that is an object, and a function that returns its parts, checked by their rows: one, or all. */
function parts(option: keyof typeof FIT_PARTS, value: unknown) {
  const rows: Record<string, OptionRow> = FIT_PARTS[option];
  const names = namesOf(rows);
  const given = record(option, value, names);
  const take = (name: string, row = rows[name] as OptionRow) =>
    checked(`${option}.${name}`, row, given[name]);
  return { given, take, all: () => Object.fromEntries(names.map((name) => [name, take(name)])) };
}

function checkNoise(value: unknown): Noise {
  const { take } = parts('noise', value);
  const type = take('type') as Noise['type'];
  const { amount } = FIT_PARTS.noise;
  const share = { ...amount, range: { above: 0, atMost: 1 } };
  return { type, amount: take('amount', type === 'gaussian' ? amount : share) as number };
}

function checkSparsity(value: unknown, code: Activation): Required<Sparsity> {
  const { given, take, all } = parts('sparsity', value);
  const type = take('type');
  if (type === 'kl' && code !== 'sigmoid') {
    const kl = mention('sparsity.type', 'kl', "sparsity 'kl'");
    const activation = mention('codeActivation');
    const wording = worded`${kl} needs the model's ${activation} to be 'sigmoid'${but(code)}`;
    throw fault(RangeError, 'sparsity.type', type, wording);
  }
  if (type === 'l1' && given.target !== undefined) {
    const kl = mention('sparsity.type', 'kl', "type 'kl'");
    const wording = worded`${mention('sparsity.target')} is for ${kl}${but(type)}`;
    throw fault(TypeError, 'sparsity.target', given.target, wording);
  }
  return all() as Required<Sparsity>;
}

/**
 * Checks the weights of `rows` rows.
 *
 * @throws TypeError if they are not a list of numbers, RangeError if one is negative or not finite,
 *   if their number differs from that of the rows, or if all are 0.
 */
export function checkSampleWeight(value: ArrayLike<number>, rows: number): Float64Array {
  const expected = 'an array of numbers, one a row';
  if (typeof value !== 'object' || typeof value?.length !== 'number') {
    throw wrong(TypeError, 'sampleWeight', expected, value);
  }
  if (value.length !== rows) {
    const got = but(value.length);
    const wording = worded`${mention('sampleWeight')} must be ${expected} of ${rows}${got}`;
    throw fault(RangeError, 'sampleWeight', value, wording);
  }
  const weights = new Float64Array(rows);
  let sum = 0;
  for (let i = 0; i < rows; i++) {
    const weight: unknown = value[i];
    if (typeof weight !== 'number') {
      throw wrong(TypeError, `sampleWeight[${i}]`, 'a number', weight);
    }
    if (!(weight >= 0 && weight <= 1e38)) {
      const must = 'must be at least 0 and finite';
      const wording = worded`${mention(`sampleWeight[${i}]`)} ${must}`;
      const error = fault(RangeError, `sampleWeight[${i}]`, weight, [...wording, but(weight)]);
      throw Object.assign(error, { input: 'sampleWeight', row: i, must, is: `${weight}` });
    }
    weights[i] = weight;
    sum += weight;
  }
  if (sum === 0) throw noWeight(value, 'for every row');
  return weights;
}

/** The error for weights that are all 0. */
export function noWeight(weights: unknown, where: string): RangeError {
  const wording = worded`${mention('sampleWeight')} must not be 0 ${where}`;
  return fault(RangeError, 'sampleWeight', weights, wording);
}

/** The options of `fit` that make sense for one pass. */
const PARTIAL_NAMES = namesOf(FIT_OPTIONS).filter(
  (name) =>
    !['epochs', 'schedule', 'rows', 'earlyStopping', 'resume', 'reset', 'onEpochEnd'].includes(
      name,
    ),
);

/** Checks `partialFit`'s options, but only their names. */
export function checkPartialFitOptions<Input>(options: unknown): PartialFitOptions<Input> {
  return methodOptions('partialFit', options, PARTIAL_NAMES);
}

function checkSchedule(value: unknown): Required<ScheduleOptions> {
  const isName = typeof value === 'string';
  if (isName) oneOf('schedule', value, SCHEDULES);
  const { given, take, all } = parts('schedule', isName ? { type: value } : value);
  const type = take('type');
  if (type !== 'step' && (given.every !== undefined || given.factor !== undefined)) {
    const [every, factor] = [mention('schedule.every'), mention('schedule.factor')];
    const step = mention('schedule.type', 'step', "type 'step'");
    const wording = worded`${every} and ${factor} are for ${step}${but(type)}`;
    throw fault(TypeError, 'schedule.type', type, wording);
  }
  return all() as Required<ScheduleOptions>;
}

function checkEarlyStopping(value: unknown): Required<EarlyStopping> | undefined {
  if (value === false) return undefined;
  return parts('earlyStopping', value === true ? {} : value).all() as Required<EarlyStopping>;
}

function checkResume(value: unknown): boolean | 'auto' {
  if (value === 'auto' || typeof value === 'boolean') return value;
  throw wrong(TypeError, 'resume', "true, false or 'auto'", value);
}

function checkCheckpoint(value: unknown): CheckpointConfig {
  const { given, take } = parts('checkpoint', value);
  const { path } = given;
  const onSave = callback(given.onSave, 'checkpoint.onSave') as Checkpoint['onSave'];
  const every = take('every') as number;
  if (onSave) {
    if (path === undefined) return { every, write: (pieces) => onSave(joined(pieces)) };
    const [file, taker] = [mention('checkpoint.path'), mention('checkpoint.onSave')];
    const wording = worded`${file} and ${taker} cannot be combined${but(path, 'both')}`;
    throw fault(TypeError, 'checkpoint.path', path, wording);
  }
  if (!(typeof path === 'string' ? path : path instanceof URL)) {
    const wording = worded`${mention('checkpoint')} must have a function onSave, or a path or URL as path${but(path)}`;
    throw fault(TypeError, 'checkpoint', value, wording);
  }
  const files = nodeFiles();
  if (!files) {
    const wording = worded`${mention('checkpoint.path')} needs the file system of Node 20.16 or newer; use onSave instead`;
    throw fault(TypeError, 'checkpoint.path', path, wording);
  }
  const file = path as string | URL;
  return {
    every,
    async check() {
      try {
        await destination(files, file);
      } catch (error) {
        const { message, code } = error as Error & { code?: string };
        const problem = `checkpoint.path cannot be written: ${message}`;
        throw Object.assign(new Error(problem, { cause: error }), { code });
      }
    },
    write: (pieces) => writeAtomic(files, file, pieces),
  };
}

function callback(value: unknown, name: string): unknown {
  if (value === undefined || typeof value === 'function') return value;
  throw wrong(TypeError, name, 'a function', value);
}

function checkSignal(signal: unknown): AbortSignal {
  if (typeof (signal as AbortSignal).addEventListener === 'function') return signal as AbortSignal;
  throw wrong(TypeError, 'signal', 'an AbortSignal', signal);
}
