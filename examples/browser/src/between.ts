// Decodes points on the line between the codes of two digits.

import type { Pictures } from './data.js';
import { byId, oncePerFrame } from './dom.js';
import { drawImage, imageCanvas } from './pixels.js';
import type { Panel, View } from './view.js';

/** The number of images along the line, including both ends. */
const STEPS = 9;

/** A 3 and a 5 with a similar slant, whose midpoint looks like a digit; the visitor can choose others. */
const ENDS = [3, 50];

export class BetweenPanel implements Panel {
  readonly #unseen: Pictures;
  readonly #slider = byId('between-slider', HTMLInputElement);
  readonly #result = byId('between-result', HTMLCanvasElement);
  readonly #ends: { button: HTMLButtonElement; canvas: HTMLCanvasElement; digit: number }[];
  readonly #strip: HTMLCanvasElement[];
  readonly #refresh = oncePerFrame(() => this.#paint());
  #view: View | undefined;

  constructor(unseen: Pictures) {
    this.#unseen = unseen;
    this.#ends = ['between-from', 'between-to'].map((id, i) => {
      const button = byId(id, HTMLButtonElement);
      const canvas = imageCanvas('');
      button.prepend(canvas);
      const end = { button, canvas, digit: ENDS[i] as number };
      button.addEventListener('click', () => {
        end.digit = unseen.next(end.digit);
        this.#showEnds();
        this.#refresh();
      });
      return end;
    });
    const strip = byId('between-strip', HTMLElement);
    this.#strip = Array.from({ length: STEPS }, (_, i) => {
      const canvas = imageCanvas(`${Math.round((100 * i) / (STEPS - 1))} % of the way`);
      strip.append(canvas);
      return canvas;
    });
    this.#slider.addEventListener('input', this.#refresh);
    this.#showEnds();
  }

  show(view: View): void {
    this.#view = view;
    this.#refresh();
  }

  #showEnds(): void {
    for (const { button, canvas, digit } of this.#ends) {
      drawImage(canvas, this.#unseen.image(digit));
      canvas.setAttribute('aria-label', this.#unseen.kind(digit));
      button.title = `${this.#unseen.kind(digit)}; press for another ${this.#unseen.set.one}`;
    }
  }

  #paint(): void {
    if (!this.#view) return;
    const { model, width } = this.#view;
    const [from, to] = this.#ends.map(
      ({ digit }) => model.encodeSync(this.#unseen.image(digit)).data,
    ) as [Float32Array, Float32Array];
    const chosen = this.#slider.valueAsNumber / 100;
    const shares = [chosen, ...this.#strip.map((_, i) => i / (STEPS - 1))];
    const codes = shares.flatMap((share) =>
      Array.from(from, (a, k) => a + share * ((to[k] as number) - a)),
    );
    const drawn = model.decodeSync({
      data: Float32Array.from(codes),
      shape: [shares.length, width],
    });
    drawImage(this.#result, drawn.row(0));
    this.#strip.forEach((canvas, i) => {
      drawImage(canvas, drawn.row(i + 1));
      canvas.toggleAttribute('data-near', Math.round(chosen * (STEPS - 1)) === i);
    });
    const percent = `${this.#slider.value} %`;
    this.#slider.setAttribute('aria-valuetext', `${percent} of the way`);
    byId('between-value', HTMLElement).textContent = percent;
  }
}
