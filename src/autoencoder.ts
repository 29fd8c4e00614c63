import {
  type Detection,
  detect,
  explain,
  type FeatureError,
  flag,
  scoresOf,
  thresholdOf,
} from './anomalies/anomalies.js';
import { abort, reasonOf, throwIfAborted } from './base/aborting.js';
import { DivergenceError } from './base/errors.js';
import { hardwareThreads, randomSeed } from './base/platform.js';
import { timeSlices } from './base/slices.js';
import { floatSource, type Matrix, type MatrixInput, type RowSource } from './data/matrix.js';
import { keepObserved, noValues } from './data/missing.js';
import { inferredWidth, rowSource } from './data/row-forms.js';
import {
  type Columns,
  isScaled,
  type Scaler,
  scaledSource,
  unscale,
  unscaleRows,
} from './data/scaler.js';
import {
  Batches,
  type RowStream,
  requireStream,
  type StreamInput,
  type TrainingInput,
} from './data/streams.js';
import { untilAborted } from './data/until-aborted.js';
import { dropIdleEngine, type Engine, openEngine, releaseEngine } from './engine/kernels.js';
import { chooseFlavour, type Flavour } from './engine/modules.js';
import {
  type LoadOptions,
  type ModelOptions,
  modelOptions,
  readModel,
  type SaveOptions,
  writeModel,
} from './files/model-file.js';
import { joined, readSafetensors, type StoredFile } from './files/safetensors.js';
import type { Task } from './inference/inference.js';
import { type Runner, runTask, runTaskSync } from './inference/run-inference.js';
import type { EpochRecord, History } from './model/history.js';
import {
  checkExplainOptions,
  checkStreamOptions,
  checkThreshold,
  checkThresholdOptions,
  type ExplainOptions,
  type StreamOptions,
  type ThresholdOptions,
} from './model/method-options.js';
import { Network, type Parameter } from './model/network.js';
import { type AutoencoderOptions, checkModelOptions, type ModelConfig } from './model/options.js';
import { makeReachable, reachThroughProxies } from './model/proxies.js';
import { defaultEpochs } from './training/default-epochs.js';
import { explainedShare, sampleRows } from './training/explained.js';
import {
  checkFitOptions,
  checkPartialFitOptions,
  checkSampleWeight,
  type FitOptions,
  type PartialFitOptions,
} from './training/fit-options.js';
import { isFinished, sayFinished } from './training/run.js';
import { type Model, masked, peeked, Settling, widened } from './training/settle.js';
import { heldOut, splitRows } from './training/split-rows.js';
import { streamOpener, trainOnStream } from './training/stream-training.js';
import { Training } from './training/training.js';

