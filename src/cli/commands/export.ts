import type { Command } from '../command.js';
import { COMMON } from '../common-flags.js';
import { UsageError } from '../errors.js';
import { type Arguments, choice, text } from '../flags.js';
import { loadModel } from '../model-file.js';
import { writeTo } from '../output.js';
import { requireOthers } from '../same-file.js';
import { announce } from '../standard-output.js';

const PARTS = ['encoder', 'decoder', 'full'] as const;

export const exportModel: Command = {
  name: 'export',
  summary: 'export a model as ONNX',
  operand: 'MODEL',
  about: 'Writes a model as ONNX, for ONNX Runtime and others.',
  groups: [
    [
      'Output',
      [
        { name: 'onnx', value: 'FILE', help: 'file to write (required)' },
        {
          name: 'part',
          value: 'NAME',
          choices: PARTS,
          help: 'part of the model: encoder, decoder or full (default: full)',
        },
      ],
    ],
    ['Messages', COMMON],
  ],
  examples: ['autoencoder-wasm export digits.safetensors --part encoder --onnx encoder.onnx'],
  run,
};

async function run(args: Arguments, operands: readonly string[]): Promise<void> {
  const [operand] = operands as [string];
  const path = text(args, 'onnx');
  if (path === undefined) throw new UsageError('--onnx is missing: give the file to write');
  const part = choice(args, 'part', PARTS) ?? 'full';
  requireOthers([{ by: '--onnx', path }], [{ by: 'MODEL', path: operand }]);
  const ae = await loadModel(operand);
  const { toOnnx } = await import('../../onnx.js');
  const bytes = toOnnx(ae, { part });
  await writeTo(path, (output) => output.write(bytes));
  if (path === '-') return;
  if (args.flags.json)
    await announce(`${JSON.stringify({ output: path, part, bytes: bytes.length })}\n`);
  else if (!args.flags.quiet) {
    process.stderr.write(
      `${path}: the ${part === 'full' ? 'model' : part}, ${bytes.length.toLocaleString('en')} bytes\n`,
    );
  }
}
