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

/** A model's file in pieces, where it may be too large for one array. */
export let piecesOf: (ae: Autoencoder, options?: SaveOptions) => readonly Uint8Array[];
/** What a model says of a table's columns, and what makes it say that: for autoencoder-wasm/table. */
export let tableOf: (ae: Autoencoder) => string | undefined;
export let setTable: (ae: Autoencoder, table: string) => void;
/** Where {@link tableOf} looks: through a Proxy, too. */
const TABLE = Symbol('table');

/** The model in a file that has been read; see {@link Autoencoder.load}. */
export let modelIn: (file: StoredFile, options?: LoadOptions) => Autoencoder;

/**
 * A dense autoencoder: an encoder of the given widths, and a decoder that mirrors it.
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
   * An untrained model, its weights drawn from the seed. Nothing is started or fetched before the first
   * call that computes.
   *
   * @throws TypeError for an option of the wrong kind or an unknown name, RangeError for a value
   *   out of range; the message names the option, what was expected and what came, and so do the
   *   error's fields `option`, `expected` (a text) and `got`, as of every method that takes options.
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
   * The model that {@link save} made `bytes` of. Or one from PyTorch, with `activation` and the like
   * given as options: a state dict saved by safetensors whose layers are two halves, as in
   * `encoder.0.weight` or `encoder.fc1.weight`, or one Sequential, as in `0.weight`, behind whatever all
   * names begin with (`module.`, `model.`). For others, the option `names` says which are which.
   *
   * @throws TypeError for arguments of the wrong kind, RangeError for a file that is damaged or
   *   holds no such model; the message says what is wrong with it.
   * @example
   * const ae = Autoencoder.load(bytes); // or of await (await fetch(url)).arrayBuffer()
   * const fromPyTorch = Autoencoder.load(stateDict, { activation: 'relu', outputActivation: 'sigmoid' });
   */
  static load(bytes: Uint8Array | ArrayBufferLike, options?: LoadOptions): Autoencoder {
    return modelIn(readSafetensors(bytes), options);
  }

  /** Whether a value is a model of this copy of the library. No static block: Chromium 92 has none. */
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
      // Made by another copy of us, or a Proxy of one.
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
   * The options that make this model what it is, with defaults: all but `threads`, `fastMath` and
   * `workerUrl`, which are the machine's and the page's.
   */
  get options(): ModelOptions {
    return modelOptions(this.#live.config);
  }

  /** The seed all randomness comes from: the one given, or the one drawn. */
  get seed(): number {
    return this.#live.config.seed;
  }

  /** The most threads this model uses. */
  get threads(): number {
    return this.#live.config.threads;
  }

  /** Whether relaxed SIMD is used: it was asked for, and the engine has it. */
  get fastMath(): boolean {
    return this.#live.flavour === 'fast';
  }

  /**
   * A copy of what the first `fit` learned about the columns: scaled = (x - offset) / factor. Undefined
   * before, and with `scale: 'none'`, which `'auto'` may settle to.
   */
  get scaler(): Scaler | undefined {
    const { scaler } = this.#live.preprocessing;
    return scaler && { ...scaler, offset: scaler.offset.slice(), factor: scaler.factor.slice() };
  }

  /**
   * A copy of what the network sees in place of missing cells, one scaled number a column: the mean of
   * the column, as the first `fit` learned it. Undefined before, and without `missing: 'mask'`.
   */
  get missingFill(): Float32Array<ArrayBuffer> | undefined {
    return this.#live.preprocessing.fill?.slice();
  }

  /** How many epochs the run that `fit` is in, or was last in, has finished; kept in files. 0 before the first. */
  get epochs(): number {
    return this.#live.network?.training?.run.epochs ?? 0;
  }

  /**
   * The records of all these {@link epochs}, those before a `resume`, too: copies. Files do not have them,
   * so that the same training gives the same bytes; after `load` they begin where training goes on.
   */
  get history(): History {
    return (this.#live.network?.training?.run.history ?? []).map((record) => ({ ...record }));
  }

  /**
   * The score above which a row is an anomaly, in scaled units squared: what {@link fitThreshold} or {@link setThreshold} set.
   * Undefined before, and again once `fit` has changed the weights.
   */
  get threshold(): number | undefined {
    return this.#live.threshold;
  }

  /**
   * Trains on the rows of `x`, (rows, input width), and resolves to one record per epoch. A second
   * `fit` goes on from the weights reached and Adam's moments, with a schedule of its own (see
   * `resume` and `reset`). The calling thread stays free.
   *
   * Rows that do not fit into memory may come from an async iterable of batches (or single rows), or
   * from a function that returns an iterable, sync or not, and is called for each epoch: a generator
   * gives its rows only once. Some 16 MB of rows are read, shuffled and trained on at a time, and no
   * more are asked for meanwhile. `scale` is settled by and learned from the first of these pieces.
   *
   * @throws (as a rejection) TypeError or RangeError for bad rows or options (these with `option`,
   *   `expected` and `got`, as in `schedule.warmup`), with the model as it was; DivergenceError when the loss is no longer finite: the model then has the weights of the
   *   last finished epoch; the signal's reason when aborted: it then keeps the weights reached.
   * @example
   * const history = await ae.fit(x, { epochs: 5, onEpochEnd: ({ epoch, loss }) => log(epoch, loss) });
   * const best = Math.min(...history.map(({ loss }) => loss));
   * await ae.fit(() => rowsOfFile(), { epochs: 2 }); // which is called for each epoch
   */
  async fit(x: TrainingInput, options?: FitOptions<MatrixInput>): Promise<History> {
    return fitModel(this.#live, x, options);
  }

  /**
   * Trains on the rows of `x`, (rows, input width), once, at a constant learning rate, and goes on from
   * all that was learned before: for rows that arrive over time. Resolves to the record of this pass.
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
   * The codes of the rows of `x`, (rows, input width): a Matrix (rows, code width), a new one or
   * `options.into`.
   *
   * @throws (as a rejection) TypeError or RangeError for bad rows or options; Error before `fit` on a
   *   model that scales, and after `dispose`.
   * @example
   * const codes = await ae.encode(images); // images: (rows, 784)
   * const first = codes.row(0); // Float32Array(64)
   * await ae.encode(images, { into: codes }); // as many rows: no new memory
   * const bytes = new Uint8Array(images.length * 784); // pixels: products in integers, faster
   * await ae.encode(bytes, { precision: 'int16' });
   */
  async encode(x: MatrixInput, options: EncodeOptions = {}): Promise<Matrix> {
    const live = this.#live;
    const rows = live.input('encode', x);
    const { codeWidth } = live.requireNetwork();
    const into = checkInto('encode', options, x, rows.rows, codeWidth, ['precision']);
    return live.run(encoding(options.precision, rows), rows, into);
  }

  /**
   * The rows that the codes `z`, (rows, code width), stand for, in their own units: a Matrix
   * (rows, input width).
   *
   * @throws (as a rejection) TypeError or RangeError for bad codes; Error before `fit` on a model that
   *   scales, and after `dispose`.
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
   * `decode(encode(x))` in one pass, the same bits: a Matrix (rows, input width), in the rows' own units.
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
   * {@link encode} at once, on the calling thread: for a few rows. The same bits.
   *
   * @throws as {@link encode} does.
   * @example
   * const code = ae.encodeSync([image]).row(0); // Float32Array(64)
   */
  encodeSync(x: MatrixInput, options: EncodeOptions = {}): Matrix {
    const live = this.#live;
    const rows = live.input('encodeSync', x);
    const { codeWidth } = live.requireNetwork();
    const into = checkInto('encodeSync', options, x, rows.rows, codeWidth, ['precision']);
    return live.runSync(encoding(options.precision, rows), rows, into);
  }

  /**
   * {@link decode} at once, on the calling thread: for a few rows. The same bits.
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
   * {@link reconstruct} at once, on the calling thread: for a few rows. The same bits.
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
   * {@link score} at once, on the calling thread: for a few rows. The same bits.
   *
   * @throws as {@link encode} does.
   * @example
   * const [score] = ae.scoreSync(row);
   */
  scoreSync(x: MatrixInput): Float32Array<ArrayBuffer> {
    return scoresOf(this.#live.runSync('error', this.#live.input('scoreSync', x)));
  }

  /**
   * The codes of streamed rows: a Matrix (rows, code width) for each batch or row of
   * `source`, or for each `batchSize` rows. What is not asked for is not read.
   *
   * @param source an iterable or async iterable of what {@link encode} takes, or of single rows.
   * @throws (as a rejection of the first `next()` it concerns) as `encode` does, the rows numbered from
   *   the first of all; what `source` throws.
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
   * {@link encodeStream} as a web TransformStream, from batches or rows to Matrices of codes. It reads
   * no faster than its codes are taken.
   *
   * @throws TypeError or RangeError for bad options; bad rows are errors of the stream.
   * @example
   * await readable.pipeThrough(ae.encodeTransform({ batchSize: 1024 })).pipeTo(writable);
   */
  encodeTransform(options?: StreamOptions): TransformStream<StreamInput, Matrix> {
    return encodeTransform(this.#live, options);
  }

  /**
   * The mean squared error per element between the rows of `x`, (rows, input width), and their
   * reconstructions, in scaled units squared, over the observed cells.
   *
   * @throws (as a rejection) as {@link encode} does, and RangeError where no cell is observed.
   * @example
   * const mse = await ae.evaluate(unseen); // of digits, about 0.0035 per pixel
   */
  async evaluate(x: MatrixInput): Promise<number> {
    return meanOfErrors(await this.#live.run('error', this.#live.input('evaluate', x)));
  }

  /**
   * How badly the model knows each row of `x`, (rows, input width): the mean squared error of its
   * reconstruction, in scaled units, over its observed cells; with `categories` or `columnWeights` the
   * mean of {@link columnErrors}, so weighed. One number a row, high for rows unlike those that `fit` has
   * seen; NaN for a row without any value.
   *
   * @throws (as a rejection) as {@link encode} does.
   * @example
   * const scores = await ae.score(today); // Float32Array, one a row
   * const oddest = scores.indexOf(Math.max(...scores));
   */
  score(x: MatrixInput): Promise<Float32Array<ArrayBuffer>> {
    return this.#score('score', x);
  }

  /**
   * The error of each column of each row of `x`, (rows, input width), with a category as one column: a
   * Matrix (rows, columns). Of a number it is the squared difference in scaled units, of a category the
   * cross-entropy -sum t log p in nats; NaN where the row's cell is missing. A row's {@link score} is their
   * mean, by `columnWeights`.
   *
   * @throws (as a rejection) as {@link encode} does.
   * @example
   * const errors = await ae.columnErrors(today); // (rows, columns)
   * const [first] = errors; // Float32Array, one a column
   */
  async columnErrors(x: MatrixInput): Promise<Matrix> {
    const live = this.#live;
    const input = live.input('columnErrors', x);
    if (live.requireNetwork().columns) return live.run('columnErrors', input);
    return squaredErrors(input, await live.run('reconstruct', input));
  }

  /**
   * The same as {@link score}.
   *
   * @throws (as a rejection) as {@link encode} does.
   * @example
   * const errors = await ae.reconstructionError(today);
   */
  reconstructionError(x: MatrixInput): Promise<Float32Array<ArrayBuffer>> {
    return this.#score('reconstructionError', x);
  }

  /**
   * Sets the {@link threshold} so that the share `contamination` of the rows of `x` scores above it,
   * and resolves to it: the (1 - contamination) quantile of their scores, linear between neighbours,
   * as PyOD (https://pyod.readthedocs.io) and numpy.quantile take it. Hold rows out for `x`, mostly
   * good ones: those that `fit` has learned score lower than new ones do, and a threshold taken from
   * them flags too many. Rows without any value do not count.
   *
   * @throws (as a rejection) as {@link encode} does, RangeError for a share that is not above 0
   *   and at most 0.5, or where the threshold would not be finite or no row has a value, and Error if a `fit` that runs
   *   beside it has changed the weights meanwhile.
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
   * Sets the {@link threshold} to a score of your own, at least 0; `save` keeps it, and a later `fit`
   * forgets it.
   *
   * @throws TypeError or RangeError for what is no such number; Error after `dispose`.
   * @example
   * ae.setThreshold(0.02);
   * const flags = await ae.isAnomaly(today);
   */
  setThreshold(score: number): void {
    this.#live.requireAlive('setThreshold');
    this.#live.keepThreshold(checkThreshold(score));
  }

  /**
   * 1 for each row of `x`, (rows, input width), whose score is above the {@link threshold}, else 0.
   *
   * @throws (as a rejection) as {@link encode} does, and Error before {@link fitThreshold} or
   *   {@link setThreshold}.
   * @example
   * await ae.fitThreshold(normal); // 1 % of these rows are above it
   * const flags = await ae.isAnomaly(today); // Uint8Array, one a row
   */
  async isAnomaly(x: MatrixInput): Promise<Uint8Array<ArrayBuffer>> {
    const threshold = this.#live.requireThreshold('isAnomaly');
    return flag(await this.#score('isAnomaly', x), threshold);
  }

  /**
   * Why each row of `x`, (rows, input width), scores as it does: its `top` columns of largest error,
   * largest first. Errors are in scaled units, values in the columns' own; missing cells are left out.
   * Each says its column's `name`, where the model was made with names of `columns`.
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
   * All of {@link score}, {@link isAnomaly} and {@link explain} in one pass over the network: for each row
   * of `x`, (rows, input width), in order, its number, its score, whether that is above the
   * {@link threshold}, and its `top` columns of largest error.
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
   * The rows of `x`, (rows, input width), with each missing cell (NaN) filled from the reconstruction
   * and all others exactly as given: a Matrix (rows, input width). A row without any value gets the means
   * of the columns.
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
   * The model as the bytes of a safetensors file, for {@link load}: options, parameters, scaler,
   * threshold, and what training needs to go on. The same bytes for the same model. Called during
   * `fit`, it saves what a later `fit` with `resume` goes on from: the last finished epoch.
   *
   * @throws TypeError for bad options; RangeError where the file is larger than an array can be (4 GiB
   *   in Node 20; `saveFile` writes such files, too); Error after `dispose`.
   * @example
   * const bytes = ae.save();
   * const small = ae.save({ optimizer: false }); // a third, to be used and not trained on
   */
  save(options?: SaveOptions): Uint8Array<ArrayBuffer> {
    return joined(this.#pieces(options));
  }

  #pieces(options?: SaveOptions): Uint8Array[] {
    this.#live.requireAlive('save');
    return writeModel(this.#live.model, options);
  }

  /**
   * The layers, their activations and their numbers of parameters, as a table of text; and after a
   * `fit` of a network with ReLUs, how many units of each such layer were 0 for every row of the last
   * epoch.
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
   * 'Autoencoder' and the {@link summary}, as console.log shows it in Node. After `dispose`, too.
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

  /** @hidden What Node shows of it. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  /**
   * Frees memory and workers early; a running `fit` rejects, and so does a stream of codes. Never needed
   * for correctness, nor for a process to end. Every later call throws.
   *
   * @example
   * ae.dispose(); // for instance when a component of a page is taken away
   */
  dispose(): void {
    this.#live.dispose();
  }

  async #score(method: string, x: MatrixInput): Promise<Float32Array<ArrayBuffer>> {
    return scoresOf(await this.#live.run('error', this.#live.input(method, x)));
  }

  /** Rows, as they are and as the network takes them, and what it makes of them. */
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
