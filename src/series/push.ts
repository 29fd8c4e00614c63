// Scores a live series moment by moment, by its newest window, without looking ahead.

import { observedError } from '../data/missing.js';
import type { LiveModel } from '../inference/live-model.js';
import { OneRow } from '../inference/one-row.js';
import { backwards, Places, scaledValue } from './grid.js';
import type { Learned } from './learned.js';
import { MomentReader, millisecondsOf, type NamedMoment } from './moments.js';
import { errorOf } from './window-errors.js';

/** The result of `push` for a moment. */
export interface PushResult {
  /** The score of the window that ends with the moment. */
  readonly score: number;
  /** Whether the score is above `pushThreshold`. */
  readonly isAnomaly: boolean;
  /**
   * The expected value at this moment: a number for a single unnamed channel, otherwise an array, or an object
   * with the channels' names.
   */
  readonly expected: number | number[] | Record<string, number>;
}

/** The newest window of a live series. */
export class Newest {
  readonly #live: LiveModel;
  readonly #learned: Learned;
  readonly #threshold: number;
  readonly #row: OneRow;
  /** The window, scaled; NaN is missing. */
  readonly #window: Float32Array;
  #reader: MomentReader | undefined;
  #places: Places | undefined;
  /** The grid point of the last moment, and the moments so far. */
  #slot = -1;
  #time = Number.NaN;
  #moments = 0;
  /** How many values of the window are not missing. */
  #observed = 0;

  constructor(live: LiveModel, learned: Learned, threshold: number) {
    this.#live = live;
    this.#learned = learned;
    this.#threshold = threshold;
    this.#row = new OneRow(live);
    this.#row.input.fill(0);
    this.#window = new Float32Array(learned.window * learned.channels).fill(Number.NaN);
  }

  /** Whether this belongs to the model's current weights. */
  get isCurrent(): boolean {
    return this.#row.serves(this.#live);
  }

  close(): void {
    this.#row.close();
  }

  push(moment: unknown): PushResult | undefined {
    const { channels, window } = this.#learned;
    if (channels === 1 && typeof moment === 'number' && !this.#reader?.hasTimes) {
      if (moment - moment !== 0 && !Number.isNaN(moment)) this.#read(moment); // which throws
      this.#shift();
      this.#set(0, moment);
    } else {
      const values = this.#read(moment);
      this.#place(moment);
      for (let c = 0; c < channels; c++) this.#set(c, values[c] as number);
    }
    this.#moments++;
    if (this.#slot + 1 < window) return undefined;
    return this.#score();
  }

  #read(moment: unknown): number[] {
    this.#reader ??= new MomentReader(moment, this.#learned);
    return this.#reader.read(moment, this.#moments);
  }

  /** Makes room for a moment and for those missing before it. */
  #place(moment: unknown): void {
    const { step, window, gaps } = this.#learned;
    if (!this.#reader?.hasTimes) {
      this.#shift();
      return;
    }
    const time = millisecondsOf((moment as NamedMoment).time);
    if (time < this.#time) throw backwards(this.#moments, time, this.#time);
    this.#time = time;
    if (step === undefined || gaps === 'ignore') {
      this.#shift();
      return;
    }
    this.#places ??= new Places(step, window, time);
    const slot = this.#places.next(time) as number;
    while (this.#slot < slot) this.#shift();
  }

  /** Appends an empty grid point. */
  #shift(): void {
    const { channels, gaps } = this.#learned;
    const values = this.#window;
    const { input } = this.#row;
    for (let c = 0; c < channels; c++) if (!Number.isNaN(values[c])) this.#observed--;
    values.copyWithin(0, channels);
    input.copyWithin(0, channels);
    const from = values.length - channels;
    this.#slot++;
    for (let at = from; at < values.length; at++) {
      const held =
        gaps === 'hold' && this.#slot > 0 ? (values[at - channels] as number) : Number.NaN;
      this.#put(at, Number.NaN, held);
    }
  }

  #set(channel: number, value: number): void {
    if (Number.isNaN(value)) return;
    const { channels, mean, factor } = this.#learned;
    const at = this.#window.length - channels + channel;
    const scaled = scaledValue(value, mean[channel] as number, factor[channel] as number);
    this.#put(at, this.#window[at] as number, scaled);
  }

  #put(at: number, old: number, value: number): void {
    if (Number.isNaN(old) && !Number.isNaN(value)) this.#observed++;
    this.#window[at] = value;
    this.#row.input[at] = Number.isNaN(value) ? 0 : value;
  }

  #score(): PushResult | undefined {
    const row = this.#row;
    const values = this.#window;
    if (2 * this.#observed < values.length || !this.#isThere()) return undefined;
    row.run();
    const [mean, observed] = observedError(values, row.output);
    const score = errorOf(mean, observed, values.length);
    return { score, isAnomaly: score > this.#threshold, expected: this.#expected(row.output) };
  }

  /** Whether the newest moment has a value. */
  #isThere(): boolean {
    const values = this.#window;
    for (let at = values.length - this.#learned.channels; at < values.length; at++) {
      if (!Number.isNaN(values[at])) return true;
    }
    return false;
  }

  #expected(output: Float32Array): PushResult['expected'] {
    const { channels, names, mean, factor } = this.#learned;
    const from = output.length - channels;
    const at = (c: number) =>
      (output[from + c] as number) * (factor[c] as number) + (mean[c] as number);
    if (names && this.#reader?.names) {
      return Object.fromEntries(names.map((name, c) => [name, at(c)]));
    }
    return channels === 1 ? at(0) : Array.from({ length: channels }, (_, c) => at(c));
  }
}
