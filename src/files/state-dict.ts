// Maps the tensors of a PyTorch state dict to our parameters.

import { badModel } from '../base/errors.js';
import { record, show } from '../model/checks.js';
import type { StoredTensor } from './safetensors.js';

/** A dense layer, under its name in the file. */
interface Dense {
  name: string;
  weight: StoredTensor;
  bias: StoredTensor | undefined;
}

/** A layer's name in parts: which half it is in, the text between its numbers, and the numbers. */
interface Place {
  name: string;
  half: 'encoder' | 'decoder' | undefined;
  text: string;
  numbers: number[];
}

const HOW =
  "the load option names says which tensors are which: { 'encoder.0.weight': '...', " +
  "'encoder.0.bias': '...', 'decoder.0.weight': '...' }, and leaves out all others";

/**
 * The layers of a state dict. A prefix common to all names (`module.`, `_orig_mod.`, `model.`) is ignored.
 * The rest is either two halves, as in `encoder.N`, `encoder.fcN` or `encoder.net.N`, or one Sequential, as
 * in `N`, `fcN` or `layers.N`. N only has to increase, since activations are numbered too. Missing biases
 * are zeros. `names` maps our names to those in the file.
 */
export function fromPyTorch(
  all: ReadonlyMap<string, StoredTensor>,
  names: unknown,
): { layers: number[]; decoderLayers?: number[]; parameters: Map<string, StoredTensor> } {
  const tensors = names === undefined ? all : named(all, names);
  if (tensors.size === 0) throw badModel('it has no tensors');
  const dense = denseLayers(tensors);
  const { layers, encoderDepth } = inOrder([...dense.keys()]);
  const widths: number[] = [];
  for (const name of layers) {
    const { shape } = (dense.get(name) as Dense).weight;
    const [outputs, inputs] = shape as [number, number];
    if (widths.length === 0) widths.push(inputs);
    if (inputs !== widths.at(-1)) {
      throw badModel(
        `${show(`${name}.weight`)} has ${inputs} inputs, and the layer before ${widths.at(-1)} outputs`,
      );
    }
    widths.push(outputs);
  }
  const depth = encoderDepth ?? Math.floor(layers.length / 2);
  const isMirror =
    layers.length === 2 * depth && widths.every((width, i) => width === widths.at(-1 - i));
  const hasEnds = widths[0] === widths.at(-1) && depth > 0 && depth < layers.length;
  if (!isMirror && (encoderDepth === undefined || !hasEnds)) {
    const [what, halves] = encoderDepth
      ? [
          'give what its encoder takes',
          `; ${encoderDepth} of ${layers.length} layers are the encoder's`,
        ]
      : ['mirror its encoder', ''];
    throw badModel(
      `its decoder must ${what}, and the widths of its layers are ${widths.join(', ')}${halves}`,
    );
  }
  const parameters = new Map<string, StoredTensor>();
  for (const [i, name] of layers.entries()) {
    const ours = i < depth ? `encoder.${i}` : `decoder.${i - depth}`;
    const { weight, bias } = dense.get(name) as Dense;
    const outputs = weight.shape[0] as number;
    const zeros = () => new Uint8Array(4 * outputs);
    parameters.set(`${ours}.weight`, weight);
    parameters.set(`${ours}.bias`, bias ?? { dtype: 'F32', shape: [outputs], bytes: zeros() });
  }
  return {
    layers: widths.slice(0, depth + 1),
    ...(!isMirror && { decoderLayers: widths.slice(depth + 1, -1) }),
    parameters,
  };
}

/** The tensors that the load option `names` selects, under our names. */
function named(
  tensors: ReadonlyMap<string, StoredTensor>,
  names: unknown,
): Map<string, StoredTensor> {
  const known = Object.keys((names ?? {}) as object);
  const chosen = new Map<string, StoredTensor>();
  for (const [ours, theirs] of Object.entries(record('names', names, known))) {
    if (!/^(encoder|decoder)\.(0|[1-9]\d{0,8})\.(weight|bias)$/.test(ours)) {
      throw new RangeError(
        `names has ${show(ours)}, and the names of ours are 'encoder.0.weight', 'encoder.0.bias', ...`,
      );
    }
    if (typeof theirs !== 'string') {
      throw new TypeError(`names[${show(ours)}] must be the name of a tensor, got ${show(theirs)}`);
    }
    const tensor = tensors.get(theirs);
    if (!tensor) {
      const some = [...tensors.keys()].slice(0, 20).map((name) => show(name));
      const more = tensors.size > some.length ? ', ...' : '';
      throw badModel(`it has no tensor ${show(theirs)}; it has ${some.join(', ')}${more}`);
    }
    chosen.set(ours, tensor);
  }
  return chosen;
}

