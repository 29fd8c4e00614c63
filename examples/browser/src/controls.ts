// The controls of a run, and the texts that report its state.

import type { EpochRecord } from 'autoencoder-wasm';
import {
  addressOf,
  type Choice,
  choiceFromAddress,
  EPOCHS,
  LAYERS,
  mostThreads,
  PACES,
  RECIPES,
} from './choices.js';
import { byId } from './dom.js';
import { SETS } from './sets.js';
import type { State } from './training.js';

export interface Actions {
  pauseOrResume(): void;
  step(): void;
  stop(): void;
  /** Starts anew with the chosen settings. */
  restart(): void;
  /** Continues at the chosen pace. */
  keepPace(): void;
  /** Saves the model as a file. */
  save(): void;
  load(): void;
}

/** The states of a run, and of a first run that only bridges the time until all pictures have loaded. */
export type Shown = State | 'rehearsing';

const WORDS: Readonly<Record<Shown, string>> = {
  rehearsing: 'Training on a few',
  running: 'Training',
  pausing: 'Pausing at the end of this epoch',
  paused: 'Paused',
  stopped: 'Stopped; current weights kept',
  done: 'Trained',
  failed: 'Training failed',
  loaded: 'Loaded from a file',
};

export class Controls {
  readonly #pause = byId('pause', HTMLButtonElement);
  readonly #step = byId('step', HTMLButtonElement);
  readonly #stop = byId('stop', HTMLButtonElement);
  readonly #state = byId('state', HTMLElement);
  readonly #announcer = byId('announcer', HTMLElement);
  readonly #progress = byId('progress', HTMLProgressElement);

  constructor(choice: Choice, actions: Actions) {
    this.#pause.addEventListener('click', actions.pauseOrResume);
    this.#step.addEventListener('click', actions.step);
    this.#stop.addEventListener('click', actions.stop);
    byId('restart', HTMLButtonElement).addEventListener('click', actions.restart);
    byId('save', HTMLButtonElement).addEventListener('click', actions.save);
    byId('load', HTMLButtonElement).addEventListener('click', actions.load);
    byId('alone', HTMLElement).hidden = globalThis.crossOriginIsolated;
    const threads = Array.from({ length: mostThreads() }, (_, i) => i + 1);
    const epochs = [...new Set([...EPOCHS, choice.epochs])].sort((a, b) => a - b);
    type Entries = [value: string, label: string][];
    const labelled = (all: Readonly<Record<string, { label: string }>>): Entries =>
      Object.entries(all).map(([name, { label }]) => [name, label]);
    const plain = (all: readonly (string | number)[]): Entries =>
      all.map((value) => [`${value}`, `${value}`]);

    const select = (
      id: string,
      entries: Entries,
      chosen: string,
      take: (value: string) => void,
      act: () => void = actions.restart,
    ) => {
      const element = byId(id, HTMLSelectElement);
      element.replaceChildren(...entries.map(([value, label]) => new Option(label, value)));
      element.value = chosen;
      element.addEventListener('change', () => {
        take(element.value);
        history.replaceState(null, '', addressOf(choice, location.search));
        act();
      });
    };
    const another = (value: string) => {
      choice.data = value;
      choice.rows = choiceFromAddress(`?data=${value}`).rows;
    };
    // Another set reloads the page, since everything shown belongs to the first set.
    select('data', labelled(SETS), choice.data, another, () => location.reload());
    select('layers', plain(LAYERS), choice.layers, (value) => {
      choice.layers = value;
    });
    select('recipe', labelled(RECIPES), choice.recipe, (value) => {
      choice.recipe = value;
    });
    select('epochs', plain(epochs), `${choice.epochs}`, (value) => {
      choice.epochs = Number(value);
    });
    const setPace = (value: string) => {
      choice.pace = value;
    };
    select('pace', labelled(PACES), choice.pace, setPace, actions.keepPace);
    select('threads', plain(threads), `${choice.threads}`, (value) => {
      choice.threads = Number(value);
    });
  }

  /** Starts a run with this many epochs; undefined for a model from a file. */
  start(epochs: number | undefined): void {
    this.complain('');
    this.#progress.max = epochs ?? 1;
    this.#progress.value = 0;
    byId('save', HTMLButtonElement).disabled = false;
    for (const id of ['stat-loss', 'stat-unseen', 'stat-speed', 'stat-threads'])
      this.#stat(id, '–');
    this.#stat('stat-epoch', epochs ? `0 / ${epochs}` : '–');
  }

  epoch(record: EpochRecord, epochs: number): void {
    this.#progress.value = record.epoch;
    this.#stat('stat-epoch', `${record.epoch} / ${epochs}`);
    this.#stat('stat-loss', record.loss.toFixed(4));
    this.#stat('stat-unseen', record.validationLoss?.toFixed(4) ?? '–');
    this.#stat('stat-speed', Math.round(record.samplesPerSecond).toLocaleString('en'));
    this.#stat('stat-threads', record.threads > 0 ? `${record.threads}` : 'none');
    const tenth = Math.max(1, Math.round(epochs / 10));
    if (record.epoch % (3 * tenth) === 0) {
      this.announce(`Epoch ${record.epoch} of ${epochs}, loss ${record.loss.toFixed(4)}`);
    }
  }

  state(state: Shown, error?: unknown): void {
    const isActive = state === 'running' || state === 'pausing' || state === 'paused';
    this.#step.disabled = !isActive;
    this.#pause.textContent = state === 'paused' || state === 'pausing' ? 'Resume' : 'Pause';
    this.#pause.disabled = !isActive;
    this.#stop.disabled = !isActive;
    const reason = error instanceof Error ? `: ${error.message}` : '';
    this.#state.textContent = WORDS[state] + reason;
    this.#state.dataset.state = state;
    this.announce(WORDS[state] + reason);
  }

  /** Shows how much of the pictures has loaded; an empty text when all have. */
  arriving(text: string): void {
    byId('arriving', HTMLElement).textContent = text;
  }

  /** Shows what is wrong with a file. */
  complain(reason: string): void {
    byId('complaint', HTMLElement).textContent = reason;
  }

  /** Announces a text to screen readers. */
  announce(text: string): void {
    this.#announcer.textContent = text;
  }

  #stat(id: string, text: string): void {
    byId(id, HTMLElement).textContent = text;
  }
}
