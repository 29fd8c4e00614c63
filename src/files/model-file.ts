// A model as a safetensors file: its parameters are tensors under PyTorch's names and shapes, and
// __metadata__ has the rest:
//
//     format    'autoencoder-wasm'
//     version   of the format described here: '1'
//     options   the model's options, as JSON, except those of the machine; `columns`, `categories` and
//               `columnWeights` if they were given
//     table     what src/table/ knows about the columns, as JSON, if it is the model of a table
//     series    what src/series/ knows about a series, as JSON, if it is the model of its windows
//     threshold the score above which a row is an anomaly, if there is one
//     state     the progress of training, as JSON, if it was saved
//
// What fit has learned about the columns is in the tensors `scaler.offset` (float64), `scaler.factor` and
// `missing.fill`, with one number per column. What training needs to continue (src/model/state.ts) is in
// `state.m.p` and `state.v.p` for each parameter `p`, and in `state.best.p` and `state.last.p` if the state
// has these. Files without this format come from elsewhere and contain parameters only.

import { badModel } from '../base/errors.js';
import { isScaled } from '../data/scaler.js';
import { boolean, integer, methodOptions, record, show, within } from '../model/checks.js';
import { type Model, NO_PREPROCESSING, type Preprocessing } from '../model/model.js';
import { type Layer, type Network, planLayers, widthsOf } from '../model/network.js';
import {
  type AutoencoderOptions,
  checkModelOptions,
  type MachineOption,
  type ModelConfig,
} from '../model/options.js';
import type { TrainingState } from '../model/state.js';
import {
  type StoredFile,
  type StoredTensor,
  safetensorsPieces,
  type Tensor,
  toFloat32,
  toFloat64,
} from './safetensors.js';
import { fromPyTorch } from './state-dict.js';

const FORMAT = 'autoencoder-wasm';
const VERSION = '1';
const METADATA = ['format', 'version', 'options', 'table', 'series', 'threshold', 'state'];
const [OFFSET, FACTOR, FILL] = ['scaler.offset', 'scaler.factor', 'missing.fill'];
/** More than the longest allowed column names, and as many numbers, can take. */
const MAX_JSON = 3_500_000;

/**
 * A model's options without those of the machine it runs on. Options that the first `fit` decides are absent
 * until then: with `scale: 'auto'` an `outputActivation` that was not given, and with `code` the `layers`.
 */
export type ModelOptions = Required<
  Omit<
    AutoencoderOptions,
    MachineOption | 'columns' | 'categories' | 'columnWeights' | 'hidden' | 'code' | 'decoderLayers'
  >
> &
  Pick<
    AutoencoderOptions,
    'columns' | 'categories' | 'columnWeights' | 'hidden' | 'code' | 'decoderLayers'
  >;

/** The options of `ae.save(...)`. */
export interface SaveOptions {
  /**
   * Whether to save the training state, mainly the optimiser's moments. It is needed to continue training and
   * makes the file three times as large, with early stopping up to five times. Default true.
   */
  optimizer?: boolean;
}

/** The options of `Autoencoder.load(bytes, ...)`. */
export interface LoadOptions
  extends Pick<AutoencoderOptions, MachineOption>,
    // For files that `save` did not write.
    Pick<AutoencoderOptions, 'activation' | 'codeActivation' | 'outputActivation' | 'seed'> {
  /**
   * For a state dict with other names: maps each parameter's name to the name of its tensor in the file, as in
   * `{ 'encoder.0.weight': 'first.weight', 'encoder.0.bias': 'first.bias',
   * 'decoder.0.weight': 'last.weight' }`. Biases that are not listed are 0, and other tensors are ignored.
   */
  names?: Readonly<Record<string, string>>;
}

const LOAD_NAMES = [
  ...['activation', 'codeActivation', 'outputActivation', 'seed', 'names'],
  ...['threads', 'fastMath', 'workerUrl'],
];

/** In a fixed order, which is also that of the file. */
export function modelOptions(config: ModelConfig): ModelOptions {
  const { layers, activation, codeActivation, outputActivation, scale, missing } = config;
  const { init, tied, seed, columns, categories, columnWeights } = config;
  const activations = {
    ...{ activation, codeActivation },
    ...(outputActivation !== undefined && { outputActivation }),
  };
  return {
    ...(config.inner
      ? { hidden: config.inner.slice(0, -1), code: config.inner.at(-1) }
      : { layers: [...layers] }),
    ...(config.decoderLayers && { decoderLayers: [...config.decoderLayers] }),
    ...activations,
    ...{ scale, missing, init, tied, seed },
    ...(columns && { columns }),
    ...(categories && { categories }),
    ...(columnWeights && { columnWeights }),
  } as ModelOptions;
}

