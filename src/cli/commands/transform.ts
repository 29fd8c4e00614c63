// encode, decode, reconstruct, impute and score: rows in, rows out.

import { type Command, flagsOf } from '../command.js';
import { COMMON, DATA_FLAGS, KEEP, MODEL_FLAGS } from '../common-flags.js';
import { readOptions } from '../data-flags.js';
import { type Arguments, choice, type Flag, text } from '../flags.js';
import { keepFlag } from '../keep.js';
import { inputsOf, modelFromFlag } from '../model-file.js';
import type { Task } from '../route.js';
import { requireOthers } from '../same-file.js';
import { announce } from '../standard-output.js';
import { guessFormat, WRITTEN } from '../tables/formats.js';
import { count, seconds } from '../text.js';
import { transformFile } from '../transform.js';

const ROWS_OUT: Flag[] = [
  {
    name: 'output',
    short: 'o',
    value: 'FILE',
    help: 'file to write rows to; .gz compresses (default: standard output)',
  },
  {
    name: 'output-format',
    value: 'NAME',
    choices: WRITTEN,
    help: `${WRITTEN.join(', ')} (default: from FILE's name, else csv; jsonl with --json)`,
  },
];

const PRECISION: Flag = {
  name: 'precision',
  value: 'NAME',
  choices: ['float32', 'int16'],
  help: 'float32, or int16 for integer products of pixels, up to twice as fast (default: float32)',
};

export const encode = rowsCommand('encode', {
  summary: 'encode rows to codes',
  about: 'Writes the code of each row of DATA.',
  examples: [
    'autoencoder-wasm encode --model digits.safetensors t10k-images-idx3-ubyte.gz -o codes.npy',
    'cat people.csv | autoencoder-wasm encode --model people.safetensors -',
  ],
});

export const decode = rowsCommand('decode', {
  summary: 'decode codes to rows',
  about: 'Writes the decoded row of each code in DATA.',
  examples: [
    'autoencoder-wasm decode --model digits.safetensors codes.npy -o digits.npy',
    'autoencoder-wasm encode -m digits.safetensors digits.npy | autoencoder-wasm decode -m digits.safetensors -',
  ],
});

export const reconstruct = rowsCommand('reconstruct', {
  summary: 'encode and decode rows',
  about: 'Writes the reconstruction of each row of DATA.',
  examples: [
    'autoencoder-wasm reconstruct --model digits.safetensors digits.npy -o reconstructed.npy',
  ],
});

export const impute = rowsCommand('impute', {
  summary: 'fill missing cells',
  about:
    "Writes DATA with the missing cells of the model's columns filled in and all other cells unchanged.\nThe model must have been trained with --missing mask.",
  examples: ['autoencoder-wasm impute --model people.safetensors people.csv -o complete.csv'],
});

export const score = rowsCommand('score', {
  summary: 'score rows by reconstruction error',
  about:
    'Writes the score of each row of DATA: its mean squared reconstruction error in scaled units, which is\nhigh for rows unlike the training data.',
  examples: ['autoencoder-wasm score --model patients.safetensors patients.csv -o scores.csv'],
});

function rowsCommand(name: Task, texts: Pick<Command, 'summary' | 'about' | 'examples'>): Command {
  const groups: Command['groups'] = [
    ['Model', name === 'encode' ? [...MODEL_FLAGS, PRECISION] : MODEL_FLAGS],
    ['Output', name === 'impute' ? ROWS_OUT : [...ROWS_OUT, KEEP]],
    ['Data', DATA_FLAGS],
    ['Messages', COMMON],
  ];
  const flags = flagsOf({ groups });
  return {
    ...{ name, ...texts, operand: 'DATA', groups },
    run: (args, operands) => run(name, args, operands, flags),
  };
}

async function run(
  task: Task,
  args: Arguments,
  operands: readonly string[],
  flags: readonly Flag[],
): Promise<void> {
  const start = performance.now();
  const [path, isJson] = [text(args, 'output') ?? '-', args.flags.json === true];
  const format =
    choice(args, 'output-format', WRITTEN) ?? guessFormat(path) ?? (isJson ? 'jsonl' : undefined);
  const keep = keepFlag(args, format);
  requireOthers([{ by: '--output', path }], inputsOf(args, operands));
  const ae = await modelFromFlag(args, flags);
  const { rows, columns } = await transformFile(ae, task, {
    from: operands,
    read: readOptions(args),
    keep,
    to: path,
    format,
    precision: choice(args, 'precision', ['float32', 'int16']),
  });
  if (path === '-') return;
  const took = (performance.now() - start) / 1000;
  if (isJson) await announce(`${JSON.stringify({ output: path, rows, columns, seconds: took })}\n`);
  else if (!args.flags.quiet) {
    process.stderr.write(
      `${path}: ${count(rows, 'row')} of ${count(columns, 'number')}, in ${seconds(took)}\n`,
    );
  }
}
