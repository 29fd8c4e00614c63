// The model's options, with their checks at the public boundary.

import { mention, worded } from '../base/wording.js';
import type { Activation } from './activations.js';
import { but, checked, fault, integer, record, show, wrong } from './checks.js';
import {
  type CategoryOption,
  checkCategories,
  checkColumnWeights,
  countColumns,
} from './columns.js';
import type { Init, Missing, Scale } from './kinds.js';
import { MODEL_OPTIONS, namesOf, type OptionRow } from './option-table.js';

/** The default activation of the last layer, by scale. */
const OUTPUTS: Record<Scale, Activation | undefined> = {
  auto: undefined,
  none: 'sigmoid',
  minmax: 'sigmoid',
  standard: 'linear',
};

/** The options of `new Autoencoder(...)`. */
export interface AutoencoderOptions {
  /**
   * Encoder layer widths from the input to the code, at least two positive integers, such as
   * `[784, 1000, 500, 250, 30]`. The decoder mirrors them unless `decoderLayers` is given. Required, unless
   * `code` is given.
   */
  layers?: readonly number[];
  /**
   * The width of the code, a positive integer, instead of `layers`: the input width is then taken from
   * the rows of the first `fit`, and `ae.options` has `layers` from then on. Until then the model can only
   * be trained. The rows must have a width: `{ data, shape }` or an array of rows, not a flat array.
   */
  code?: number;
  /** With `code`: widths of the layers between the input and the code, such as `[64, 32]`. Default: none. */
  hidden?: readonly number[];
  /**
   * Widths of the decoder's hidden layers, from the code to the output, for a decoder that does not mirror the
   * encoder: with `layers: [784, 256, 64]`, `decoderLayers: [128]` makes the decoder 64-128-784, and `[]`
   * makes it 64-784. Cannot be combined with `tied`. Default: the encoder's hidden widths in reverse.
   */
  decoderLayers?: readonly number[];
  /** Activation of the hidden layers, except the code. Default `'leakyRelu'` (slope 0.01). */
  activation?: Activation;
  /** Activation of the bottleneck code. Default `'linear'`. */
  codeActivation?: Activation;
  /**
   * Activation of the last layer. Default: `'linear'` with `scale: 'standard'`, else `'sigmoid'`; with
   * `scale: 'auto'` it follows the scale that the first `fit` chooses.
   */
  outputActivation?: Activation;
  /**
   * How columns are scaled. The first `fit`, and any `fit` with `reset`, learns the scaling from the rows
   * it trains on. `'none'`: no scaling. `'minmax'`: each column's minimum becomes 0 and its maximum 1.
   * `'standard'`: each column's mean becomes 0 and its standard deviation (divisor: the number of rows) 1.
   * Rows go in and come out in their original units; errors are in scaled units, so that columns are
   * comparable. A constant column becomes 0.
   *
   * `'auto'` (default): the first `fit` chooses from the rows of `x` (of a stream, from the first 16 MB):
   * `'none'` for bytes, for rows whose values are all in [0, 1], and with loss `'bce'`; otherwise
   * `'standard'`, or `'minmax'` if the given `outputActivation` is bounded (any but `'linear'` and
   * `'leakyRelu'`). From then on `ae.options` and saved files contain the choice. A `fit` with `reset`
   * chooses again, unless the model was loaded from a file with a choice. Before the first `fit` the model
   * does not scale rows.
   */
  scale?: Scale;
  /**
   * How NaN is treated. `'error'` (default): as an error that names the row and column. `'mask'`: as a
   * missing value, which is excluded from loss and errors and filled by `ae.impute`; the network sees
   * the column mean learned by the first `fit` in its place. A row whose cells are all missing is not trained
   * on, scores NaN, is never an anomaly, and is filled with the column means. Infinities are always errors.
   */
  missing?: Missing;
  /**
   * Which columns of a table the inputs are: their names, and their numbers (from 1) among the `of` columns
   * of that table. It does not affect results. It is saved in files, error messages and `explain` use the
   * names, and the command line uses it to select the columns of other tables. Default: unknown.
   */
  columns?: ColumnsOption;
  /**
   * One-hot categories: each `{ start, size }` marks `size` adjacent columns, from column `start` (counted
   * from 0), that encode one category; in ascending order. Those columns hold 1 for the value and 0 elsewhere,
   * or probabilities that sum to 1; all 0 means missing, and a missing category is excluded from loss and
   * errors. At the output a category gets a softmax, and its error is the cross-entropy in nats,
   * -sum t log p; `reconstruct` and `decode` return probabilities. Categories are not scaled; all other
   * columns are numbers and use `outputActivation`, `scale` and the loss. The loss and the score of a row
   * are the mean of its columns' errors, where a category counts as one column. Default: none.
   */
  categories?: readonly CategoryOption[];
  /**
   * One weight per column, at least 0, in column order; a category is one column. Only the ratios matter. A
   * row's loss and score are the weighted mean over its columns that are not missing. Default: equal weights.
   */
  columnWeights?: readonly number[];
  /**
   * How weights are initialised. `'pytorch'` (default): weights and biases uniform in
   * +-1/sqrt(inputs), as in torch.nn.Linear. `'he'`: weights uniform in +-sqrt(6/inputs), biases
   * zero (He et al. 2015, https://arxiv.org/abs/1502.01852). `'glorot'`: weights uniform in
   * +-sqrt(6/(inputs + outputs)), biases zero (Glorot and Bengio 2010).
   */
  init?: Init;
  /**
   * Whether decoder and encoder share weights: each decoder layer uses the transposed weights of the encoder
   * layer it mirrors, with separate biases. This halves the parameters and makes the code more like PCA.
   * Default false.
   */
  tied?: boolean;
  /**
   * The seed of all randomness (initial weights, validation split, shuffling, noise), an integer from 0 to
   * 2^32 - 1. Default: a random one, available as `ae.seed`.
   */
  seed?: number;
  /**
   * The maximum number of threads, an integer from 1 to 256. Default: the number of cores, or of those a
   * container's CPU quota allows. All models of a process share twice that many, and at least 8.
   */
  threads?: number;
  /**
   * Whether to use relaxed SIMD (fused multiply-add) if the engine supports it. Faster, but results
   * may differ between machines in the last bits. Default false.
   */
  fastMath?: boolean;
  /**
   * The URL of `autoencoder-wasm/worker.js`, for pages whose Content Security Policy does not allow
   * workers from `blob:` URLs, the default. Node ignores it.
   */
  workerUrl?: string | URL;
}

