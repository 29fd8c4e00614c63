// The slider that looks back at the epochs that a run has behind it.

import { byId, oncePerFrame } from './dom.js';

export class Timeline {
  readonly #slider = byId('scrub', HTMLInputElement);
  readonly #output = byId('scrub-value', HTMLOutputElement);
  #epochs = 1;
  #done = 0;

  /** `onLook` is called while it is dragged, `onRest` when it is let go. */
  constructor(onLook: (epoch: number) => void, onRest: () => void) {
    const look = oncePerFrame(() => onLook(this.#slider.valueAsNumber));
    this.#slider.addEventListener('input', () => {
      // What has not been trained cannot be looked at.
      if (this.#slider.valueAsNumber > this.#done) this.#slider.valueAsNumber = this.#done;
      this.#say();
      look();
    });
    this.#slider.addEventListener('change', onRest);
  }

  /** Of a run of so many epochs; of a model from a file, which has no past, where there are none. */
  start(epochs: number | undefined): void {
    this.#epochs = epochs ?? 1;
    this.#slider.max = String(this.#epochs);
    this.#slider.disabled = epochs === undefined;
    this.at(0, 0);
  }

  /** So many epochs are done, and the model is shown as it was after `shown` of them. */
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
