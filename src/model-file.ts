// A model as a safetensors file: its parameters are tensors under PyTorch's names and shapes, and
// __metadata__ says the rest:
//
//     format    'autoencoder-wasm'
//     version   of what is described here: '1'
//     options   what the model was made with, as JSON, but for what belongs to the machine
//     threshold the score above which a row is an anomaly, where there is one
//
// What fit has learned about the columns is in the tensors `scaler.offset` and `scaler.factor`, and in
// `missing.fill`, one number a column each.
// Files without that format come from elsewhere, and have parameters only. Tensors `state.*` and a
// key `state` are kept for what training needs to go on.

import type { Parameter } from './network.js';
import { type Layer, planLayers } from './network.js';
import {
  type AutoencoderOptions,
  checkModelOptions,
  type MachineOption,
  type ModelConfig,
  record,
  show,
} from './options.js';
import { readSafetensors, type StoredTensor, toFloat32, writeSafetensors } from './safetensors.js';
import type { Columns } from './scaler.js';

const FORMAT = 'autoencoder-wasm';
const VERSION = '1';
const METADATA = ['format', 'version', 'options', 'threshold'];
const [OFFSET, FACTOR, FILL] = ['scaler.offset', 'scaler.factor', 'missing.fill'];
/** The longest `options` by far that a file of so many tensors as can be read may need. */
const MAX_OPTIONS_LENGTH = 65_536;

/** The options that make a model what it is: all but those of the machine that it runs on. */
export type ModelOptions = Required<Omit<AutoencoderOptions, MachineOption>>;

/** What `Autoencoder.load(bytes, ...)` takes. */
export interface LoadOptions
  extends Pick<AutoencoderOptions, MachineOption>,
    // For files that `save` did not write.
    Pick<AutoencoderOptions, 'activation' | 'codeActivation' | 'outputActivation' | 'seed'> {}

const LOAD_NAMES = [
  ...['activation', 'codeActivation', 'outputActivation', 'seed'],
  ...['threads', 'fastMath', 'workerUrl'],
];

/** What a model has beside its options and parameters. */
export interface ModelState {
  readonly columns: Columns;
  readonly threshold: number | undefined;
}

/** In a fixed order, which is that of the file. */
export function modelOptions(config: ModelConfig): ModelOptions {
  const { layers, activation, codeActivation, outputActivation, scale, missing } = config;
  const { init, tied, seed } = config;
  const activations = { activation, codeActivation, outputActivation };
  return { layers: [...layers], ...activations, scale, missing, init, tied, seed };
}

export function writeModel(
  options: ModelOptions,
  parameters: Record<string, Parameter>,
  { columns: { scaler, fill }, threshold }: ModelState,
): Uint8Array<ArrayBuffer> {
  const tensors = new Map(Object.entries(parameters));
  const shape = [options.layers[0] as number];
  if (scaler) tensors.set(OFFSET, { data: scaler.offset, shape });
  if (scaler) tensors.set(FACTOR, { data: scaler.factor, shape });
  if (fill) tensors.set(FILL, { data: fill, shape });
  for (const [name, { data }] of tensors) requireFinite(name, data);
  const metadata = { format: FORMAT, version: VERSION, options: JSON.stringify(options) };
  const text = threshold === undefined ? {} : { threshold: JSON.stringify(threshold) };
  return writeSafetensors(tensors, { ...metadata, ...text });
}

