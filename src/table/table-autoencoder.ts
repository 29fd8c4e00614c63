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

/** The table's model around one from a file; RangeError where it is none. */
export let aroundModel: (model: Autoencoder) => TableAutoencoder;

/**
 * An autoencoder of a table as people have it: objects with numbers, categories, dates and gaps. It finds
 * out what the columns are, and chooses its network.
 *
 * @example
 * const t = new TableAutoencoder({ seed: 0 });
 * await t.fit(people, { epochs: 20 });
 * t.columns; // [{ name: 'age', type: 'number' }, { name: 'city', type: 'category', values: [...] }, ...]
 * const complete = await t.impute(people); // objects, without gaps
 */
export class TableAutoencoder {
  readonly #config: TableConfig;
  #live: LiveTable | undefined;
  #isFitting = false;

  /**
   * A model that takes its columns and its network from the rows of the first {@link fit}.
   *
   * @throws TypeError for an option of the wrong kind or an unknown name, RangeError for a value out of range.
   * @example
   * const t = new TableAutoencoder({ columns: { zip: 'category' }, layers: [64, 8], seed: 0 });
   */
  constructor(options?: TableOptions) {
    makeReachable(this);
    this.#config = checkTableOptions(options, { seed: randomSeed, threads: hardwareThreads });
  }

  /**
   * The model that {@link save} made `bytes` of.
   *
   * @throws TypeError for arguments of the wrong kind, RangeError for a file that is damaged or holds no
   *   table's model.
   * @example
   * const t = TableAutoencoder.load(bytesOfTable);
   */
  static load(
    bytes: Uint8Array | ArrayBufferLike,
    options?: Pick<LoadOptions, 'threads' | 'fastMath' | 'workerUrl'>,
  ): TableAutoencoder {
    return TableAutoencoder.#around(Autoencoder.load(bytes, options));
  }

