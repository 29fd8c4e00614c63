import { checkFitOptions, type FitOptions, type History } from './fit-options.js';
import { Inference, type Task, threadsFor } from './inference.js';
import {
  acquireEngine,
  chooseFlavour,
  dropIdleEngine,
  type Engine,
  type Flavour,
  releaseEngine,
} from './kernels.js';
import { Matrix, type MatrixInput, type RowSource, rowSource } from './matrix.js';
import {
  type LoadOptions,
  type ModelOptions,
  modelOptions,
  readModel,
  writeModel,
} from './model-file.js';
import { Network, type Parameter } from './network.js';
import { type AutoencoderOptions, checkModelOptions, type ModelConfig } from './options.js';
import { hardwareThreads, randomSeed, sharesMemory } from './platform.js';
import { timeSlices } from './slices.js';
import { Training } from './training.js';

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
  readonly #config: ModelConfig;
  readonly #network: Network;
  readonly #flavour: Flavour;
  #fitting: AbortController | undefined;
  #disposed = false;

  /**
   * @throws TypeError for an option of the wrong kind or an unknown name, RangeError for a value
   *   out of range; the message names the option, what was expected and what came.
   */
  constructor(options: AutoencoderOptions) {
    this.#config = checkModelOptions(options, { seed: randomSeed, threads: hardwareThreads });
    this.#network = new Network(this.#config);
    this.#flavour = chooseFlavour(this.#config.fastMath);
  }

  /**
   * The model that {@link save} made `bytes` of. Or one from PyTorch, with `activation` and the like
   * given as options: a state dict saved by safetensors whose layers are named `encoder.0.weight`,
   * `decoder.0.weight`, ..., or `0.weight`, `2.weight`, ... (one Sequential).
   *
   * @throws TypeError for arguments of the wrong kind, RangeError for a file that is damaged or
   *   holds no such model; the message says what is wrong with it.
   * @example
   * const ae = Autoencoder.load(bytes);
   * const fromPyTorch = Autoencoder.load(bytes, { activation: 'relu', outputActivation: 'sigmoid' });
   */
  static load(bytes: Uint8Array, options?: LoadOptions): Autoencoder {
    const file = readModel(bytes, options);
    const ae = new Autoencoder(file.options);
    ae.#network.setParameters(file.parameter);
    return ae;
  }

  /**
   * The options that make this model what it is, with defaults: all but `threads`, `fastMath` and
   * `workerUrl`, which are the machine's and the page's.
   */
  get options(): ModelOptions {
    return modelOptions(this.#config);
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
   * Trains on the rows of `x`, (rows, input width), and resolves to one record an epoch. A second
   * `fit` goes on from the weights and Adam's moments reached, with a schedule of its own (see
   * `resume` and `reset`). The calling thread stays free.
   *
   * @throws (as a rejection) TypeError or RangeError for bad rows or options, with the model as it
   *   was; DivergenceError when the loss is no longer finite; the signal's reason when aborted.
   *   In the last two cases the model keeps the weights reached.
   * @example
   * const history = await ae.fit(x, { epochs: 5, onEpochEnd: ({ epoch, loss }) => log(epoch, loss) });
   */
  async fit(x: MatrixInput, options?: FitOptions<MatrixInput>): Promise<History> {
    this.#requireAlive('fit');
    if (this.#fitting) throw new Error('fit is already running on this model; await it first');
    const config = checkFitOptions<MatrixInput>(options, this.#config);
    const source = this.#rows('x', x);
    const validation =
      config.validationData === undefined
        ? undefined
        : this.#rows('validationData', config.validationData);
    config.signal?.throwIfAborted();

    const engine = acquireEngine(this, this.#flavour);
    const fitting = new AbortController();
    this.#fitting = fitting; // for dispose(), beside the caller's own signal
    const { signal } = config;
    const onAbort = () => fitting.abort(signal?.reason);
    signal?.addEventListener('abort', onAbort);
    try {
      const training = await Training.prepare(
        engine,
        this.#network,
        { ...config, signal: fitting.signal },
        {
          source,
          validation,
          seed: this.seed,
          threads: this.threads,
          workerUrl: this.#config.workerUrl,
        },
      );
      return await training.run();
    } finally {
      signal?.removeEventListener('abort', onAbort);
      this.#fitting = undefined;
      releaseEngine(engine);
      if (this.#disposed) dropIdleEngine(this);
    }
  }

  /**
   * The codes of the rows of `x`, (rows, input width): a Matrix (rows, code width).
   *
   * @throws (as a rejection) TypeError or RangeError for bad rows.
   */
  encode(x: MatrixInput): Promise<Matrix> {
    return this.#infer('encode', 'encode', x);
  }

  /**
   * The rows that the codes `z`, (rows, code width), stand for: a Matrix (rows, input width).
   *
   * @throws (as a rejection) TypeError or RangeError for bad codes.
   */
  decode(z: MatrixInput): Promise<Matrix> {
    return this.#infer('decode', 'decode', z);
  }

  /** `decode(encode(x))` in one pass: a Matrix (rows, input width). */
  reconstruct(x: MatrixInput): Promise<Matrix> {
    return this.#infer('reconstruct', 'reconstruct', x);
  }

  /** {@link encode} at once, on the calling thread: for a few rows. */
  encodeSync(x: MatrixInput): Matrix {
    return this.#inferSync('encodeSync', 'encode', x);
  }

  /** {@link decode} at once, on the calling thread: for a few rows. */
  decodeSync(z: MatrixInput): Matrix {
    return this.#inferSync('decodeSync', 'decode', z);
  }

  /** {@link reconstruct} at once, on the calling thread: for a few rows. */
  reconstructSync(x: MatrixInput): Matrix {
    return this.#inferSync('reconstructSync', 'reconstruct', x);
  }

  /** The mean squared error an element between the rows of `x` and their reconstructions. */
  async evaluate(x: MatrixInput): Promise<number> {
    const { data: errors } = await this.#infer('evaluate', 'error', x);
    return errors.reduce((sum, error) => sum + error, 0) / errors.length;
  }

  /** One mean squared error a row of `x`: how badly the model knows that row. */
  async reconstructionError(x: MatrixInput): Promise<Float32Array> {
    return (await this.#infer('reconstructionError', 'error', x)).data;
  }

  /**
   * Copies of all parameters under PyTorch's names and shapes: `encoder.0.weight`
   * (outputs, inputs), `encoder.0.bias` (outputs), ..., `decoder.0.weight`, ...
   */
  get parameters(): Record<string, Parameter> {
    this.#requireAlive('parameters');
    return this.#network.parameters();
  }

  /**
   * The model as the bytes of a safetensors file, for {@link load}: options and parameters. The same
   * bytes for the same model.
   */
  save(): Uint8Array<ArrayBuffer> {
    this.#requireAlive('save');
    return writeModel(this.options, this.#network.parameters());
  }

  /** The layers, their activations and their numbers of parameters, as a table of text. */
  summary(): string {
    this.#requireAlive('summary');
    const rows = this.#network.layers.map((layer) => [
      layer.name,
      `${layer.inputs} -> ${layer.outputs}`,
      layer.activation,
      this.#network.parametersOf(layer).toLocaleString('en'),
    ]);
    const table = [['layer', 'units', 'activation', 'parameters'], ...rows];
    const widths = [0, 1, 2].map((column) =>
      Math.max(...table.map((row) => row[column]?.length ?? 0)),
    );
    const count = Math.max(...table.map((row) => row[3]?.length ?? 0));
    const lines = table.map((row) =>
      [...widths.map((width, column) => row[column]?.padEnd(width)), row[3]?.padStart(count)].join(
        '  ',
      ),
    );
    return [...lines, `${this.#network.parameterCount.toLocaleString('en')} parameters`].join('\n');
  }

  /**
   * Frees memory and workers early; a running `fit` rejects. Never needed for correctness, nor for a
   * process to end. Every later call throws.
   */
  dispose(): void {
    this.#disposed = true;
    this.#fitting?.abort(new Error('the model was disposed of during fit'));
    dropIdleEngine(this);
  }

  async #infer(method: string, task: Task, x: MatrixInput): Promise<Matrix> {
    const run = this.#start(method, task, x, this.threads);
    const { source, engine, inference, threads, result } = run;
    try {
      const pause = timeSlices();
      if (threads > 1 && (await engine.pool.grow(threads - 1, this.#config.workerUrl))) {
        await inference.runInWorkers(source, result.data, pause);
      } else {
        for (let at = 0; at < source.rows; await pause()) {
          at = inference.runSlab(source, at, result.data);
        }
      }
    } finally {
      releaseEngine(engine);
    }
    return result;
  }

  #inferSync(method: string, task: Task, x: MatrixInput): Matrix {
    const { source, engine, inference, result } = this.#start(method, task, x, 1);
    try {
      for (let at = 0; at < source.rows; ) at = inference.runSlab(source, at, result.data);
    } finally {
      releaseEngine(engine);
    }
    return result;
  }

  /** Checks the rows, and lays the task out on an engine for up to `most` threads. */
  #start(
    method: string,
    task: Task,
    x: MatrixInput,
    most: number,
  ): {
    source: RowSource;
    engine: Engine;
    inference: Inference;
    threads: number;
    result: Matrix;
  } {
    this.#requireAlive(method);
    const source =
      task === 'decode' ? rowSource('z', x, this.#network.codeWidth, 'code') : this.#rows('x', x);
    const threads = threadsFor(this.#network, task, source.rows, sharesMemory() ? most : 1);
    const engine = acquireEngine(this, this.#flavour);
    try {
      const { contents } = engine;
      const bytes = source.bytes;
      const isReady =
        contents instanceof Inference && contents.serves(this.#network, task, bytes, threads);
      const inference = isReady
        ? contents
        : new Inference(engine, this.#network, task, bytes, threads);
      const width = inference.outputWidth;
      const result = new Matrix(new Float32Array(source.rows * width), [source.rows, width]);
      return { source, engine, inference, threads, result };
    } catch (error) {
      releaseEngine(engine);
      throw error;
    }
  }

  #rows(name: string, x: MatrixInput): RowSource {
    return rowSource(name, x, this.#network.inputs, 'input');
  }

  #requireAlive(method: string): void {
    if (this.#disposed) throw new Error(`${method} was called after dispose()`);
  }
}
