// Adds noise to digits, and shows how much of it remains after encoding and decoding.

import type { Autoencoder } from 'autoencoder-wasm';
import type { Recipe } from './choices.js';
import type { Pictures } from './data.js';
import { denoiserLike } from './denoiser.js';
import { byId, oncePerFrame } from './dom.js';
import { drawImage, imageCanvas, meanSquaredError, PIXELS } from './pixels.js';
import type { Panel, View } from './view.js';

const SHOWN = 6;

export class NoisePanel implements Panel {
  readonly #slider = byId('noise-slider', HTMLInputElement);
  readonly #clean: Float32Array;
  /** Drawn once, so that the slider makes the same noise stronger or weaker. */
  readonly #noise: Float32Array;
  readonly #noisy: HTMLCanvasElement[];
  readonly #result: HTMLCanvasElement[];
  readonly #denoised: HTMLCanvasElement[];
  readonly #beside = byId('noise-beside', HTMLElement);
  readonly #refresh = oncePerFrame(() => this.#paint());
  #view: View | undefined;
  #recipe: Recipe | undefined;
  /** A model with the same layers that is trained on noisy pictures, and what it was trained for. */
  #denoiser: Autoencoder | undefined;
  #learned: string | undefined;

  constructor(unseen: Pictures) {
    this.#clean = Float32Array.from(unseen.slice(20, 20 + SHOWN).images, (byte) => byte / 255);
    this.#noise = Float32Array.from({ length: SHOWN * PIXELS }, gaussian);
    const row = (id: string, what: string) =>
      Array.from({ length: SHOWN }, (_, i) => {
        const canvas = imageCanvas(`${what}: ${unseen.kind(20 + i)}`);
        byId(id, HTMLElement).append(canvas);
        return canvas;
      });
    this.#noisy = row('noise-input', 'With noise');
    this.#result = row('noise-result', 'Drawn from its code');
    this.#denoised = row('noise-denoised', 'Drawn by the model trained on noise');
    this.#slider.addEventListener('input', this.#refresh);
  }

  /** Tells whether the recipe adds noise. This is unknown for a model from a file. */
  tell(recipe: Recipe | undefined): void {
    this.#recipe = recipe;
    this.#beside.hidden = recipe?.fit.noise !== undefined;
    byId('noise-recipe', HTMLElement).textContent = recipe?.fit.noise
      ? 'This model is trained on pictures with noise, to remove it.'
      : recipe
        ? 'This model is never shown noise in training.'
        : '';
  }

  /**
   * Trains a denoising model for comparison once this panel is visible. It is kept until the layers or the
   * pictures change.
   */
  async compare(model: Autoencoder, training: Pictures, signal: AbortSignal): Promise<void> {
    if (this.#recipe?.fit.noise) return;
    const { layers, seed } = model.options;
    const key = [...layers, seed, training.count].join();
    if (key === this.#learned) return;
    await seen(this.#beside, signal);
    const state = byId('noise-state', HTMLElement);
    const show = (denoiser: Autoencoder, epoch: number, epochs: number) => {
      this.#denoiser = denoiser;
      state.textContent = epoch < epochs ? `, epoch ${epoch} of ${epochs}` : '';
      this.#refresh();
    };
    const trained = await denoiserLike(model, training, signal, show);
    this.#denoiser = trained;
    this.#learned = key;
    this.#refresh();
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
    if (this.#denoiser && !this.#beside.hidden) {
      const denoised = this.#denoiser.reconstructSync(noisy).data;
      this.#denoised.forEach((canvas, i) => {
        drawImage(canvas, part(denoised, i));
      });
      const error = meanSquaredError(denoised, this.#clean).toFixed(4);
      byId('noise-better', HTMLElement).textContent = error;
    }
    byId('noise-before', HTMLElement).textContent = meanSquaredError(noisy, this.#clean).toFixed(4);
    byId('noise-value', HTMLElement).textContent = amount.toFixed(2);
    this.#slider.setAttribute('aria-valuetext', `standard deviation ${amount.toFixed(2)}`);
  }
}

/** Resolves when the element is on the screen. */
function seen(element: HTMLElement, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const observer = new IntersectionObserver(([entry]) => {
      if (!entry?.isIntersecting) return;
      observer.disconnect();
      resolve();
    });
    observer.observe(element);
    signal.addEventListener('abort', () => {
      observer.disconnect();
      reject(signal.reason);
    });
  });
}

/** A random number from the standard normal distribution (Box and Muller 1958). */
function gaussian(): number {
  return Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
}
