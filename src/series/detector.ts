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

/** The detector in a file that has been read; RangeError where it holds none. */
export let detectorIn: (file: StoredFile, options?: DetectorMachine) => SeriesDetector;
/** Its file in pieces. */
export let piecesOfDetector: (detector: SeriesDetector) => Uint8Array[];

/** What belongs to the machine or the page. */
export type DetectorMachine = Pick<AutoencoderOptions, 'threads' | 'workerUrl'>;

/** What `new SeriesDetector(...)` takes. */
export interface SeriesOptions extends DetectorMachine {
  /**
   * Moments a window, an integer from 2: what is looked at as a whole. Default: chosen by the series, a
   * 16th of it, from 32 to 512 moments, and then the nearest multiple of its period.
   */
  window?: number;
  /**
   * What is made of moments that are missing, and of times that are uneven. `'mask'`: moments
   * take their places at even distances, the median of those learned; a place without one is missing, and
   * so is a value that is NaN, null or undefined: it takes no part. `'hold'`: the last value stands there.
   * `'ignore'`: moments are taken as they come, whatever their times; missing values take no part.
   * `'auto'` (default): `'mask'`, but `'ignore'` where a fifth of the places and more would be empty.
   */
  gaps?: Gaps;
  /** The share of ordinary moments that may be above the threshold, above 0 and at most 0.1. Default 0.001. */
  tail?: number;
  /** An integer from 0 to 2^32 - 1 that all randomness comes from. Default: a random one. */
  seed?: number;
}

/** What `detector.fit(series, ...)` takes. */
export interface SeriesFitOptions
  extends Pick<FitOptions<MatrixInput>, 'epochs' | 'signal' | 'onEpochEnd' | 'onBatchEnd'> {}

/** What `detector.score(series, ...)` and `detector.anomalies(series, ...)` take. */
export interface SeriesScoreOptions {
  /**
   * Whether a moment's score is the mean over all windows that cover it, which end after it too (true,
   * the default), or that of the window that ends with it, as `push` has it.
   */
  lookAhead?: boolean;
}

/**
 * Units of the hidden layer and of the code, for each channel: few, so that what is rare is not learned. On half
 * of NAB, mean AUROC a moment: 64 and 4 units 0.840, 32 and 4 0.839, 64 and 2 0.836, 64 and 8 0.837.
 */
const [HIDDEN, CODE] = [32, 4];
const [MOST_HIDDEN, MOST_CODE] = [256, 32];
/** Optimiser steps where epochs are not given: more change the mean AUROC of NAB's files by less than 0.003. */
const STEPS = 2000;
const LEARNING_RATE = 0.002;

const OPTION_NAMES = ['window', 'gaps', 'tail', 'seed', 'threads', 'workerUrl'];

