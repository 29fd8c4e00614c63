// The table of all options of the constructor and of fit: kind, range and default. Names, checks, the
// command line's flags and the tables of docs/options.md are derived from it; src/cli/option-flags.ts has
// the flags.

import { ACTIVATION_NAMES } from './activations.js';
import { INITS, MISSING, NOISES, OPTIMIZERS, PENALTIES, SCALES, SCHEDULES } from './kinds.js';
import { LOSSES } from './losses.js';

/** The range of a number. */
export interface Range {
  readonly from?: number;
  readonly above?: number;
  readonly atMost?: number;
  readonly below?: number;
}

/** An option. Without a default it is optional, unless it is `needed` in the object that contains it. */
export type OptionRow = { readonly default?: unknown; readonly needed?: true } & (
  | { readonly kind: 'integer'; readonly from: number; readonly to: number }
  /** `float32`: the range must also hold after rounding to float32, which the kernels get. */
  | { readonly kind: 'number' | 'float32'; readonly range: Range }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'choice'; readonly of: readonly string[] }
  /** Has a custom check, named here; `later`: checked once what it depends on is known. */
  | { readonly kind: 'own'; readonly check: string }
);

/** The largest int32. */
const MANY = 2 ** 31 - 1;
/** Positive numbers that are finite as float32. */
const POSITIVE = { above: 0, atMost: 1e38 };
const UNIT = { from: 0, below: 1 };

const own = <Check extends string>(check: Check, preset?: unknown) =>
  ({ kind: 'own', check, default: preset }) as const;
const integer = (from: number, to: number, preset?: number) =>
  ({ kind: 'integer', from, to, default: preset }) as const;
const number = (range: Range, preset?: number) =>
  ({ kind: 'number', range, default: preset }) as const;
const float32 = (range: Range, preset?: number) =>
  ({ kind: 'float32', range, default: preset }) as const;
const boolean = (preset: boolean) => ({ kind: 'boolean', default: preset }) as const;
const choice = (of: readonly string[], preset?: string) =>
  ({ kind: 'choice', of, default: preset }) as const;
const needed = <Row extends OptionRow>(row: Row) => ({ ...row, needed: true }) as const;

/** Options of the constructor, in the order in which messages list them. */
export const MODEL_OPTIONS = {
  /** `checkLayers` and `checkInner` check these three. */
  layers: own('later'),
  hidden: own('later'),
  code: own('later'),
  decoderLayers: own('checkDecoder'),
  activation: choice(ACTIVATION_NAMES, 'leakyRelu'),
  codeActivation: choice(ACTIVATION_NAMES, 'linear'),
  /** The default depends on the scale. */
  outputActivation: choice(ACTIVATION_NAMES),
  scale: choice(SCALES, 'auto'),
  missing: choice(MISSING, 'error'),
  columns: own('checkColumns'),
  categories: own('checkCategories'),
  columnWeights: own('checkColumnWeights'),
  init: choice(INITS, 'pytorch'),
  tied: boolean(false),
  /** The default is drawn at random. */
  seed: integer(0, 2 ** 32 - 1),
  /** The default depends on the machine. */
  threads: integer(1, 256),
  fastMath: boolean(false),
  workerUrl: own('url'),
} satisfies Record<string, OptionRow>;

/** Options of `fit`. For options that are objects, FIT_PARTS has their parts. */
export const FIT_OPTIONS = {
  /** The default is higher for few rows, to make 3,000 steps; see src/training/default-epochs.ts. */
  epochs: integer(1, MANY, 20),
  batchSize: integer(1, 2 ** 20, 64),
  optimizer: choice(Object.keys(OPTIMIZERS), 'adam'),
  /** The default depends on the optimiser. */
  learningRate: float32({ above: 0, atMost: 1000 }, OPTIMIZERS.adam.learningRate),
  schedule: own('checkSchedule', 'cosine'),
  weightDecay: number({ from: 0, atMost: 1 }, 0),
  beta1: float32(UNIT, 0.9),
  beta2: float32(UNIT, 0.999),
  epsilon: float32({ above: 0, atMost: 1 }, 1e-8),
  momentum: float32(UNIT, 0.9),
  clipNorm: float32(POSITIVE),
  loss: choice(Object.keys(LOSSES), 'mse'),
  huberDelta: float32(POSITIVE, 1),
  noise: own('checkNoise'),
  sparsity: own('checkSparsity'),
  reviveDeadUnits: boolean(false),
  sampleWeight: own('later'),
  validationSplit: number(UNIT, 0),
  validationData: own('later'),
  shuffle: boolean(true),
  rows: integer(1, 2 ** 53 - 1),
  earlyStopping: own('checkEarlyStopping', false),
  resume: own('checkResume', false),
  reset: boolean(false),
  checkpoint: own('checkCheckpoint'),
  onEpochEnd: own('callback'),
  onBatchEnd: own('callback'),
  signal: own('checkSignal'),
} satisfies Record<string, OptionRow>;

/** The parts of those options of fit that are objects. */
export const FIT_PARTS = {
  schedule: {
    type: needed(choice(SCHEDULES)),
    warmup: number({ from: 0, atMost: 2 ** 31 }, 0),
    every: integer(1, MANY, 10),
    factor: number({ above: 0, atMost: 1 }, 0.1),
  },
  noise: {
    type: needed(choice(Object.keys(NOISES))),
    /** For `'gaussian'`. The other kinds allow at most 1. */
    amount: needed(float32(POSITIVE)),
  },
  sparsity: {
    type: needed(choice(Object.keys(PENALTIES))),
    weight: needed(float32({ above: 0, atMost: 1000 })),
    target: float32({ above: 0, below: 1 }, 0.05),
  },
  earlyStopping: {
    patience: integer(1, MANY, 5),
    minDelta: number({ from: 0, below: Infinity }, 0),
    restoreBest: boolean(true),
  },
  checkpoint: {
    path: own('later'),
    onSave: own('callback'),
    every: integer(1, MANY, 1),
  },
} satisfies Record<string, Record<string, OptionRow>>;

/** The names in a table, in its order. */
export function namesOf<Name extends string>(table: Readonly<Record<Name, unknown>>): Name[] {
  return Object.keys(table) as Name[];
}