  /** The table's model around one from a file. No static block: Chromium 92 has none. */
  static readonly #around = ((): ((model: Autoencoder) => TableAutoencoder) => {
    reachThroughProxies(TableAutoencoder.prototype, (value) => #config in value);
    aroundModel = (model) => {
      const text = tableOf(model);
      if (text === undefined) {
        throw new RangeError(
          'bytes is the model of no table, but of rows of numbers: load it by Autoencoder.load',
        );
      }
      const schema = readTable(text);
      const t = new TableAutoencoder({ seed: model.seed });
      t.#live = new LiveTable(schema, model);
      return t;
    };
    return aroundModel;
  })();

  /** The seed all randomness comes from: the one given, or the one drawn. */
  get seed(): number {
    return this.#live?.model.seed ?? (this.#config.model.seed as number);
  }

  /** The columns in the table's order, and what was found out about them; none before the first {@link fit}. */
  get columns(): TableColumn[] {
    return this.#live ? shown(this.#live.schema) : [];
  }

  /**
   * The model inside, whose inputs are the cells that columns become.
   *
   * @throws Error before the first {@link fit}.
   */
  get model(): Autoencoder {
    return this.#requireLive('model').model;
  }

  /** How many epochs the run that {@link fit} is in, or was last in, has finished. */
  get epochs(): number {
    return this.#live?.model.epochs ?? 0;
  }

  /** The records of these epochs, as `Autoencoder` has them. */
  get history(): History {
    return this.#live?.model.history ?? [];
  }

  /** The score above which a row is an anomaly; undefined before {@link fitThreshold}, and after a `fit`. */
  get threshold(): number | undefined {
    return this.#live?.model.threshold;
  }

  /**
   * Trains on rows, and resolves to one record per epoch. The first time, and with `reset`, it finds out
   * what the columns are: from all rows, or from the first `inferRows` of a stream; columns that are left
   * out are named in a warning. The options are those of `Autoencoder.fit`;
   * where `noise`
   * says nothing else, it hides a quarter of the cells in each step, to be told from the others.
   *
   * @throws (as a rejection) TypeError or RangeError for rows or options that cannot be, and what
   *   `Autoencoder.fit` rejects with; the model is then as it was.
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
   * The codes of rows: a Matrix (rows, code width).
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
   * The rows that codes, (rows, code width), stand for, as objects: numbers in their units, one of the
   * known values, dates.
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
   * What the model makes of rows, as objects without gaps.
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
   * The rows as objects, with each missing cell filled and all others exactly as given, those of columns
   * that the model leaves out, too.
   *
   * @throws (as a rejection) as {@link encode} does.
   * @example
   * const complete = await t.impute(people);
   */
  async impute(rows: TableInput): Promise<TableRow[]> {
    return imputeRows(this.#requireLive('impute'), rows);
  }

  /**
   * How unlike the rows of `fit` each row is, one number a row, higher is odder: the mean over its columns
   * of how far each is from what the model expects (see {@link ColumnError.error}); NaN for a row without
   * any value.
   *
   * @throws (as a rejection) as {@link encode} does.
   * @example
   * const scores = await t.score(people);
   */
  async score(rows: TableInput): Promise<Float32Array<ArrayBuffer>> {
    return scoreRows(this.#requireLive('score'), rows);
  }

  /**
   * Why each row scores as it does: its `top` columns (default 5) of largest error, largest first.
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
   * Sets the {@link threshold} so that the share `contamination` (default 0.01) of these rows scores
   * above it, and resolves to it. Rows held out are the better measure.
   *
   * @throws (as a rejection) as {@link encode} does, RangeError for a share that is not above 0 and at most
   *   0.5, or where no row has a value.
   * @example
   * await t.fitThreshold(people, { contamination: 0.01 });
   */
  async fitThreshold(rows: TableInput, options?: ThresholdOptions): Promise<number> {
    const { contamination } = checkThresholdOptions(options);
    const { model } = this.#requireLive('fitThreshold');
    const threshold = thresholdOf(await this.score(rows), contamination);
    if (this.#isFitting) {
      throw new Error('fit is running: call fitThreshold again once it has ended');
    }
    model.setThreshold(threshold);
    return threshold;
  }

  /**
   * Sets the {@link threshold} to a score of your own, at least 0.
   *
   * @throws TypeError or RangeError for what is no such number; Error before {@link fit}.
   */
  setThreshold(score: number): void {
    this.#requireLive('setThreshold').model.setThreshold(score);
  }

  /**
   * 1 for each row whose score is above the {@link threshold}, else 0.
   *
   * @throws (as a rejection) as {@link encode} does, and Error before {@link fitThreshold}.
   * @example
   * await t.fitThreshold(people);
   * const flags = await t.isAnomaly(people); // Uint8Array, one a row
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
   * The model as the bytes of a safetensors file, for {@link load}, the columns in its metadata. The same
   * bytes for the same model.
   *
   * @throws TypeError for bad options; Error before {@link fit}.
   * @example
   * const bytes = t.save();
   */
  save(options?: SaveOptions): Uint8Array<ArrayBuffer> {
    return this.#requireLive('save').model.save(options);
  }

  /** 'TableAutoencoder', its columns, and the summary of the model inside. */
  toString(): string {
    if (!this.#live) return 'TableAutoencoder\n(it takes its columns from the first fit)';
    const columns = this.columns.map(({ name, type }) => `${name}: ${type}`);
    return `TableAutoencoder of ${columns.join(', ')}\n${this.#live.model}`;
  }

  /** For Object.prototype.toString. */
  get [Symbol.toStringTag](): string {
    return 'TableAutoencoder';
  }

  /** @hidden What Node shows of it. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  /** Frees memory and workers early; a running `fit` rejects. Never needed for correctness. */
  dispose(): void {
    this.#live?.model.dispose();
  }

  #requireLive(method: string): LiveTable {
    if (this.#live) return this.#live;
    throw new Error(`${method} needs what fit learns of the table: call fit first`);
  }
}