/** What a file says, checked but for the numbers of its parameters, which are checked as they are read. */
export function readModel(
  bytes: unknown,
  options: unknown,
): {
  options: AutoencoderOptions;
  parameter: (name: string) => Float32Array;
  state: ModelState;
} {
  const given = record('load options', options ?? {}, LOAD_NAMES);
  const { tensors, metadata } = readSafetensors(bytes);
  const isOurs = metadata.get('format') === FORMAT;
  const saved = isOurs ? savedOptions(metadata, given) : undefined;
  const columns = saved ? savedColumns(tensors, saved) : { scaler: undefined, fill: undefined };
  const { layers, parameters } = saved
    ? { layers: saved.layers, parameters: tensors }
    : fromPyTorch(tensors);
  if (!saved && given.activation === undefined) {
    throw new TypeError(
      'activation must be given to load: the file has no options (save did not write it), ' +
        "and its activations, such as { activation: 'relu', outputActivation: 'sigmoid' }, are not in it",
    );
  }
  const merged = { ...given, ...saved, layers } as AutoencoderOptions;
  const config = checkModelOptions(merged, { seed: () => 0, threads: () => 1 });
  // The number first: a plan takes more memory than the text that asks for it.
  const wanted = 4 * (layers.length - 1);
  const count = parameters.size - (columns.scaler ? 2 : 0) - (columns.fill ? 1 : 0);
  if (count !== wanted) {
    throw bad(`it has ${count} tensors, and ${layers.length} layers take ${wanted}`);
  }
  const plan = planLayers(config).layers;
  for (const layer of plan) requireShapes(parameters, layer);
  const parameter = (name: string) => {
    const data = toFloat32(parameters.get(name) as StoredTensor);
    requireFinite(name, data);
    return data;
  };
  for (const [l, layer] of plan.entries()) {
    if (layer.isTied) requireTransposed(parameter, layer, plan.at(-1 - l) as Layer);
  }
  return {
    options: merged,
    parameter,
    state: { columns, threshold: saved && savedThreshold(metadata) },
  };
}

/** What is known about the columns in a file of ours: all that its options ask for, or nothing. */
function savedColumns(
  tensors: ReadonlyMap<string, StoredTensor>,
  { layers, scale, missing }: ModelOptions,
): Columns {
  const names = [
    ...(scale === 'none' ? [] : [OFFSET, FACTOR]),
    ...(missing === 'mask' ? [FILL] : []),
  ];
  if (!names.some((name) => tensors.has(name))) return { scaler: undefined, fill: undefined };
  const read = (name: string) => {
    requireShape(tensors, name, [layers[0] as number]);
    const data = toFloat32(tensors.get(name) as StoredTensor);
    requireFinite(name, data);
    return data;
  };
  const fill = missing === 'mask' ? read(FILL) : undefined;
  if (scale === 'none') return { scaler: undefined, fill };
  const [offset, factor] = [read(OFFSET), read(FACTOR)];
  const wrong = factor.findIndex((value) => value <= 0);
  if (wrong >= 0) throw bad(`'${FACTOR}' must be above 0, and number ${wrong} is ${factor[wrong]}`);
  return { scaler: { type: scale, offset, factor }, fill };
}

function savedThreshold(metadata: ReadonlyMap<string, string>): number | undefined {
  const text = metadata.get('threshold');
  if (text === undefined) return undefined;
  const threshold = Number(text);
  if (threshold >= 0 && threshold < Infinity && JSON.stringify(threshold) === text)
    return threshold;
  throw bad(`its threshold must be a number at least 0, got ${show(text)}`);
}

/** The options in the metadata of a file of ours. What was given beside must not contradict them. */
function savedOptions(
  metadata: ReadonlyMap<string, string>,
  given: Readonly<Record<string, unknown>>,
): ModelOptions {
  const version = metadata.get('version');
  if (version !== VERSION) {
    throw bad(`its format version is ${show(version)}, and this library reads '${VERSION}'`);
  }
  const unknown = [...metadata.keys()].find((key) => !METADATA.includes(key));
  if (unknown !== undefined) throw bad(`its metadata has an unknown key, ${show(unknown)}`);
  const text = metadata.get('options');
  if (text === undefined) throw bad('its metadata has no options');
  if (text.length > MAX_OPTIONS_LENGTH) {
    throw bad(`its options have ${text.length} characters, and may have ${MAX_OPTIONS_LENGTH}`);
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw bad('its options are not JSON');
  }
  let saved: ModelOptions;
  try {
    saved = modelOptions(checkModelOptions(parsed, { seed: () => 0, threads: () => 1 }));
  } catch (error) {
    throw bad(`its options are wrong: ${(error as Error).message}`);
  }
  // JSON.parse takes the last of two equal keys, and a missing option has a default.
  if (JSON.stringify(saved) !== text) {
    throw bad(`its options are not written as version '${VERSION}' writes them`);
  }
  for (const [name, value] of Object.entries(saved)) {
    if (given[name] !== undefined && given[name] !== value) {
      throw new RangeError(`${name} is ${show(value)} in the file, got ${show(given[name])}`);
    }
  }
  return saved;
}

/**
 * The layers of a state dict: `encoder.N.weight` and `decoder.N.weight`, or `N.weight` alone for one
 * Sequential, where N only has to increase, since activations have numbers too.
 */