/** The file of a model, in pieces. `given` are the options of `save`. */
export function writeModel(
  { config, network, preprocessing: { scaler, fill }, threshold, table, series }: Model,
  given?: unknown,
): Uint8Array[] {
  const { optimizer = true } = methodOptions('save', given, ['optimizer']);
  const training = boolean('optimizer', optimizer) ? network.training : undefined;
  const tensors = new Map<string, Tensor>();
  const add = (prefix: string, block?: Float32Array<ArrayBuffer>) => {
    for (const [name, parameter] of Object.entries(network.parameters(block))) {
      tensors.set(prefix + name, parameter);
    }
  };
  add('');
  const shape = [network.inputs];
  if (scaler) tensors.set(OFFSET, { data: scaler.offset, shape });
  if (scaler) tensors.set(FACTOR, { data: scaler.factor, shape });
  if (fill) tensors.set(FILL, { data: fill, shape });
  if (training) {
    const { m, v, run } = training;
    add('state.m.', m);
    add('state.v.', v);
    if (run.best?.block) add('state.best.', run.best.block);
    if (run.last) add('state.last.', run.last);
  }
  for (const [name, { data }] of tensors) requireFinite(name, data);
  return safetensorsPieces(tensors, {
    format: FORMAT,
    version: VERSION,
    options: JSON.stringify(modelOptions(config)),
    ...(table !== undefined && { table }),
    ...(series !== undefined && { series }),
    ...(threshold !== undefined && { threshold: JSON.stringify(threshold) }),
    ...(training && { state: progressText(training) }),
  });
}

/** The numbers of a training state, in a fixed order. */
function progressText({ steps, epochs, run }: TrainingState): string {
  const best = run.best && { epoch: run.best.epoch, loss: run.best.loss };
  return JSON.stringify({ steps, epochs, run: { epochs: run.epochs, best } });
}

/** A model from a file: everything except its parameters, and a function that fills a network with those. */
export interface StoredModel
  extends Pick<Model, 'preprocessing' | 'threshold' | 'table' | 'series'> {
  readonly options: AutoencoderOptions;
  /** Checks the numbers as it reads them. */
  fill(network: Network): void;
}

/** What a file contains, checked except for the numbers in its tensors. */
export function readModel({ tensors, metadata }: StoredFile, options: unknown): StoredModel {
  const { names, ...given } = methodOptions('load', options, LOAD_NAMES);
  const isOurs = metadata.get('format') === FORMAT;
  if (metadata.get('format') === `${FORMAT}/anomalies`) {
    throw badModel('it is a detector: use AnomalyDetector.load of autoencoder-wasm/anomalies');
  }
  const saved = isOurs ? savedOptions(metadata, given) : undefined;
  if (saved && names !== undefined) {
    throw new RangeError('names is only for files that save did not write');
  }
  const preprocessing = saved ? savedPreprocessing(tensors, saved) : NO_PREPROCESSING;
  const progress = saved && savedProgress(metadata);
  const { parameters, ...widths } = saved
    ? { layers: saved.layers, parameters: tensors }
    : fromPyTorch(tensors, names);
  if (!saved && given.activation === undefined) {
    throw new TypeError(
      'activation must be given to load: the file has no options (save did not write it), ' +
        "and its activations, such as { activation: 'relu', outputActivation: 'sigmoid' }, are not in it",
    );
  }
  // An activation given for a file from elsewhere also applies to the code, whatever our default is.
  const code = { codeActivation: given.codeActivation ?? given.activation };
  // Models trained elsewhere do not scale.
  const merged = { scale: 'none', ...given, ...code, ...saved, ...widths } as AutoencoderOptions;
  const config = checkModelOptions(merged, { seed: () => 0, threads: () => 1 });
  const prefixes = ['', ...(progress ? statePrefixes(parameters, progress) : [])];
  // The number of tensors is checked first: a layer plan takes more memory than the text that describes it.
  const wanted = 2 * (widthsOf(config).length - 1) * prefixes.length;
  const count = parameters.size - (preprocessing.scaler ? 2 : 0) - (preprocessing.fill ? 1 : 0);
  if (count !== wanted) {
    const training = progress ? ' and their training' : '';
    throw badModel(
      `it has ${count} tensors, and ${config.layers.length} layers${training} take ${wanted}`,
    );
  }
  const plan = planLayers(config).layers;
  for (const prefix of prefixes) {
    for (const layer of plan) requireShapes(parameters, layer, prefix);
  }

  /** Returns a function that gets the checked tensors whose names start with `prefix`. */
  const reader = (prefix: string) => {
    const get = (name: string) => {
      const data = toFloat32(parameters.get(prefix + name) as StoredTensor);
      requireFinite(prefix + name, data);
      if (prefix === 'state.v.') requireSquares(prefix + name, data);
      return data;
    };
    for (const [l, layer] of plan.entries()) {
      if (layer.isTied) requireTransposed(get, layer, plan.at(-1 - l) as Layer, prefix);
    }
    return get;
  };
  return {
    options: merged,
    preprocessing,
    threshold: saved && savedThreshold(metadata),
    table: saved && metadata.get('table'),
    series: saved && metadata.get('series'),
    fill(network) {
      network.setParameters(reader(''));
      if (!progress) return;
      const block = (prefix: string) => network.blockOf(reader(prefix));
      const optional = (prefix: string) => (prefixes.includes(prefix) ? block(prefix) : undefined);
      const { steps, epochs, run } = progress;
      const best = run.best && { ...run.best, block: optional('state.best.') };
      const last = optional('state.last.');
      const [m, v] = [block('state.m.'), block('state.v.')];
      const kept = { epochs: run.epochs, best, last, history: [] };
      network.training = { m, v, steps, epochs, run: kept };
    },
  };
}

