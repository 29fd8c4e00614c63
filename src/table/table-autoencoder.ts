import { flag, thresholdOf } from '../anomalies/anomalies.js';
import { Autoencoder, tableOf } from '../autoencoder.js';
import { hardwareThreads, randomSeed } from '../base/platform.js';
import type { Matrix, MatrixInput } from '../data/matrix.js';
import type { LoadOptions, SaveOptions } from '../files/model-file.js';
import type { History } from '../model/history.js';
import {
  checkExplainOptions,
  checkThresholdOptions,
  type ExplainOptions,
  type ThresholdOptions,
} from '../model/method-options.js';
import { makeReachable, reachThroughProxies } from '../model/proxies.js';
import { type Schema, shown, type TableColumn } from './columns.js';
import {
  columnsOf,
  modelFor,
  notices,
  type TableFitOptions,
  type TableTraining,
  train,
} from './fit-table.js';
import { LiveTable } from './live-table.js';
import { checkTableOptions, type TableConfig, type TableOptions } from './options.js';
import { type ColumnError, decodeRows, explainRows, imputeRows, scoreRows } from './results.js';
import type { TableInput, TableRow } from './rows.js';
import { readTable } from './table-file.js';

/** Wraps a model from a file as a table's model; RangeError if it is not one. */
export let aroundModel: (model: Autoencoder) => TableAutoencoder;

/**
 * An autoencoder for tables: objects with numbers, categories, dates and missing values. It infers the types
 * of the columns and chooses the network.
 *
 * @example
 * const t = new TableAutoencoder({ seed: 0 });
 * await t.fit(people, { epochs: 20 });
 * t.columns; // [{ name: 'age', type: 'number' }, { name: 'city', type: 'category', values: [...] }, ...]
 * const complete = await t.impute(people); // objects without missing values
 */
export class TableAutoencoder {
  readonly #config: TableConfig;
  #live: LiveTable | undefined;
  #isFitting = false;

  /**
   * Creates a model whose columns and network are determined by the rows of the first {@link fit}.
   *
   * @throws TypeError for an option of the wrong type or with an unknown name, RangeError for a value out of
   *   range.
   * @example
   * const t = new TableAutoencoder({ columns: { zip: 'category' }, layers: [64, 8], seed: 0 });
   */
  constructor(options?: TableOptions) {
    makeReachable(this);
    this.#config = checkTableOptions(options, { seed: randomSeed, threads: hardwareThreads });
  }

  /**
   * Loads a model from the bytes that {@link save} returned.
   *
   * @throws TypeError for arguments of the wrong type, RangeError for a file that is damaged or contains no
   *   model of a table.
   * @example
   * const t = TableAutoencoder.load(bytesOfTable);
   */
  static load(
    bytes: Uint8Array | ArrayBufferLike,
    options?: Pick<LoadOptions, 'threads' | 'fastMath' | 'workerUrl'>,
  ): TableAutoencoder {
    return TableAutoencoder.#around(Autoencoder.load(bytes, options));
  }

