// The model's options: every default and range, and the checks that guard the public boundary.

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

/** The last layer's activation where none is given. */
const OUTPUTS: Record<Scale, Activation | undefined> = {
  auto: undefined,
  none: 'sigmoid',
  minmax: 'sigmoid',
  standard: 'linear',
};

/** What `new Autoencoder(...)` takes. */
export interface AutoencoderOptions {
  /**
   * Encoder widths from the input to the code, at least two positive integers, as the literature
   * writes them: `[784, 1000, 500, 250, 30]`. The decoder mirrors them, unless there is `decoderLayers`.
   */
  layers?: readonly number[];
  /**
   * The width of the code, a positive integer, instead of `layers`: the input's width is then that of
   * the rows of the first `fit`, and `ae.options` has `layers` from then on. Before, nothing else can
   * be done with the model. Flat arrays have no width: give `{ data, shape }` or an array of rows.
   */
  code?: number;
  /** With `code`: widths of the layers between the input and the code, as in `[64, 32]`. Default: none. */
  hidden?: readonly number[];
  /**
   * Widths of the decoder's hidden layers, from the code to the output, where it does not mirror the encoder:
   * with `layers: [784, 256, 64]`, `decoderLayers: [128]` makes the decoder 64-128-784, and `[]` makes it
   * 64-784. Excludes `tied`. Default: the encoder's, in reverse.
   */
  decoderLayers?: readonly number[];
  /** Every hidden layer but the code. Default `'leakyRelu'` (slope 0.01). */
  activation?: Activation;
  /** The bottleneck code. Default `'linear'`. */
  codeActivation?: Activation;
  /**
   * The last layer. Default: `'sigmoid'` for data in [0, 1], `'linear'` with `scale: 'standard'`; with
   * `'auto'` one or the other, as the first `fit` settles the scale.
   */
  outputActivation?: Activation;
  /**
   * How each column is brought to the size of the others, learned by the first `fit`, and by one with
   * `reset`, from the rows it trains on. `'none'`: not at all. `'minmax'`: its least value becomes 0,
   * its greatest 1. `'standard'`: its mean becomes 0, its standard deviation (divisor: the number of
   * rows) 1. Rows go in and come out in their own units; errors are in scaled ones, so that columns
   * compare. A column of one value becomes 0.
   *
   * `'auto'` (default): the first `fit` settles it by the rows of `x` (of a stream by the first 16 MB),
   * and from then on `ae.options` and files say what it is: `'none'` for bytes, for rows with every
   * value in [0, 1], and with loss `'bce'`; else `'standard'`, or `'minmax'` where an
   * `outputActivation` was given that has a bound (all but `'linear'` and `'leakyRelu'`). A `fit` with
   * `reset` settles it anew, unless the model comes from a file that says what it is. Before the first
   * `fit` the model takes rows as they are.
   */
  scale?: Scale;
  /**
   * What NaN means. `'error'` (default): a mistake, and the error names row and column. `'mask'`: a
   * missing cell, which takes no part in loss and errors, and which `ae.impute` fills; the network sees
   * the column's mean there, as the first `fit` learned it. A row without any value is not trained on,
   * scores NaN, is no anomaly, and is filled with the columns' means. Infinities are mistakes either way.
   */
  missing?: Missing;
  /**
   * Which columns of a table the inputs are: their names, and their numbers from 1 among the columns
   * `of` that table. Nothing is computed from it; it is kept in files, and the command line reads other
   * tables by it. Default: unknown.
   */
  columns?: ColumnsOption;
  /**
   * Runs of columns that are one category each, one-hot: 1 in the column of its value, 0 in the others, or
   * probabilities that sum to 1; all 0 where it is missing. In the order of their columns, each
   * `{ start, size }`, from 0. At the output a category has a softmax, and its error is the cross-entropy
   * in nats, -sum t log p; `reconstruct` and `decode` give probabilities there. All other columns are
   * numbers, whose `outputActivation`, `scale` and loss are as ever; a category is not scaled. A category
   * that is missing takes no part. The loss and the score of a row are the mean of its columns' errors,
   * with a category as one column. Default: none.
   */
  categories?: readonly CategoryOption[];
  /**
   * How much each column counts, a category as one of them: numbers from 0, in order, of which only the
   * ratios matter. A row's loss and score are the mean so weighed, of the columns that are not missing.
   * Default: each the same.
   */
  columnWeights?: readonly number[];
  /**
   * How weights are drawn. `'pytorch'` (default): weights and biases uniform in
   * +-1/sqrt(inputs), as torch.nn.Linear does. `'he'`: weights uniform in +-sqrt(6/inputs), biases
   * zero (He et al. 2015, https://arxiv.org/abs/1502.01852). `'glorot'`: weights uniform in
   * +-sqrt(6/(inputs + outputs)), biases zero (Glorot and Bengio 2010).
   */
  init?: Init;
  /**
   * Whether decoder and encoder share their weights: each decoder layer uses those of the encoder
   * layer it mirrors, transposed, and has biases of its own. Half the parameters, and a code more
   * like PCA's. Default false.
   */
  tied?: boolean;
  /**
   * An integer from 0 to 2^32 - 1 that all randomness comes from: initial weights, split and
   * shuffling. Default: a random one, readable as `ae.seed`.
   */
  seed?: number;
  /**
   * The most threads to use, an integer from 1 to 256. Default: as many as the machine has cores, or
   * a container's quota of them allows. All models of a process share twice that, or 8 if that is more.
   */
  threads?: number;
  /**
   * Whether to use relaxed SIMD (fused multiply-add) where the engine has it. Faster; but results
   * may then differ between machines in the last bits. Default false.
   */
  fastMath?: boolean;
  /**
   * The address of `autoencoder-wasm/worker.js`, for pages whose Content Security Policy does not
   * allow workers from `blob:` addresses, which are otherwise used. Node needs and reads none.
   */
  workerUrl?: string | URL;
}

