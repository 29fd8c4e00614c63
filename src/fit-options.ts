// The options of `fit`: every default and range, and their checks.

import type { AutoencoderOptions } from './options.js';
import { boolean, integer, oneOf, record, show, within } from './options.js';

/** What training minimises; see {@link FitOptions.loss}. */
export type Loss = 'mse' | 'bce';
/** How the learning rate changes over a run; see {@link FitOptions.schedule}. */
export type Schedule = 'cosine' | 'constant' | 'step';

/** In the order of the kernels' numbers (assembly/loss.ts). */
export const LOSSES: readonly Loss[] = ['mse', 'bce'];
const SCHEDULES: readonly Schedule[] = ['cosine', 'constant', 'step'];

/** A {@link Schedule} with its numbers. */
export interface ScheduleOptions {
  /** As {@link FitOptions.schedule} says. */
  type: Schedule;
  /**
   * Epochs, whole or not, over which the rate first rises from zero in a straight line (Goyal et
   * al. 2017, https://arxiv.org/abs/1706.02677); 0 to 2^31. Default 0.
   */
  warmup?: number;
  /** `'step'`: after so many epochs each, an integer from 1 ... Default 10. */
  every?: number;
  /** ... the rate is multiplied by this, above 0 and at most 1. Default 0.1. */
  factor?: number;
}

/** When to end a run before its last epoch; see {@link FitOptions.earlyStopping}. */
export interface EarlyStopping {
  /** Epochs in a row without improvement after which to stop, an integer from 1. Default 5. */
  patience?: number;
  /** The least that counts as an improvement of the loss, from 0. Default 0. */
  minDelta?: number;
  /** Whether the model gets the best epoch's weights, however the run ends. Default true. */
  restoreBest?: boolean;
}

/** The record of one epoch. */
export interface EpochRecord {
  /** From 1; of the whole run, where `resume` goes on with one. */
  epoch: number;
  /** The training loss an element, averaged over the epoch's batches as they were met. */
  loss: number;
  /** The loss an element on the validation rows after the epoch, where there are any. */
  validationLoss?: number;
  /** Wall-clock seconds of the epoch's training, validation excluded. */
  seconds: number;
  samplesPerSecond: number;
  /** How many worker threads trained; 0: the calling thread did, in slices of some 10 ms. */
  threads: number;
}

/** What `fit` resolves to: one record an epoch. */
export type History = EpochRecord[];

/** What `onBatchEnd` is told. */
export interface BatchRecord {
  /** From 1. */
  epoch: number;
  /** How many of the epoch's batches are done, and how many there are. */
  batch: number;
  batches: number;
  /** The training loss an element, averaged over the epoch so far. */
  loss: number;
}

/** What `ae.fit(x, ...)` takes. `Input` is what the class accepts as rows. */
export interface FitOptions<Input = unknown> {
  /** Passes over the data, an integer from 1. Default 20. */
  epochs?: number;
  /** Rows a step, an integer from 1; an epoch's last batch may be smaller. Default 64. */
  batchSize?: number;
  /** Adam's step size, above 0 and at most 1000. Default 0.002. */
  learningRate?: number;
  /**
   * `'cosine'` (default): falls to zero over the run, half a cosine (Loshchilov and Hutter 2017,
   * https://arxiv.org/abs/1608.03983, without restarts), a step at a time. `'constant'`: stays.
   * `'step'`: is multiplied by a factor every few epochs. An object says more:
   * `{ type: 'cosine', warmup: 1 }`, `{ type: 'step', every: 10, factor: 0.1 }`.
   */
  schedule?: Schedule | ScheduleOptions;
  /** L2 penalty added to the gradient as weightDecay * w, as torch.optim.Adam does; 0 to 1. Default 0. */
  weightDecay?: number;
  /** Decay of Adam's first moment, from 0 to below 1. Default 0.9. */
  beta1?: number;
  /** Decay of Adam's second moment, from 0 to below 1. Default 0.999. */
  beta2?: number;
  /** Added to Adam's denominator, above 0 and at most 1. Default 1e-8. */
  epsilon?: number;
  /**
   * `'mse'` (default): the mean of (y - x)^2 over every element. `'bce'`: the mean binary
   * cross-entropy; needs data in [0, 1] and the `'sigmoid'` output activation.
   */
  loss?: Loss;
  /** The share of the rows, drawn by the seed, to validate on instead of training; 0 to below 1. Default 0. */
  validationSplit?: number;
  /** Rows to validate on, of the same width, instead of `validationSplit`. */
  validationData?: Input;
  /** Whether to draw a new order of the rows every epoch. Default true. */
  shuffle?: boolean;
  /**
   * Ends the run when the validation loss, or else the training loss, has stopped improving (Prechelt
   * 1998, "Early Stopping - But When?"). `true` stands for `{}`. Default: the run has all its epochs.
   */
  earlyStopping?: boolean | EarlyStopping;
  /**
   * Goes on with the run that an earlier `fit` was in when it was aborted, failed, or was saved, at
   * the epoch after the last one finished; `epochs`, the schedule and early stopping count from that
   * run's start. With the same rows and options the weights become, bit for bit, what they would have
   * been without the interruption. Default false: a new run, which begins with the weights and
   * moments reached.
   */
  resume?: boolean;
  /** Forgets all training first: weights as drawn from the seed, fresh moments. Default false. */
  reset?: boolean;
  /** Called after each epoch, and awaited; the model already has that epoch's weights. */
  onEpochEnd?: (record: EpochRecord) => void | Promise<void>;
  /** Called during an epoch, some ten times a second, for progress bars. */
  onBatchEnd?: (record: BatchRecord) => void;
  /** Aborting it stops the run; the promise rejects with its reason, and the weights reached are kept. */
  signal?: AbortSignal;
}

