// Every command, with its flags: what the help shows and what is accepted.

import type { Arguments, Flag } from './flags.js';
import { FORMATS } from './format.js';
import { WRITTEN } from './row-writer.js';
import type { Task } from './transform.js';

export interface Command {
  name: string;
  summary: string;
  /** What it takes beside flags: several DATA, or one MODEL. */
  operand: 'DATA' | 'MODEL';
  /** Said at the top of its help. */
  about: string;
  groups: readonly [title: string, flags: readonly Flag[]][];
  examples: readonly string[];
  /** Loaded when it is asked for: --help is there at once. */
  run(args: Arguments, operands: readonly string[], command: Command): Promise<void>;
}

const model = (name: string, as: 'number' | 'numbers' | 'text' | 'on' | 'off') =>
  ({ options: 'model', name, as }) as const;
const training = (name: string, as: 'number' | 'text' | 'on' | 'off') =>
  ({ options: 'fit', name, as }) as const;

const ACTIVATION = 'relu, leakyRelu, elu, tanh, sigmoid or linear';

const DATA_FLAGS: Flag[] = [
  {
    name: 'format',
    value: 'NAME',
    help: `${FORMATS.join(', ')} (default: by DATA's name, or its first bytes)`,
  },
  {
    name: 'columns',
    value: 'LIST',
    help: "names, numbers from 1, ranges, as in 2-31 or age,height (default: the model's, or all)",
  },
  {
    name: 'header',
    help: 'the first line of CSV has names (default: if the chosen columns have words there)',
  },
  { name: 'no-header', help: 'the first line of CSV is data' },
  {
    name: 'delimiter',
    value: 'C',
    help: 'what is between the cells of CSV (default: comma, semicolon, tab or |, as found)',
  },
  { name: 'array', value: 'NAME', help: 'which array of an NPZ file (default: the only one)' },
];

const COMMON: Flag[] = [
  { name: 'json', help: 'results on standard output, and errors, as JSON' },
  { name: 'quiet', short: 'q', help: 'nothing but results and errors' },
  { name: 'help', short: 'h', help: 'this text' },
];

const MODEL_FLAG: Flag = {
  name: 'model',
  short: 'm',
  value: 'FILE',
  help: 'the model, from train -o (needed)',
};
const THREADS: Flag = {
  name: 'threads',
  value: 'N',
  help: "the most threads to use (default: the machine's)",
  sets: model('threads', 'number'),
};
const FAST: Flag = {
  name: 'fast-math',
  help: 'relaxed SIMD where the engine has it; results may differ in the last bits',
  sets: model('fastMath', 'on'),
};

const ROWS_OUT: Flag[] = [
  {
    name: 'output',
    short: 'o',
    value: 'FILE',
    help: 'where the rows go; .gz compresses (default: standard output)',
  },
  {
    name: 'output-format',
    value: 'NAME',
    help: `${WRITTEN.join(', ')} (default: by FILE's name, else csv; jsonl with --json)`,
  },
];

