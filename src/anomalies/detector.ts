import { timeSlices } from '../base/slices.js';
import { Matrix, type MatrixInput, type RowSource } from '../data/matrix.js';
import { inferredWidth, rowSource } from '../data/row-forms.js';
import type { StoredFile } from '../files/safetensors.js';
import { joined, readSafetensors } from '../files/safetensors.js';
import { integer, wrong } from '../model/checks.js';
import { checkExplainOptions, type ExplainOptions } from '../model/method-options.js';
import type { ColumnsOption, MachineOption } from '../model/options.js';
import { makeReachable, reachThroughProxies } from '../model/proxies.js';
import { shown, type TableColumn } from '../table/columns.js';
import { listed } from '../table/live-table.js';
import type { TableBatch, TableCell } from '../table/rows.js';
import { cellValue, isTable, type Layout, layoutFor, type Part, tableSource } from './cells.js';
import { scaleRows, unscaled } from './columns.js';
import { readDetector, writeDetector } from './detector-file.js';
import type { Drift } from './drift.js';
import { blame, CHUNK_VALUES, judgeRows } from './judge.js';
import { type Learned, learn } from './learn.js';
import { judged, type Moved, movedColumn, movedValues } from './moved.js';
import {
  checkDetectorFit,
  checkDetectorOptions,
  checkDetectorThreshold,
  checkDriftOptions,
  type DetectorConfig,
  type DetectorFitOptions,
  type DetectorOptions,
  type DetectorThresholdOptions,
} from './options.js';
import { probabilityOf } from './probability.js';
import { sortedFloats } from './quantiles.js';
import { blocksOf } from './sample.js';
import { chooseThreshold, type Threshold } from './thresholds.js';

/** Rows for a detector: rows of numbers, as for `Autoencoder`, or a table. */
export type DetectorInput = MatrixInput | TableBatch;

/** One column's contribution to a row's score. */
export interface ColumnBlame {
  /** The column's name if known (tables, or the option `columns`), else its index, from 0. */
  column: string | number;
  /** Its share of the row's score, 0 to 1. The shares of all columns of a row sum to 1. */
  share: number;
  /** The row's value, in the column's original units; for bytes value / 255; for tables as given. */
  value: TableCell;
  /** The value expected from the row's other columns, in the same units; for categories the most likely one. */
  expected: TableCell;
}

/** The options of `AnomalyDetector.load(bytes, ...)`: those that belong to the machine or the page. */
export type DetectorLoadOptions = Pick<DetectorOptions, MachineOption>;

/** Judges scores that a detector has already computed, so that rows need not be scored again. */
export let judgement: {
  probabilities(detector: AnomalyDetector, scores: Float32Array): Float32Array<ArrayBuffer>;
  fitThreshold(
    detector: AnomalyDetector,
    scores: Float32Array<ArrayBuffer>,
    options?: DetectorThresholdOptions,
  ): void;
};
/** The file of a detector in pieces. */
export let detectorPieces: (detector: AnomalyDetector) => readonly Uint8Array[];
/** Called with the columns of a table that are left out; the command line replaces it, to print them itself. */
export const tableNotices = {
  leftOut(columns: readonly string[]): void {
    console.warn(
      `autoencoder-wasm: left out ${columns.length === 1 ? 'a column' : `${columns.length} columns`} of ` +
        `the table (${listed(columns)}); use types: { ... } to include them`,
    );
  },
};
/** Creates the detector of a file that has been read. */
export let detectorIn: (file: StoredFile, options?: DetectorLoadOptions) => AnomalyDetector;

/**
 * Finds anomalous rows in tables with numbers, categories, dates and missing values, without labels and
 * without knowing how many there are, by an ensemble of denoising autoencoders. docs/anomalies.md explains
 * the scores.
 *
 * @example
 * const detector = new AnomalyDetector({ seed: 0 });
 * await detector.fit(measures);
 * const flags = await detector.isAnomaly(measures); // Uint8Array of 0 and 1
 */