/** A model's file in pieces, where it may be too large for one array. */
export let piecesOf: (ae: Autoencoder, options?: SaveOptions) => readonly Uint8Array[];
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
  /** What it was made with, and what that has been settled to. */
  readonly #given: ModelConfig;
  #config: ModelConfig;
  /** Undefined until rows have said the width, where that was left to them. */
  #made: Network | undefined;
  /** What it is, untrained, from when a first fit knows the width until it has weights. */
  #widened: Model | undefined;
  readonly #flavour: Flavour;
  #columns: Columns = { scaler: undefined, fill: undefined };
  /** A threshold, and the network, and its version, whose scores it is of. */
  #threshold:
    | { readonly value: number; readonly network: Network; readonly version: number }
    | undefined;
  #fitting: AbortController | undefined;
  readonly #disposal = new AbortController();

  /**
   * An untrained model, its weights drawn from the seed. Nothing is started or fetched before the first
   * call that computes.
   *
   * @throws TypeError for an option of the wrong kind or an unknown name, RangeError for a value
   *   out of range; the message names the option, what was expected and what came.
   * @example
   * const ae = new Autoencoder({ layers: [784, 1000, 500, 250, 30], init: 'he', seed: 0 });
   */
  constructor(options: AutoencoderOptions) {
    makeReachable(this);
    this.#given = checkModelOptions(options, { seed: randomSeed, threads: hardwareThreads });
    this.#config = this.#given;
    if (!this.#config.inner) this.#made = new Network(this.#config);
    this.#flavour = chooseFlavour(this.#config.fastMath);
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
    const isOwn = (value: object) => #made in value;
    modelIn = (file, options) => {
      const { options: own, fill, learned } = readModel(file, options);
      const ae = new Autoencoder(own);
      fill(ae.#network);
      ae.#columns = learned.columns;
      if (learned.threshold !== undefined) ae.#keepThreshold(learned.threshold);
      return ae;
    };
    piecesOf = (ae, options) => {
      // Made by another copy of us, or a Proxy of one.
      if (!Autoencoder.#isOwn(ae)) return [ae.save(options)];
      ae.#requireAlive('save');
      return ae.#pieces(options);
    };
    reachThroughProxies(Autoencoder.prototype, isOwn);
    return isOwn;
  })();

  /**
   * The options that make this model what it is, with defaults: all but `threads`, `fastMath` and
   * `workerUrl`, which are the machine's and the page's.
   */
  get options(): ModelOptions {
    return modelOptions(this.#widened?.config ?? this.#config);
  }

  /** The seed all randomness comes from: the one given, or the one drawn. */
  get seed(): number {
    return this.#config.seed;
  }

  /** The most threads this model uses. */
  get threads(): number {
    return this.#config.threads;
  }

  /** Whether relaxed SIMD is used: it was asked for, and the engine has it. */
  get fastMath(): boolean {
    return this.#flavour === 'fast';
  }

  /**
   * A copy of what the first `fit` learned about the columns: scaled = (x - offset) / factor. Undefined
   * before, and with `scale: 'none'`, which `'auto'` may settle to.
   */
  get scaler(): Scaler | undefined {
    const { scaler } = this.#columns;
    return scaler && { ...scaler, offset: scaler.offset.slice(), factor: scaler.factor.slice() };
  }

  /**
   * A copy of what the network sees in place of missing cells, one scaled number a column: the mean of
   * the column, as the first `fit` learned it. Undefined before, and without `missing: 'mask'`.
   */
  get missingFill(): Float32Array<ArrayBuffer> | undefined {
    return this.#columns.fill?.slice();
  }

  /** How many epochs the run that `fit` is in, or was last in, has finished; kept in files. 0 before the first. */
  get epochs(): number {
    return this.#made?.training?.run.epochs ?? 0;
  }

  /**
   * The records of all these {@link epochs}, those before a `resume`, too: copies. Files do not have them,
   * so that the same training gives the same bytes; after `load` they begin where training goes on.
   */
  get history(): History {
    return (this.#made?.training?.run.history ?? []).map((record) => ({ ...record }));
  }

  /**
   * The score above which a row is an anomaly, in scaled units squared: what {@link fitThreshold} or {@link setThreshold} set.
   * Undefined before, and again once `fit` has changed the weights.
   */
  get threshold(): number | undefined {
    const { value, network, version } = this.#threshold ?? {};
    const isOf = network && network === (this.#made ?? this.#widened?.network);
    return isOf && version === network.version ? value : undefined;
  }

  /**
   * Trains on the rows of `x`, (rows, input width), and resolves to one record an epoch. A second
   * `fit` goes on from the weights reached and Adam's moments, with a schedule of its own (see
   * `resume` and `reset`). The calling thread stays free.
   *
   * Rows that do not fit into memory may come from an async iterable of batches (or single rows), or
   * from a function that returns an iterable, sync or not, and is called for each epoch: a generator
   * gives its rows only once. Some 16 MB of rows are read, shuffled and trained on at a time, and no
   * more are asked for meanwhile. `scale` is settled by and learned from the first of these pieces.
   *
   * @throws (as a rejection) TypeError or RangeError for bad rows or options, with the model as it
   *   was; DivergenceError when the loss is no longer finite: the model then has the weights of the
   *   last finished epoch; the signal's reason when aborted: it then keeps the weights reached.
   * @example
   * const history = await ae.fit(x, { epochs: 5, onEpochEnd: ({ epoch, loss }) => log(epoch, loss) });
   * const best = Math.min(...history.map(({ loss }) => loss));
   * await ae.fit(() => rowsOfFile(), { epochs: 2 }); // which is called for each epoch
   */
  async fit(x: TrainingInput, options?: FitOptions<MatrixInput>): Promise<History> {
    this.#requireAlive('fit');
    if (this.#fitting) throw new Error('fit is already running on this model; await it first');
    const config = checkFitOptions<MatrixInput>(options, this.#config);
    let open = streamOpener(x, config);
    throwIfAborted(config.signal);
    const before = { config: this.#config, network: this.#made, columns: this.#columns };
    let old = this.#made ? { ...before, network: this.#made } : undefined;
    if (!open) old ??= widened(this.#config, inferredWidth('x', x));
    const rowsOf = (name: string, rows: MatrixInput, { config, network, columns }: Model) =>
      masked(rowSource(name, rows, network.inputs, 'input', this.#hasGaps), config, columns);
    const validationOf = (model: Model) =>
      config.validationData && rowsOf('validationData', config.validationData, model);
    const source = open || !old ? undefined : rowsOf('x', x as MatrixInput, old);
    let validation = old && validationOf(old);
    if (source && config.sampleWeight !== undefined) {
      // A copy: rows are read later.
      config.sampleWeight = checkSampleWeight(config.sampleWeight, source.rows);
    }
    const decideEpochs = ({ config: { layers } }: Model) => {
      if (options?.epochs !== undefined) return;
      const rows = source ? source.rows - heldOut(source.rows, config) : config.rows;
      config.epochs = defaultEpochs(rows, config.batchSize, layers);
    };
    if (old) decideEpochs(old);
    if (config.resume === 'auto' && this.#made && isFinished(this.#made, config)) {
      sayFinished(this.epochs);
      return this.history;
    }

    const fitting = new AbortController();
    this.#fitting = fitting; // for dispose(), beside the caller's own signal
    const { signal } = config;
    const onAbort = () => abort(fitting, signal && reasonOf(signal));
    signal?.addEventListener('abort', onAbort);
    let engine: Engine | undefined;
    try {
      engine = await openEngine(this, this.#flavour);
      throwIfAborted(fitting.signal);
      if (config.checkpoint?.check) await config.checkpoint.check();
      if (!old) {
        const peek = await peeked(open as () => RowStream, fitting.signal, signal !== undefined);
        open = peek.open;
        old = widened(this.#config, inferredWidth('x', peek.first));
        validation = validationOf(old);
        decideEpochs(old);
      }
      if (!this.#made) this.#widened = old;
      const settling = new Settling(old, this.#given, config);
      const { network } = settling;
      const onCheckpoint = () => config.checkpoint?.write(this.#pieces());
      const run = { ...config, signal: fitting.signal, onCheckpoint };
      const data = {
        seed: this.seed,
        threads: this.threads,
        workerUrl: this.#config.workerUrl,
        onWeights: () => {
          this.#become(settling.settled);
        },
      };
      let history: History;
      /** The rows that tell how much the model explains. */
      let sample: RowSource | undefined;
      const prepare = async (rows: RowSource) => {
        await settling.settle(rows, fitting.signal);
        return {
          source: settling.prepared(rows),
          validation: validation && settling.prepared(validation),
        };
      };
      if (source) {
        const all = { ...data, ...(await prepare(source)) };
        const [, held] = run.validationSplit > 0 ? await splitRows(all.source, run, this.seed) : [];
        sample = await sampleRows(all.validation ?? all.source, fitting.signal, held);
        const training = await Training.prepare(engine, network, run, all);
        history = await training.run();
      } else {
        history = await trainOnStream(engine, network, run, {
          ...data,
          open: open as () => RowStream,
          gaps: this.#hasGaps,
          holds: signal !== undefined,
          prepare: async (rows) => {
            const piece = await prepare(rows);
            sample ??= await sampleRows(piece.validation ?? piece.source, fitting.signal);
            return piece;
          },
        });
      }
      const last = history.at(-1);
      if (last && sample) {
        const explained = await explainedShare(engine, network, sample);
        if (explained !== undefined) last.explained = explained;
      }
      await onCheckpoint();
      return history;
    } catch (error) {
      // The weights are those from before, too.
      const isUnchanged = this.#made?.training?.run.epochs === 0 && !config.reset;
      if (error instanceof DivergenceError && isUnchanged) this.#become(before);
      throw error;
    } finally {
      signal?.removeEventListener('abort', onAbort);
      this.#fitting = undefined;
      this.#widened = undefined;
      if (engine) releaseEngine(engine);
      if (this.#disposed) dropIdleEngine(this);
    }
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
   * The codes of the rows of `x`, (rows, input width): a Matrix (rows, code width).
   *
   * @throws (as a rejection) TypeError or RangeError for bad rows; Error before `fit` on a model that
   *   scales, and after `dispose`.
   * @example
   * const codes = await ae.encode(images); // images: (rows, 784)
   * const first = codes.row(0); // Float32Array(64)
   */
  async encode(x: MatrixInput): Promise<Matrix> {
    return this.#run('encode', this.#inputOf('encode', x));
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
  async decode(z: MatrixInput): Promise<Matrix> {
    return this.#inOwnUnits(this.#run('decode', this.#codes('decode', z)));
  }

  /**
   * `decode(encode(x))` in one pass, the same bits: a Matrix (rows, input width), in the rows' own units.
   *
   * @throws (as a rejection) as {@link encode} does.
   * @example
   * const back = await ae.reconstruct(images); // (rows, 784)
   */
  async reconstruct(x: MatrixInput): Promise<Matrix> {
    return this.#inOwnUnits(this.#run('reconstruct', this.#inputOf('reconstruct', x)));
  }

  /**
   * {@link encode} at once, on the calling thread: for a few rows. The same bits.
   *
   * @throws as {@link encode} does.
   * @example
   * const code = ae.encodeSync([image]).row(0); // Float32Array(64)
   */
  encodeSync(x: MatrixInput): Matrix {
    return this.#runSync('encode', this.#inputOf('encodeSync', x));
  }

  /**
   * {@link decode} at once, on the calling thread: for a few rows. The same bits.
   *
   * @throws as {@link decode} does.
   * @example
   * slider.oninput = () => draw(ae.decodeSync([code]).row(0)); // in time for the next frame
   */
  decodeSync(z: MatrixInput): Matrix {
    const back = this.#runSync('decode', this.#codes('decodeSync', z));
    if (this.#columns.scaler) unscaleRows(back.data, this.#columns.scaler);
    return back;
  }

  /**
   * {@link reconstruct} at once, on the calling thread: for a few rows. The same bits.
   *
   * @throws as {@link encode} does.
   * @example
   * draw(ae.reconstructSync([image]).row(0));
   */
  reconstructSync(x: MatrixInput): Matrix {
    const back = this.#runSync('reconstruct', this.#inputOf('reconstructSync', x));
    if (this.#columns.scaler) unscaleRows(back.data, this.#columns.scaler);
    return back;
  }

  /**
   * {@link score} at once, on the calling thread: for a few rows. The same bits.
   *
   * @throws as {@link encode} does.
   * @example
   * const [score] = ae.scoreSync(row);
   */
  scoreSync(x: MatrixInput): Float32Array<ArrayBuffer> {
    return scoresOf(this.#runSync('error', this.#inputOf('scoreSync', x)));
  }

  /**
   * The codes of rows that come bit by bit: a Matrix (rows, code width) for each batch or row of
   * `source`, or for each `batchSize` rows. What is not asked for is not read.
   *
   * @param source an iterable or async iterable of what {@link encode} takes, or of single rows.
   * @throws (as a rejection of the first `next()` it concerns) as `encode` does, the rows numbered from
   *   the first of all; what `source` throws.
   * @example
   * for await (const codes of ae.encodeStream(rowsOfFile(), { batchSize: 1024 })) await index(codes);
   */
  async *encodeStream(
    source: RowStream,
    options?: StreamOptions,
  ): AsyncGenerator<Matrix, void, undefined> {
    const { batchSize } = checkStreamOptions('encodeStream', options);
    const stream = requireStream('source', source);
    this.#requireReady('encodeStream');
    const batches = new Batches('source', this.#network.inputs, batchSize, this.#hasGaps);
    for await (const chunk of untilAborted(stream, this.#disposal.signal, false)) {
      yield* this.#encodeEach('encodeStream', batches.add(chunk));
    }
    yield* this.#encodeEach('encodeStream', batches.rest());
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
    const { batchSize } = checkStreamOptions('encodeTransform', options);
    this.#requireReady('encodeTransform');
    const batches = new Batches('source', this.#network.inputs, batchSize, this.#hasGaps);
    const encode = async (
      rows: Iterable<RowSource>,
      controller: TransformStreamDefaultController<Matrix>,
    ) => {
      for await (const codes of this.#encodeEach('encodeTransform', rows)) {
        controller.enqueue(codes);
      }
    };
    const { signal } = this.#disposal;
    const over = new AbortController();
    return new TransformStream<StreamInput, Matrix>({
      start(controller) {
        const end = () => controller.error(reasonOf(signal)); // though no chunk may ever come
        signal.addEventListener('abort', end, { signal: over.signal });
      },
      transform: (chunk, controller) => encode(batches.add(chunk), controller),
      async flush(controller) {
        await encode(batches.rest(), controller);
        over.abort();
      },
    });
  }

  /**
   * The mean squared error an element between the rows of `x`, (rows, input width), and their
   * reconstructions, in scaled units squared, over the observed cells.
   *
   * @throws (as a rejection) as {@link encode} does, and RangeError where no cell is observed.
   * @example
   * const mse = await ae.evaluate(unseen); // of digits, some 0.0035 a pixel
   */
  async evaluate(x: MatrixInput): Promise<number> {
    const { data, shape } = await this.#run('error', this.#inputOf('evaluate', x));
    if (shape[1] === 1) return data.reduce((sum, error) => sum + error, 0) / data.length;
    let [sum, observed] = [0, 0];
    for (let i = 0; i < data.length; i += 2) {
      if (data[i + 1] === 0) continue;
      sum += (data[i] as number) * (data[i + 1] as number);
      observed += data[i + 1] as number;
    }
    if (observed === 0) throw noValues('x', shape[0]);
    return sum / observed;
  }

  /**
   * How badly the model knows each row of `x`, (rows, input width): the mean squared error of its
   * reconstruction, in scaled units, over its observed cells. One number a row, high for rows unlike
   * those that `fit` has seen; NaN for a row without any value.
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
    const network = this.#network;
    const { version } = network;
    const scores = await this.#score('fitThreshold', x);
    if (this.#network !== network || network.version !== version) {
      throw new Error(
        'fit changed the weights while fitThreshold measured them: call fitThreshold again once fit has ended',
      );
    }
    return this.#keepThreshold(thresholdOf(scores, contamination));
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
    this.#requireAlive('setThreshold');
    this.#keepThreshold(checkThreshold(score));
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
    const threshold = this.#requireThreshold('isAnomaly');
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
    this.#requireReady('explain');
    const given = this.#rows('x', x);
    const scaler = this.#columns.scaler;
    const input = this.#scaled(given);
    return explain(given, input, await this.#run('reconstruct', input), scaler, top);
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
    const threshold = this.#requireThreshold('detect');
    this.#requireReady('detect');
    const given = this.#rows('x', x);
    const scaler = this.#columns.scaler;
    const input = this.#scaled(given);
    const y = await this.#run('reconstruct', input);
    return detect(given, input, y, scaler, { top, threshold });
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
    this.#requireReady('impute');
    if (!this.#hasGaps) {
      throw new Error("impute needs a model made with the option missing: 'mask'");
    }
    const given = floatSource(this.#rows('x', x));
    const { scaler, fill } = this.#columns;
    const means = fill?.slice() ?? new Float32Array(given.width);
    if (scaler) unscaleRows(means, scaler);
    const complete = await this.#inOwnUnits(this.#run('reconstruct', this.#scaled(given)));
    await keepObserved(complete, given, means);
    return complete;
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
    this.#requireAlive('parameters');
    return this.#network.parameters();
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
    this.#requireAlive('save');
    return joined(this.#pieces(options));
  }

  #pieces(options?: SaveOptions): Uint8Array[] {
    const learned = { columns: this.#columns, threshold: this.threshold };
    return writeModel(this.#network, this.options, learned, options);
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
    this.#requireAlive('summary');
    const { layers, deadUnits } = this.#network;
    const hasDead = deadUnits.some((count) => count !== undefined);
    const rows = layers.map((layer, l) => [
      layer.name,
      `${layer.inputs} -> ${layer.outputs}`,
      layer.activation,
      this.#network.parametersOf(layer).toLocaleString('en'),
      ...(hasDead ? [deadUnits[l]?.toLocaleString('en') ?? '-'] : []),
    ]);
    const head = ['layer', 'units', 'activation', 'parameters', ...(hasDead ? ['dead units'] : [])];
    const table = [head, ...rows];
    const widths = head.map((_, column) =>
      Math.max(...table.map((row) => row[column]?.length ?? 0)),
    );
    const lines = table.map((row) =>
      row
        .map((cell, column) =>
          column < 3 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  '),
    );
    return [...lines, `${this.#network.parameterCount.toLocaleString('en')} parameters`].join('\n');
  }

  /**
   * 'Autoencoder' and the {@link summary}, as console.log shows it in Node. After `dispose`, too.
   *
   * @example
   * log(`${ae}`);
   */
  toString(): string {
    const isOpen =
      !(this.#made ?? this.#widened) && '(it takes the width of its rows from the first fit)';
    return `Autoencoder\n${this.#disposed ? '(disposed of)' : isOpen || this.summary()}`;
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
    abort(this.#disposal, new Error('the model was disposed of'));
    if (this.#fitting) abort(this.#fitting, new Error('the model was disposed of during fit'));
    dropIdleEngine(this);
  }

  /** Runs a task on rows as the network takes them, scaled, and leaves the result so. */
  #run(task: Task, source: RowSource): Promise<Matrix> {
    return runTask(this.#runner, task, source);
  }

  /** {@link #run} at once. */
  #runSync(task: Task, source: RowSource): Matrix {
    return runTaskSync(this.#runner, task, source);
  }

  get #runner(): Runner {
    const { threads, workerUrl } = this.#config;
    return { owner: this, network: this.#network, flavour: this.#flavour, threads, workerUrl };
  }

  /** Until the weights change. */
  #keepThreshold(value: number): number {
    const network = this.#network;
    this.#threshold = { value, network, version: network.version };
    return value;
  }

  async #score(method: string, x: MatrixInput): Promise<Float32Array<ArrayBuffer>> {
    return scoresOf(await this.#run('error', this.#inputOf(method, x)));
  }

  async *#encodeEach(
    method: string,
    batches: Iterable<RowSource>,
  ): AsyncGenerator<Matrix, void, undefined> {
    for (const rows of batches) {
      this.#requireReady(method);
      yield await this.#run('encode', this.#scaled(this.#masked(rows)));
    }
  }

  get #network(): Network {
    const network = this.#made ?? this.#widened?.network;
    if (network) return network;
    throw new Error('this model takes the width of its rows from the first fit: call fit first');
  }

  #become({
    config,
    network,
    columns,
  }: Omit<Model, 'network'> & { network: Network | undefined }): void {
    this.#widened = undefined;
    this.#config = config;
    this.#made = network;
    this.#columns = columns;
  }

  /** Rows of a caller's as the network takes them. */
  #inputOf(method: string, x: MatrixInput): RowSource {
    this.#requireReady(method);
    return this.#scaled(this.#rows('x', x));
  }

  #codes(method: string, z: MatrixInput): RowSource {
    this.#requireReady(method);
    return rowSource('z', z, this.#network.codeWidth, 'code');
  }

  #rows(name: string, x: MatrixInput): RowSource {
    return this.#masked(rowSource(name, x, this.#network.inputs, 'input', this.#hasGaps));
  }

  /** Whether cells may be missing. */
  get #hasGaps(): boolean {
    return this.#config.missing === 'mask';
  }

  #masked(source: RowSource): RowSource {
    return masked(source, this.#config, this.#columns);
  }

  #scaled(source: RowSource): RowSource {
    return this.#columns.scaler ? scaledSource(source, this.#columns.scaler, false) : source;
  }

  /** Undoes the scaling that is in use now. */
  async #inOwnUnits(running: Promise<Matrix>): Promise<Matrix> {
    const scaler = this.#columns.scaler;
    const rows = await running;
    if (scaler) await unscale(rows.data, scaler, timeSlices());
    return rows;
  }

  #requireThreshold(method: string): number {
    const { threshold } = this;
    if (threshold !== undefined) return threshold;
    throw new Error(
      `${method} needs a threshold: call fitThreshold first, after the last fit, or setThreshold`,
    );
  }

  /** Neither disposed of, nor in want of a scaler. */
  #requireReady(method: string): void {
    this.#requireAlive(method);
    const { scale } = this.#config;
    if (isScaled(scale) && !this.#columns.scaler) {
      throw new Error(`${method} needs what fit learns with scale '${scale}': call fit first`);
    }
  }

  get #disposed(): boolean {
    return this.#disposal.signal.aborted;
  }

  #requireAlive(method: string): void {
    if (this.#disposed) throw new Error(`${method} was called after dispose()`);
  }
}