  /** Wraps a model from a file. No static block: Chromium 92 lacks them. */
  static readonly #around = ((): ((model: Autoencoder) => TableAutoencoder) => {
    reachThroughProxies(TableAutoencoder.prototype, (value) => #config in value);
    aroundModel = (model) => {
      const text = tableOf(model);
      if (text === undefined) {
        throw new RangeError(
          'bytes is a model of rows of numbers, not of a table: load it with Autoencoder.load',
        );
      }
      const schema = readTable(text);
      const t = new TableAutoencoder({ seed: model.seed });
      t.#live = new LiveTable(schema, model);
      return t;
    };
    return aroundModel;
  })();

  /** The seed of all randomness: the one given, or the one drawn. */
  get seed(): number {
    return this.#live?.model.seed ?? (this.#config.model.seed as number);
  }

  /** The columns in the table's order, with their inferred types; empty before the first {@link fit}. */
  get columns(): TableColumn[] {
    return this.#live ? shown(this.#live.schema) : [];
  }

  /**
   * The underlying model, whose inputs are the encoded columns.
   *
   * @throws Error before the first {@link fit}.
   */
  get model(): Autoencoder {
    return this.#requireLive('model').model;
  }

  /** How many epochs the current or last run of {@link fit} has finished. */
  get epochs(): number {
    return this.#live?.model.epochs ?? 0;
  }

  /** The records of these epochs, as in `Autoencoder.history`. */
  get history(): History {
    return this.#live?.model.history ?? [];
  }

  /** The score above which a row is an anomaly; undefined before {@link fitThreshold}, and after a `fit`. */
  get threshold(): number | undefined {
    return this.#live?.model.threshold;
  }

  /**
   * Trains on rows and resolves to one record per epoch. The first `fit`, and any `fit` with `reset`, infers
   * the types of the columns, from all rows or from the first `inferRows` of a stream; a warning names the
   * columns that are left out. Takes the options of `Autoencoder.fit`; the default `noise` hides a quarter of
   * the cells in each step, which the network learns to predict from the others.
   *
   * @throws (as a rejection) TypeError or RangeError for bad rows or options, with the model unchanged, and
   *   whatever `Autoencoder.fit` rejects with.
   * @example
   * const history = await t.fit(people, { epochs: 20, validationSplit: 0.1 });
   */
  async fit(rows: TableTraining, options: TableFitOptions = {}): Promise<History> {
    if (this.#isFitting) throw new Error('fit is already running on this model; await it first');
    this.#isFitting = true;
    const before = this.#live;
    try {
      const isNew = !before || options?.reset === true;
      if (isNew) {
        const schema: Schema = await columnsOf(this.#config, rows, options?.signal);
        this.#live = new LiveTable(schema, modelFor(this.#config, schema));
        notices.ready(this.#live, this.#config);
      }
      return await train(this.#live as LiveTable, rows, options);
    } catch (error) {
      if (this.#live !== before && this.#live?.model.epochs === 0) this.#live = before;
      throw error;
    } finally {
      this.#isFitting = false;
    }
  }

  /**
   * Encodes rows to their codes: a Matrix (rows, code width).
   *
   * @throws (as a rejection) TypeError or RangeError for bad rows; Error before {@link fit}.
   * @example
   * const codes = await t.encode(people);
   */
  async encode(rows: TableInput): Promise<Matrix> {
    const live = this.#requireLive('encode');
    return live.matrix(rows, (x) => live.model.encode(x));
  }

  /**
   * Decodes `codes`, (rows, code width), to rows as objects: numbers in their original units, the most
   * probable values of categories, and dates.
   *
   * @throws (as a rejection) TypeError or RangeError for bad codes; Error before {@link fit}.
   * @example
   * const [person] = await t.decode([(await t.encode(people)).row(0)]);
   */
  async decode(codes: MatrixInput): Promise<TableRow[]> {
    const live = this.#requireLive('decode');
    return decodeRows(live, await live.model.decode(codes));
  }

  /**
   * Reconstructs rows, as objects without missing values.
   *
   * @throws (as a rejection) as {@link encode} does.
   * @example
   * const back = await t.reconstruct(people);
   */
  async reconstruct(rows: TableInput): Promise<TableRow[]> {
    const live = this.#requireLive('reconstruct');
    return decodeRows(live, await live.matrix(rows, (x) => live.model.reconstruct(x)));
  }

  /**
   * Fills the missing cells of rows and returns the rows as objects. All other cells stay exactly as given,
   * including those of columns that the model leaves out.
   *
   * @throws (as a rejection) as {@link encode} does.
   * @example
   * const complete = await t.impute(people);
   */
  async impute(rows: TableInput): Promise<TableRow[]> {
    return imputeRows(this.#requireLive('impute'), rows);
  }

  /**
   * Scores each row, one number per row, higher for rows unlike those of `fit`: the mean over its columns of
   * the distance between value and expectation (see {@link ColumnError.error}); NaN for a row whose cells are
   * all missing.
   *
   * @throws (as a rejection) as {@link encode} does.
   * @example
   * const scores = await t.score(people);
   */
  async score(rows: TableInput): Promise<Float32Array<ArrayBuffer>> {
    return scoreRows(this.#requireLive('score'), rows);
  }

  /**
   * Explains the score of each row: its `top` columns (default 5) with the largest errors, largest first.
   *
   * @throws (as a rejection) as {@link encode} does, TypeError or RangeError for bad options.
   * @example
   * const [[worst]] = await t.explain(people.slice(0, 1), { top: 3 });
   * log(`${worst.column} is ${worst.value}, expected ${worst.expected}`);
   */
  async explain(rows: TableInput, options?: ExplainOptions): Promise<ColumnError[][]> {
    const { top } = checkExplainOptions(options);
    return explainRows(this.#requireLive('explain'), rows, top);
  }

  /**
   * Sets the {@link threshold} so that the fraction `contamination` (default 0.01) of these rows scores
   * above it, and resolves to the threshold. Use rows that were held out from training, if possible.
   *
   * @throws (as a rejection) as {@link encode} does, RangeError if `contamination` is not above 0 and at most
   *   0.5, or if no row has a value.
   * @example
   * await t.fitThreshold(people, { contamination: 0.01 });
   */
  async fitThreshold(rows: TableInput, options?: ThresholdOptions): Promise<number> {
    const { contamination } = checkThresholdOptions(options);
    const { model } = this.#requireLive('fitThreshold');
    const threshold = thresholdOf(await this.score(rows), contamination);
    if (this.#isFitting) {
      throw new Error('fit is running: call fitThreshold again after it has finished');
    }
    model.setThreshold(threshold);
    return threshold;
  }

  /**
   * Sets the {@link threshold} to a score you choose, at least 0.
   *
   * @throws TypeError or RangeError if `score` is not such a number; Error before {@link fit}.
   */
  setThreshold(score: number): void {
    this.#requireLive('setThreshold').model.setThreshold(score);
  }

  /**
   * Flags each row: 1 if its score is above the {@link threshold}, else 0.
   *
   * @throws (as a rejection) as {@link encode} does, and Error before {@link fitThreshold}.
   * @example
   * await t.fitThreshold(people);
   * const flags = await t.isAnomaly(people); // Uint8Array, one per row
   */
  async isAnomaly(rows: TableInput): Promise<Uint8Array<ArrayBuffer>> {
    this.#requireLive('isAnomaly');
    const { threshold } = this;
    if (threshold === undefined) {
      throw new Error(
        'isAnomaly needs a threshold: call fitThreshold first, after the last fit, or setThreshold',
      );
    }
    return flag(await this.score(rows), threshold);
  }

  /**
   * Returns the model as the bytes of a safetensors file, for {@link load}, with the columns in its metadata.
   * The same model gives the same bytes.
   *
   * @throws TypeError for bad options; Error before {@link fit}.
   * @example
   * const bytes = t.save();
   */
  save(options?: SaveOptions): Uint8Array<ArrayBuffer> {
    return this.#requireLive('save').model.save(options);
  }

  /** 'TableAutoencoder', its columns, and the summary of the underlying model. */
  toString(): string {
    if (!this.#live) return 'TableAutoencoder\n(it takes its columns from the first fit)';
    const columns = this.columns.map(({ name, type }) => `${name}: ${type}`);
    return `TableAutoencoder of ${columns.join(', ')}\n${this.#live.model}`;
  }

  /** For Object.prototype.toString. */
  get [Symbol.toStringTag](): string {
    return 'TableAutoencoder';
  }

  /** @hidden The text that Node's console.log shows. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  /** Frees memory and workers early; a running `fit` rejects. Calling it is optional. */
  dispose(): void {
    this.#live?.model.dispose();
  }

  #requireLive(method: string): LiveTable {
    if (this.#live) return this.#live;
    throw new Error(`${method} needs the columns that fit learns: call fit first`);
  }
}