/**
 * Finds what is odd in a series: an autoencoder learns its windows, and a moment is odd as far as the
 * windows around it are not what it makes of them. One channel or several, with times or without.
 *
 * @example
 * const d = new SeriesDetector({ seed: 0 });
 * await d.fit(load); // Float32Array, one number a moment
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
   * A detector that has learned nothing yet.
   *
   * @throws TypeError for an option of the wrong kind or an unknown name, RangeError for a value out of range.
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
   * The detector that {@link save} made `bytes` of.
   *
   * @throws TypeError for arguments of the wrong kind, RangeError for a file that is damaged or holds no
   *   series' detector.
   * @example
   * const d = SeriesDetector.load(bytesOfSeries);
   */
  static load(bytes: Uint8Array | ArrayBufferLike, options?: DetectorMachine): SeriesDetector {
    return SeriesDetector.#around(readSafetensors(bytes), options);
  }

  /** The detector in a file. No static block: Chromium 92 has none. */
  static readonly #around = (() => {
    reachThroughProxies(SeriesDetector.prototype, (value) => #given in value);
    detectorIn = (file, options) => {
      const machine = methodOptions('load', options, ['threads', 'workerUrl']);
      const { options: own, fill, preprocessing, series } = readModel(file, machine);
      if (series === undefined) {
        throw new RangeError(
          'bytes is the model of no series, but of rows: load it by Autoencoder.load',
        );
      }
      const learned = readLearned(series);
      const { window, gaps, tail, channels } = learned;
      if (own.layers?.[0] !== window * channels || own.missing !== 'mask' || !preprocessing.fill) {
        throw new RangeError(
          'bytes is not a model that can be loaded: its windows are not those of its network',
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

  /** The seed all randomness comes from: the one given, or the one drawn. */
  get seed(): number {
    return this.#given.model.seed;
  }

  /** Moments a window: the one given, or the one that {@link fit} has chosen; undefined before. */
  get window(): number | undefined {
    return this.#learned?.window ?? this.#given.window;
  }

  /** What the channels are called, as {@link fit} found them; undefined before, and where they have no names. */
  get channels(): readonly string[] | undefined {
    return this.#learned?.names?.slice();
  }

  /**
   * The score above which a moment is odd: a share of `tail` of ordinary ones is, as a normal law has it
   * whose median and median absolute deviation are those of the moments learned. Undefined before {@link fit}.
   */
  get threshold(): number | undefined {
    return this.#learned && thresholdOf(this.#learned.moments, this.#learned.tail);
  }

  /** The same for scores that do not look ahead, those of {@link push}. */
  get pushThreshold(): number | undefined {
    return this.#learned && thresholdOf(this.#learned.newest, this.#learned.tail);
  }

  /**
   * Learns a series, (moments, channels), anew each time, and resolves to one record per epoch. What is odd in it
   * may stay: what is rare is not learned. The calling thread stays free.
   *
   * @throws (as a rejection) TypeError or RangeError for a series that cannot be: shorter than two
   *   windows, times that go back, a channel without any value; the signal's reason when aborted. The detector is
   *   then as it was.
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
    // Gaps may be as long as a window, which is not known yet: its most is assumed.
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
   * How odd each moment of a series, (moments, channels), is: the mean error of the windows that cover it,
   * in standard deviations. One number a moment, higher is odder; NaN for a moment that is missing, or
   * in no window of which half is there.
   *
   * @throws (as a rejection) TypeError or RangeError for a series that cannot be, shorter than a window or
   *   of other channels than learned; Error before `fit`.
   * @example
   * const scores = await d.score(load); // Float32Array, one a moment
   */
  async score(
    series: SeriesInput,
    options?: SeriesScoreOptions,
  ): Promise<Float32Array<ArrayBuffer>> {
    const { scores } = await this.#scored('score', series, options);
    return scores;
  }

  /**
   * What is odd in a series, in order: stretches of moments above the {@link threshold}, closer ones than
   * half a window as one. Each says where it starts and ends (the moments' own times, or their numbers), its
   * highest score, how likely that is no ordinary one, the channel that is farthest off, and at which
   * moment `peak`, what it was there and what was expected.
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
   * Takes one moment as it comes: a number, or a value for each channel as an array or an object, with its
   * `time` if that is to be looked at. The score is that of the window that ends with it, the same
   * bits as `score(series, { lookAhead: false })`. Undefined until the first window is full, while less
   * than half of it is there, and for a moment without a value. NaN, null and undefined are missing. Some microseconds.
   *
   * @throws TypeError or RangeError for a moment that cannot be, of other channels or from before the last one;
   *   nothing is taken then. Error before `fit`.
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
   * Forgets the moments that were pushed: the next one begins a first window.
   *
   * @example
   * socket.onopen = () => d.reset();
   */
  reset(): void {
    this.#newest?.close();
    this.#newest = undefined;
  }

  /**
   * The detector as the bytes of a safetensors file, for {@link load}. Moments that were pushed are not in it.
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
    throw new Error(`${method} needs what fit learns: call fit first`);
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

/** Whether a place has a value. */
function isThere(values: Float32Array, slot: number, channels: number): boolean {
  for (let c = 0; c < channels; c++) if (!Number.isNaN(values[slot * channels + c])) return true;
  return false;
}

/** The mean over the channels at each place, of those that are there. */
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