/** The options that belong to the machine or the page a model runs on, not to the model. */
export type MachineOption = 'threads' | 'fastMath' | 'workerUrl';

/** Model options with every default filled in. */
export type ModelConfig = Required<
  Omit<
    AutoencoderOptions,
    | ('workerUrl' | 'outputActivation' | 'columns' | 'hidden' | 'code')
    | ('categories' | 'columnWeights' | 'decoderLayers')
  >
> & {
  /** Widths from the first hidden layer to the code, when the first fit determines the input width. */
  inner?: readonly number[];
  decoderLayers?: readonly number[] | undefined;
  /** Undefined until the first fit chooses it together with the scale. */
  outputActivation: Activation | undefined;
  columns?: ColumnsOption | undefined;
  categories?: readonly CategoryOption[] | undefined;
  columnWeights?: readonly number[] | undefined;
  workerUrl: string | undefined;
};

/** Checks the model's options and adds defaults; `defaults` has those that depend on the machine. */
export function checkModelOptions(
  options: unknown,
  defaults: { seed: () => number; threads: () => number },
): ModelConfig {
  const rows: Readonly<Record<keyof AutoencoderOptions, OptionRow>> = MODEL_OPTIONS;
  const given: { [Name in keyof AutoencoderOptions]?: unknown } = record(
    'options',
    options,
    namesOf(rows),
  );
  const take = <Name extends keyof ModelConfig & keyof typeof MODEL_OPTIONS>(name: Name) =>
    checked(name, rows[name], given[name], own) as ModelConfig[Name];
  const own = {
    checkDecoder: (value: unknown) => checkDecoder(value, given.tied),
    checkColumns: (value: unknown) => checkColumns(value, layers[0]),
    checkCategories: (value: unknown) => checkCategories(value, layers[0]),
    checkColumnWeights: (value: unknown) => checkColumnWeights(value, undefined),
    url,
  };
  const activation = take('activation');
  const scale = take('scale');
  const output = given.outputActivation ?? OUTPUTS[scale];
  const inner = checkInner(given);
  const layers = inner ? [] : checkLayers(given.layers);
  const { seed = defaults.seed(), threads = defaults.threads() } = given;
  const [categories, columnWeights] = [take('categories'), take('columnWeights')];
  if (layers[0] !== undefined) requireWeights(columnWeights, categories, layers[0]);
  return {
    layers,
    ...(inner && { inner }),
    ...(given.decoderLayers !== undefined && { decoderLayers: take('decoderLayers') }),
    activation,
    codeActivation: take('codeActivation'),
    outputActivation: checked('outputActivation', rows.outputActivation, output) as
      | Activation
      | undefined,
    scale,
    missing: take('missing'),
    columns: take('columns'),
    categories,
    columnWeights,
    init: take('init'),
    tied: take('tied'),
    seed: checked('seed', rows.seed, seed) as number,
    threads: checked('threads', rows.threads, threads) as number,
    fastMath: take('fastMath'),
    workerUrl: take('workerUrl'),
  };
}