/** Fit options with every default filled in, but for those that may be absent. */
export interface FitConfig<Input> {
  epochs: number;
  batchSize: number;
  learningRate: number;
  schedule: Required<ScheduleOptions>;
  weightDecay: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  loss: Loss;
  validationSplit: number;
  validationData: Input | undefined;
  shuffle: boolean;
  earlyStopping: Required<EarlyStopping> | undefined;
  resume: boolean;
  reset: boolean;
  onEpochEnd: ((record: EpochRecord) => void | Promise<void>) | undefined;
  onBatchEnd: ((record: BatchRecord) => void) | undefined;
  signal: AbortSignal | undefined;
}

const FIT_NAMES = [
  ...[
    'epochs',
    'batchSize',
    'learningRate',
    'schedule',
    'weightDecay',
    'beta1',
    'beta2',
    'epsilon',
  ],
  ...['loss', 'validationSplit', 'validationData', 'shuffle', 'earlyStopping', 'resume', 'reset'],
  ...['onEpochEnd', 'onBatchEnd', 'signal'],
];

/** `fit`'s options, checked and completed. */
export function checkFitOptions<Input>(
  options: unknown,
  model: Required<Pick<AutoencoderOptions, 'outputActivation'>>,
): FitConfig<Input> {
  const given = record('fit options', options ?? {}, FIT_NAMES);
  const config: FitConfig<Input> = {
    epochs: integer('epochs', given.epochs ?? 20, 1, 2 ** 31 - 1),
    batchSize: integer('batchSize', given.batchSize ?? 64, 1, 2 ** 20),
    learningRate: within('learningRate', given.learningRate ?? 0.002, { above: 0, atMost: 1000 }),
    schedule: checkSchedule(given.schedule ?? 'cosine'),
    weightDecay: within('weightDecay', given.weightDecay ?? 0, { from: 0, atMost: 1 }),
    beta1: within('beta1', given.beta1 ?? 0.9, { from: 0, below: 1 }),
    beta2: within('beta2', given.beta2 ?? 0.999, { from: 0, below: 1 }),
    epsilon: within('epsilon', given.epsilon ?? 1e-8, { above: 0, atMost: 1 }),
    loss: oneOf('loss', given.loss ?? 'mse', LOSSES),
    validationSplit: within('validationSplit', given.validationSplit ?? 0, { from: 0, below: 1 }),
    validationData: (given.validationData ?? undefined) as Input | undefined,
    shuffle: boolean('shuffle', given.shuffle ?? true),
    earlyStopping: checkEarlyStopping(given.earlyStopping ?? false),
    resume: boolean('resume', given.resume ?? false),
    reset: boolean('reset', given.reset ?? false),
    onEpochEnd: callback('onEpochEnd', given.onEpochEnd),
    onBatchEnd: callback('onBatchEnd', given.onBatchEnd),
    signal: given.signal as AbortSignal | undefined,
  };
  const signal = config.signal;
  if (signal !== undefined && typeof signal?.addEventListener !== 'function') {
    throw new TypeError(`signal must be an AbortSignal, got ${show(signal)}`);
  }
  if (config.validationSplit > 0 && config.validationData !== undefined) {
    throw new TypeError('validationSplit and validationData exclude each other, got both');
  }
  if (config.resume && config.reset) {
    throw new TypeError('resume and reset exclude each other, got both');
  }
  if (config.loss === 'bce' && model.outputActivation !== 'sigmoid') {
    throw new RangeError(
      `loss 'bce' needs the model's outputActivation to be 'sigmoid', got '${model.outputActivation}'`,
    );
  }
  return config;
}

function checkSchedule(value: unknown): Required<ScheduleOptions> {
  const given =
    typeof value === 'string'
      ? { type: value }
      : record('schedule', value, ['type', 'warmup', 'every', 'factor']);
  const type = oneOf(
    typeof value === 'string' ? 'schedule' : 'schedule.type',
    given.type,
    SCHEDULES,
  );
  if (type !== 'step' && (given.every !== undefined || given.factor !== undefined)) {
    throw new TypeError(`schedule.every and schedule.factor are for type 'step', got '${type}'`);
  }
  return {
    type,
    warmup: within('schedule.warmup', given.warmup ?? 0, { from: 0, atMost: 2 ** 31 }),
    every: integer('schedule.every', given.every ?? 10, 1, 2 ** 31 - 1),
    factor: within('schedule.factor', given.factor ?? 0.1, { above: 0, atMost: 1 }),
  };
}

function checkEarlyStopping(value: unknown): Required<EarlyStopping> | undefined {
  if (value === false) return undefined;
  const names = ['patience', 'minDelta', 'restoreBest'];
  const given = value === true ? {} : record('earlyStopping', value, names);
  const { patience = 5, minDelta = 0, restoreBest = true } = given;
  return {
    patience: integer('earlyStopping.patience', patience, 1, 2 ** 31 - 1),
    minDelta: within('earlyStopping.minDelta', minDelta, { from: 0, below: Infinity }),
    restoreBest: boolean('earlyStopping.restoreBest', restoreBest),
  };
}

function callback<Callback>(name: string, value: unknown): Callback | undefined {
  if (value !== undefined && typeof value !== 'function') {
    throw new TypeError(`${name} must be a function, got ${show(value)}`);
  }
  return value as Callback | undefined;
}
