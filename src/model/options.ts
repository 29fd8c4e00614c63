// The model's options: every default and range, and the checks that guard the public boundary.

import { printable, quoted } from '../base/printable.js';
import { ACTIVATION_NAMES, type Activation } from './activations.js';
import { elsewhere, MODEL_NAMES } from './option-names.js';
import { meant } from './synonyms.js';

/** How weights and biases are drawn; see {@link AutoencoderOptions.init}. */
export type Init = 'pytorch' | 'he' | 'glorot';
/** How columns are brought to one size; see {@link AutoencoderOptions.scale}. */
export type Scale = 'auto' | 'none' | 'minmax' | 'standard';
/** What a NaN in the rows is; see {@link AutoencoderOptions.missing}. */
export type Missing = 'error' | 'mask';

const INITS: readonly Init[] = ['pytorch', 'he', 'glorot'];
const SCALES: readonly Scale[] = ['auto', 'none', 'minmax', 'standard'];
/** The last layer's activation where none is given. */
const OUTPUTS: Record<Scale, Activation | undefined> = {
  auto: undefined,
  none: 'sigmoid',
  minmax: 'sigmoid',
  standard: 'linear',
};
const MISSING: readonly Missing[] = ['error', 'mask'];

/** What `new Autoencoder(...)` takes. */
export interface AutoencoderOptions {
  /**
   * Encoder widths from the input to the code, at least two positive integers, as the literature
   * writes them: `[784, 1000, 500, 250, 30]`. The decoder mirrors them.
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
  Omit<AutoencoderOptions, 'workerUrl' | 'outputActivation' | 'columns' | 'hidden' | 'code'>
> & {
  /** Widths from the first hidden layer to the code, where the first fit is to say the input's. */
  inner?: readonly number[];
  /** Undefined where the first fit is to settle it, with the scale. */
  outputActivation: Activation | undefined;
  columns?: ColumnsOption | undefined;
  workerUrl: string | undefined;
};

/** The model's options, checked and completed; `defaults` are those that the machine decides. */
export function checkModelOptions(
  options: unknown,
  defaults: { seed: () => number; threads: () => number },
): ModelConfig {
  const given = record('options', options, MODEL_NAMES);
  const activation = oneOf('activation', given.activation ?? 'leakyRelu', ACTIVATION_NAMES);
  const scale = oneOf('scale', given.scale ?? 'auto', SCALES);
  const output = given.outputActivation ?? OUTPUTS[scale];
  const inner = checkInner(given);
  const layers = inner ? [] : checkLayers(given.layers);
  return {
    layers,
    ...(inner && { inner }),
    activation,
    codeActivation: oneOf('codeActivation', given.codeActivation ?? 'linear', ACTIVATION_NAMES),
    outputActivation:
      output === undefined ? undefined : oneOf('outputActivation', output, ACTIVATION_NAMES),
    scale,
    missing: oneOf('missing', given.missing ?? 'error', MISSING),
    columns: checkColumns(given.columns, layers[0]),
    init: oneOf('init', given.init ?? 'pytorch', INITS),
    tied: boolean('tied', given.tied ?? false),
    seed: integer('seed', given.seed ?? defaults.seed(), 0, 2 ** 32 - 1),
    threads: integer('threads', given.threads ?? defaults.threads(), 1, 256),
    fastMath: boolean('fastMath', given.fastMath ?? false),
    workerUrl: given.workerUrl === undefined ? undefined : url('workerUrl', given.workerUrl),
  };
}

/** How an error message shows a value. */
export function show(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'object' && value !== null) {
    const name = printable(String(value.constructor?.name ?? 'object'));
    const length = (value as { length?: unknown }).length;
    return typeof length === 'number'
      ? `${name}(${length})`
      : `an ${name}`.replace(/^an ([^AEIOU])/, 'a $1');
  }
  return printable(String(value));
}

/** The widths behind the input's, where `code` is given in place of `layers`. */
function checkInner({ layers, hidden, code }: Record<string, unknown>): number[] | undefined {
  if (code === undefined) {
    if (hidden === undefined) return undefined;
    throw new TypeError(
      'hidden needs code, the width of the code, as in { hidden: [64], code: 8 }',
    );
  }
  if (layers !== undefined) throw new TypeError('layers excludes code and hidden, got both');
  if (hidden !== undefined && !Array.isArray(hidden)) {
    throw new TypeError(`hidden must be an array of widths, such as [64, 32], got ${show(hidden)}`);
  }
  const between = Array.from(hidden ?? [], (width, i) => positive(`hidden[${i}]`, width));
  return [...between, positive('code', code)];
}

function checkLayers(layers: unknown): number[] {
  if (!Array.isArray(layers)) {
    throw new TypeError(
      `layers must be an array of widths from the input to the code, such as [784, 64], got ${show(layers)}`,
    );
  }
  if (layers.length < 2) {
    throw new RangeError(
      `layers must have at least 2 widths, the input's and the code's, got ${layers.length}`,
    );
  }
  return Array.from(layers, (width, i) => positive(`layers[${i}]`, width));
}

function positive(name: string, value: unknown): number {
  if (typeof value !== 'number') {
    throw new TypeError(`${name} must be a positive integer, got ${show(value)}`);
  }
  if (!Number.isInteger(value) || value < 1 || value > 2 ** 24) {
    throw new RangeError(`${name} must be a positive integer up to ${2 ** 24}, got ${value}`);
  }
  return value;
}

export function integer(name: string, value: unknown, low: number, high: number): number {
  const expected = `${name} must be an integer from ${low} to ${high}`;
  if (typeof value !== 'number') throw new TypeError(`${expected}, got ${show(value)}`);
  if (!Number.isInteger(value) || value < low || value > high) {
    throw new RangeError(`${expected}, got ${value}`);
  }
  return value;
}