/** The widths after the input's, if `code` is given instead of `layers`. */
function checkInner({ layers, hidden, code }: Record<string, unknown>): number[] | undefined {
  if (code === undefined) {
    if (hidden === undefined) return undefined;
    const [between, inmost] = [mention('hidden'), mention('code')];
    const wording = worded`${between} needs ${inmost}, the width of the code, such as { hidden: [64], code: 8 }`;
    throw fault(TypeError, 'code', code, wording);
  }
  if (layers !== undefined) {
    const wording = worded`${mention('layers')} cannot be combined with ${mention('code')} and ${mention('hidden')}${but(layers, 'both')}`;
    throw fault(TypeError, 'layers', layers, wording);
  }
  if (hidden !== undefined && !Array.isArray(hidden)) {
    throw wrong(TypeError, 'hidden', 'an array of widths, such as [64, 32]', hidden);
  }
  const between = Array.from(hidden ?? [], (width, i) => positive(`hidden[${i}]`, width));
  return [...between, positive('code', code)];
}

function checkDecoder(value: unknown, tied: unknown): number[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) {
    throw wrong(TypeError, 'decoderLayers', 'an array of widths, such as [128]', value);
  }
  if (tied === true) {
    const wording = worded`${mention('tied')} needs a decoder that mirrors the encoder: omit ${mention('decoderLayers')}`;
    throw fault(TypeError, 'decoderLayers', value, wording);
  }
  return Array.from(value, (width, i) => positive(`decoderLayers[${i}]`, width));
}

/** Checks the column options again once the rows have determined the number of columns. */
export function checkWidth(
  { columns, categories, columnWeights }: ModelConfig,
  width: number,
): void {
  checkColumns(columns, width);
  checkCategories(categories, width);
  requireWeights(columnWeights, categories, width);
}

function requireWeights(
  weights: readonly number[] | undefined,
  categories: readonly CategoryOption[] | undefined,
  width: number,
): void {
  checkColumnWeights(weights, countColumns(width, categories));
}

function url(value: unknown, name: string): string {
  if (typeof value === 'string' && value !== '') return value;
  if (value instanceof URL) return value.href;
  throw wrong(TypeError, name, 'a URL or a string that is not empty', value);
}

