// A model in use: its current state until it is disposed of, and callers' rows through it.

import { abort } from '../base/aborting.js';
import type { Matrix, MatrixInput, RowSource } from '../data/matrix.js';
import { inOwnUnits, rowsFor, scaled } from '../data/preprocessing.js';
import { rowSource } from '../data/row-forms.js';
import { isScaled, unscaleRows } from '../data/scaler.js';
import { dropIdleEngine } from '../engine/kernels.js';
import { chooseFlavour, type Flavour } from '../engine/modules.js';
import { type Model, NO_PREPROCESSING, type Preprocessing } from '../model/model.js';
import { Network } from '../model/network.js';
import type { ModelConfig } from '../model/options.js';
import type { Task } from './inference.js';
import { type Runner, runTask, runTaskSync } from './run-inference.js';

/** A model whose network may still be missing, until rows determine the width. */
export type ModelNow = Omit<Model, 'network'> & { readonly network: Network | undefined };

export class LiveModel {
  /** The options that it was created with. */
  readonly given: ModelConfig;
  readonly flavour: Flavour;
  readonly disposal: AbortController = new AbortController();
  /** Aborts the running `fit`. */
  fitting: AbortController | undefined;
  /** The options after the first fit has settled them. */
  config: ModelConfig;
  network: Network | undefined;
  preprocessing: Preprocessing = NO_PREPROCESSING;
  /** See {@link Model.table}. */
  table: string | undefined;
  /** See {@link Model.series}. */
  series: string | undefined;
  /** A threshold, and the network and version that it was set for. */
  #threshold:
    | { readonly value: number; readonly network: Network; readonly version: number }
    | undefined;

  constructor(given: ModelConfig) {
    this.given = given;
    this.config = given;
    if (!given.inner) this.network = new Network(given);
    this.flavour = chooseFlavour(given.fastMath);
  }

  get now(): ModelNow {
    const { config, network, preprocessing, threshold } = this;
    return { config, network, preprocessing, threshold };
  }

  /** @throws Error before the width is known. */
  get model(): Model {
    // No spread, which took a seventh of the time of `encodeSync` for one row.
    const { config, preprocessing, threshold, table, series } = this;
    return { config, network: this.requireNetwork(), preprocessing, threshold, table, series };
  }

  /** A threshold is valid only for the weights that it was set for. */
  become({ config, network, preprocessing }: ModelNow): void {
    this.config = config;
    this.network = network;
    this.preprocessing = preprocessing;
  }

  /** Undefined once the weights have changed. */
  get threshold(): number | undefined {
    const { value, network, version } = this.#threshold ?? {};
    return network && network === this.network && version === network.version ? value : undefined;
  }

  keepThreshold(value: number): number {
    const network = this.requireNetwork();
    this.#threshold = { value, network, version: network.version };
    return value;
  }

  get isDisposed(): boolean {
    return this.disposal.signal.aborted;
  }

  dispose(): void {
    abort(this.disposal, new Error('the model was disposed of'));
    if (this.fitting) abort(this.fitting, new Error('the model was disposed of during fit'));
    dropIdleEngine(this);
  }

  requireAlive(method: string): void {
    if (this.isDisposed) throw new Error(`${method} was called after dispose()`);
  }

  /** Requires that the model is not disposed of, and is fitted if it scales. */
  requireReady(method: string): void {
    this.requireAlive(method);
    const { scale } = this.config;
    if (isScaled(scale) && !this.preprocessing.scaler) {
      throw new Error(
        `${method} needs the scaling that fit learns with scale '${scale}': call fit first`,
      );
    }
  }

  requireNetwork(): Network {
    if (this.network) return this.network;
    throw new Error('this model takes the width of its rows from the first fit: call fit first');
  }

  requireThreshold(method: string): number {
    const { threshold } = this;
    if (threshold !== undefined) return threshold;
    throw new Error(
      `${method} needs a threshold: call fitThreshold first, after the last fit, or setThreshold`,
    );
  }

  /** The caller's rows, in their own units. */
  rows(x: MatrixInput): RowSource {
    return rowsFor(this.model, 'x', x);
  }

  /** The caller's rows, as the network takes them. */
  input(method: string, x: MatrixInput): RowSource {
    this.requireReady(method);
    return this.scaled(this.rows(x));
  }

  /** The caller's codes. */
  codes(method: string, z: MatrixInput): RowSource {
    this.requireReady(method);
    return rowSource('z', z, this.requireNetwork().codeWidth, 'code');
  }

  scaled(rows: RowSource): RowSource {
    return scaled(rows, this.preprocessing);
  }

  /** Runs a task on rows as the network takes them, and returns the network's result as it is. */
  run(task: Task, source: RowSource, into?: Matrix): Promise<Matrix> {
    return runTask(this.#runner, task, source, into);
  }

  /** The synchronous {@link run}. */
  runSync(task: Task, source: RowSource, into?: Matrix): Matrix {
    return runTaskSync(this.#runner, task, source, into);
  }

  /** {@link run}, converted to the rows' own units with the current scaling. */
  runToRows(task: Task, source: RowSource, into?: Matrix): Promise<Matrix> {
    return inOwnUnits(this.preprocessing, this.run(task, source, into));
  }

  /** The synchronous {@link runToRows}. */
  runToRowsSync(task: Task, source: RowSource, into?: Matrix): Matrix {
    const rows = this.runSync(task, source, into);
    const { scaler } = this.preprocessing;
    if (scaler) unscaleRows(rows.data, scaler);
    return rows;
  }

  get #runner(): Runner {
    const { threads, workerUrl } = this.config;
    return {
      owner: this,
      network: this.requireNetwork(),
      flavour: this.flavour,
      threads,
      workerUrl,
    };
  }
}
