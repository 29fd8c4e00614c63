// What the first fit decides: scale and output with `scale: 'auto'`, and what is learned about the columns.
// The model does not change until a run has given it weights.

import { timeSlices } from '../base/slices.js';
import { rowReader } from '../data/csr.js';
import { floatSource, type RowSource, type SparseReader } from '../data/matrix.js';
import { hasGaps, masked, scaled } from '../data/preprocessing.js';
import { learnColumns, type SettledScale, withoutCategories } from '../data/scaler.js';
import type { RowStream } from '../data/streams.js';
import { untilAborted } from '../data/until-aborted.js';
import { ACTIVATIONS, type Activation } from '../model/activations.js';
import { type Model, NO_PREPROCESSING, type Preprocessing } from '../model/model.js';
import { Network } from '../model/network.js';
import { checkWidth, type ModelConfig } from '../model/options.js';
import type { FitConfig } from './fit-options.js';
import { splitRows } from './split-rows.js';

/** Rows are examined in blocks of about this many values. */
const BLOCK_VALUES = 1 << 16;

/** A model with these options for rows of this width. RangeError if it has the names of other columns. */
export function widened(config: ModelConfig, width: number): Model {
  const { inner = [], ...rest } = config;
  checkWidth(config, width);
  const layers = [width, ...inner];
  const settled = { ...rest, layers };
  return {
    config: settled,
    network: new Network(settled),
    preprocessing: NO_PREPROCESSING,
    threshold: undefined,
  };
}

/** Reads the first piece of a stream, and returns it with a function that opens the stream including it. */
export async function peeked(
  open: () => RowStream,
  signal: AbortSignal,
  holds: boolean,
): Promise<{ first: unknown; open: () => RowStream }> {
  const stream = untilAborted(open(), signal, holds);
  const next = await stream.next();
  async function* whole() {
    if (next.done) return;
    yield next.value;
    yield* stream;
  }
  let isFirst = true;
  return {
    first: next.done ? [] : next.value,
    open: () => {
      if (!isFirst) return open();
      isFirst = false;
      return whole();
    },
  };
}

/** What one fit contributes to a model. */
export class Settling {
  /** The network to train: the model's own, or one that shares its parameters and gets its output later. */
  readonly network: Network;
  readonly #old: Model;
  readonly #config: ModelConfig;
  readonly #fit: FitConfig<unknown>;
  #settled: Model | undefined;

  /** @param given the options that the model was created with, which `reset` returns to. */
  constructor(old: Model, given: ModelConfig, fit: FitConfig<unknown>) {
    this.#old = old;
    this.#config = fit.reset ? { ...given, layers: old.config.layers } : old.config;
    this.#fit = fit;
    this.network = old.network;
    if (this.#config.scale === 'auto') {
      this.network = new Network(this.#config, old.network);
    }
  }

  /** The model once it has weights from this fit. */
  get settled(): Model {
    return this.#settled as Model;
  }

  /** Decides from the training rows, on its first call. */
  async settle(rows: RowSource, signal: AbortSignal): Promise<void> {
    if (this.#settled) return;
    const source = masked(rows, this.#config);
    const { scale, outputActivation } = await this.#decide(source, signal);
    const config = { ...this.#config, scale, outputActivation };
    if (this.network !== this.#old.network) this.network.setOutput(outputActivation);
    const preprocessing = await this.#learn(source, scale, signal);
    this.#settled = { config, network: this.network, preprocessing, threshold: undefined };
  }

  /** Rows as the network takes them. */
  prepared(rows: RowSource): RowSource {
    const { config, preprocessing } = this.settled;
    return scaled(masked(rows, config, preprocessing), preprocessing, this.#fit.loss === 'bce');
  }

  async #decide(
    source: RowSource,
    signal: AbortSignal,
  ): Promise<{ scale: SettledScale; outputActivation: Activation }> {
    const { scale, outputActivation: given } = this.#config;
    if (scale !== 'auto') return { scale, outputActivation: given as Activation };
    if (source.bytes || this.#fit.loss === 'bce' || (await isUnitRange(source, signal))) {
      return { scale: 'none', outputActivation: given ?? 'sigmoid' };
    }
    return {
      scale: given === undefined || ACTIVATIONS[given].isUnbounded ? 'standard' : 'minmax',
      outputActivation: given ?? 'linear',
    };
  }

  /** What is already known about the columns, or else learned now. */
  async #learn(
    source: RowSource,
    scale: SettledScale,
    signal: AbortSignal,
  ): Promise<Preprocessing> {
    const { validationSplit, reset } = this.#fit;
    const { preprocessing } = this.#old;
    const { scaler, fill } = preprocessing;
    const fills = hasGaps(this.#config);
    const isKnown = (scaler || scale === 'none') && (fill || !fills);
    if (isKnown && !reset) return preprocessing;
    if (scale === 'none' && !fills) return NO_PREPROCESSING;
    const [, held] = await splitRows(source, { validationSplit, signal }, this.#config.seed);
    const learned = await learnColumns(source, scale, fills, held, signal);
    return withoutCategories(learned, this.#config.categories);
  }
}

/** Whether every value is in [0, 1], ignoring NaN. */
async function isUnitRange(source: RowSource, signal: AbortSignal): Promise<boolean> {
  const { rows, width, sparse } = source;
  if (sparse) return isSparseUnitRange(sparse, rows, signal);
  const floats = floatSource(source);
  const blockRows = Math.max(1, Math.floor(BLOCK_VALUES / width));
  const block = new Float32Array(Math.min(blockRows, rows) * width);
  const pause = timeSlices(signal);
  for (let from = 0; from < rows; from += blockRows) {
    const to = Math.min(from + blockRows, rows);
    const values = block.subarray(0, (to - from) * width);
    floats.copy(from, to, values);
    for (let i = 0; i < values.length; i++) {
      const value = values[i] as number;
      if (value < 0 || value > 1) return false;
    }
    await pause();
  }
  return true;
}

/** The same for compressed rows, one row at a time. */
async function isSparseUnitRange(
  sparse: SparseReader,
  rows: number,
  signal: AbortSignal,
): Promise<boolean> {
  const rowAt = rowReader(sparse);
  const pause = timeSlices(signal);
  for (let row = 0; row < rows; row++) {
    const { count, values } = rowAt(row);
    for (let e = 0; e < count; e++) {
      const value = values[e] as number;
      if (value < 0 || value > 1) return false;
    }
    await pause();
  }
  return true;
}
