import { hardwareThreads, randomSeed } from '../base/platform.js';
import type { MatrixInput } from '../data/matrix.js';
import { readModel, writeModel } from '../files/model-file.js';
import { joined, readSafetensors, type StoredFile } from '../files/safetensors.js';
import { LiveModel } from '../inference/live-model.js';
import { boolean, integer, methodOptions, oneOf, record, within } from '../model/checks.js';
import type { History } from '../model/history.js';
import { type AutoencoderOptions, checkModelOptions } from '../model/options.js';
import { makeReachable, reachThroughProxies } from '../model/proxies.js';
import { fitModel } from '../training/fit.js';
import type { FitOptions } from '../training/fit-types.js';
import { type Anomaly, describeAnomalies } from './anomalies.js';
import { GAPS, type Gaps, gridOf, layOut, scaleOf, settleGaps, stepOf } from './grid.js';
import { type Learned, readLearned, writeLearned } from './learned.js';
import {
  type Moment,
  readSeries,
  requireChannels,
  type Series,
  type SeriesInput,
} from './moments.js';
import { chooseWindow } from './period.js';
import { Newest, type PushResult } from './push.js';
import { coveringMeans, newestErrors, tailOf, thresholdOf } from './scores.js';
import { participation, windowErrors, windowRows } from './window-errors.js';
import { MAX_WINDOW } from './windows.js';

/** Creates the detector stored in a file; RangeError if it contains none. */
export let detectorIn: (file: StoredFile, options?: DetectorMachine) => SeriesDetector;
/** Its file in pieces. */
export let piecesOfDetector: (detector: SeriesDetector) => Uint8Array[];

/** The options that belong to the machine or the page. */
export type DetectorMachine = Pick<AutoencoderOptions, 'threads' | 'workerUrl'>;

/** The options of `new SeriesDetector(...)`. */
export interface SeriesOptions extends DetectorMachine {
  /**
   * The length of a window in moments (time steps), an integer from 2. Default: chosen from the series: a 16th
   * of its length, between 32 and 512 moments, rounded to the nearest multiple of its period.
   */
  window?: number;
  /**
   * How missing moments and uneven times are handled. `'mask'`: moments are put on an even grid, whose step
   * is the median interval of the training series; empty grid points, and values that are NaN, null or
   * undefined, are missing and ignored. `'hold'`: missing values repeat the last value. `'ignore'`: moments
   * are used in order, regardless of their times; missing values are ignored. `'auto'` (default): `'mask'`,
   * or `'ignore'` if a fifth or more of the grid would be empty.
   */
  gaps?: Gaps;
  /** The fraction of normal moments to score above the threshold, above 0 and at most 0.1. Default 0.001. */
  tail?: number;
  /** The seed of all randomness, an integer from 0 to 2^32 - 1. Default: a random one. */
  seed?: number;
}

/** The options of `detector.fit(series, ...)`. */
export interface SeriesFitOptions
  extends Pick<FitOptions<MatrixInput>, 'epochs' | 'signal' | 'onEpochEnd' | 'onBatchEnd'> {}

/** The options of `detector.score(series, ...)` and `detector.anomalies(series, ...)`. */
export interface SeriesScoreOptions {
  /**
   * Whether a moment's score is the mean over all windows that contain it, including later ones (true, the
   * default), or that of the window that ends with it (false), as in `push`.
   */
  lookAhead?: boolean;
}

/**
 * Units of the hidden layer and the code, per channel: few, so that rare patterns are not learned. Mean AUROC
 * per moment on half of NAB: 64 and 4 units 0.840, 32 and 4 0.839, 64 and 2 0.836, 64 and 8 0.837.
 */
const [HIDDEN, CODE] = [32, 4];
const [MOST_HIDDEN, MOST_CODE] = [256, 32];
/** Optimiser steps if epochs are not given: more change the mean AUROC on NAB by less than 0.003. */
const STEPS = 2000;
const LEARNING_RATE = 0.002;

const OPTION_NAMES = ['window', 'gaps', 'tail', 'seed', 'threads', 'workerUrl'];

/**
 * Finds anomalies in time series: an autoencoder learns to reconstruct windows of the series, and a moment
 * (time step) scores by the reconstruction error of the windows around it. For one or several channels, with
 * or without times.
 *
 * @example
 * const d = new SeriesDetector({ seed: 0 });
 * await d.fit(load); // Float32Array, one number per moment
 * for (const { start, end, expected } of await d.anomalies(load)) console.log(start, end, expected);
 */