/** What belongs to the machine or the page that a model runs on, and not to the model. */
export type MachineOption = 'threads' | 'fastMath' | 'workerUrl';

/** Model options with every default filled in. */
export type ModelConfig = Required<
  Omit<
    AutoencoderOptions,
    | ('workerUrl' | 'outputActivation' | 'columns' | 'hidden' | 'code')
    | ('categories' | 'columnWeights' | 'decoderLayers')
  >
> & {
  /** Widths from the first hidden layer to the code, where the first fit is to say the input's. */
  inner?: readonly number[];
  decoderLayers?: readonly number[] | undefined;
  /** Undefined where the first fit is to settle it, with the scale. */
  outputActivation: Activation | undefined;
  columns?: ColumnsOption | undefined;
  categories?: readonly CategoryOption[] | undefined;
  columnWeights?: readonly number[] | undefined;
  workerUrl: string | undefined;
};

/** The model's options, checked and completed; `defaults` are those that the machine decides. */
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

/** The widths behind the input's, where `code` is given in place of `layers`. */
function checkInner({ layers, hidden, code }: Record<string, unknown>): number[] | undefined {
  if (code === undefined) {
    if (hidden === undefined) return undefined;
    const [between, inmost] = [mention('hidden'), mention('code')];
    const wording = worded`${between} needs ${inmost}, the width of the code, as in { hidden: [64], code: 8 }`;
    throw fault(TypeError, 'code', code, wording);
  }
  if (layers !== undefined) {
    const wording = worded`${mention('layers')} excludes ${mention('code')} and ${mention('hidden')}${but(layers, 'both')}`;
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
    const wording = worded`${mention('tied')} needs a decoder that mirrors the encoder: leave ${mention('decoderLayers')} out`;
    throw fault(TypeError, 'decoderLayers', value, wording);
  }
  return Array.from(value, (width, i) => positive(`decoderLayers[${i}]`, width));
}

/** The options of columns, checked once more where rows have said how many there are. */
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
  /** What they are called, each another name. */
  names?: readonly string[];
  /** Their numbers in the table that they were chosen from, from 1. */
  numbers?: readonly number[];
  /** How many columns that table had. */
  of?: number;
}

/** All names together; a file of a model keeps them in its header. */
const MOST_CHARACTERS = 2 ** 18;
const MOST_COLUMNS = 2 ** 24;
const MOST_NUMBERS = 2 ** 17;

/** `columns`, checked, as a copy in a fixed order; `width` is the input's, where it is known. */
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
    const wording = worded`columns.names and columns.numbers must be equally many${got}`;
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
  const wording = worded`${name} must differ, and ${show(twice)} is there twice`;
  throw fault(RangeError, name, values, wording);
}