/** The prefixes of the training state's tensors, for each group whose first tensor is present. */
function statePrefixes(
  tensors: ReadonlyMap<string, StoredTensor>,
  { run }: TrainingState,
): string[] {
  const isThere = (group: string) => tensors.has(`state.${group}.encoder.0.weight`);
  if (isThere('best') && !run.best) {
    throw badModel('it has tensors of a best epoch, and its state knows of none');
  }
  const optional = ['best', 'last'].filter(isThere);
  return ['m', 'v', ...optional].map((group) => `state.${group}.`);
}

/** The training state in the metadata of our file, without its blocks; undefined if it has none. */
function savedProgress(metadata: ReadonlyMap<string, string>): TrainingState | undefined {
  const text = metadata.get('state');
  if (text === undefined) return undefined;
  // 2^31 steps take days; no count exceeds this.
  const count = (name: string, value: unknown, low = 0) => integer(name, value, low, 2 ** 31 - 1);
  const none = new Float32Array(0);
  const check = (parsed: unknown): TrainingState => {
    const state = record('state', parsed, ['steps', 'epochs', 'run']);
    const run = record('run', state.run, ['epochs', 'best']);
    const best = run.best === undefined ? undefined : record('best', run.best, ['epoch', 'loss']);
    return {
      m: none,
      v: none,
      steps: count('steps', state.steps),
      epochs: count('epochs', state.epochs),
      run: {
        epochs: count('run.epochs', run.epochs),
        best: best && {
          epoch: count('best.epoch', best.epoch, 1),
          loss: within('best.loss', best.loss, { from: 0, below: Infinity }),
          block: undefined,
        },
        last: undefined,
        history: [],
      },
    };
  };
  return checkedJson('state', text, check, progressText);
}

/** What our file knows about the columns: all that its options ask for, or nothing. */
function savedPreprocessing(
  tensors: ReadonlyMap<string, StoredTensor>,
  { layers, scale, missing }: ModelOptions,
): Preprocessing {
  const names = [
    ...(isScaled(scale) ? [OFFSET, FACTOR] : []),
    ...(missing === 'mask' ? [FILL] : []),
  ];
  if (!names.some((name) => tensors.has(name))) return NO_PREPROCESSING;
  const stored = (name: string) => {
    requireShape(tensors, name, [layers[0] as number]);
    return tensors.get(name) as StoredTensor;
  };
  const read = (name: string) => {
    // Copied because the model keeps it, and the caller may change the file's bytes.
    const data = toFloat32(stored(name)).slice();
    requireFinite(name, data);
    return data;
  };
  const fill = missing === 'mask' ? read(FILL) : undefined;
  if (!isScaled(scale)) return { scaler: undefined, fill };
  const offset = toFloat64(stored(OFFSET)); // float32 in older files
  requireFinite(OFFSET, offset);
  const factor = read(FACTOR);
  const wrong = factor.findIndex((value) => value <= 0);
  if (wrong >= 0)
    throw badModel(`'${FACTOR}' must be above 0, and number ${wrong} is ${factor[wrong]}`);
  return { scaler: { type: scale, offset, factor }, fill };
}

