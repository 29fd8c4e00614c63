// A progress bar for long work, and a button that cancels it.

import { byId, make } from './dom.js';
import type { Progress } from './engine/calls.js';

export class Working {
  readonly #box: HTMLElement;
  readonly #bar = make('progress', { max: '1', value: '0' });
  readonly #text = make('span', { class: 'soft' });
  readonly #cancel = make('button', { type: 'button' }, 'Cancel');
  #abort: AbortController | undefined;

  constructor(id: string) {
    this.#box = byId(id, HTMLElement);
    this.#bar.setAttribute('aria-label', 'Progress');
    this.#cancel.addEventListener('click', () => {
      this.#cancel.disabled = true;
      this.#abort?.abort();
    });
    this.#box.append(this.#bar, this.#text, this.#cancel);
  }

  /** Shows the progress of a piece of work until it ends. Any work that is still running is cancelled first. */
  async during<T>(
    what: string,
    work: (options: {
      signal: AbortSignal;
      onProgress: (progress: Progress) => void;
    }) => Promise<T>,
  ): Promise<T> {
    this.cancel();
    const abort = new AbortController();
    this.#abort = abort;
    this.#cancel.disabled = false;
    this.#bar.value = 0;
    this.#text.textContent = `${what} …`;
    this.#box.hidden = false;
    const onProgress = ({ what, share }: Progress) => {
      if (this.#abort !== abort) return;
      this.#bar.value = share;
      this.#text.textContent = `${what}: ${Math.round(100 * share)} %`;
    };
    try {
      return await work({ signal: abort.signal, onProgress });
    } finally {
      if (this.#abort === abort) {
        this.#abort = undefined;
        this.#box.hidden = true;
      }
    }
  }

  cancel(): void {
    this.#abort?.abort();
  }
}
