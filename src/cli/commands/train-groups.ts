// The flags of train, in the groups of its help.

import { COMMON, DATA_FLAGS, FAST, THREADS } from '../common-flags.js';
import type { Flag } from '../flags.js';
import { flagOf, SGD_RATE } from '../option-flags.js';

const OUTPUT: Flag = {
  name: 'output',
  short: 'o',
  value: 'FILE',
  help: 'file to write the model to (required)',
};

const CONTAMINATION: Flag = {
  name: 'contamination',
  option: 'contamination',
  value: 'X',
  help: 'save a threshold that this fraction of the rows (or of --validation-data) scores above',
};

const TRAIN_MODEL: Flag[] = [
  {
    name: 'layers',
    value: 'N,N,...',
    help: 'layer widths from the input to the code; the decoder mirrors them',
    sets: { options: 'model', name: 'layers', as: 'numbers' },
  },
  {
    name: 'code',
    value: 'N',
    help: 'width of the code, instead of --layers; the input width is that of DATA',
    sets: { options: 'model', name: 'code', as: 'number' },
  },
  {
    name: 'hidden',
    value: 'N,N,...',
    help: 'with --code: widths of the layers between input and code (default: none)',
    sets: { options: 'model', name: 'hidden', as: 'numbers' },
  },
  {
    name: 'decoder-layers',
    value: 'N,N,...',
    help: "widths of the decoder's hidden layers (default: the encoder's in reverse)",
    sets: { options: 'model', name: 'decoderLayers', as: 'numbers' },
  },
  flagOf('model', 'activation', 'activation of hidden layers: {of} (default: {default})'),
  flagOf('model', 'codeActivation', 'activation of the code (default: {default})'),
  flagOf(
    'model',
    'outputActivation',
    'activation of the last layer (default: sigmoid for numbers in [0, 1], else linear)',
  ),
  flagOf('model', 'scale', 'scaling of columns: {of} (default: {default}, chosen from the data)'),
  flagOf(
    'model',
    'missing',
    'missing cells: error, or mask to learn from the other cells (default: {default})',
  ),
  flagOf('model', 'init', 'weight initialisation: {of} (default: {default})'),
  flagOf('model', 'tied', 'decoder and encoder share weights'),
  flagOf('model', 'seed', 'seed of all randomness; same seed, same bits (default: random)'),
  THREADS,
  FAST,
];

const TRAIN_TABLE: Flag[] = [
  {
    name: 'type',
    value: 'LIST',
    help: 'types of columns: id=ignore,zip=category,7=date (default: inferred)',
  },
  {
    name: 'infer-rows',
    value: 'N',
    help: 'with --stream: how many rows to infer types from (default: 10,000)',
  },
];

const TRAIN_FIT: Flag[] = [
  flagOf('fit', 'epochs', 'passes over the rows (default: {default}, or enough for 3,000 steps)'),
  flagOf('fit', 'batchSize', 'rows per step (default: {default})'),
  flagOf('fit', 'optimizer', '{of} (default: {default})'),
  flagOf('fit', 'learningRate', `learning rate (default: {default}; for sgd ${SGD_RATE})`),
  flagOf('fit', 'schedule.type', 'learning rate schedule: {of} (default: {default})', 'schedule'),
  flagOf(
    'fit',
    'schedule.warmup',
    'epochs of linear warm-up of the learning rate (default: {default})',
    'warmup',
  ),
  flagOf(
    'fit',
    'schedule.every',
    'with --schedule step: epochs between decays (default: {default})',
    'step-every',
  ),
  flagOf(
    'fit',
    'schedule.factor',
    'with --schedule step: factor of each decay (default: {default})',
    'step-factor',
  ),
  flagOf('fit', 'weightDecay', 'weight decay (default: {default})'),
  flagOf('fit', 'beta1', "decay rate of Adam's first moment (default: {default})"),
  flagOf('fit', 'beta2', "decay rate of Adam's second moment (default: {default})"),
  flagOf('fit', 'epsilon', "term added to Adam's denominator (default: {default})"),
  flagOf('fit', 'momentum', 'momentum of sgd (default: {default})'),
  flagOf(
    'fit',
    'clipNorm',
    'maximum gradient norm; larger gradients are scaled down (default: none)',
  ),
];

