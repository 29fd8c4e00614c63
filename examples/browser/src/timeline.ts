// The slider to look back at earlier epochs of a run.

import { byId, oncePerFrame } from './dom.js';

export class Timeline {
  readonly #slider = byId('scrub', HTMLInputElement);
  readonly #output = byId('scrub-value', HTMLOutputElement);
  #epochs = 1;
  #done = 0;

  /** `onLook` is called while the slider is dragged, `onRest` when it is released. */
  constructor(onLook: (epoch: number) => void, onRest: () => void) {
    const look = oncePerFrame(() => onLook(this.#slider.valueAsNumber));
    this.#slider.addEventListener('input', () => {
      // Epochs that have not been trained cannot be shown.
      if (this.#slider.valueAsNumber > this.#done) this.#slider.valueAsNumber = this.#done;
      this.#say();
      look();
    });
    this.#slider.addEventListener('change', onRest);
  }

  /** Starts a run with this many epochs; undefined for a model from a file, which has no earlier epochs. */
  start(epochs: number | undefined): void {
    this.#epochs = epochs ?? 1;
    this.#slider.max = String(this.#epochs);
    this.#slider.disabled = epochs === undefined;
    this.at(0, 0);
  }

  /** Shows that `done` epochs have been trained, and that the model after `shown` of them is shown. */
  at(done: number, shown: number): void {
    this.#done = done;
    this.#slider.valueAsNumber = shown;
    this.#say();
  }

  #say(): void {
    const epoch = this.#slider.valueAsNumber;
    const text = epoch === 0 ? 'untrained' : `epoch ${epoch}`;
    this.#output.textContent = text;
    this.#slider.setAttribute('aria-valuetext', `${text}, of ${this.#done} trained`);
  }
}
