import { UsageError } from './errors.js';
import { type Arguments, choice, text } from './flags.js';
import { loadModel } from './model-file.js';
import { openOutput } from './output.js';
import { requireOthers } from './same-file.js';
import { announce } from './standard-output.js';

export async function exportModel(args: Arguments, operand: string): Promise<void> {
  const path = text(args, 'onnx');
  if (path === undefined) throw new UsageError('--onnx is missing: the file to write');
  const part = choice(args, 'part', ['encoder', 'decoder', 'full']) ?? 'full';
  requireOthers([{ by: '--onnx', path }], [{ by: 'MODEL', path: operand }]);
  const ae = await loadModel(operand);
  const { toOnnx } = await import('../onnx.js');
  const bytes = toOnnx(ae, { part });
  const output = await openOutput(path);
  try {
    await output.write(bytes);
    await output.finish();
  } catch (error) {
    await output.discard();
    throw error;
  }
  if (path === '-') return;
  if (args.flags.json)
    await announce(`${JSON.stringify({ output: path, part, bytes: bytes.length })}\n`);
  else if (!args.flags.quiet) {
    process.stderr.write(
      `${path}: the ${part === 'full' ? 'model' : part}, ${bytes.length.toLocaleString('en')} bytes\n`,
    );
  }
}
