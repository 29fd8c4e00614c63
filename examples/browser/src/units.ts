// A slider for each number of a code: push one, and see what it stands for.

import type { Digits } from './data.js';
import { byId, oncePerFrame } from './dom.js';
import { drawImage } from './pixels.js';
import type { Panel, View } from './view.js';

/** Sliders to begin with: those of the units that stray the most. */
const FEW = 16;

/** How far a slider goes, in standard deviations of its unit over digits. */
const REACH = 4;

export class UnitsPanel implements Panel {
  readonly #unseen: Digits;
  readonly #host = byId('units', HTMLElement);
  readonly #all = byId('units-all', HTMLButtonElement);
  readonly #original = byId('units-original', HTMLCanvasElement);
  readonly #result = byId('units-result', HTMLCanvasElement);
  readonly #refresh = oncePerFrame(() => this.#paint());
  #digit: number;
  #view: View | undefined;
  #sliders: { unit: number; input: HTMLInputElement }[] = [];

  constructor(unseen: Digits) {
    this.#unseen = unseen;
    this.#digit = unseen.next(0, 3);
    byId('units-digit', HTMLButtonElement).addEventListener('click', () => {
      this.#digit = unseen.next(this.#digit);
      this.#refresh();
    });
    byId('units-reset', HTMLButtonElement).addEventListener('click', () => {
      for (const { input } of this.#sliders) input.value = '0';
      this.#refresh();
    });
    this.#all.addEventListener('click', () => {
      const isAll = this.#all.getAttribute('aria-pressed') === 'true';
      this.#all.setAttribute('aria-pressed', String(!isAll));
      this.rank();
    });
  }

  show(view: View): void {
    const isNew = this.#view?.width !== view.width;
    this.#view = view;
    if (isNew) this.rank();
    this.#refresh();
  }

  /** Picks the units to show anew, by how far they stray now. */
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
    if (units.join() === this.#sliders.map(({ unit }) => unit).join()) return;
    const known = this.#sliders;
    this.#sliders = units.map((unit) => {
      const before = known.find((slider) => slider.unit === unit);
      if (before) return before; // pushed as far as it was
      const input = document.createElement('input');
      Object.assign(input, { type: 'range', min: -REACH, max: REACH, step: 0.1, value: '0' });
      input.addEventListener('input', this.#refresh);
      return { unit, input };
    });
    this.#host.replaceChildren(
      ...this.#sliders.map(({ unit, input }) => {
        const label = document.createElement('label');
        const name = document.createElement('span');
        name.textContent = `${unit + 1}`;
        name.ariaHidden = 'true';
        input.ariaLabel = `unit ${unit + 1}`;
        label.append(name, input);
        return label;
      }),
    );
    this.#refresh();
  }

  #paint(): void {
    if (!this.#view) return;
    const { model, deviations } = this.#view;
    const image = this.#unseen.image(this.#digit);
    const code = model.encodeSync(image);
    for (const { unit, input } of this.#sliders) {
      const push = input.valueAsNumber * (deviations[unit] as number);
      code.data[unit] = (code.data[unit] as number) + push;
      input.setAttribute('aria-valuetext', `${input.value} standard deviations`);
    }
    drawImage(this.#original, image);
    drawImage(this.#result, model.decodeSync(code).row(0));
  }
}