const TRAIN_LOSS: Flag[] = [
  flagOf('fit', 'loss', '{of} (default: {default})'),
  flagOf('fit', 'huberDelta', 'error at which huber becomes linear (default: {default})'),
  flagOf('fit', 'noise.type', 'noise on the input: {of} (default: none)', 'noise'),
  flagOf(
    'fit',
    'noise.amount',
    'standard deviation of gaussian noise, else the fraction of values changed',
    'noise-amount',
  ),
  flagOf('fit', 'sparsity.type', 'sparsity penalty on the code: {of} (default: none)', 'sparsity'),
  flagOf('fit', 'sparsity.weight', 'weight of the sparsity penalty', 'sparsity-weight'),
  flagOf(
    'fit',
    'sparsity.target',
    'target mean activation of kl (default: {default})',
    'sparsity-target',
  ),
  flagOf('fit', 'reviveDeadUnits', 'let dead ReLU units (always 0) learn again'),
  {
    name: 'sample-weight',
    option: 'sampleWeight',
    value: 'FILE',
    help: 'weights of the rows: a table with one column',
  },
  flagOf(
    'fit',
    'validationSplit',
    'fraction of the rows held out for validation (default: {default})',
  ),
];

const TRAIN_STOP: Flag[] = [
  {
    name: 'validation-data',
    option: 'validationData',
    value: 'FILE',
    help: 'rows to validate on, read like DATA',
  },
  flagOf('fit', 'shuffle', 'do not shuffle the rows', 'no-shuffle'),
  flagOf(
    'fit',
    'earlyStopping.patience',
    'stop after N consecutive epochs without improvement, and keep the best',
    'early-stopping',
  ),
  flagOf(
    'fit',
    'earlyStopping.minDelta',
    'the loss must fall by more than this to count as an improvement (default: {default})',
    'min-delta',
  ),
  flagOf(
    'fit',
    'earlyStopping.restoreBest',
    'with --early-stopping: keep the weights of the last epoch, not the best',
    'no-restore-best',
  ),
];

const TRAIN_LONG: Flag[] = [
  {
    name: 'checkpoint',
    option: 'checkpoint.path',
    value: 'FILE',
    optional: true,
    help: 'save the run after each epoch, so that --resume can continue it (default: to --output)',
  },
  flagOf(
    'fit',
    'checkpoint.every',
    'save the run every N epochs (default: {default})',
    'checkpoint-every',
  ),
  {
    name: 'resume',
    option: 'resume',
    value: 'FILE',
    optional: true,
    help: 'continue the run saved in FILE (default: in --output)',
  },
  {
    name: 'stream',
    help: 'read DATA again in each epoch, 16 MB at a time, for data larger than memory',
  },
];

/** The flags that most runs need. */
const ESSENTIAL = [
  ...['output', 'layers', 'code', 'hidden', 'type', 'columns', 'missing', 'epochs', 'seed'],
  ...['validation-split', 'early-stopping'],
];

const ALL: readonly [title: string, flags: readonly Flag[]][] = [
  ['Model', TRAIN_MODEL],
  ['Tables with text and numbers', TRAIN_TABLE],
  ['Training', TRAIN_FIT],
  ['Loss, noise and penalties', TRAIN_LOSS],
  ['Validation and early stopping', TRAIN_STOP],
  ['Long runs', TRAIN_LONG],
  ['Anomalies', [CONTAMINATION]],
  ['Data', DATA_FLAGS],
  ['Messages', COMMON],
];

/** The groups of the help, the most used flags first. */
export const TRAIN_GROUPS: typeof ALL = [
  [
    'Essentials',
    ESSENTIAL.map(
      (name) =>
        [OUTPUT, ...ALL.flatMap(([, flags]) => flags)].find((flag) => flag.name === name) as Flag,
    ),
  ],
  ...ALL.map(([title, flags]): (typeof ALL)[number] => [
    title,
    flags.filter(({ name }) => !ESSENTIAL.includes(name)),
  ]),
];