function savedThreshold(metadata: ReadonlyMap<string, string>): number | undefined {
  const text = metadata.get('threshold');
  if (text === undefined) return undefined;
  const threshold = Number(text);
  if (threshold >= 0 && threshold < Infinity && JSON.stringify(threshold) === text)
    return threshold;
  throw badModel(`its threshold must be a number at least 0, got ${show(text)}`);
}

/** The options in the metadata of our file. Options given by the caller must not contradict them. */
function savedOptions(
  metadata: ReadonlyMap<string, string>,
  given: Readonly<Record<string, unknown>>,
): ModelOptions {
  const version = metadata.get('version');
  if (version !== VERSION) {
    throw badModel(`its format version is ${show(version)}, and this library reads '${VERSION}'`);
  }
  const unknown = [...metadata.keys()].find((key) => !METADATA.includes(key));
  if (unknown !== undefined) throw badModel(`its metadata has an unknown key, ${show(unknown)}`);
  const text = metadata.get('options');
  if (text === undefined) throw badModel('its metadata has no options');
  const check = (parsed: unknown) => {
    const config = checkModelOptions(parsed, { seed: () => 0, threads: () => 1 });
    if (config.inner) throw new RangeError('layers must be there, got code');
    return modelOptions(config);
  };
  const saved = checkedJson('options', text, check, JSON.stringify);
  for (const [name, value] of Object.entries(saved)) {
    if (given[name] !== undefined && given[name] !== value) {
      throw new RangeError(`${name} is ${show(value)} in the file, got ${show(given[name])}`);
    }
  }
  return saved;
}

/** A metadata value, parsed from JSON, which must be exactly what `write` produces for it. */
function checkedJson<T>(
  key: string,
  text: string,
  check: (parsed: unknown) => T,
  write: (value: T) => string,
): T {
  const its = `'${key}' in its metadata`;
  if (text.length > MAX_JSON) {
    throw badModel(`${its} has ${text.length} characters, and may have ${MAX_JSON}`);
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw badModel(`${its} is not JSON`);
  }
  let value: T;
  try {
    value = check(parsed);
  } catch (error) {
    throw badModel(`${its} is wrong: ${(error as Error).message}`);
  }
  // JSON.parse takes the last of two equal keys, and missing values may have defaults.
  if (write(value) !== text) {
    throw badModel(`${its} is not written as version '${VERSION}' writes it`);
  }
  return value;
}

function requireShapes(
  parameters: ReadonlyMap<string, StoredTensor>,
  { name, inputs, outputs }: Layer,
  prefix: string,
): void {
  requireShape(parameters, `${prefix}${name}.weight`, [outputs, inputs]);
  requireShape(parameters, `${prefix}${name}.bias`, [outputs]);
}

function requireShape(
  tensors: ReadonlyMap<string, StoredTensor>,
  name: string,
  shape: readonly number[],
): void {
  const stored = tensors.get(name);
  if (!stored) throw badModel(`it has no tensor '${name}'`);
  if (stored.shape.join() !== shape.join()) {
    throw badModel(`'${name}' must have the shape [${shape}], got [${stored.shape}]`);
  }
}

/** A tied layer must have the weights of its twin, transposed. */
function requireTransposed(
  parameter: (name: string) => Float32Array,
  { name, inputs, outputs }: Layer,
  mirrored: Layer,
  prefix: string,
): void {
  const weight = parameter(`${name}.weight`);
  const other = parameter(`${mirrored.name}.weight`);
  for (let o = 0; o < outputs; o++) {
    for (let i = 0; i < inputs; i++) {
      if (weight[o * inputs + i] !== other[i * outputs + o]) {
        throw badModel(
          `its weights are tied, so '${prefix}${name}.weight' must be the transpose of ` +
            `'${prefix}${mirrored.name}.weight'`,
        );
      }
    }
  }
}

function requireFinite(name: string, data: Float32Array | Float64Array): void {
  const index = data.findIndex((value) => !Number.isFinite(value));
  if (index >= 0) throw badModel(`'${name}' has ${data[index]} as its float32 number ${index}`);
}

function requireSquares(name: string, data: Float32Array): void {
  const index = data.findIndex((value) => value < 0);
  if (index >= 0)
    throw badModel(`'${name}' has means of squares, and ${data[index]} as number ${index}`);
}
