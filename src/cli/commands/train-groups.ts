// The flags of train, in the groups of its help.

import { COMMON, DATA_FLAGS, FAST, THREADS } from '../common-flags.js';
import type { Flag } from '../flags.js';
import { flagOf, SGD_RATE } from '../option-flags.js';

const OUTPUT: Flag = {
  name: 'output',
  short: 'o',
  value: 'FILE',
  help: 'where the model goes (needed)',
};

const CONTAMINATION: Flag = {
  name: 'contamination',
  option: 'contamination',
  value: 'X',
  help: 'keep a threshold that this share of the rows (or of --validation-data) is above',
};

const TRAIN_MODEL: Flag[] = [
  {
    name: 'layers',
    value: 'N,N,...',
    help: 'widths from the input to the code; the decoder mirrors them',
    sets: { options: 'model', name: 'layers', as: 'numbers' },
  },
  {
    name: 'code',
    value: 'N',
    help: "the code's width, in place of --layers; the input's is that of DATA",
    sets: { options: 'model', name: 'code', as: 'number' },
  },
  {
    name: 'hidden',
    value: 'N,N,...',
    help: 'with --code: widths of the layers between (default: none)',
    sets: { options: 'model', name: 'hidden', as: 'numbers' },
  },
  {
    name: 'decoder-layers',
    value: 'N,N,...',
    help: "widths of the decoder's hidden layers (default: the encoder's, in reverse)",
    sets: { options: 'model', name: 'decoderLayers', as: 'numbers' },
  },
  flagOf('model', 'activation', 'of hidden layers: {of} (default: {default})'),
  flagOf('model', 'codeActivation', 'of the code (default: {default})'),
  flagOf(
    'model',
    'outputActivation',
    'of the last layer (default: sigmoid for numbers in [0, 1], else linear)',
  ),
  flagOf('model', 'scale', 'columns to one size: {of} (default: {default}, by the data)'),
  flagOf(
    'model',
    'missing',
    'what missing cells are: error, or mask to learn from the others (default: {default})',
  ),
  flagOf('model', 'init', '{of} (default: {default})'),
  flagOf('model', 'tied', 'decoder and encoder share their weights'),
  flagOf('model', 'seed', 'what all randomness comes from; same seed, same bits (default: drawn)'),
  THREADS,
  FAST,
];

const TRAIN_TABLE: Flag[] = [
  {
    name: 'type',
    value: 'LIST',
    help: "a table's columns, as in id=ignore,zip=category,7=date (default: inferred)",
  },
  {
    name: 'infer-rows',
    value: 'N',
    help: 'with --stream: how many rows they are inferred from (default: 10,000)',
  },
];

const TRAIN_FIT: Flag[] = [
  flagOf('fit', 'epochs', 'passes over the rows (default: {default}, or enough for 3,000 steps)'),
  flagOf('fit', 'batchSize', 'rows per step (default: {default})'),
  flagOf('fit', 'optimizer', '{of} (default: {default})'),
  flagOf('fit', 'learningRate', `step size (default: {default}, of sgd ${SGD_RATE})`),
  flagOf('fit', 'schedule.type', '{of} (default: {default})', 'schedule'),
  flagOf(
    'fit',
    'schedule.warmup',
    'epochs over which the step size first rises from zero (default: {default})',
    'warmup',
  ),
  flagOf(
    'fit',
    'schedule.every',
    'with --schedule step: after so many epochs each ... (default: {default})',
    'step-every',
  ),
  flagOf(
    'fit',
    'schedule.factor',
    '... the step size is multiplied by this (default: {default})',
    'step-factor',
  ),
  flagOf('fit', 'weightDecay', 'pulls weights to zero (default: {default})'),
  flagOf('fit', 'beta1', "decay of Adam's first moment (default: {default})"),
  flagOf('fit', 'beta2', "decay of Adam's second moment (default: {default})"),
  flagOf('fit', 'epsilon', "added to Adam's denominator (default: {default})"),
  flagOf('fit', 'momentum', 'how much of its last step sgd keeps (default: {default})'),
  flagOf('fit', 'clipNorm', 'the largest norm of a gradient; larger ones are scaled down'),
];

const TRAIN_LOSS: Flag[] = [
  flagOf('fit', 'loss', '{of} (default: {default})'),
  flagOf('fit', 'huberDelta', 'where huber turns into a line (default: {default})'),
  flagOf('fit', 'noise.type', 'on what the network sees: {of} (default: none)', 'noise'),
  flagOf(
    'fit',
    'noise.amount',
    'its standard deviation if gaussian, else the share of the values',
    'noise-amount',
  ),
  flagOf('fit', 'sparsity.type', 'penalty on the code: {of} (default: none)', 'sparsity'),
  flagOf('fit', 'sparsity.weight', 'how much it counts', 'sparsity-weight'),
  flagOf(
    'fit',
    'sparsity.target',
    'the mean that kl aims at (default: {default})',
    'sparsity-target',
  ),
  flagOf('fit', 'reviveDeadUnits', 'let ReLU units that are always off learn again'),
  {
    name: 'sample-weight',
    option: 'sampleWeight',
    value: 'FILE',
    help: 'how much each row counts: a table of one column',
  },
  flagOf('fit', 'validationSplit', 'share of the rows to validate on (default: {default})'),
];

const TRAIN_STOP: Flag[] = [
  {
    name: 'validation-data',
    option: 'validationData',
    value: 'FILE',
    help: 'rows to validate on, read as DATA is',
  },
  flagOf('fit', 'shuffle', 'the same order of the rows every epoch', 'no-shuffle'),
  flagOf(
    'fit',
    'earlyStopping.patience',
    'stop after N epochs in a row without improvement, and keep the best',
    'early-stopping',
  ),
  flagOf(
    'fit',
    'earlyStopping.minDelta',
    'the least that counts as an improvement (default: {default})',
    'min-delta',
  ),
  flagOf(
    'fit',
    'earlyStopping.restoreBest',
    "with --early-stopping: keep the last epoch's weights, not the best one's",
    'no-restore-best',
  ),
];

const TRAIN_LONG: Flag[] = [
  {
    name: 'checkpoint',
    option: 'checkpoint.path',
    value: 'FILE',
    optional: true,
    help: 'save the run after each epoch, for --resume to go on with (default: to --output)',
  },
  flagOf(
    'fit',
    'checkpoint.every',
    'save it after each N epochs (default: {default})',
    'checkpoint-every',
  ),
  {
    name: 'resume',
    option: 'resume',
    value: 'FILE',
    optional: true,
    help: 'go on with the run that was saved in FILE (default: in --output)',
  },
  {
    name: 'stream',
    help: 'read DATA anew each epoch and keep 16 MB of it, for more rows than memory holds',
  },
];

/** What most runs need. */
const ESSENTIAL = [
  ...['output', 'layers', 'code', 'hidden', 'type', 'columns', 'missing', 'epochs', 'seed'],
  ...['validation-split', 'early-stopping'],
];

const ALL: readonly [title: string, flags: readonly Flag[]][] = [
  ['The model', TRAIN_MODEL],
  ['Tables of words and numbers', TRAIN_TABLE],
  ['The training', TRAIN_FIT],
  ['What it learns', TRAIN_LOSS],
  ['Validation, and when to stop', TRAIN_STOP],
  ['Long runs', TRAIN_LONG],
  ['Anomalies', [CONTAMINATION]],
  ['The data', DATA_FLAGS],
  ['Messages', COMMON],
];

/** What most people need comes first. */
export const TRAIN_GROUPS: typeof ALL = [
  [
    'The essentials',
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
