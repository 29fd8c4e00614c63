// The flags of train, in the groups of its help.

import { COMMON, DATA_FLAGS, FAST, model, THREADS, training } from '../common-flags.js';
import type { Flag } from '../flags.js';

const ACTIVATIONS = ['relu', 'leakyRelu', 'elu', 'tanh', 'sigmoid', 'linear'];

const OUTPUT: Flag = {
  name: 'output',
  short: 'o',
  value: 'FILE',
  help: 'where the model goes (needed)',
};

const CONTAMINATION: Flag = {
  name: 'contamination',
  value: 'X',
  help: 'keep a threshold that this share of the rows (or of --validation-data) is above',
};

const TRAIN_MODEL: Flag[] = [
  {
    name: 'layers',
    value: 'N,N,...',
    help: 'widths from the input to the code; the decoder mirrors them (this or --code is needed)',
    sets: model('layers', 'numbers'),
  },
  {
    name: 'code',
    value: 'N',
    help: "the code's width, in place of --layers; the input's is that of DATA",
    sets: model('code', 'number'),
  },
  {
    name: 'hidden',
    value: 'N,N,...',
    help: 'with --code: widths of the layers between (default: none)',
    sets: model('hidden', 'numbers'),
  },
  {
    name: 'activation',
    value: 'NAME',
    choices: ACTIVATIONS,
    help: `of hidden layers: ${ACTIVATIONS.join(', ')} (default: leakyRelu)`,
    sets: model('activation', 'text'),
  },
  {
    name: 'code-activation',
    value: 'NAME',
    choices: ACTIVATIONS,
    help: 'of the code (default: linear)',
    sets: model('codeActivation', 'text'),
  },
  {
    name: 'output-activation',
    value: 'NAME',
    choices: ACTIVATIONS,
    help: 'of the last layer (default: sigmoid for numbers in [0, 1], else linear)',
    sets: model('outputActivation', 'text'),
  },
  {
    name: 'scale',
    value: 'NAME',
    choices: ['auto', 'none', 'minmax', 'standard'],
    help: 'columns to one size: auto, none, minmax or standard (default: auto, by the data)',
    sets: model('scale', 'text'),
  },
  {
    name: 'missing',
    value: 'NAME',
    choices: ['error', 'mask'],
    help: 'what missing cells are: error, or mask to learn from the others (default: error)',
    sets: model('missing', 'text'),
  },
  {
    name: 'init',
    value: 'NAME',
    choices: ['pytorch', 'he', 'glorot'],
    help: 'pytorch, he or glorot (default: pytorch)',
    sets: model('init', 'text'),
  },
  { name: 'tied', help: 'decoder and encoder share their weights', sets: model('tied', 'on') },
  {
    name: 'seed',
    value: 'N',
    help: 'what all randomness comes from; same seed, same bits (default: drawn)',
    sets: model('seed', 'number'),
  },
  THREADS,
  FAST,
];

const TRAIN_FIT: Flag[] = [
  {
    name: 'epochs',
    value: 'N',
    help: 'passes over the rows (default: 20, or enough for 3,000 steps)',
    sets: training('epochs', 'number'),
  },
  {
    name: 'batch-size',
    value: 'N',
    help: 'rows a step (default: 64)',
    sets: training('batchSize', 'number'),
  },
  {
    name: 'optimizer',
    value: 'NAME',
    choices: ['adam', 'adamw', 'sgd'],
    help: 'adam, adamw or sgd (default: adam)',
    sets: training('optimizer', 'text'),
  },
  {
    name: 'learning-rate',
    value: 'X',
    help: 'step size (default: 0.002, of sgd 0.1)',
    sets: training('learningRate', 'number'),
  },
  {
    name: 'schedule',
    value: 'NAME',
    choices: ['cosine', 'constant', 'step'],
    help: 'cosine, constant or step (default: cosine)',
    sets: training('schedule.type', 'text'),
  },
  {
    name: 'warmup',
    value: 'X',
    help: 'epochs over which the step size first rises from zero (default: 0)',
    sets: training('schedule.warmup', 'number'),
  },
  {
    name: 'step-every',
    value: 'N',
    help: 'with --schedule step: after so many epochs each ... (default: 10)',
    sets: training('schedule.every', 'number'),
  },
  {
    name: 'step-factor',
    value: 'X',
    help: '... the step size is multiplied by this (default: 0.1)',
    sets: training('schedule.factor', 'number'),
  },
  {
    name: 'weight-decay',
    value: 'X',
    help: 'pulls weights to zero (default: 0)',
    sets: training('weightDecay', 'number'),
  },
  {
    name: 'beta1',
    value: 'X',
    help: "decay of Adam's first moment (default: 0.9)",
    sets: training('beta1', 'number'),
  },
  {
    name: 'beta2',
    value: 'X',
    help: "decay of Adam's second moment (default: 0.999)",
    sets: training('beta2', 'number'),
  },
  {
    name: 'epsilon',
    value: 'X',
    help: "added to Adam's denominator (default: 1e-8)",
    sets: training('epsilon', 'number'),
  },
  {
    name: 'momentum',
    value: 'X',
    help: 'how much of its last step sgd keeps (default: 0.9)',
    sets: training('momentum', 'number'),
  },
  {
    name: 'clip-norm',
    value: 'X',
    help: 'the largest norm of a gradient; larger ones are scaled down',
    sets: training('clipNorm', 'number'),
  },
];