/** Weights and their biases, by layer name. */
function denseLayers(tensors: ReadonlyMap<string, StoredTensor>): Map<string, Dense> {
  const layers = new Map<string, Dense>();
  for (const [full, weight] of tensors) {
    const [, name, kind] = /^(.*)\.([^.]*)$/s.exec(full) ?? [full, '', full];
    if (/^(running_mean|running_var|num_batches_tracked)$/.test(kind as string)) {
      throw badModel(
        `it has a tensor ${show(full)}, of a BatchNorm, which these networks do not have: fold it into ` +
          'the layer before it (torch.nn.utils.fusion.fuse_linear_bn_eval) and save the result',
      );
    }
    if (!name || (kind !== 'weight' && kind !== 'bias')) {
      throw badModel(
        `it has a tensor ${show(full)}; a dense autoencoder has 'encoder.N.weight', ` +
          `'encoder.N.bias', 'decoder.N.weight' and 'decoder.N.bias', or 'N.weight' and 'N.bias'; ${HOW}`,
      );
    }
    if (kind === 'bias') {
      if (!tensors.has(`${name}.weight`)) throw badModel(`${show(full)} has no weight beside it`);
      continue;
    }
    const { shape } = weight;
    if (shape.length === 1) {
      throw badModel(
        `${show(full)} has the shape [${shape}], as that of a BatchNorm or LayerNorm, which these ` +
          "networks do not have; a dense layer's has 2 dimensions",
      );
    }
    if (shape.length !== 2 || shape.includes(0)) {
      throw badModel(
        `${show(full)} has the shape [${shape}], and a dense layer's has 2 dimensions`,
      );
    }
    layers.set(name, { name, weight, bias: tensors.get(`${name}.bias`) });
  }
  return layers;
}

/** The layer names in the order in which rows pass through them, and the number of encoder layers, if known. */
function inOrder(names: readonly string[]): {
  layers: string[];
  encoderDepth: number | undefined;
} {
  const skipped = commonLength(names);
  const places = names.map((name) => placeOf(name, skipped));
  const alone = places.filter(({ half }) => half === undefined);
  const halves = places.filter(({ half }) => half !== undefined);
  if (alone.length > 0 && halves.length > 0) {
    throw badModel(
      `it has a layer ${show(alone[0]?.name)} beside the encoder and the decoder, such as ` +
        `${show(halves[0]?.name)}; ${HOW}`,
    );
  }
  if (alone.length > 0) return { layers: sorted(alone), encoderDepth: undefined };
  const encoder = halves.filter(({ half }) => half === 'encoder');
  const decoder = halves.filter(({ half }) => half === 'decoder');
  return { layers: [...sorted(encoder), ...sorted(decoder)], encoderDepth: encoder.length };
}

/** How many leading parts all names share, before the halves or the layers' own names. */
function commonLength(names: readonly string[]): number {
  const parts = names.map((name) => name.split('.'));
  const [first = []] = parts;
  let length = 0;
  while (
    parts.every((each) => each.length > length + 1 && each[length] === first[length]) &&
    !/^(enc|dec)(oder)?\b/.test(first[length] as string) &&
    !/^\d+$/.test(first[length] as string)
  ) {
    length++;
  }
  return length;
}

function placeOf(name: string, skipped: number): Place {
  const own = name.split('.').slice(skipped).join('.');
  const [, half, rest] = /^(enc|dec)(?:oder)?(?![a-zA-Z])[._]?(.*)$/s.exec(own) ?? [];
  const text = rest ?? own;
  return {
    name,
    half: half === undefined ? undefined : half === 'enc' ? 'encoder' : 'decoder',
    text: text.replace(/\d+/g, 'N'),
    numbers: (text.match(/\d+/g) ?? []).map(Number),
  };
}

/** Sorts by the numbers in the names, which must not differ in anything else. */
function sorted(places: readonly Place[]): string[] {
  const compare = (a: Place, b: Place): number => {
    const differs = a.numbers.findIndex((number, i) => number !== b.numbers[i]);
    return differs < 0 ? 0 : (a.numbers[differs] as number) - (b.numbers[differs] as number);
  };
  const all = [...places].sort(compare);
  // The error names the exception, not the one that happens to come first.
  const count = (text: string) => all.filter((place) => place.text === text).length;
  const usual = all.reduce<string | undefined>(
    (best, { text }) => (best === undefined || count(text) > count(best) ? text : best),
    undefined,
  );
  const odd = all.find((place, i) => {
    const before = all[i - 1];
    return place.text !== usual || (before !== undefined && compare(before, place) === 0);
  });
  if (odd) {
    const other = all.find((place) => place !== odd) as Place;
    throw badModel(
      `its layers ${show(other.name)} and ${show(odd.name)} are in no order by their names; ${HOW}`,
    );
  }
  return all.map(({ name }) => name);
}
