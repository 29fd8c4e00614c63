// The files that the visitor can download.

import { Cancelled, type Engine } from './client.js';
import { byId, make } from './dom.js';
import type { Download } from './engine/calls.js';
import { Working } from './working.js';

export class Downloads {
  readonly #buttons = [...document.querySelectorAll<HTMLButtonElement>('[data-save]')];
  readonly #working = new Working('save-progress');

  constructor(engine: Engine, threshold: () => number) {
    for (const button of this.#buttons) {
      button.addEventListener('click', async () => {
        const said = byId('saved', HTMLElement);
        said.textContent = '';
        try {
          const what = button.dataset.save as Download;
          const { name, blob } = await this.#working.during('Writing', (options) =>
            engine.ask('save', [what, threshold()], options),
          );
          const url = URL.createObjectURL(blob);
          const link = make('a', { href: url, download: name });
          link.click();
          setTimeout(() => URL.revokeObjectURL(url), 60_000);
          said.textContent = `Saved as ${name} in your downloads.`;
        } catch (error) {
          if (!(error instanceof Cancelled)) said.textContent = (error as Error).message;
        }
      });
    }
  }

  /** Scores are available now, codes not yet. */
  start(): void {
    byId('saved', HTMLElement).textContent = '';
    for (const button of this.#buttons) {
      button.disabled = !['scores', 'detector'].includes(button.dataset.save as string);
    }
  }

  mapped(): void {
    for (const button of this.#buttons) button.disabled = false;
  }
}