export class SeriesDetector {
  readonly #given: {
    window: number | undefined;
    gaps: Gaps;
    tail: number;
    model: { seed: number; threads: number } & DetectorMachine;
  };
  #live: LiveModel | undefined;
  #learned: Learned | undefined;
  #newest: Newest | undefined;
  #isFitting = false;

  /**
   * Creates an untrained detector.
   *
   * @throws TypeError for an option of the wrong type or with an unknown name, RangeError for a value out of
   *   range.
   * @example
   * const d = new SeriesDetector({ window: 128, gaps: 'hold', seed: 0 });
   */
  constructor(options?: SeriesOptions) {
    makeReachable(this);
    const given = record('options', options ?? {}, OPTION_NAMES);
    const { window, gaps = 'auto', tail = 1e-3, ...model } = given;
    const { seed, threads, workerUrl } = checkModelOptions(
      { ...model, layers: [2, 1] },
      { seed: randomSeed, threads: hardwareThreads },
    );
    this.#given = {
      window: window === undefined ? undefined : integer('window', window, 2, MAX_WINDOW),
      gaps: oneOf('gaps', gaps, ['auto', ...GAPS]),
      tail: within('tail', tail, { above: 0, atMost: 0.1 }),
      model: { seed, threads, ...(workerUrl !== undefined && { workerUrl }) },
    };
  }

  /**
   * Loads a detector from the bytes that {@link save} returned.
   *
   * @throws TypeError for arguments of the wrong type, RangeError for a file that is damaged or contains no
   *   detector for series.
   * @example
   * const d = SeriesDetector.load(bytesOfSeries);
   */
  static load(bytes: Uint8Array | ArrayBufferLike, options?: DetectorMachine): SeriesDetector {
    return SeriesDetector.#around(readSafetensors(bytes), options);
  }

  /** Creates the detector stored in a file. No static block: Chromium 92 lacks them. */
  static readonly #around = (() => {
    reachThroughProxies(SeriesDetector.prototype, (value) => #given in value);
    detectorIn = (file, options) => {
      const machine = methodOptions('load', options, ['threads', 'workerUrl']);
      const { options: own, fill, preprocessing, series } = readModel(file, machine);
      if (series === undefined) {
        throw new RangeError(
          'bytes is a model of rows, not of a series: load it with Autoencoder.load',
        );
      }
      const learned = readLearned(series);
      const { window, gaps, tail, channels } = learned;
      if (own.layers?.[0] !== window * channels || own.missing !== 'mask' || !preprocessing.fill) {
        throw new RangeError(
          'bytes is not a valid model: its windows are not those of its network',
        );
      }
      const seed = own.seed as number;
      const detector = new SeriesDetector({ window, gaps, tail, seed, ...machine });
      const live = liveModel(own, detector.#given.model);
      fill(live.requireNetwork());
      live.preprocessing = preprocessing;
      live.series = series;
      detector.#live = live;
      detector.#learned = learned;
      return detector;
    };
    piecesOfDetector = (detector) => detector.#pieces();
    return detectorIn;
  })();

  /** The seed of all randomness: the one given, or the one drawn. */
  get seed(): number {
    return this.#given.model.seed;
  }

  /** The window length in moments: the given one, or the one {@link fit} chose; undefined before. */
  get window(): number | undefined {
    return this.#learned?.window ?? this.#given.window;
  }

  /** The names of the channels; undefined before {@link fit}, and if they have no names. */
  get channels(): readonly string[] | undefined {
    return this.#learned?.names?.slice();
  }

  /**
   * The score above which a moment is an anomaly: the (1 - `tail`) quantile of a normal distribution with the
   * median and the median absolute deviation of the training scores. Undefined before {@link fit}.
   */
  get threshold(): number | undefined {
    return this.#learned && thresholdOf(this.#learned.moments, this.#learned.tail);
  }

  /** The threshold for scores that do not look ahead, as from {@link push}. */
  get pushThreshold(): number | undefined {
    return this.#learned && thresholdOf(this.#learned.newest, this.#learned.tail);
  }

  /**
   * Trains on a series, (moments, channels), and resolves to one record per epoch. Every call starts from
   * scratch. The series may contain anomalies: rare patterns are not learned. The calling thread stays free.
   *
   * @throws (as a rejection) TypeError or RangeError for a bad series: shorter than two windows, with times
   *   that go backwards, or with a channel without values; the signal's reason when aborted. The detector is
   *   then unchanged.
   * @example
   * await d.fit(metrics); // [{ time: '2026-01-01T00:00Z', requests: 12, errors: 0 }, ...]
   */
  async fit(series: SeriesInput, options?: SeriesFitOptions): Promise<History> {
    const names = ['epochs', 'signal', 'onEpochEnd', 'onBatchEnd'];
    const given = methodOptions('fit', options, names) as SeriesFitOptions;
    if (this.#isFitting) throw new Error('fit is already running on this detector; await it first');
    this.#isFitting = true;
    try {
      const { live, learned, history } = await this.#learn(await readSeries(series), given);
      live.series = writeLearned(learned);
      this.#newest?.close();
      this.#newest = undefined;
      this.#live = live;
      this.#learned = learned;
      return history;
    } finally {
      this.#isFitting = false;
    }
  }

  async #learn(series: Series, options: SeriesFitOptions) {
    const { tail, model } = this.#given;
    const { channels, names, moments } = series;
    const scale = scaleOf(series);
    const empty = scale.factor.findIndex((factor) => Number.isNaN(factor));
    if (empty >= 0) {
      throw new RangeError(
        `series must have a value in every channel, and channel ${names?.[empty] ?? empty} has none`,
      );
    }
    const step = stepOf(series);
    const given = this.#given.window;
    if (moments < 2 * (given ?? 2)) {
      throw new RangeError(
        `series must have at least two windows, ${2 * (given ?? 2)} moments, got ${moments}`,
      );
    }
    const gaps = settleGaps(this.#given.gaps, series, step, given ?? 512);
    // Gaps may be as long as a window, which is not known yet: assume the longest.
    const first = layOut(series, gridOf(series, step, given ?? 512, gaps), scale, gaps);
    const sum = channels === 1 ? first : meanOfChannels(first, channels);
    const window = given ?? (await chooseWindow(sum, options.signal));
    const values = layOut(series, gridOf(series, step, window, gaps), scale, gaps);
    const width = window * channels;
    const parts = participation(values, width, channels);
    if (parts && !parts.includes(1)) {
      throw new RangeError(
        `series must have a window of ${window} moments of which at least half are there, got none`,
      );
    }
    const code = Math.max(1, Math.min(CODE * channels, MOST_CODE, width >> 2));
    const live = liveModel(
      {
        layers: [width, Math.min(HIDDEN * channels, MOST_HIDDEN), code],
        ...{ activation: 'tanh', codeActivation: 'linear', outputActivation: 'linear' },
        ...{ init: 'glorot', scale: 'none', missing: 'mask', seed: model.seed },
      },
      model,
    );
    live.preprocessing = { scaler: undefined, fill: new Float32Array(width) };
    const rows = windowRows(values, width, channels);
    const steps = Math.ceil(rows.shape[0] / 64);
    const history = await fitModel(live, rows, {
      epochs: Math.max(1, Math.round(STEPS / steps)),
      learningRate: LEARNING_RATE,
      ...(parts && { sampleWeight: parts }),
      ...options,
    });
    const errors = await windowErrors(live, values, width, channels);
    const learned: Learned = {
      ...{ window, channels, names, step, gaps, tail },
      ...scale,
      moments: tailOf(coveringMeans(errors, window)),
      newest: tailOf(errors),
    };
    return { live, learned, history };
  }

  /**
   * Scores each moment of a series, (moments, channels): the mean error, in standard deviations, of the
   * windows that contain it. One number per moment, higher is more anomalous; NaN for a missing moment, and if
   * every window that contains it is more than half empty.
   *
   * @throws (as a rejection) TypeError or RangeError for a bad series, for one shorter than a window, and for
   *   channels that differ from those of `fit`; Error before `fit`.
   * @example
   * const scores = await d.score(load); // Float32Array, one per moment
   */
  async score(
    series: SeriesInput,
    options?: SeriesScoreOptions,
  ): Promise<Float32Array<ArrayBuffer>> {
    const { scores } = await this.#scored('score', series, options);
    return scores;
  }

  /**
   * Finds the anomalies of a series, in order: intervals of moments that score above the {@link threshold},
   * merged if less than half a window apart. Each has its start and end (the moments' times, or their
   * indices), its highest score, the probability that this is not a normal score, the channel that deviates
   * most, the moment `peak` where it does, its value there, and the expected value.
   *
   * @throws (as a rejection) as {@link score} does.
   * @example
   * const [first] = await d.anomalies(load);
   * // { start: 212, end: 260, peak: 233, score: 4.1, probability: 0.9999, channel: 0, value: 9, expected: 0.2 }
   */
  async anomalies(series: SeriesInput, options?: SeriesScoreOptions): Promise<Anomaly[]> {
    const found = await this.#scored('anomalies', series, options);
    const learned = this.#learned as Learned;
    const tail = found.lookAhead ? learned.moments : learned.newest;
    return describeAnomalies(this.#live as LiveModel, learned, tail, found);
  }

  async #scored(method: string, input: SeriesInput, options: SeriesScoreOptions | undefined) {
    const given = methodOptions(method, options, ['lookAhead']);
    const lookAhead = boolean('lookAhead', given.lookAhead ?? true);
    const { live, learned } = this.#require(method);
    const series = await readSeries(input, learned);
    const { window, channels, gaps, step } = learned;
    requireChannels(series.channels, learned);
    const grid = gridOf(series, step, window, gaps);
    if (grid.slots < window) {
      throw new RangeError(
        `series must have at least as many moments as a window, ${window}, got ${grid.slots}`,
      );
    }
    const values = layOut(series, grid, learned, gaps);
    const errors = await windowErrors(live, values, window * channels, channels);
    const places = lookAhead ? coveringMeans(errors, window) : newestErrors(errors, window);
    const { slotOf } = grid;
    const scores = new Float32Array(series.moments);
    for (let i = 0; i < scores.length; i++) {
      const slot = slotOf?.[i] ?? i;
      scores[i] = isThere(values, slot, channels) ? (places[slot] as number) : Number.NaN;
    }
    return { scores, errors, values, slotOf, series, lookAhead };
  }

  /**
   * Adds one moment of a live series: a number, or a value per channel as an array or object, with its `time`
   * if times matter. Returns the score of the window that ends with it, bitwise equal to
   * `score(series, { lookAhead: false })`, within microseconds. Returns undefined until the first window is
   * full, while more than half of the window is missing, and for a moment without a value. NaN, null and
   * undefined are missing values.
   *
   * @throws TypeError or RangeError for a bad moment: other channels, or a time before the last one. It is
   *   then not added. Error before `fit`.
   * @example
   * const result = d.push(0.7);
   * if (result?.isAnomaly) console.log(`odd: expected ${result.expected}`);
   */
  push(values: Moment): PushResult | undefined {
    if (!this.#newest?.isCurrent) {
      const { live, learned } = this.#require('push');
      this.#newest = new Newest(live, learned, this.pushThreshold as number);
    }
    return this.#newest.push(values);
  }

  /**
   * Discards the pushed moments: the next one starts a new first window.
   *
   * @example
   * socket.onopen = () => d.reset();
   */
  reset(): void {
    this.#newest?.close();
    this.#newest = undefined;
  }

  /**
   * Returns the detector as the bytes of a safetensors file, for {@link load}, without pushed moments.
   *
   * @throws Error before `fit`.
   * @example
   * const bytes = d.save();
   */
  save(): Uint8Array<ArrayBuffer> {
    return joined(this.#pieces());
  }

  #pieces(): Uint8Array[] {
    return writeModel(this.#require('save').live.model, { optimizer: false });
  }

  #require(method: string): { live: LiveModel; learned: Learned } {
    if (this.#live && this.#learned) return { live: this.#live, learned: this.#learned };
    throw new Error(`${method} needs a fitted detector: call fit first`);
  }

  /** For Object.prototype.toString. */
  get [Symbol.toStringTag](): string {
    return 'SeriesDetector';
  }
}

function liveModel(
  options: AutoencoderOptions,
  { threads, workerUrl }: { threads: number } & DetectorMachine,
): LiveModel {
  const machine = { threads, ...(workerUrl !== undefined && { workerUrl }) };
  return new LiveModel(
    checkModelOptions({ ...options, ...machine }, { seed: randomSeed, threads: hardwareThreads }),
  );
}

/** Whether a grid point has a value. */
function isThere(values: Float32Array, slot: number, channels: number): boolean {
  for (let c = 0; c < channels; c++) if (!Number.isNaN(values[slot * channels + c])) return true;
  return false;
}

/** The mean over the channels at each grid point, ignoring missing values. */
function meanOfChannels(values: Float32Array, channels: number): Float32Array {
  return Float32Array.from({ length: values.length / channels }, (_, i) => {
    let [sum, count] = [0, 0];
    for (let c = 0; c < channels; c++) {
      const value = values[i * channels + c] as number;
      if (Number.isNaN(value)) continue;
      sum += value;
      count++;
    }
    return count > 0 ? sum / count : Number.NaN;
  });
}