const TRAIN_LOSS: Flag[] = [
  {
    name: 'loss',
    value: 'NAME',
    choices: ['mse', 'bce', 'mae', 'huber'],
    help: 'mse, bce, mae or huber (default: mse)',
    sets: training('loss', 'text'),
  },
  {
    name: 'huber-delta',
    value: 'X',
    help: 'where huber turns into a line (default: 1)',
    sets: training('huberDelta', 'number'),
  },
  {
    name: 'noise',
    value: 'NAME',
    choices: ['gaussian', 'mask', 'saltPepper'],
    help: 'on what the network sees: gaussian, mask or saltPepper (default: none)',
    sets: training('noise.type', 'text'),
  },
  {
    name: 'noise-amount',
    value: 'X',
    help: 'its standard deviation if gaussian, else the share of the values',
    sets: training('noise.amount', 'number'),
  },
  {
    name: 'sparsity',
    value: 'NAME',
    choices: ['l1', 'kl'],
    help: 'penalty on the code: l1 or kl (default: none)',
    sets: training('sparsity.type', 'text'),
  },
  {
    name: 'sparsity-weight',
    value: 'X',
    help: 'how much it counts',
    sets: training('sparsity.weight', 'number'),
  },
  {
    name: 'sparsity-target',
    value: 'X',
    help: 'the mean that kl aims at (default: 0.05)',
    sets: training('sparsity.target', 'number'),
  },
  {
    name: 'revive-dead-units',
    help: 'let ReLU units that are always off learn again',
    sets: training('reviveDeadUnits', 'on'),
  },
  { name: 'sample-weight', value: 'FILE', help: 'how much each row counts: a table of one column' },
  {
    name: 'validation-split',
    value: 'X',
    help: 'share of the rows to validate on (default: 0)',
    sets: training('validationSplit', 'number'),
  },
];

const TRAIN_STOP: Flag[] = [
  { name: 'validation-data', value: 'FILE', help: 'rows to validate on, read as DATA is' },
  {
    name: 'no-shuffle',
    help: 'the same order of the rows every epoch',
    sets: training('shuffle', 'off'),
  },
  {
    name: 'early-stopping',
    value: 'N',
    help: 'stop after N epochs in a row without improvement, and keep the best',
    sets: training('earlyStopping.patience', 'number'),
  },
  {
    name: 'min-delta',
    value: 'X',
    help: 'the least that counts as an improvement (default: 0)',
    sets: training('earlyStopping.minDelta', 'number'),
  },
  {
    name: 'no-restore-best',
    help: "with --early-stopping: keep the last epoch's weights, not the best one's",
    sets: training('earlyStopping.restoreBest', 'off'),
  },
];

const TRAIN_LONG: Flag[] = [
  {
    name: 'checkpoint',
    value: 'FILE',
    optional: true,
    help: 'save the run after each epoch, for --resume to go on with (default: to --output)',
  },
  {
    name: 'checkpoint-every',
    value: 'N',
    help: 'save it after each N epochs (default: 1)',
    sets: training('checkpoint.every', 'number'),
  },
  {
    name: 'resume',
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
  ...['output', 'layers', 'code', 'hidden', 'columns', 'missing', 'epochs', 'seed'],
  ...['validation-split', 'early-stopping'],
];

const ALL: readonly [title: string, flags: readonly Flag[]][] = [
  ['The model', TRAIN_MODEL],
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
