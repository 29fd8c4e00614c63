// Noise on digits, and what is left of it after the way through the code.

import type { Recipe } from './choices.js';
import type { Digits } from './data.js';
import { byId, oncePerFrame } from './dom.js';
import { drawImage, imageCanvas, meanSquaredError, PIXELS } from './pixels.js';
import type { Panel, View } from './view.js';

const SHOWN = 6;

export class NoisePanel implements Panel {
  readonly #slider = byId('noise-slider', HTMLInputElement);
  readonly #clean: Float32Array;
  /** Drawn once, so that the slider makes the same noise stronger. */
  readonly #noise: Float32Array;
  readonly #noisy: HTMLCanvasElement[];
  readonly #result: HTMLCanvasElement[];
  readonly #refresh = oncePerFrame(() => this.#paint());
  #view: View | undefined;

  constructor(unseen: Digits) {
    this.#clean = Float32Array.from(unseen.slice(20, 20 + SHOWN).images, (byte) => byte / 255);
    this.#noise = Float32Array.from({ length: SHOWN * PIXELS }, gaussian);
    const row = (id: string, what: string) =>
      Array.from({ length: SHOWN }, (_, i) => {
        const canvas = imageCanvas(`${what}: ${unseen.label(20 + i)}`);
        byId(id, HTMLElement).append(canvas);
        return canvas;
      });
    this.#noisy = row('noise-input', 'With noise');
    this.#result = row('noise-result', 'Drawn from its code');
    this.#slider.addEventListener('input', this.#refresh);
  }

  /** Says whether the recipe has noise in it; nobody knows that of a model from a file. */
  tell(recipe: Recipe | undefined): void {
    byId('noise-recipe', HTMLElement).textContent = recipe?.fit.noise
      ? 'This model is trained on digits with noise, to draw them without.'
      : recipe
        ? 'This model is never shown noise in training; the recipe “Denoising” shows it.'
        : '';
  }

  show(view: View): void {
    this.#view = view;
    this.#refresh();
  }

  #paint(): void {
    const amount = this.#slider.valueAsNumber / 100;
    const noisy = this.#clean.map((value, i) =>
      Math.max(0, Math.min(1, value + amount * (this.#noise[i] as number))),
    );
    const result = this.#view?.model.reconstructSync(noisy).data;
    const part = (all: Float32Array, i: number) => all.subarray(i * PIXELS, (i + 1) * PIXELS);
    this.#noisy.forEach((canvas, i) => {
      drawImage(canvas, part(noisy, i));
    });
    if (result) {
      this.#result.forEach((canvas, i) => {
        drawImage(canvas, part(result, i));
      });
      byId('noise-after', HTMLElement).textContent = meanSquaredError(result, this.#clean).toFixed(
        4,
      );
    }
    byId('noise-before', HTMLElement).textContent = meanSquaredError(noisy, this.#clean).toFixed(4);
    byId('noise-value', HTMLElement).textContent = amount.toFixed(2);
    this.#slider.setAttribute('aria-valuetext', `standard deviation ${amount.toFixed(2)}`);
  }
}

/** A number of the standard normal distribution (Box and Muller 1958). */
function gaussian(): number {
  return Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
}
