import { imageCanvas } from './pixels.js';

/** The range of a slider, in standard deviations of its unit over pictures. */
const REACH = 4;

/** One unit of the code: a thumbnail of its effect, its number, and a slider that changes it. */
export class UnitSlider {
  readonly unit: number;
  readonly element = document.createElement('label');
  readonly thumbnail: HTMLCanvasElement;
  readonly #input = document.createElement('input');

  constructor(unit: number, onInput: () => void) {
    this.unit = unit;
    this.thumbnail = imageCanvas('');
    this.thumbnail.className = 'change';
    this.thumbnail.setAttribute('role', 'presentation');
    this.thumbnail.removeAttribute('aria-label');
    const name = document.createElement('span');
    name.textContent = `${unit + 1}`;
    name.ariaHidden = 'true';
    Object.assign(this.#input, { type: 'range', min: -REACH, max: REACH, step: 0.1, value: '0' });
    this.#input.ariaLabel = `unit ${unit + 1}`;
    this.#input.addEventListener('input', onInput);
    this.element.append(this.thumbnail, name, this.#input);
  }

  /** In standard deviations. */
  get push(): number {
    return this.#input.valueAsNumber;
  }

  reset(): void {
    this.#input.value = '0';
  }

  say(): void {
    this.#input.setAttribute('aria-valuetext', `${this.#input.value} standard deviations`);
  }
}