export function within(
  name: string,
  value: unknown,
  range: { from?: number; above?: number; atMost?: number; below?: number },
): number {
  const low = range.from === undefined ? `above ${range.above}` : `at least ${range.from}`;
  const high = range.atMost === undefined ? `below ${range.below}` : `at most ${range.atMost}`;
  const expected = `${name} must be a number ${low} and ${high}`;
  if (typeof value !== 'number') throw new TypeError(`${expected}, got ${show(value)}`);
  const { from = -Infinity, above = -Infinity, atMost = Infinity, below = Infinity } = range;
  // Written so that NaN fails.
  if (!(value >= from && value > above && value <= atMost && value < below)) {
    throw new RangeError(`${expected}, got ${value}`);
  }
  return value;
}

/** The same of a number that is to be in the range as a float32, too, which is what the kernels get. */
export function within32(
  name: string,
  value: unknown,
  range: Parameters<typeof within>[2],
): number {
  const checked = within(name, value, range);
  const rounded = Math.fround(checked);
  const { above = -Infinity, below = Infinity } = range;
  if (rounded > above && rounded < below) return checked;
  const limit = rounded > above ? `below ${below}` : `above ${above}`;
  throw new RangeError(
    `${name} must be a number that is ${limit} as a float32, too, got ${value}, which is ${rounded} then`,
  );
}

export function boolean(name: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new TypeError(`${name} must be true or false, got ${show(value)}`);
}

function url(name: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  if (value instanceof URL) return value.href;
  throw new TypeError(`${name} must be a URL or a string that is not empty, got ${show(value)}`);
}

export function oneOf<T extends string>(name: string, value: unknown, allowed: readonly T[]): T {
  const list = allowed.map((item) => `'${item}'`).join(', ');
  if (typeof value !== 'string') {
    throw new TypeError(`${name} must be one of ${list}, got ${show(value)}`);
  }
  if ((allowed as readonly string[]).includes(value)) return value as T;
  throw new RangeError(
    `${name} must be one of ${list}, got ${show(value)}; did you mean '${closest(value, allowed)}'?`,
  );
}

/** An options object, whose names must all be known. */
export function record(
  what: string,
  options: unknown,
  names: readonly string[],
): Record<string, unknown> {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new TypeError(`${what} must be an object, got ${show(options)}`);
  }
  for (const [name, value] of Object.entries(options)) {
    if (!names.includes(name)) {
      const other = what.endsWith('options') ? elsewhere(name, names) : undefined;
      const advice = other ?? `; did you mean '${closest(name, names)}'?`;
      throw new TypeError(`${what} has no ${quoted(name)}${advice} (known: ${names.join(', ')})`);
    }
    if (value === null) {
      const path = what.endsWith('options') ? name : `${what}.${name}`;
      throw new TypeError(`${path} must not be null; undefined stands for a default`);
    }
  }
  return options as Record<string, unknown>;
}

/** The options of a method, which may be left out. */
export function methodOptions(
  method: string,
  options: unknown,
  names: readonly string[],
): Record<string, unknown> {
  return record(`${method} options`, options === undefined ? {} : options, names);
}

/**
 * The name that is meant by another: a synonym's, or else the one with the smallest edit distance
 * (Levenshtein), letter case aside.
 */
export function closest(name: string, names: readonly string[]): string {
  const synonym = meant(name, names);
  if (synonym !== undefined) return synonym;
  const distance = (a: string, b: string): number => {
    let row = Array.from({ length: b.length + 1 }, (_, j) => j);
    for (let i = 1; i <= a.length; i++) {
      const next = [i];
      for (let j = 1; j <= b.length; j++) {
        const change = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
        next[j] = Math.min(change, (row[j] as number) + 1, (next[j - 1] as number) + 1);
      }
      row = next;
    }
    return row[b.length] as number;
  };
  // Cut, since a file may have millions of names, and names of megabytes.
  const short = (text: string) => text.slice(0, 40).toLowerCase();
  const wanted = short(name);
  const scored = names
    .slice(0, 10_000)
    .map((known) => [distance(wanted, short(known)), known] as const);
  return scored.reduce((best, item) => (item[0] < best[0] ? item : best))[1];
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
    throw new RangeError(`columns.numbers may have ${MOST_NUMBERS} numbers, got ${numbers.length}`);
  }
  if (names && numbers && names.length !== numbers.length) {
    throw new RangeError(
      `columns.names and columns.numbers must be equally many, got ${names.length} and ${numbers.length}`,
    );
  }
  const characters = names?.reduce((sum, name) => sum + name.length, 0) ?? 0;
  if (characters > MOST_CHARACTERS) {
    throw new RangeError(
      `columns.names may have ${MOST_CHARACTERS} characters together, got ${characters}`,
    );
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
  if (!Array.isArray(value)) throw new TypeError(`${name} must be an array, got ${show(value)}`);
  if (width !== undefined && value.length !== width) {
    throw new RangeError(`${name} must have one for each of ${width} inputs, got ${value.length}`);
  }
  return Array.from(value);
}

function checkName(name: unknown, i: number): string {
  if (typeof name === 'string') return name;
  throw new TypeError(`columns.names[${i}] must be a string, got ${show(name)}`);
}

function requireUnique(name: string, values: readonly (string | number)[]): void {
  if (new Set(values).size === values.length) return;
  const seen = new Set<string | number>();
  const twice = values.find((value) => seen.has(value) || !seen.add(value));
  throw new RangeError(`${name} must differ, and ${show(twice)} is there twice`);
}