function checkLayers(layers: unknown): number[] {
  if (!Array.isArray(layers)) {
    const expected = 'an array of widths from the input to the code, such as [784, 64]';
    throw wrong(TypeError, 'layers', expected, layers);
  }
  if (layers.length < 2) {
    const wording = worded`${mention('layers')} must have at least 2 widths, the input's and the code's${but(layers.length)}`;
    throw fault(RangeError, 'layers', layers, wording);
  }
  return Array.from(layers, (width, i) => positive(`layers[${i}]`, width));
}

function positive(name: string, value: unknown): number {
  if (typeof value !== 'number') {
    throw wrong(TypeError, name, 'a positive integer', value);
  }
  if (!Number.isInteger(value) || value < 1 || value > 2 ** 24) {
    throw wrong(RangeError, name, `a positive integer up to ${2 ** 24}`, value);
  }
  return value;
}

/** Which columns of a table the inputs of a model are; see {@link AutoencoderOptions.columns}. */
export interface ColumnsOption {
  /** The names of the inputs, all different. */
  names?: readonly string[];
  /** Their column numbers, from 1, in the table that they were selected from. */
  numbers?: readonly number[];
  /** The number of columns of that table. */
  of?: number;
}

/** The limit for the names together, since a model's file has them in its header. */
const MOST_CHARACTERS = 2 ** 18;
const MOST_COLUMNS = 2 ** 24;
const MOST_NUMBERS = 2 ** 17;

/** Checks `columns`, and copies them with properties in a fixed order; `width` is the input width, if known. */
export function checkColumns(value: unknown, width: number | undefined): ColumnsOption | undefined {
  if (value === undefined) return undefined;
  const given = record('columns', value, ['names', 'numbers', 'of']);
  const names = list('columns.names', given.names, width)?.map(checkName);
  const numbers = list('columns.numbers', given.numbers, width)?.map((number, i) =>
    integer(`columns.numbers[${i}]`, number, 1, MOST_COLUMNS),
  );
  if (names) requireUnique('columns.names', names);
  if (numbers) requireUnique('columns.numbers', numbers);
  if (numbers && numbers.length > MOST_NUMBERS) {
    const wording = worded`columns.numbers may have ${MOST_NUMBERS} numbers${but(numbers.length)}`;
    throw fault(RangeError, 'columns.numbers', given.numbers, wording);
  }
  if (names && numbers && names.length !== numbers.length) {
    const got = but(given.names, `${names.length} and ${numbers.length}`);
    const wording = worded`columns.names and columns.numbers must have the same length${got}`;
    throw fault(RangeError, 'columns.names', given.names, wording);
  }
  const characters = names?.reduce((sum, name) => sum + name.length, 0) ?? 0;
  if (characters > MOST_CHARACTERS) {
    const wording = worded`columns.names may have ${MOST_CHARACTERS} characters together${but(characters)}`;
    throw fault(RangeError, 'columns.names', given.names, wording);
  }
  const least = numbers?.reduce((most, number) => Math.max(most, number), 1) ?? 1;
  const of =
    given.of === undefined ? undefined : integer('columns.of', given.of, least, MOST_COLUMNS);
  return {
    ...(names && { names: Object.freeze(names) }),
    ...(numbers && { numbers: Object.freeze(numbers) }),
    ...(of !== undefined && { of }),
  };
}

function list(name: string, value: unknown, width: number | undefined): unknown[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw wrong(TypeError, name, 'an array', value);
  if (width !== undefined && value.length !== width) {
    const wording = worded`${name} must have one for each of ${width} inputs${but(value.length)}`;
    throw fault(RangeError, name, value, wording);
  }
  return Array.from(value);
}

function checkName(name: unknown, i: number): string {
  if (typeof name === 'string') return name;
  throw wrong(TypeError, `columns.names[${i}]`, 'a string', name);
}

function requireUnique(name: string, values: readonly (string | number)[]): void {
  if (new Set(values).size === values.length) return;
  const seen = new Set<string | number>();
  const twice = values.find((value) => seen.has(value) || !seen.add(value));
  const wording = worded`${name} must be unique, but ${show(twice)} occurs twice`;
  throw fault(RangeError, name, values, wording);
}
