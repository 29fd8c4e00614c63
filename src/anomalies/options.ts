// A detector's options, with their defaults and their checks at the public boundary.

import { hardwareThreads, randomSeed } from '../base/platform.js';
import { integer, methodOptions, oneOf, record, within, wrong } from '../model/checks.js';
import type { EpochRecord } from '../model/history.js';
import type { Missing } from '../model/kinds.js';
import { MODEL_OPTIONS, namesOf } from '../model/option-table.js';
import {
  type AutoencoderOptions,
  type ColumnsOption,
  checkModelOptions,
} from '../model/options.js';
import { COLUMN_TYPES, type ColumnType } from '../table/columns.js';
import { checkFitOptions } from '../training/fit-options.js';
import type { FitOptions, Noise } from '../training/fit-types.js';
import { THRESHOLD_METHODS, type ThresholdMethod } from './thresholds.js';

/** The options of `new AnomalyDetector(...)`: those of `Autoencoder` except `scale`, and more. */
export interface DetectorOptions extends Omit<AutoencoderOptions, 'scale'> {
  /** The number of autoencoders in the ensemble, an integer from 1 to 64. Default 3. */
  members?: number;
  /**
   * The types of a table's columns by name, for those that should not be inferred:
   * `{ zip: 'category', id: 'ignore' }`. Default: all are inferred.
   */
  types?: Readonly<Record<string, ColumnType>>;
}

/** The record of an epoch that `detector.fit(x, ...)` passes to `onEpochEnd`. */
export interface MemberRecord extends EpochRecord {
  /** The index of the member, from 0; members train in parallel. */
  member: number;
  /** The number of members. */
  members: number;
  /** The number of epochs of each member. */
  epochs: number;
}

/** The options of `Autoencoder.fit` that a detector passes to its members. */
const MEMBER_FIT = [
  ...['epochs', 'batchSize', 'optimizer', 'learningRate', 'schedule', 'weightDecay', 'beta1'],
  ...['beta2', 'epsilon', 'momentum', 'clipNorm', 'loss', 'huberDelta', 'noise', 'sparsity'],
  ...['reviveDeadUnits', 'shuffle', 'earlyStopping', 'signal', 'onEpochEnd'],
] as const;

/** The options of `detector.fit(x, ...)`. */
export interface DetectorFitOptions
  extends Pick<
    FitOptions,
    | 'optimizer'
    | 'schedule'
    | 'weightDecay'
    | 'beta1'
    | 'beta2'
    | 'epsilon'
    | 'momentum'
    | 'clipNorm'
    | 'loss'
    | 'huberDelta'
    | 'sparsity'
    | 'reviveDeadUnits'
    | 'shuffle'
    | 'earlyStopping'
    | 'signal'
  > {
  /**
   * Passes of each member over the rows it draws, an integer from 1. Default: enough for 64 steps, which is
   * one pass over 2,048 rows.
   */
  epochs?: number;
  /** Rows per step, an integer from 1. Default 32. */
  batchSize?: number;
  /** As in `Autoencoder.fit`. Default 0.008, since there are so few steps. */
  learningRate?: number;
  /** As in `Autoencoder.fit`. Default `{ type: 'gaussian', amount: 1 }`. */
  noise?: Noise;
  /** Called after each epoch of each member, and awaited; returning `false` ends that member's training. */
  // biome-ignore lint/suspicious/noConfusingVoidType: of callbacks that return nothing
  onEpochEnd?: (record: MemberRecord) => void | boolean | Promise<void | boolean>;
}

/** The same options, as passed to the members. */
export type MemberFit = Omit<DetectorFitOptions, never>;

/** The options of `detector.fitThreshold(x, ...)`. */
export interface DetectorThresholdOptions {
  /** The method; see `fitThreshold`. Default `'auto'`. */
  method?: ThresholdMethod;
  /**
   * Above 0 and at most 0.5. For `'quantile'` the fraction of the rows above the threshold, default 0.05; for
   * `'gamma'` and `'tail'` the fraction of the fitted distribution, default 0.01. The other methods do not use
   * it.
   */
  contamination?: number;
}

/** A detector's options with defaults. */
export interface DetectorConfig {
  readonly members: number;
  readonly seed: number;
  readonly threads: number;
  readonly missing: Missing;
  readonly columns: ColumnsOption | undefined;
  readonly types: ReadonlyMap<string, ColumnType>;
  /** The options for the members' networks. */
  readonly network: Partial<AutoencoderOptions>;
}

const OWN = ['members', 'types', 'seed', 'threads', 'missing', 'columns'];

/** Checks the options of `new AnomalyDetector`, and adds defaults. */
export function checkDetectorOptions(options: unknown): DetectorConfig {
  const names = ['members', 'types', ...namesOf(MODEL_OPTIONS).filter((name) => name !== 'scale')];
  const given = record('AnomalyDetector options', options === undefined ? {} : options, names);
  const members = integer('members', given.members ?? 3, 1, 64);
  const network = Object.fromEntries(
    Object.entries(given).filter(([name, value]) => !OWN.includes(name) && value !== undefined),
  );
  const { members: _, types, ...rest } = given;
  // The check needs a width, which `fit` determines from the rows if none is given.
  const width = rest.layers === undefined && rest.code === undefined ? { code: 8 } : {};
  const checked = checkModelOptions(
    { ...width, ...rest },
    { seed: randomSeed, threads: hardwareThreads },
  );
  const { seed, threads, missing, columns } = checked;
  return { members, seed, threads, missing, columns, types: checkTypes(types), network };
}

function checkTypes(types: unknown): Map<string, ColumnType> {
  if (types === undefined) return new Map();
  if (typeof types !== 'object' || types === null || Array.isArray(types)) {
    const expected = "an object of types by column names, as in { zip: 'category' }";
    throw wrong(TypeError, 'types', expected, types);
  }
  return new Map(
    Object.entries(types).map(([name, type]) => [name, oneOf(`types.${name}`, type, COLUMN_TYPES)]),
  );
}

/** Checks the options of `fit`; each member adds the defaults. */
export function checkDetectorFit(options: unknown, { network }: DetectorConfig): MemberFit {
  const given = methodOptions('fit', options, MEMBER_FIT);
  const { codeActivation = 'tanh', outputActivation = 'linear' } = network;
  checkFitOptions(given, { codeActivation, outputActivation, scale: 'none' });
  return given as MemberFit;
}

/** Checks the options of `fitThreshold`, and adds defaults. */
export function checkDetectorThreshold(options: unknown): {
  method: ThresholdMethod;
  contamination: number | undefined;
} {
  const given = methodOptions('fitThreshold', options, ['method', 'contamination']);
  const method = oneOf('method', given.method ?? 'auto', THRESHOLD_METHODS);
  if (given.contamination === undefined) return { method, contamination: undefined };
  const contamination = within('contamination', given.contamination, { above: 0, atMost: 0.5 });
  if (['quantile', 'gamma', 'tail'].includes(method)) return { method, contamination };
  throw new TypeError(
    `contamination is for the methods 'quantile', 'gamma' and 'tail', got it with '${method}'`,
  );
}

/** Checks the options of `drift`, and adds defaults. */
export function checkDriftOptions(options: unknown): { alpha: number } {
  const given = methodOptions('drift', options, ['alpha']);
  return { alpha: within('alpha', given.alpha ?? 0.01, { above: 0, below: 1 }) };
}
