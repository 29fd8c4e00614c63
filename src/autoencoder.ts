import {
  type Detection,
  detect,
  explain,
  type FeatureError,
  flag,
  type Judged,
  scoresOf,
  thresholdOf,
} from './anomalies/anomalies.js';
import { hardwareThreads, randomSeed } from './base/platform.js';
import type { Matrix, MatrixInput } from './data/matrix.js';
import { meanOfErrors, squaredErrors } from './data/missing.js';
import type { RowStream, StreamInput, TrainingInput } from './data/streams.js';
import {
  type LoadOptions,
  type ModelOptions,
  modelOptions,
  readModel,
  type SaveOptions,
  writeModel,
} from './files/model-file.js';
import { joined, readSafetensors, type StoredFile } from './files/safetensors.js';
import { encodeStream, encodeTransform } from './inference/code-streams.js';
import { impute } from './inference/impute.js';
import { LiveModel } from './inference/live-model.js';
import {
  checkInto,
  type EncodeOptions,
  encoding,
  type ResultOptions,
} from './inference/result-options.js';
import type { EpochRecord, History } from './model/history.js';
import {
  checkExplainOptions,
  checkThreshold,
  checkThresholdOptions,
  type ExplainOptions,
  type StreamOptions,
  type ThresholdOptions,
} from './model/method-options.js';
import type { Scaler } from './model/model.js';
import type { Parameter } from './model/network.js';
import { type AutoencoderOptions, checkModelOptions } from './model/options.js';
import { makeReachable, reachThroughProxies } from './model/proxies.js';
import { summary } from './model/summary.js';
import { fitModel } from './training/fit.js';
import { checkPartialFitOptions } from './training/fit-options.js';
import type { FitOptions, PartialFitOptions } from './training/fit-types.js';

/** The file of a model in pieces, since it may be too large for one array. */
export let piecesOf: (ae: Autoencoder, options?: SaveOptions) => readonly Uint8Array[];
/** Gets and sets a model's information about the columns of a table, for autoencoder-wasm/table. */
export let tableOf: (ae: Autoencoder) => string | undefined;
export let setTable: (ae: Autoencoder, table: string) => void;
/** The key that {@link tableOf} reads, so that it works through a Proxy, too. */
const TABLE = Symbol('table');

/** Creates the model of a file that has been read; see {@link Autoencoder.load}. */
export let modelIn: (file: StoredFile, options?: LoadOptions) => Autoencoder;

/**
 * A dense (fully connected) autoencoder: an encoder with the given layer widths and a decoder that mirrors it.
 *
 * @example
 * const ae = new Autoencoder({ layers: [784, 64], seed: 0 });
 * await ae.fit(images, { epochs: 20, validationSplit: 0.1 });
 * const codes = await ae.encode(images); // Matrix, shape [rows, 64]
 * const back = await ae.decode(codes); // Matrix, shape [rows, 784]
 */
export class Autoencoder {
  readonly #live: LiveModel;