const KEEP: Flag = {
  name: 'keep',
  value: 'LIST',
  help: 'columns to copy as they stand in DATA, in front, as in id or 1,3; they are no input unless chosen',
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
    help: `of hidden layers: ${ACTIVATION} (default: leakyRelu)`,
    sets: model('activation', 'text'),
  },
  {
    name: 'code-activation',
    value: 'NAME',
    help: 'of the code (default: linear)',
    sets: model('codeActivation', 'text'),
  },
  {
    name: 'output-activation',
    value: 'NAME',
    help: 'of the last layer (default: sigmoid for numbers in [0, 1], else linear)',
    sets: model('outputActivation', 'text'),
  },
  {
    name: 'scale',
    value: 'NAME',
    help: 'columns to one size: auto, none, minmax or standard (default: auto, by the data)',
    sets: model('scale', 'text'),
  },
  {
    name: 'missing',
    value: 'NAME',
    help: 'what missing cells are: error, or mask to learn from the others (default: error)',
    sets: model('missing', 'text'),
  },
  {
    name: 'init',
    value: 'NAME',
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
  {
    name: 'loss',
    value: 'NAME',
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

export const COMMANDS: readonly Command[] = [
  {
    name: 'train',
    summary: 'learn from rows, and write the model',
    operand: 'DATA',
    about:
      'Trains an autoencoder on the rows of DATA and writes it as a safetensors file. Ctrl-C stops it\nand keeps the weights of the best epoch so far.\n\nA run that was saved with --checkpoint and then killed goes on with --resume: give the same DATA and\nflags of the training again; those of the model are in the file. The model at the end has the same\nbytes as if the run had never been interrupted.',
    groups: [
      [
        'Output',
        [{ name: 'output', short: 'o', value: 'FILE', help: 'where the model goes (needed)' }],
      ],
      ['The model', TRAIN_MODEL],
      ['The training', TRAIN_FIT],
      ['Long runs', TRAIN_LONG],
      [
        'Anomalies',
        [
          {
            name: 'contamination',
            value: 'X',
            help: 'keep a threshold that this share of the rows (or of --validation-data) is above',
          },
        ],
      ],
      ['The data', DATA_FLAGS],
      ['Messages', COMMON],
    ],
    examples: [
      'autoencoder-wasm train train-images-idx3-ubyte.gz --layers 784,64 --validation-split 0.1 -o digits.safetensors',
      'autoencoder-wasm train people.csv --columns 2-31 --layers 30,8 --scale standard --missing mask -o people.safetensors',
      'autoencoder-wasm train digits.npy --layers 784,64 --epochs 200 -o digits.safetensors --checkpoint',
      'autoencoder-wasm train digits.npy --epochs 200 -o digits.safetensors --checkpoint --resume',
    ],
    run: async (...args) => (await import('./train.js')).train(...args),
  },
  rowsCommand('encode', 'rows to their codes', 'Writes the code of every row of DATA.', [
    'autoencoder-wasm encode --model digits.safetensors t10k-images-idx3-ubyte.gz -o codes.npy',
    'cat people.csv | autoencoder-wasm encode --model people.safetensors -',
  ]),
  rowsCommand(
    'decode',
    'codes back to rows',
    'Writes the row that every code in DATA stands for.',
    [
      'autoencoder-wasm decode --model digits.safetensors codes.npy -o digits.npy',
      'autoencoder-wasm encode -m digits.safetensors digits.npy | autoencoder-wasm decode -m digits.safetensors -',
    ],
  ),
  rowsCommand(
    'reconstruct',
    'rows through the code and back',
    'Writes what is left of every row of DATA after its code.',
    ['autoencoder-wasm reconstruct --model digits.safetensors digits.npy -o reconstructed.npy'],
  ),
  rowsCommand(
    'impute',
    'fill missing cells',
    "Writes DATA with the missing cells of the model's columns filled in, and all others as they\nstand there. The model must have been trained with --missing mask.",
    ['autoencoder-wasm impute --model people.safetensors people.csv -o complete.csv'],
  ),
  rowsCommand(
    'score',
    'how unlike the others each row is',
    'Writes the score of every row of DATA: its mean squared error, in scaled units, high for rows unlike\nthose that the model learned from.',
    ['autoencoder-wasm score --model patients.safetensors patients.csv -o scores.csv'],
  ),
  {
    name: 'anomalies',
    summary: 'rows unlike the others, and why',
    operand: 'DATA',
    about:
      'Writes the rows of DATA that the model reconstructs badly: their numbers from 1, their scores (mean\nsquared errors, in scaled units) and the columns to blame, worst first, with what the model expects there.',
    groups: [
      ['The model', [MODEL_FLAG, THREADS, FAST]],
      [
        'The threshold',
        [
          {
            name: 'threshold',
            value: 'X',
            help: "scores above it are anomalies (default: the model's, from train --contamination)",
          },
          {
            name: 'contamination',
            value: 'X',
            help: 'the threshold that this share of DATA is above, which is then read twice',
          },
        ],
      ],
      [
        'Output',
        [
          { name: 'all', help: 'all rows, not the anomalies alone' },
          { name: 'top', value: 'N', help: 'how many columns to blame (default: 3)' },
          {
            name: 'output',
            short: 'o',
            value: 'FILE',
            help: 'where they go (default: standard output)',
          },
          {
            name: 'output-format',
            value: 'NAME',
            help: "csv, tsv or jsonl (default: by FILE's name, else csv; jsonl with --json)",
          },
          KEEP,
        ],
      ],
      ['The data', DATA_FLAGS],
      ['Messages', COMMON],
    ],
    examples: [
      'autoencoder-wasm anomalies --model people.safetensors people.csv --contamination 0.01',
      'autoencoder-wasm anomalies -m digits.safetensors digits.npy --contamination 0.01 --json',
    ],
    run: async (...args) => (await import('./anomalies.js')).anomalies(...args),
  },
  {
    name: 'evaluate',
    summary: 'the mean squared error over rows',
    operand: 'DATA',
    about:
      'Prints the mean squared error an element between the rows of DATA and their reconstructions.',
    groups: [
      ['The model', [MODEL_FLAG, THREADS, FAST]],
      ['The data', DATA_FLAGS],
      ['Messages', COMMON],
    ],
    examples: ['autoencoder-wasm evaluate --model digits.safetensors t10k-images-idx3-ubyte.gz'],
    run: async (...args) => (await import('./evaluate.js')).evaluate(...args),
  },
  {
    name: 'info',
    summary: 'what a model file holds',
    operand: 'MODEL',
    about: 'Prints the layers, parameters, options and threshold of a model.',
    groups: [['Messages', COMMON]],
    examples: [
      'autoencoder-wasm info digits.safetensors',
      'autoencoder-wasm info --json digits.safetensors',
    ],
    run: async (args, [file]) => (await import('./info.js')).info(args, file as string),
  },
  {
    name: 'export',
    summary: 'a model for other runtimes',
    operand: 'MODEL',
    about: 'Writes a model as ONNX, for onnxruntime and others.',
    groups: [
      [
        'Output',
        [
          { name: 'onnx', value: 'FILE', help: 'where it goes (needed)' },
          { name: 'part', value: 'NAME', help: 'encoder, decoder or full (default: full)' },
        ],
      ],
      ['Messages', COMMON],
    ],
    examples: ['autoencoder-wasm export digits.safetensors --part encoder --onnx encoder.onnx'],
    run: async (args, [file]) => (await import('./export.js')).exportModel(args, file as string),
  },
];

function rowsCommand(name: Task, summary: string, about: string, examples: string[]): Command {
  return {
    name,
    summary,
    operand: 'DATA',
    about,
    groups: [
      ['The model', [MODEL_FLAG, THREADS, FAST]],
      ['Output', name === 'impute' ? ROWS_OUT : [...ROWS_OUT, KEEP]],
      ['The data', DATA_FLAGS],
      ['Messages', COMMON],
    ],
    examples,
    run: async (...args) => (await import('./transform.js')).transform(name, ...args),
  };
}

export function flagsOf({ groups }: Command): Flag[] {
  return groups.flatMap(([, flags]) => flags);
}
