// The map of codes: a scatter plot to point at, or to walk with the arrow keys.

import type { Digits } from './data.js';
import { byId, oncePerFrame } from './dom.js';
import type { Points } from './mapping.js';
import { drawImage } from './pixels.js';
import { Scatter } from './scatter.js';

/** How near a point the pointer must be, in CSS pixels. */
const REACH = 14;

export class MapPanel {
  readonly #digits: Digits;
  readonly #frame = byId('map', HTMLElement);
  readonly #empty = byId('map-empty', HTMLElement);
  readonly #tip = byId('map-tip', HTMLElement);
  readonly #tipImage = byId('map-tip-image', HTMLCanvasElement);
  readonly #tipText = byId('map-tip-text', HTMLElement);
  readonly #keys: HTMLButtonElement[];
  readonly #scatter: Scatter;
  readonly #refresh = oncePerFrame(() => this.#scatter.paint(this.#only, this.#chosen));
  #chosen: number | undefined;
  /** The one digit to bring out. */
  #only: number | undefined;

  constructor(digits: Digits) {
    this.#digits = digits;
    this.#frame.tabIndex = 0;
    const legend = byId('map-legend', HTMLElement);
    this.#keys = Array.from({ length: 10 }, (_, digit) => {
      const key = document.createElement('button');
      key.type = 'button';
      key.textContent = String(digit);
      key.className = `kind kind-${digit}`;
      key.ariaPressed = 'false';
      key.ariaLabel = `Bring out digit ${digit}`;
      key.addEventListener('click', () => this.#bringOut(digit));
      legend.append(key);
      return key;
    });
    this.#frame.addEventListener('pointermove', (event) => this.#point(event));
    this.#frame.addEventListener('pointerdown', (event) => this.#point(event));
    this.#frame.addEventListener('pointerleave', () => this.#choose(undefined));
    this.#frame.addEventListener('keydown', (event) => this.#key(event));
    this.#frame.addEventListener('blur', () => this.#choose(undefined));
    const canvas = byId('map-canvas', HTMLCanvasElement);
    this.#scatter = new Scatter(canvas, this.#frame, this.#keys, (i) => digits.label(i));
    new ResizeObserver(() => {
      this.#scatter.resize();
      this.#showTip();
      this.#scatter.paint(this.#only, this.#chosen); // at once: the canvas has been emptied
    }).observe(this.#frame);
  }

  show(points: Points): void {
    this.#scatter.show(points);
    this.#empty.hidden = this.#scatter.count > 0;
    this.#frame.dataset.points = String(this.#scatter.count);
    this.#showTip();
    this.#refresh();
  }

  /** Shows no points until those of a model come, whose codes have so many numbers. */
  clear(width: number): void {
    byId('map-squeezed', HTMLElement).hidden = width === 2;
    this.#chosen = undefined;
    this.show(new Float32Array(0));
  }

  recolour(): void {
    this.#scatter.recolour();
    this.#refresh();
  }

  #bringOut(digit: number): void {
    this.#only = this.#only === digit ? undefined : digit;
    this.#keys.forEach((key, i) => {
      key.ariaPressed = String(i === this.#only);
    });
    this.#refresh();
  }

  #point(event: PointerEvent): void {
    const { left, top } = this.#frame.getBoundingClientRect();
    this.#choose(this.#nearest(event.clientX - left, event.clientY - top, REACH));
  }

  #nearest(x: number, y: number, reach: number): number | undefined {
    let [best, least]: [number | undefined, number] = [undefined, reach];
    for (let i = 0; i < this.#scatter.count; i++) {
      if (this.#only !== undefined && this.#digits.label(i) !== this.#only) continue;
      const [px, py] = this.#scatter.at(i);
      const away = Math.hypot(px - x, py - y);
      if (away < least) [best, least] = [i, away];
    }
    return best;
  }

  #key(event: KeyboardEvent): void {
    const ways: Record<string, [number, number]> = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, -1],
      ArrowDown: [0, 1],
    };
    const way = ways[event.key];
    if (event.key === 'Escape') this.#choose(undefined);
    if (!way || this.#scatter.count === 0) return;
    event.preventDefault();
    const [width, height] = this.#scatter.size;
    this.#choose(
      this.#chosen === undefined
        ? this.#nearest(width / 2, height / 2, Number.POSITIVE_INFINITY)
        : this.#next(this.#chosen, way),
    );
  }

  /** The nearest point that way, more ahead than aside; the same where there is none. */
  #next(from: number, [dx, dy]: [number, number]): number {
    const [x, y] = this.#scatter.at(from);
    let [best, least] = [from, Number.POSITIVE_INFINITY];
    for (let i = 0; i < this.#scatter.count; i++) {
      if (this.#only !== undefined && this.#digits.label(i) !== this.#only) continue;
      const [px, py] = this.#scatter.at(i);
      const ahead = (px - x) * dx + (py - y) * dy;
      const aside = Math.abs((px - x) * dy) + Math.abs((py - y) * dx);
      if (ahead > 4 && aside <= ahead && ahead + aside < least) [best, least] = [i, ahead + aside];
    }
    return best;
  }

  #choose(i: number | undefined): void {
    if (i === this.#chosen) return;
    this.#chosen = i;
    this.#showTip();
    this.#refresh();
  }

  #showTip(): void {
    this.#tip.hidden = this.#chosen === undefined || this.#scatter.count === 0;
    if (this.#chosen === undefined || this.#scatter.count === 0) return;
    drawImage(this.#tipImage, this.#digits.image(this.#chosen));
    this.#tipText.textContent = `a ${this.#digits.label(this.#chosen)}`;
    const [x, y] = this.#scatter.at(this.#chosen);
    const [width] = this.#scatter.size;
    const { offsetWidth, offsetHeight } = this.#tip;
    const left = Math.max(4, Math.min(width - offsetWidth - 4, x - offsetWidth / 2));
    const above = y - offsetHeight - 12;
    this.#tip.style.transform = `translate(${left}px, ${above < 4 ? y + 12 : above}px)`;
  }
}
