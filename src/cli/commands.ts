// Every command, with its flags: what the help shows and what is accepted.

import { COMMON, DATA_FLAGS, FAST, THREADS } from './common-flags.js';
import type { Arguments, Flag } from './flags.js';
import { WRITTEN } from './row-writer.js';
import { TRAIN_GROUPS } from './train-groups.js';
import type { Task } from './transform.js';

export interface Command {
  name: string;
  summary: string;
  /** What it takes beside flags: several DATA, or one of the others. */
  operand: 'DATA' | 'MODEL' | 'SHELL';
  /** Said at the top of its help. */
  about: string;
  groups: readonly [title: string, flags: readonly Flag[]][];
  examples: readonly string[];
  /** Loaded when it is asked for: --help is there at once. */
  run(args: Arguments, operands: readonly string[], command: Command): Promise<void>;
}

const MODEL_FLAG: Flag = {
  name: 'model',
  short: 'm',
  value: 'FILE',
  help: 'the model, from train -o (needed)',
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
    choices: WRITTEN,
    help: `${WRITTEN.join(', ')} (default: by FILE's name, else csv; jsonl with --json)`,
  },
];

const KEEP: Flag = {
  name: 'keep',
  value: 'LIST',
  help: 'columns of DATA to copy, in front, as in id or 1,3; they are no input unless chosen',
};

export const COMMANDS: readonly Command[] = [
  {
    name: 'train',
    summary: 'learn from rows, and write the model',
    operand: 'DATA',
    about:
      'Trains an autoencoder on the rows of DATA and writes it as a safetensors file. Ctrl-C stops it\nand keeps the weights of the best epoch so far.\n\nA run that was saved with --checkpoint and then killed goes on with --resume: give the same DATA and\nflags of the training again; those of the model are in the file. The model at the end has the same\nbytes as if the run had never been interrupted.',
    groups: TRAIN_GROUPS,
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
            choices: ['csv', 'tsv', 'jsonl'],
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
          {
            name: 'part',
            value: 'NAME',
            choices: ['encoder', 'decoder', 'full'],
            help: 'encoder, decoder or full (default: full)',
          },
        ],
      ],
      ['Messages', COMMON],
    ],
    examples: ['autoencoder-wasm export digits.safetensors --part encoder --onnx encoder.onnx'],
    run: async (args, [file]) => (await import('./export.js')).exportModel(args, file as string),
  },
  {
    name: 'completion',
    summary: 'what bash, zsh or fish need to complete flags',
    operand: 'SHELL',
    about:
      'Prints what a shell needs to complete commands, flags, their values and files: SHELL is bash, zsh or\nfish. A line in its start file enables it: eval "$(autoencoder-wasm completion bash)" in ~/.bashrc,\nsource <(autoencoder-wasm completion zsh) in ~/.zshrc after compinit, or autoencoder-wasm completion\nfish | source in ~/.config/fish/config.fish.',
    groups: [['Messages', COMMON.filter(({ name }) => name === 'help')]],
    examples: ['autoencoder-wasm completion bash'],
    run: async (_, [shell]) => (await import('./completion.js')).completion(shell as string),
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
