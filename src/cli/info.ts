import { stat } from 'node:fs/promises';
import type { Arguments } from './flags.js';
import { loadModel } from './model-file.js';
import { print } from './output.js';

export async function info(args: Arguments, operand: string): Promise<void> {
  const ae = await loadModel(operand);
  const { size } = await stat(operand);
  const { options, threshold } = ae;
  if (args.flags.json) {
    const shapes = Object.entries(ae.parameters).map(([name, { shape }]) => [name, shape] as const);
    const parameters = shapes.reduce((sum, [, shape]) => sum + shape.reduce((a, b) => a * b), 0);
    const tensors = Object.fromEntries(shapes);
    await print(
      `${JSON.stringify({ file: operand, bytes: size, options, threshold, parameters, tensors })}\n`,
    );
    return;
  }
  const { layers, ...others } = options;
  const facts = {
    layers: layers.join('-'),
    ...others,
    threshold: threshold === undefined ? 'none' : threshold.toPrecision(5),
    file: `${size.toLocaleString('en')} bytes`,
  };
  const width = Math.max(...Object.keys(facts).map((name) => name.length));
  const lines = Object.entries(facts).map(([name, value]) => `${name.padEnd(width)}  ${value}`);
  await print(`${ae.summary()}\n\n${lines.join('\n')}\n`);
}