function fromPyTorch(tensors: ReadonlyMap<string, StoredTensor>): {
  layers: number[];
  parameters: Map<string, StoredTensor>;
} {
  const modules: Record<string, number[]> = { '': [], 'encoder.': [], 'decoder.': [] };
  for (const name of tensors.keys()) {
    const match = /^(encoder\.|decoder\.|)(0|[1-9]\d{0,8})\.(weight|bias)$/.exec(name);
    if (!match) {
      throw bad(
        `it has a tensor ${show(name)}; a dense autoencoder has 'encoder.N.weight', ` +
          "'encoder.N.bias', 'decoder.N.weight' and 'decoder.N.bias', or 'N.weight' and 'N.bias'",
      );
    }
    const [, module, index, kind] = match as unknown as [string, string, string, string];
    if (!tensors.has(`${module}${index}.${kind === 'bias' ? 'weight' : 'bias'}`)) {
      throw bad(`${show(name)} has no ${kind === 'bias' ? 'weight' : 'bias'} beside it`);
    }
    if (kind === 'weight') modules[module]?.push(Number(index));
  }
  const namesOf = (module: string) =>
    (modules[module] as number[]).sort((a, b) => a - b).map((index) => `${module}${index}`);
  const sequential = namesOf('');
  const all = [...namesOf('encoder.'), ...namesOf('decoder.')];
  if (sequential.length > 0 && all.length > 0) {
    throw bad(`it has both '${sequential[0]}.weight' and '${all[0]}.weight'`);
  }
  all.push(...sequential);
  if (all.length === 0) throw bad('it has no tensors');

  const widths: number[] = [];
  for (const name of all) {
    const { shape } = tensors.get(`${name}.weight`) as StoredTensor;
    if (shape.length !== 2) {
      throw bad(`'${name}.weight' has the shape [${shape}], and a dense layer's has 2 dimensions`);
    }
    const [outputs, inputs] = shape as [number, number];
    if (widths.length === 0) widths.push(inputs);
    if (inputs !== widths.at(-1)) {
      throw bad(
        `'${name}.weight' has ${inputs} inputs, and the layer before ${widths.at(-1)} outputs`,
      );
    }
    widths.push(outputs);
  }
  const depth = all.length / 2;
  const isHalf = sequential.length > 0 || modules['encoder.']?.length === depth;
  if (!isHalf || !widths.every((width, i) => width === widths.at(-1 - i)) || all.length % 2) {
    throw bad(
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

function requireShapes(parameters: ReadonlyMap<string, StoredTensor>, layer: Layer): void {
  const { name, inputs, outputs } = layer;
  const expected: [string, number[]][] = [
    [`${name}.weight`, [outputs, inputs]],
    [`${name}.bias`, [outputs]],
  ];
  for (const [parameter, shape] of expected) requireShape(parameters, parameter, shape);
}

function requireShape(
  tensors: ReadonlyMap<string, StoredTensor>,
  name: string,
  shape: readonly number[],
): void {
  const stored = tensors.get(name);
  if (!stored) throw bad(`it has no tensor '${name}'`);
  if (stored.shape.join() !== shape.join()) {
    throw bad(`'${name}' must have the shape [${shape}], got [${stored.shape}]`);
  }
}

/** A layer that is tied to another has that one's weights, transposed. */
function requireTransposed(
  parameter: (name: string) => Float32Array,
  { name, inputs, outputs }: Layer,
  mirrored: Layer,
): void {
  const weight = parameter(`${name}.weight`);
  const other = parameter(`${mirrored.name}.weight`);
  for (let o = 0; o < outputs; o++) {
    for (let i = 0; i < inputs; i++) {
      if (weight[o * inputs + i] !== other[i * outputs + o]) {
        throw bad(
          `its weights are tied, so '${name}.weight' must be the transpose of '${mirrored.name}.weight'`,
        );
      }
    }
  }
}

function requireFinite(name: string, data: Float32Array): void {
  const index = data.findIndex((value) => !Number.isFinite(value));
  if (index >= 0) throw bad(`'${name}' has ${data[index]} as its float32 number ${index}`);
}

function bad(reason: string): RangeError {
  return new RangeError(`bytes is not a model that can be loaded: ${reason}`);
}