  /**
   * Creates an untrained model with weights drawn from the seed. It starts no workers and fetches nothing
   * until the first call that computes.
   *
   * @throws TypeError for an option of the wrong type or with an unknown name, RangeError for a value
   *   out of range. The message names the option, the expected value and the given one; so do the
   *   error's fields `option`, `expected` (text) and `got`. This holds for every method that takes options.
   * @example
   * const ae = new Autoencoder({ layers: [784, 1000, 500, 250, 30], init: 'he', seed: 0 });
   */
  constructor(options: AutoencoderOptions) {
    makeReachable(this);
    this.#live = new LiveModel(
      checkModelOptions(options, { seed: randomSeed, threads: hardwareThreads }),
    );
  }

  /**
   * Loads a model from the bytes that {@link save} returned, or a PyTorch state dict in safetensors format,
   * with `activation` and similar given as options. The state dict's layers may be two halves, such as
   * `encoder.0.weight` or `encoder.fc1.weight`, or a single Sequential, such as `0.weight`; a common prefix
   * (`module.`, `model.`) is ignored. For other names, use the option `names`.
   *
   * @throws TypeError for arguments of the wrong type, RangeError for a file that is damaged or
   *   contains no such model; the message says what is wrong.
   * @example
   * const ae = Autoencoder.load(bytes); // bytes may be await (await fetch(url)).arrayBuffer()
   * const fromPyTorch = Autoencoder.load(stateDict, { activation: 'relu', outputActivation: 'sigmoid' });
   */
  static load(bytes: Uint8Array | ArrayBufferLike, options?: LoadOptions): Autoencoder {
    return modelIn(readSafetensors(bytes), options);
  }

  /**
   * Whether a value is a model of this copy of the library. A function, because Chromium 92 has no static
   * blocks.
   */
  static readonly #isOwn = ((): ((value: object) => boolean) => {
    const isOwn = (value: object) => #live in value;
    modelIn = (file, options) => {
      const {
        options: own,
        fill,
        preprocessing,
        threshold,
        table,
        series,
      } = readModel(file, options);
      const ae = new Autoencoder(own);
      const live = ae.#live;
      fill(live.requireNetwork());
      live.preprocessing = preprocessing;
      if (table !== undefined) setTable(ae, table);
      live.series = series;
      if (threshold !== undefined) live.keepThreshold(threshold);
      return ae;
    };
    piecesOf = (ae, options) => {
      // The model belongs to another copy of the library, or is a Proxy of such a model.
      return Autoencoder.#isOwn(ae) ? ae.#pieces(options) : [ae.save(options)];
    };
    tableOf = (ae) => (ae as { [TABLE]?: string })[TABLE];
    setTable = (ae, table) => {
      ae.#live.table = table;
      Object.defineProperty(ae, TABLE, { value: table, configurable: true });
    };
    reachThroughProxies(Autoencoder.prototype, isOwn);
    return isOwn;
  })();

  /**
   * The options of this model with defaults filled in, except `threads`, `fastMath` and `workerUrl`, which
   * belong to the machine or the page.
   */
  get options(): ModelOptions {
    return modelOptions(this.#live.config);
  }

  /** The seed of all randomness: the one given, or the one drawn. */
  get seed(): number {
    return this.#live.config.seed;
  }

  /** The maximum number of threads this model uses. */
  get threads(): number {
    return this.#live.config.threads;
  }

  /** Whether relaxed SIMD is in use: requested with `fastMath` and supported by the engine. */
  get fastMath(): boolean {
    return this.#live.flavour === 'fast';
  }

  /**
   * A copy of the scaling that the first `fit` learned for each column: scaled = (x - offset) / factor.
   * Undefined before the first `fit`, and with `scale: 'none'`, which `'auto'` may resolve to.
   */
  get scaler(): Scaler | undefined {
    const { scaler } = this.#live.preprocessing;
    return scaler && { ...scaler, offset: scaler.offset.slice(), factor: scaler.factor.slice() };
  }

  /**
   * A copy of the values that the network sees in place of missing cells, one scaled number per column: the
   * column means that the first `fit` learned. Undefined before the first `fit`, and without `missing: 'mask'`.
   */
  get missingFill(): Float32Array<ArrayBuffer> | undefined {
    return this.#live.preprocessing.fill?.slice();
  }

  /** How many epochs the current or last run of `fit` has finished; saved in files. 0 before the first. */
  get epochs(): number {
    return this.#live.network?.training?.run.epochs ?? 0;
  }

  /**
   * Copies of the records of these {@link epochs}, including those before a `resume`. Files do not contain
   * them, so that the same training gives the same bytes; after `load` the history starts where training
   * continues.
   */
  get history(): History {
    return (this.#live.network?.training?.run.history ?? []).map((record) => ({ ...record }));
  }

  /**
   * The score above which a row is an anomaly, in squared scaled units, as set by {@link fitThreshold} or
   * {@link setThreshold}. Undefined before, and again once `fit` has changed the weights.
   */
  get threshold(): number | undefined {
    return this.#live.threshold;
  }

  /**
   * Trains on the rows of `x`, (rows, input width), and resolves to one record per epoch. A second
   * `fit` continues from the current weights and Adam's moments with a new learning rate schedule (see
   * `resume` and `reset`). The calling thread stays free.
   *
   * Rows that do not fit into memory can be streamed: pass an async iterable of batches or single rows, or,
   * since a generator yields its rows only once, a function that returns an iterable (sync or async) and is
   * called for each epoch. About 16 MB of rows are read, shuffled and trained on at a time; no more
   * are requested meanwhile. `scale` is chosen and learned from the first 16 MB.
   *
   * @throws (as a rejection) TypeError or RangeError for bad rows or options (the latter with `option`,
   *   such as `schedule.warmup`, `expected` and `got`), leaving the model unchanged; DivergenceError when
   *   the loss is no longer finite: the model then has the weights of the last finished epoch; the signal's
   *   reason when aborted: the model then keeps its current weights.
   * @example
   * const history = await ae.fit(x, { epochs: 5, onEpochEnd: ({ epoch, loss }) => log(epoch, loss) });
   * const best = Math.min(...history.map(({ loss }) => loss));
   * await ae.fit(() => rowsOfFile(), { epochs: 2 }); // called for each epoch
   */
  async fit(x: TrainingInput, options?: FitOptions<MatrixInput>): Promise<History> {
    return fitModel(this.#live, x, options);
  }

  /**
   * Trains one pass over the rows of `x`, (rows, input width), at a constant learning rate, continuing from
   * the current weights: for rows that arrive over time. Resolves to the record of this pass.
   *
   * @throws (as a rejection) as {@link fit} does.
   * @example
   * for await (const rows of sensor) await ae.partialFit(rows);
   */
  async partialFit(x: MatrixInput, options?: PartialFitOptions<MatrixInput>): Promise<EpochRecord> {
    const given = checkPartialFitOptions<MatrixInput>(options);
    const [record] = await this.fit(x, { ...given, epochs: 1, schedule: 'constant' });
    return record as EpochRecord;
  }

  /**
   * Encodes the rows of `x`, (rows, input width), to their codes: a Matrix (rows, code width), either a new
   * one or `options.into`.
   *
   * @throws (as a rejection) TypeError or RangeError for bad rows or options; Error on a model that scales
   *   its columns before its first `fit`, and after `dispose`.
   * @example
   * const codes = await ae.encode(images); // images: (rows, 784)
   * const first = codes.row(0); // Float32Array(64)
   * await ae.encode(images, { into: codes }); // reuses the matrix: no new memory
   * const bytes = new Uint8Array(images.length * 784); // pixels: integer products, faster
   * await ae.encode(bytes, { precision: 'int16' });
   */
  async encode(x: MatrixInput, options?: EncodeOptions): Promise<Matrix> {
    const live = this.#live;
    const rows = live.input('encode', x);
    const { codeWidth } = live.requireNetwork();
    const into = checkInto('encode', options, x, rows.rows, codeWidth, ['precision']);
    return live.run(encoding(options?.precision, rows), rows, into);
  }

  /**
   * Decodes the codes `z`, (rows, code width), to rows in their original units: a Matrix
   * (rows, input width).
   *
   * @throws (as a rejection) TypeError or RangeError for bad codes; Error on a model that scales its
   *   columns before its first `fit`, and after `dispose`.
   * @example
   * const halfway = a.map((value, i) => (value + b[i]) / 2); // between two codes
   * const image = (await ae.decode([halfway])).row(0); // Float32Array(784)
   */
  async decode(z: MatrixInput, options?: ResultOptions): Promise<Matrix> {
    const live = this.#live;
    const rows = live.codes('decode', z);
    const { inputs } = live.requireNetwork();
    const into = checkInto('decode', options, z, rows.rows, inputs);
    return live.runToRows('decode', rows, into);
  }

  /**
   * Does `decode(encode(x))` in one pass, with bitwise equal results: a Matrix (rows, input width), in the
   * rows' original units.
   *
   * @throws (as a rejection) as {@link encode} does.
   * @example
   * const back = await ae.reconstruct(images); // (rows, 784)
   */
  async reconstruct(x: MatrixInput, options?: ResultOptions): Promise<Matrix> {
    const live = this.#live;
    const rows = live.input('reconstruct', x);
    const { inputs } = live.requireNetwork();
    const into = checkInto('reconstruct', options, x, rows.rows, inputs);
    return live.runToRows('reconstruct', rows, into);
  }

  /**
   * Synchronous {@link encode} on the calling thread, for a few rows. Results are bitwise equal.
   *
   * @throws as {@link encode} does.
   * @example
   * const code = ae.encodeSync([image]).row(0); // Float32Array(64)
   */
  encodeSync(x: MatrixInput, options?: EncodeOptions): Matrix {
    const live = this.#live;
    const rows = live.input('encodeSync', x);
    const { codeWidth } = live.requireNetwork();
    const into = checkInto('encodeSync', options, x, rows.rows, codeWidth, ['precision']);
    return live.runSync(encoding(options?.precision, rows), rows, into);
  }

  /**
   * Synchronous {@link decode} on the calling thread, for a few rows. Results are bitwise equal.
   *
   * @throws as {@link decode} does.
   * @example
   * slider.oninput = () => draw(ae.decodeSync([code]).row(0)); // in time for the next frame
   */
  decodeSync(z: MatrixInput, options?: ResultOptions): Matrix {
    const live = this.#live;
    const rows = live.codes('decodeSync', z);
    const { inputs } = live.requireNetwork();
    const into = checkInto('decodeSync', options, z, rows.rows, inputs);
    return live.runToRowsSync('decode', rows, into);
  }

  /**
   * Synchronous {@link reconstruct} on the calling thread, for a few rows. Results are bitwise equal.
   *
   * @throws as {@link encode} does.
   * @example
   * draw(ae.reconstructSync([image]).row(0));
   */
  reconstructSync(x: MatrixInput, options?: ResultOptions): Matrix {
    const live = this.#live;
    const rows = live.input('reconstructSync', x);
    const { inputs } = live.requireNetwork();
    const into = checkInto('reconstructSync', options, x, rows.rows, inputs);
    return live.runToRowsSync('reconstruct', rows, into);
  }

  /**
   * Synchronous {@link score} on the calling thread, for a few rows. Results are bitwise equal.
   *
   * @throws as {@link encode} does.
   * @example
   * const [score] = ae.scoreSync(row);
   */
  scoreSync(x: MatrixInput): Float32Array<ArrayBuffer> {
    return scoresOf(this.#live.runSync('error', this.#live.input('scoreSync', x)));
  }

  /**
   * Encodes streamed rows: yields a Matrix (rows, code width) for each batch or row of `source`, or for
   * every `batchSize` rows. Reads only as much as is requested.
   *
   * @param source an iterable or async iterable of batches, as {@link encode} takes them, or of single rows.
   * @throws (as a rejection of the `next()` concerned) as `encode` does, with rows numbered from the start of
   *   the stream; also whatever `source` throws.
   * @example
   * for await (const codes of ae.encodeStream(rowsOfFile(), { batchSize: 1024 })) await index(codes);
   */
  encodeStream(
    source: RowStream,
    options?: StreamOptions,
  ): AsyncGenerator<Matrix, void, undefined> {
    return encodeStream(this.#live, source, options);
  }

  /**
   * {@link encodeStream} as a web TransformStream, from batches or rows to Matrices of codes, with
   * backpressure.
   *
   * @throws TypeError or RangeError for bad options; bad rows make the stream fail.
   * @example
   * await readable.pipeThrough(ae.encodeTransform({ batchSize: 1024 })).pipeTo(writable);
   */
  encodeTransform(options?: StreamOptions): TransformStream<StreamInput, Matrix> {
    return encodeTransform(this.#live, options);
  }

  /**
   * The mean squared error per element between the rows of `x`, (rows, input width), and their
   * reconstructions, over the cells that are not missing, in squared scaled units.
   *
   * @throws (as a rejection) as {@link encode} does, and RangeError if all cells are missing.
   * @example
   * const mse = await ae.evaluate(unseen); // about 0.0035 per pixel for MNIST digits
   */
  async evaluate(x: MatrixInput): Promise<number> {
    return meanOfErrors(await this.#live.run('error', this.#live.input('evaluate', x)));
  }

  /**
   * The reconstruction error of each row of `x`, (rows, input width): the mean squared error over its cells
   * that are not missing, in scaled units. With `categories` or `columnWeights` it is the weighted mean of
   * {@link columnErrors}. One number per row, high for rows unlike those seen in training; NaN for a row
   * whose cells are all missing.
   *
   * @throws (as a rejection) as {@link encode} does.
   * @example
   * const scores = await ae.score(today); // Float32Array, one per row
   * const oddest = scores.indexOf(Math.max(...scores));
   */
  score(x: MatrixInput): Promise<Float32Array<ArrayBuffer>> {
    return this.#score('score', x);
  }

  /**
   * The reconstruction error of each column in each row of `x`, (rows, input width): a Matrix
   * (rows, columns), where a category counts as one column. For a number it is the squared difference in
   * scaled units, for a category the cross-entropy -sum t log p in nats, and for a missing cell NaN. A row's
   * {@link score} is their mean, weighted by `columnWeights`.
   *
   * @throws (as a rejection) as {@link encode} does.
   * @example
   * const errors = await ae.columnErrors(today); // (rows, columns)
   * const [first] = errors; // Float32Array, one number per column
   */
  async columnErrors(x: MatrixInput): Promise<Matrix> {
    const live = this.#live;
    const input = live.input('columnErrors', x);
    if (live.requireNetwork().columns) return live.run('columnErrors', input);
    return squaredErrors(input, await live.run('reconstruct', input));
  }

  /**
   * An alias of {@link score}.
   *
   * @throws (as a rejection) as {@link encode} does.
   * @example
   * const errors = await ae.reconstructionError(today);
   */
  reconstructionError(x: MatrixInput): Promise<Float32Array<ArrayBuffer>> {
    return this.#score('reconstructionError', x);
  }

  /**
   * Sets the {@link threshold} so that the fraction `contamination` of the rows of `x` scores above it,
   * and resolves to the threshold: the (1 - contamination) quantile of their scores with linear
   * interpolation, as in PyOD (https://pyod.readthedocs.io) and numpy.quantile. Use mostly normal rows that
   * were held out from training: rows seen in training score lower than new ones, so a threshold taken from
   * them flags too many. Rows whose cells are all missing are ignored.
   *
   * @throws (as a rejection) as {@link encode} does; RangeError if `contamination` is not above 0
   *   and at most 0.5, if the threshold would not be finite, or if no row has a value; Error if a concurrent
   *   `fit` has changed the weights.
   * @example
   * await ae.fit(normal);
   * await ae.fitThreshold(heldOut, { contamination: 0.01 });
   * const flags = await ae.isAnomaly(today); // Uint8Array of 0 and 1
   */
  async fitThreshold(x: MatrixInput, options?: ThresholdOptions): Promise<number> {
    const { contamination } = checkThresholdOptions(options);
    const live = this.#live;
    const network = live.requireNetwork();
    const { version } = network;
    const scores = await this.#score('fitThreshold', x);
    if (live.network !== network || network.version !== version) {
      throw new Error(
        'fit changed the weights while fitThreshold measured them: call fitThreshold again once fit has ended',
      );
    }
    return live.keepThreshold(thresholdOf(scores, contamination));
  }

  /**
   * Sets the {@link threshold} to a score you choose, at least 0. `save` keeps it; a later `fit` clears it.
   *
   * @throws TypeError or RangeError if `score` is not such a number; Error after `dispose`.
   * @example
   * ae.setThreshold(0.02);
   * const flags = await ae.isAnomaly(today);
   */
  setThreshold(score: number): void {
    this.#live.requireAlive('setThreshold');
    this.#live.keepThreshold(checkThreshold(score));
  }

  /**
   * Flags each row of `x`, (rows, input width): 1 if its score is above the {@link threshold}, else 0.
   *
   * @throws (as a rejection) as {@link encode} does, and Error before {@link fitThreshold} or
   *   {@link setThreshold}.
   * @example
   * await ae.fitThreshold(normal); // 1 % of these rows are above it
   * const flags = await ae.isAnomaly(today); // Uint8Array, one per row
   */
  async isAnomaly(x: MatrixInput): Promise<Uint8Array<ArrayBuffer>> {
    const threshold = this.#live.requireThreshold('isAnomaly');
    return flag(await this.#score('isAnomaly', x), threshold);
  }

  /**
   * Explains the score of each row of `x`, (rows, input width): its `top` columns with the largest errors,
   * largest first. Errors are in scaled units, values in the columns' original units; missing cells are
   * left out. Entries have the column's `name` if the model was made with `columns` names.
   *
   * @throws (as a rejection) as {@link encode} does, TypeError or RangeError for bad options.
   * @example
   * const [[worst]] = await ae.explain(row, { top: 1 });
   * console.log(`${names[worst.feature]} is ${worst.value}, expected ${worst.expected}`);
   */
  async explain(x: MatrixInput, options?: ExplainOptions): Promise<FeatureError[][]> {
    const { top } = checkExplainOptions(options);
    return explain(await this.#judged('explain', x), top);
  }

  /**
   * Combines {@link score}, {@link isAnomaly} and {@link explain} in one pass: for each row of `x`,
   * (rows, input width), in order, its index, its score, whether that is above the {@link threshold}, and
   * its `top` columns with the largest errors.
   *
   * @throws (as a rejection) as `isAnomaly` and `explain` do.
   * @example
   * await ae.fitThreshold(normal);
   * for (const { row, score, isAnomaly, why } of await ae.detect(today, { top: 1 })) {
   *   if (isAnomaly) console.log(row, score, names[why[0].feature]);
   * }
   */
  async detect(x: MatrixInput, options?: ExplainOptions): Promise<Detection[]> {
    const { top } = checkExplainOptions(options, 'detect');
    const threshold = this.#live.requireThreshold('detect');
    return detect(await this.#judged('detect', x), { top, threshold });
  }

  /**
   * Fills each missing cell (NaN) of `x`, (rows, input width), from the reconstruction and leaves all other
   * cells exactly as given: a Matrix (rows, input width). A row whose cells are all missing gets the column
   * means.
   *
   * @throws (as a rejection) as {@link encode} does; Error on a model made without `missing: 'mask'`.
   * @example
   * const ae = new Autoencoder({ layers: [30, 8], scale: 'standard', missing: 'mask' });
   * await ae.fit(table); // NaN where a cell is missing
   * const complete = await ae.impute(table);
   */
  async impute(x: MatrixInput): Promise<Matrix> {
    return impute(this.#live, x);
  }

  /**
   * Copies of all parameters under PyTorch's names and shapes: `encoder.0.weight`
   * (outputs, inputs), `encoder.0.bias` (outputs), ..., `decoder.0.weight`, ...
   *
   * @throws Error after `dispose`.
   * @example
   * const { data, shape } = ae.parameters['encoder.0.weight']; // shape [64, 784]
   */
  get parameters(): Record<string, Parameter> {
    this.#live.requireAlive('parameters');
    return this.#live.requireNetwork().parameters();
  }

  /**
   * Returns the model as the bytes of a safetensors file, for {@link load}: options, parameters, scaler,
   * threshold, and the state needed to continue training. The same model gives the same bytes. Called
   * during `fit`, it saves the last finished epoch, from which a later `fit` with `resume` continues.
   *
   * @throws TypeError for bad options; RangeError if the file would be larger than an array can be (4 GiB
   *   in Node 20; `saveFile` can write such files); Error after `dispose`.
   * @example
   * const bytes = ae.save();
   * const small = ae.save({ optimizer: false }); // a third of the size, for inference only
   */
  save(options?: SaveOptions): Uint8Array<ArrayBuffer> {
    return joined(this.#pieces(options));
  }

  #pieces(options?: SaveOptions): Uint8Array[] {
    this.#live.requireAlive('save');
    return writeModel(this.#live.model, options);
  }

  /**
   * Returns a text table of the layers, their activations and parameter counts. After a `fit` of a network
   * with ReLUs it also shows how many units of each ReLU layer were 0 for every row of the last epoch.
   *
   * @throws Error after `dispose`.
   * @example
   * console.log(ae.summary()); // encoder.0  784 -> 64  leakyRelu  50,240 ...
   */
  summary(): string {
    this.#live.requireAlive('summary');
    return summary(this.#live.requireNetwork());
  }

  /**
   * 'Autoencoder' and the {@link summary}, as console.log shows it in Node. Works after `dispose`, too.
   *
   * @example
   * log(`${ae}`);
   */
  toString(): string {
    const isOpen = !this.#live.network && '(it takes the width of its rows from the first fit)';
    return `Autoencoder\n${this.#live.isDisposed ? '(disposed of)' : isOpen || this.summary()}`;
  }

  /** For Object.prototype.toString. */
  get [Symbol.toStringTag](): string {
    return 'Autoencoder';
  }

  /** @hidden The text that Node's console.log shows. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  /**
   * Frees memory and workers early. Calling it is optional: results do not depend on it, and a process can
   * exit without it. A running `fit` or stream of codes rejects; every later call throws.
   *
   * @example
   * ae.dispose(); // for example when a component unmounts
   */
  dispose(): void {
    this.#live.dispose();
  }

  async #score(method: string, x: MatrixInput): Promise<Float32Array<ArrayBuffer>> {
    return scoresOf(await this.#live.run('error', this.#live.input(method, x)));
  }

  /** The rows in their original units and as network inputs, with their reconstructions and errors. */
  async #judged(method: string, x: MatrixInput): Promise<Judged> {
    const live = this.#live;
    live.requireReady(method);
    const given = live.rows(x);
    const [input, { scaler }] = [live.scaled(given), live.preprocessing];
    const { columns } = live.requireNetwork();
    const [y, errors] = await Promise.all([
      live.run('reconstruct', input),
      columns && live.run('columnErrors', input),
    ]);
    return { given, input, y, scaler, byColumns: columns && errors && { columns, errors } };
  }
}
