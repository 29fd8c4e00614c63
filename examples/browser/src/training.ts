import { Autoencoder, type EpochRecord } from 'autoencoder-wasm';
import { type Choice, PACES, RECIPES } from './choices.js';
import type { Pictures } from './data.js';
import { Snapshots } from './snapshots.js';

export type State = 'running' | 'pausing' | 'paused' | 'stopped' | 'done' | 'failed' | 'loaded';

export interface Listener {
  onState(state: State, error?: unknown): void;
  onEpoch(record: EpochRecord): void;
}

/** One run: a model and its training state, or a model from a file, which is not trained. */
export class Training {
  readonly model: Autoencoder;
  readonly choice: Choice;
  readonly snapshots = new Snapshots();
  /** The records of the finished epochs. */
  readonly records: EpochRecord[] = [];
  readonly #listener: Listener;
  readonly #stop = new AbortController();
  #state: State = 'running';
  #resume: (() => void) | undefined;
  #epochBegan = 0;
  #epoch = 0;

  constructor(choice: Choice, listener: Listener, loaded?: Autoencoder) {
    const { layers, recipe, seed, threads } = choice;
    this.choice = choice;
    this.#listener = listener;
    const widths = layers.split('-').map(Number);
    this.model =
      loaded ?? new Autoencoder({ layers: widths, seed, threads, ...RECIPES[recipe]?.model });
    if (loaded) this.#state = 'loaded';
    this.snapshots.take(0, this.model);
  }

  /** The width of the code. */
  get width(): number {
    return this.model.options.layers.at(-1) as number;
  }

  get state(): State {
    return this.#state;
  }

  /** The number of finished epochs. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Trains until the end, or until it is stopped. Never rejects. */
  async run(training: Pictures, unseen: Pictures): Promise<void> {
    const { epochs, recipe } = this.choice;
    this.#set('running');
    this.#epochBegan = performance.now();
    try {
      await this.model.fit(training.images, {
        ...RECIPES[recipe]?.fit,
        epochs,
        validationData: unseen.images,
        signal: this.#stop.signal,
        onEpochEnd: (record) => this.#afterEpoch(record),
      });
      this.#set('done');
    } catch (error) {
      if (this.#stop.signal.aborted) this.#set('stopped');
      else this.#set('failed', error);
    }
  }

  /** Pauses at the end of the current epoch. */
  pause(): void {
    if (this.#state === 'running') this.#set('pausing');
  }

  resume(): void {
    if (this.#state !== 'paused' && this.#state !== 'pausing') return;
    this.#set('running');
    this.#resume?.();
  }

  /** Trains until the end of the next epoch, and pauses there. */
  step(): void {
    if (this.#state === 'running') this.#set('pausing');
    if (this.#state !== 'paused') return;
    this.#set('pausing');
    this.#resume?.();
  }

  /** Ends the run with the current weights. */
  stop(): void {
    this.#stop.abort();
    this.#resume?.();
  }

  async #afterEpoch(record: EpochRecord): Promise<void> {
    this.#epoch = record.epoch;
    this.records.push(record);
    this.#listener.onEpoch(record);
    this.snapshots.take(record.epoch, this.model);
    const least = PACES[this.choice.pace]?.milliseconds ?? 0;
    const rest = this.#epochBegan + least - performance.now();
    if (rest > 0 && this.#state === 'running' && !this.#stop.signal.aborted) await this.#rest(rest);
    if (this.#state === 'pausing' && !this.#stop.signal.aborted) {
      this.#set('paused');
      await this.#rest();
    }
    this.#epochBegan = performance.now();
  }

  /** Waits for `resume`, `step` or `stop`, or for this many milliseconds. */
  #rest(milliseconds?: number): Promise<void> {
    return new Promise((resolve) => {
      this.#resume = resolve;
      if (milliseconds !== undefined) setTimeout(resolve, milliseconds);
    });
  }

  #set(state: State, error?: unknown): void {
    this.#state = state;
    this.#listener.onState(state, error);
  }
}