export class AnomalyDetector {
  readonly #config: DetectorConfig;
  #learned: Learned | undefined;
  #isFitting = false;
  #isDisposed = false;

  /**
   * Creates an untrained detector.
   *
   * @throws TypeError for an option of the wrong type or with an unknown name, RangeError for a value out of
   *   range, with the fields `option`, `expected` and `got`.
   * @example
   * const detector = new AnomalyDetector({ members: 5, missing: 'mask', seed: 0 });
   */
  constructor(options?: DetectorOptions) {
    makeReachable(this);
    this.#config = checkDetectorOptions(options);
  }

  /**
   * Loads a detector from the bytes that {@link save} returned.
   *
   * @throws TypeError for arguments of the wrong type, RangeError for a file that is damaged or contains no
   *   detector.
   * @example
   * const detector = AnomalyDetector.load(bytesOfDetector);
   */
  static load(bytes: Uint8Array | ArrayBufferLike, options?: DetectorLoadOptions): AnomalyDetector {
    return detectorIn(readSafetensors(bytes), options);
  }

  static readonly #isOwn = ((): ((value: object) => boolean) => {
    const isOwn = (value: object) => #learned in value;
    detectorIn = (file, options) => {
      const { options: own, learned } = readDetector(file, options);
      const detector = new AnomalyDetector(own);
      detector.#learned = learned;
      return detector;
    };
    judgement = {
      probabilities: (detector, scores) => {
        const learned = detector.#require('probability');
        return Float32Array.from(scores, (score) => probabilityOf(score, learned.scores));
      },
      fitThreshold: (detector, scores, options) => {
        const { method, contamination } = checkDetectorThreshold(options);
        const learned = detector.#require('fitThreshold');
        detector.#learned = {
          ...learned,
          threshold: chooseThreshold(scores, method, contamination),
        };
      },
    };
    detectorPieces = (detector) =>
      AnomalyDetector.#isOwn(detector) ? detector.#pieces() : [detector.save()];
    reachThroughProxies(AnomalyDetector.prototype, isOwn);
    return isOwn;
  })();

  /** The seed of all randomness: the one given, or the one drawn. */
  get seed(): number {
    return this.#config.seed;
  }

  /** The number of autoencoders in the ensemble. */
  get members(): number {
    return this.#config.members;
  }

  /** The number of inputs per row; for a table, those of all columns together. Undefined before {@link fit}. */
  get width(): number | undefined {
    return this.#learned?.width;
  }

  /** The option `columns`: which columns of a table the inputs are. */
  get columns(): ColumnsOption | undefined {
    return this.#config.columns;
  }

  /** The columns of a table with their inferred types; undefined for rows of numbers. */
  get tableColumns(): TableColumn[] | undefined {
    const { table } = this.#learned ?? {};
    return table && shown(table.schema);
  }

  /** The score above which a row is an anomaly. Undefined before {@link fit}. */
  get threshold(): number | undefined {
    return this.#learned?.threshold.threshold;
  }

  /** The {@link threshold}, the method it was chosen by, and why. Undefined before {@link fit}. */
  get thresholdChoice(): Threshold | undefined {
    const { threshold } = this.#learned ?? {};
    return threshold && { ...threshold };
  }

  /**
   * Trains on the rows of `x`, (rows, width), which may include anomalies, and resolves to the
   * {@link threshold} chosen by `'auto'`. Every call starts from scratch. From more than 20,000 rows it draws
   * 20,000 at random. A fifth of the rows, at most 2,000, is held out from all members; {@link probability}
   * is calibrated on their scores, and on up to 4,096 rows in total if the others score alike. The members
   * train in parallel, and the calling thread stays free.
   *
   * Objects, an object of columns `{ name: values, ... }`, and arrays that contain text or dates are treated
   * as a table, whose columns are numbers, categories, booleans or dates, inferred or given by `types`.
   * Identifiers and free text are left out, with a warning. Empty cells, null, NaN and words such as `NA` are
   * missing values.
   *
   * @throws (as a rejection) TypeError or RangeError for bad rows or options, DivergenceError if training
   *   diverges, the signal's reason when aborted, Error while another `fit` runs. The detector is then
   *   unchanged.
   * @example
   * const { why } = await detector.fit(measures, { onEpochEnd: ({ member, epoch }) => console.log(member, epoch) });
   */
  async fit(x: DetectorInput, options?: DetectorFitOptions): Promise<Threshold> {
    this.#requireAlive('fit');
    const fit = checkDetectorFit(options, this.#config);
    if (this.#isFitting) throw new Error('fit is already running on this detector; await it first');
    const { network, types, columns } = this.#config;
    this.#isFitting = true;
    try {
      let table: Layout | undefined;
      if (isTable(x) || types.size > 0) {
        table = await layoutFor(x, types, columns?.names, fit.signal);
        tellLeftOut(table, types);
      }
      const source = this.#source(x, network.layers?.[0] ?? table?.width, table);
      const learned = await learn(source, this.#config, fit);
      if (this.#isDisposed) throw new Error('the detector was disposed of during fit');
      this.#learned = { ...learned, ...(table && { table }) };
      return { ...learned.threshold };
    } finally {
      this.#isFitting = false;
    }
  }

  /**
   * Scores each row of `x`, (rows, width): one number per row, higher is more anomalous. 0 is the median of
   * the training rows, and 1 is about one robust standard deviation above it. A row's score does not depend on
   * the other rows of `x`. Missing cells count as normal, so no score is NaN.
   *
   * @throws (as a rejection) TypeError or RangeError for bad rows, Error before {@link fit} and after
   *   `dispose`.
   * @example
   * const scores = await detector.score(measures); // Float32Array, one per row
   * const oddest = scores.indexOf(Math.max(...scores));
   */
  async score(x: DetectorInput): Promise<Float32Array<ArrayBuffer>> {
    return this.#scores('score', x);
  }

  /**
   * For each row of `x`, (rows, width), the fraction of rows from the same source that score lower: numbers in
   * [0, 1], calibrated on the scores of rows given to {@link fit}. One in twenty normal rows is above 0.95.
   * It is not the probability that the row is an anomaly, which depends on how common anomalies are.
   *
   * @throws (as a rejection) as {@link score} does.
   * @example
   * const chances = await detector.probability(measures); // Float32Array, one per row
   */
  async probability(x: DetectorInput): Promise<Float32Array<ArrayBuffer>> {
    const learned = this.#require('probability');
    const scores = await this.#scores('probability', x);
    return Float32Array.from(scores, (score) => probabilityOf(score, learned.scores));
  }

  /**
   * Flags each row of `x`, (rows, width): 1 if its score is above the {@link threshold}, else 0.
   *
   * @throws (as a rejection) as {@link score} does.
   * @example
   * const flags = await detector.isAnomaly(measures); // Uint8Array, one per row
   */
  async isAnomaly(x: DetectorInput): Promise<Uint8Array<ArrayBuffer>> {
    const { threshold } = this.#require('isAnomaly').threshold;
    return Uint8Array.from(await this.#scores('isAnomaly', x), (score) =>
      Number(score > threshold),
    );
  }

  /**
   * Explains the score of each row of `x`, (rows, width): its `top` columns with the largest shares, largest
   * first. A column's share is how much the score drops when the column is hidden, relative to the sum of
   * these drops. The expected value is what the members reconstruct from the other columns, with the column
   * at its mean. Missing cells are left out.
   *
   * @throws (as a rejection) as {@link score} does, TypeError or RangeError for bad options.
   * @example
   * const [[worst]] = await detector.explain(measures.slice(0, 1), { top: 1 });
   * console.log(`${worst.column} is ${worst.value}, expected ${worst.expected}`);
   */
  async explain(x: DetectorInput, options?: ExplainOptions): Promise<ColumnBlame[][]> {
    const { top } = checkExplainOptions(options);
    const learned = this.#require('explain');
    const { width, scale, table } = learned;
    const rows = table && tableSource(x, table);
    const source = rows?.source ?? this.#source(x, width, undefined);
    const parts: readonly Part[] = table?.parts ?? partsOf(width);
    const names = this.#config.columns?.names;
    const all: ColumnBlame[][] = [];
    for await (const { from, values } of blocksOf(source)) {
      const z = new Matrix(scaleRows(values, scale), [values.length / width, width]);
      const { scores } = await judgeRows(learned, z);
      for (const [i, blames] of (await blame(learned, z, scores, parts)).entries()) {
        all.push(
          blames.slice(0, top).map(({ column, share, expected }) => {
            const { name, start, column: known } = parts[column] as Part;
            const own = expected.map((cell, c) => unscaled(cell, start + c, scale));
            return {
              column: name ?? names?.[column] ?? column,
              share,
              value: rows ? rows.given(column, from + i) : (values[i * width + column] as number),
              expected: known ? cellValue(known, own) : (own[0] as number),
            };
          }),
        );
      }
    }
    return all;
  }

  /**
   * Sets the {@link threshold} from the scores of `x`, (rows, width), and resolves to it with the method and
   * the reason for it. `'quantile'`: the fraction `contamination` of the rows is above. `'mad'`: 3 robust
   * standard deviations above the median. `'iqr'`: Tukey's fence, 1.5 interquartile ranges above the upper
   * quartile. `'gamma'`, `'tail'`: the (1 - contamination) quantile of a gamma distribution fitted to the
   * scores, or of a generalised Pareto distribution fitted to their tail. `'auto'` (default) has no
   * parameters: if the scores form two groups, the threshold lies between them; if they have a heavy tail, it
   * is that of `'mad'`; otherwise nothing separates anomalies from normal rows, and 5 % of the rows are above
   * it.
   *
   * @throws (as a rejection) as {@link score} does, TypeError or RangeError for bad options.
   * @example
   * const { method, share, why } = await detector.fitThreshold(measures);
   * await detector.fitThreshold(measures, { method: 'quantile', contamination: 0.01 });
   */
  async fitThreshold(x: DetectorInput, options?: DetectorThresholdOptions): Promise<Threshold> {
    const { method, contamination } = checkDetectorThreshold(options);
    const learned = this.#require('fitThreshold');
    const threshold = chooseThreshold(await this.#scores('fitThreshold', x), method, contamination);
    if (this.#learned !== learned) {
      throw new Error(
        'fit ended while fitThreshold measured what was there before: call fitThreshold again',
      );
    }
    this.#learned = { ...learned, threshold };
    return { ...threshold };
  }

  /**
   * Sets the {@link threshold} to a score you choose.
   *
   * @throws TypeError or RangeError if `score` is not a finite number; Error before {@link fit} and after
   *   `dispose`.
   * @example
   * detector.setThreshold(2.5);
   */
  setThreshold(score: number): void {
    const learned = this.#require('setThreshold');
    if (typeof score !== 'number') throw wrong(TypeError, 'threshold', 'a finite number', score);
    if (!Number.isFinite(score)) throw wrong(RangeError, 'threshold', 'a finite number', score);
    const threshold = { threshold: score, method: 'given', share: Number.NaN, why: 'it was given' };
    this.#learned = { ...learned, threshold: threshold as Threshold };
  }

  /**
   * Tests whether the rows of `x`, (rows, width), still have the distribution of the training rows: a
   * Kolmogorov-Smirnov test for each column and for the score, Pearson's chi-squared test for categories and
   * booleans. The false discovery rate is controlled at `alpha`, above 0 and below 1, default 0.01 (Benjamini
   * and Hochberg 1995). Needs at least 8 rows.
   *
   * @throws (as a rejection) as {@link score} does, RangeError for fewer rows.
   * @example
   * const { drifted, columns } = await detector.drift(measures);
   * if (drifted) console.log(columns.filter((each) => each.drifted).map(({ column }) => column));
   */
  async drift(x: DetectorInput, options?: { alpha?: number }): Promise<Drift> {
    const { alpha } = checkDriftOptions(options);
    const learned = this.#require('drift');
    const { width, scale, table } = learned;
    const source = this.#source(x, width, table);
    integer('the number of rows of x', source.rows, 8, 2 ** 32);
    const z = new Matrix(new Float32Array(source.rows * width), [source.rows, width]);
    for await (const { from, values } of blocksOf(source)) {
      z.data.set(scaleRows(values, scale), from * width);
    }
    const scores = sortedFloats(await this.#scores('drift', x));
    const names = this.#config.columns?.names;
    const parts: readonly Part[] = table?.parts ?? partsOf(width);
    const pause = timeSlices();
    const tests: Moved[] = [];
    for (const [c, part] of parts.entries()) {
      tests.push({ column: part.name ?? names?.[c] ?? c, ...movedColumn(learned, z, part) });
      await pause();
    }
    const reference = { values: learned.scores, rows: learned.scored };
    tests.push({ column: 'score', ...movedValues(reference, scores, (value) => value) });
    return judged(tests, alpha);
  }

  /**
   * Returns the trained detector and its threshold as the bytes of a safetensors file, for {@link load}.
   *
   * @throws Error before {@link fit} and after `dispose`.
   * @example
   * const bytes = detector.save();
   */
  save(): Uint8Array<ArrayBuffer> {
    return joined(this.#pieces());
  }

  #pieces(): Uint8Array[] {
    return writeDetector(this.#config, this.#require('save'));
  }

  /** For Object.prototype.toString. */
  get [Symbol.toStringTag](): string {
    return 'AnomalyDetector';
  }

  /**
   * Frees memory and workers early. Calling it is optional. Every later call throws.
   *
   * @example
   * detector.dispose();
   */
  dispose(): void {
    this.#isDisposed = true;
    for (const { ae, whiten } of this.#learned?.members ?? []) {
      ae.dispose();
      whiten.dispose();
    }
  }

  async #scores(method: string, x: DetectorInput): Promise<Float32Array<ArrayBuffer>> {
    const learned = this.#require(method);
    const { width, scale, table } = learned;
    const source = this.#source(x, width, table);
    const scores = new Float32Array(source.rows);
    for await (const { from, values } of blocksOf(source, undefined, CHUNK_VALUES)) {
      const z = new Matrix(scaleRows(values, scale), [values.length / width, width]);
      scores.set((await judgeRows(learned, z)).scores, from);
    }
    return scores;
  }

  #source(x: DetectorInput, given: number | undefined, table: Layout | undefined): RowSource {
    if (table) return tableSource(x, table).source;
    requireNumbers(x);
    const width = given ?? inferredWidth('x', x);
    const { missing, columns } = this.#config;
    const gaps = missing === 'mask';
    const source = rowSource('x', x, width, 'input', gaps);
    const names = columns?.names;
    if (names && names.length !== width) {
      throw new RangeError(
        `x must have a column for each of the ${names.length} names of columns, got ${width}`,
      );
    }
    return {
      ...source,
      ...(names && { columnNames: names }),
      ...(gaps && !source.bytes && { missing: new Float32Array(width) }),
    };
  }

  #requireAlive(method: string): void {
    if (this.#isDisposed) throw new Error(`${method} was called after dispose()`);
  }

  #require(method: string): Learned {
    this.#requireAlive(method);
    if (this.#learned) return this.#learned;
    throw new Error(`${method} needs a fitted detector: call fit first`);
  }
}

/** One part per column, for rows of numbers. */
function partsOf(width: number): Part[] {
  return Array.from({ length: width }, (_, start) => ({ start, size: 1 }));
}

function requireNumbers(x: unknown): asserts x is MatrixInput {
  if (!isTable(x)) return;
  throw new TypeError(
    'x must be rows of numbers, as fit has learned, got a table of words or objects',
  );
}

/** Reports the columns of a table that are left out, except those the user asked to ignore. */
function tellLeftOut({ schema }: Layout, types: ReadonlyMap<string, unknown>): void {
  const left = schema.flatMap((column) =>
    column.type === 'ignore' && !types.has(column.name) ? [`${column.name}: ${column.why}`] : [],
  );
  if (left.length > 0) tableNotices.leftOut(left);
}
