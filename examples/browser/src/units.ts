// A slider for each number of a code, to see what it stands for.

import type { Pictures } from './data.js';
import { byId, oncePerFrame } from './dom.js';
import { drawChange, drawImage } from './pixels.js';
import { randomCode } from './random-code.js';
import { UnitSlider } from './unit-slider.js';
import type { Panel, View } from './view.js';

/** How many sliders are shown at first: those of the units with the largest standard deviations. */
const FEW = 16;

export class UnitsPanel implements Panel {
  readonly #unseen: Pictures;
  readonly #host = byId('units', HTMLElement);
  readonly #all = byId('units-all', HTMLButtonElement);
  readonly #original = byId('units-original', HTMLCanvasElement);
  readonly #result = byId('units-result', HTMLCanvasElement);
  readonly #refresh = oncePerFrame(() => this.#paint());
  readonly #refreshThumbnails = oncePerFrame(() => this.#paintThumbnails());
  #picture: number;
  /** The starting code, if it does not come from a picture. */
  #made: Float32Array | undefined;
  #view: View | undefined;
  #sliders: UnitSlider[] = [];

  constructor(unseen: Pictures) {
    this.#unseen = unseen;
    this.#picture = unseen.next(0, 3);
    byId('units-digit', HTMLButtonElement).addEventListener('click', () => {
      this.#picture = unseen.next(this.#picture);
      this.#start(undefined);
    });
    const random = byId('units-random', HTMLButtonElement);
    random.textContent = `Random ${unseen.set.one}`;
    random.addEventListener('click', () => {
      if (this.#view) this.#start(randomCode(this.#view.codes));
    });
    byId('units-reset', HTMLButtonElement).addEventListener('click', () => {
      for (const slider of this.#sliders) slider.reset();
      this.#refresh();
    });
    this.#all.addEventListener('click', () => {
      const isAll = this.#all.getAttribute('aria-pressed') === 'true';
      this.#all.setAttribute('aria-pressed', String(!isAll));
      this.rank();
    });
  }

  show(view: View): void {
    // A code has a meaning only for the model that it comes from.
    this.#made = undefined;
    const isNew = this.#view?.width !== view.width;
    this.#view = view;
    if (isNew) this.rank();
    this.#refresh();
  }

  /** Selects the units to show again, by their current standard deviations, and shows the effect of each. */
  rank(): void {
    if (!this.#view) return;
    const { width, deviations } = this.#view;
    const isAll = this.#all.getAttribute('aria-pressed') === 'true';
    this.#all.hidden = width <= FEW;
    this.#all.textContent = isAll ? `Only ${FEW}` : `All ${width}`;
    const spread = (unit: number) => deviations[unit] as number;
    const units = Array.from({ length: width }, (_, unit) => unit)
      .sort((a, b) => spread(b) - spread(a))
      .slice(0, isAll ? width : FEW)
      .sort((a, b) => a - b);
    this.#refreshThumbnails();
    if (units.join() === this.#sliders.map(({ unit }) => unit).join()) return;
    const known = this.#sliders;
    this.#sliders = units.map((unit) => {
      const before = known.find((slider) => slider.unit === unit); // keeps its position
      return before ?? new UnitSlider(unit, this.#refresh);
    });
    this.#host.replaceChildren(...this.#sliders.map(({ element }) => element));
    this.#refresh();
  }

  #start(made: Float32Array | undefined): void {
    this.#made = made;
    this.#refresh();
  }

  #paint(): void {
    if (!this.#view) return;
    const { model, deviations } = this.#view;
    const picture = this.#unseen.image(this.#picture);
    const start = this.#made ?? model.encodeSync(picture).row(0);
    const code = start.slice();
    for (const slider of this.#sliders) {
      const { unit } = slider;
      code[unit] = (code[unit] as number) + slider.push * (deviations[unit] as number);
      slider.say();
    }
    drawImage(this.#original, this.#made ? model.decodeSync(start).row(0) : picture);
    drawImage(this.#result, model.decodeSync(code).row(0));
  }

  /** Shows how the picture of the mean code changes when a unit goes from 2 deviations below to 2 above. */
  #paintThumbnails(): void {
    if (!this.#view) return;
    const { model, width, deviations, codes } = this.#view;
    const mean = new Float32Array(width);
    codes.data.forEach((value, i) => {
      mean[i % width] = (mean[i % width] as number) + value / codes.shape[0];
    });
    const ends = this.#sliders.flatMap(({ unit }) =>
      [-2, 2].map((way) =>
        mean.with(unit, (mean[unit] as number) + way * (deviations[unit] as number)),
      ),
    );
    const drawn = model.decodeSync(ends);
    const changes = this.#sliders.map((_, i) => {
      const low = drawn.row(2 * i);
      return drawn.row(2 * i + 1).map((value, pixel) => value - (low[pixel] as number));
    });
    const most = changes.reduce(
      (most, change) => change.reduce((most, value) => Math.max(most, Math.abs(value)), most),
      1e-6,
    );
    this.#sliders.forEach(({ thumbnail }, i) => {
      drawChange(thumbnail, changes[i] as Float32Array, most);
    });
  }
}
