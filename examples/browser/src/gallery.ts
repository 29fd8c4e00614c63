// Ten pictures that training never sees, and their reconstructions.

import type { Autoencoder } from 'autoencoder-wasm';
import type { Pictures } from './data.js';
import { byId, oncePerFrame } from './dom.js';
import { drawImage, imageCanvas, PIXELS } from './pixels.js';

export class Gallery {
  readonly #originals: Uint8Array;
  readonly #rows: { name: HTMLElement; canvases: HTMLCanvasElement[] }[];
  readonly #refresh = oncePerFrame(() => this.#paint());
  #model: Autoencoder | undefined;
  #epoch: number | undefined;

  constructor(unseen: Pictures) {
    const chosen = Array.from({ length: 10 }, (_, digit) => unseen.next(0, digit));
    this.#originals = new Uint8Array(10 * PIXELS);
    chosen.forEach((index, i) => {
      this.#originals.set(unseen.image(index), i * PIXELS);
    });
    const body = byId('gallery', HTMLTableSectionElement);
    const names = ['Original', 'Untrained', 'Epoch 1', 'Now'];
    this.#rows = names.map((text) => {
      const row = body.insertRow();
      const name = document.createElement('th');
      name.scope = 'row';
      name.textContent = text;
      row.append(name);
      const canvases = chosen.map((_, digit) => {
        const canvas = imageCanvas(`${text}: ${unseen.set.kinds[digit]}`);
        row.insertCell().append(canvas);
        return canvas;
      });
      return { name, canvases };
    });
    this.#rows[0]?.canvases.forEach((canvas, i) => {
      drawImage(canvas, this.#originals.subarray(i * PIXELS, (i + 1) * PIXELS));
    });
  }

  /** Shows the model as it is after `epoch`: 0 if it is untrained, undefined if unknown. */
  show(model: Autoencoder, epoch: number | undefined): void {
    this.#model = model;
    this.#epoch = epoch;
    // The rows of epochs 0 and 1 are painted at once, since by the next frame there may be a later epoch.
    if (epoch !== undefined && epoch <= 1) this.#paint();
    else this.#refresh();
  }

  #paint(): void {
    if (!this.#model) return;
    const epoch = this.#epoch;
    const drawn = this.#model.reconstructSync(this.#originals);
    const paint = (row: number) => {
      this.#rows[row]?.canvases.forEach((canvas, i) => {
        drawImage(canvas, drawn.row(i));
      });
    };
    if (epoch === 0) paint(1);
    if (epoch === 0 || epoch === 1) paint(2);
    paint(3);
    const now = this.#rows[3];
    if (now) now.name.textContent = epoch ? `Epoch ${epoch}` : 'Now';
  }
}
