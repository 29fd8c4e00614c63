// State dicts of PyTorch: which tensors of theirs are which parameters of ours.

import { badModel } from './errors.js';
import { show } from './options.js';
import type { StoredTensor } from './safetensors.js';

/**
 * The layers of a state dict: `encoder.N.weight` and `decoder.N.weight`, or `N.weight` alone for one
 * Sequential, where N only has to increase, since activations have numbers too.
 */
export function fromPyTorch(tensors: ReadonlyMap<string, StoredTensor>): {
  layers: number[];
  parameters: Map<string, StoredTensor>;
} {
  const modules: Record<string, number[]> = { '': [], 'encoder.': [], 'decoder.': [] };
  for (const name of tensors.keys()) {
    const match = /^(encoder\.|decoder\.|)(0|[1-9]\d{0,8})\.(weight|bias)$/.exec(name);
    if (!match) {
      throw badModel(
        `it has a tensor ${show(name)}; a dense autoencoder has 'encoder.N.weight', ` +
          "'encoder.N.bias', 'decoder.N.weight' and 'decoder.N.bias', or 'N.weight' and 'N.bias'",
      );
    }
    const [, module, index, kind] = match as unknown as [string, string, string, string];
    if (!tensors.has(`${module}${index}.${kind === 'bias' ? 'weight' : 'bias'}`)) {
      throw badModel(`${show(name)} has no ${kind === 'bias' ? 'weight' : 'bias'} beside it`);
    }
    if (kind === 'weight') modules[module]?.push(Number(index));
  }
  const namesOf = (module: string) =>
    (modules[module] as number[]).sort((a, b) => a - b).map((index) => `${module}${index}`);
  const sequential = namesOf('');
  const all = [...namesOf('encoder.'), ...namesOf('decoder.')];
  if (sequential.length > 0 && all.length > 0) {
    throw badModel(`it has both '${sequential[0]}.weight' and '${all[0]}.weight'`);
  }
  all.push(...sequential);
  if (all.length === 0) throw badModel('it has no tensors');

  const widths: number[] = [];
  for (const name of all) {
    const { shape } = tensors.get(`${name}.weight`) as StoredTensor;
    if (shape.length !== 2) {
      throw badModel(
        `'${name}.weight' has the shape [${shape}], and a dense layer's has 2 dimensions`,
      );
    }
    const [outputs, inputs] = shape as [number, number];
    if (widths.length === 0) widths.push(inputs);
    if (inputs !== widths.at(-1)) {
      throw badModel(
        `'${name}.weight' has ${inputs} inputs, and the layer before ${widths.at(-1)} outputs`,
      );
    }
    widths.push(outputs);
  }
  const depth = all.length / 2;
  const isHalf = sequential.length > 0 || modules['encoder.']?.length === depth;
  if (!isHalf || !widths.every((width, i) => width === widths.at(-1 - i)) || all.length % 2) {
    throw badModel(
      `its decoder must mirror its encoder, and the widths of its layers are ${widths.join(', ')}` +
        (isHalf
          ? ''
          : `; ${modules['encoder.']?.length} of ${all.length} layers are the encoder's`),
    );
  }
  const parameters = new Map<string, StoredTensor>();
  for (const [i, name] of all.entries()) {
    const ours = i < depth ? `encoder.${i}` : `decoder.${i - depth}`;
    for (const kind of ['weight', 'bias']) {
      parameters.set(`${ours}.${kind}`, tensors.get(`${name}.${kind}`) as StoredTensor);
    }
  }
  return { layers: widths.slice(0, depth + 1), parameters };
}
