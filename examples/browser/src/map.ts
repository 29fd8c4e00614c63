// The map of codes: a scatter plot to explore with the pointer or the arrow keys.

import type { Pictures } from './data.js';
import { byId, oncePerFrame } from './dom.js';
import type { CodeMap } from './mapping.js';
import { drawImage } from './pixels.js';
import { Scatter } from './scatter.js';

/** The distance within which the pointer finds a point, in CSS pixels. */
const REACH = 14;

export class MapPanel {
  #pictures: Pictures;
  #map: CodeMap | undefined;
  readonly #frame = byId('map', HTMLElement);
  readonly #empty = byId('map-empty', HTMLElement);
  readonly #tip = byId('map-tip', HTMLElement);
  readonly #tipImage = byId('map-tip-image', HTMLCanvasElement);
  readonly #tipText = byId('map-tip-text', HTMLElement);
  readonly #near = byId('map-tip-near', HTMLElement);
  readonly #here = byId('map-tip-here', HTMLCanvasElement);
  readonly #keys: HTMLButtonElement[];
  readonly #scatter: Scatter;
  readonly #refresh = oncePerFrame(() => this.#scatter.paint(this.#only, this.#chosen));
  #chosen: number | undefined;
  /** The position of the pointer or of the chosen point, in CSS pixels of the frame. */
  #place: [x: number, y: number] | undefined;
  /** The only digit to highlight. */
  #only: number | undefined;

  constructor(pictures: Pictures) {
    this.#pictures = pictures;
    const { keys, one } = pictures.set;
    this.#frame.tabIndex = 0;
    const legend = byId('map-legend', HTMLElement);
    this.#keys = keys.map((name, digit) => {
      const key = document.createElement('button');
      key.type = 'button';
      key.textContent = name;
      key.className = `kind kind-${digit}`;
      key.ariaPressed = 'false';
      key.ariaLabel = one === 'digit' ? `Bring out digit ${name}` : `Bring out: ${name}`;
      key.addEventListener('click', () => this.#bringOut(digit));
      legend.append(key);
      return key;
    });
    this.#frame.addEventListener('pointermove', (event) => this.#point(event));
    this.#frame.addEventListener('pointerdown', (event) => this.#point(event));
    this.#frame.addEventListener('pointerleave', () => this.#leave());
    this.#frame.addEventListener('keydown', (event) => this.#key(event));
    this.#frame.addEventListener('blur', () => this.#leave());
    const canvas = byId('map-canvas', HTMLCanvasElement);
    this.#scatter = new Scatter(canvas, this.#frame, this.#keys, (i) => this.#pictures.label(i));
    new ResizeObserver(() => {
      this.#scatter.resize();
      this.#showTip();
      this.#scatter.paint(this.#only, this.#chosen); // at once, since resizing has cleared the canvas
    }).observe(this.#frame);
  }

  /** More pictures have loaded; they begin with the previous ones. */
  take(pictures: Pictures): void {
    this.#pictures = pictures;
  }

  show(map: CodeMap): void {
    this.#map = map;
    delete this.#frame.dataset.settled;
    this.#showPoints(map.points);
  }

  /** The points have reached their final positions. */
  settle(): void {
    this.#frame.dataset.settled = '';
  }

  /** The model of this map is gone, so nothing can be decoded any more. */
  detach(): void {
    this.#map = undefined;
    this.#showTip();
  }

  #showPoints(points: Float32Array): void {
    this.#scatter.show(points);
    this.#empty.hidden = this.#scatter.count > 0;
    this.#frame.dataset.points = String(this.#scatter.count);
    this.#showTip();
    this.#refresh();
  }

  /** Shows no points until those of a model with codes of this width arrive. */
  clear(width: number): void {
    byId('map-squeezed', HTMLElement).hidden = width === 2;
    this.#chosen = undefined;
    this.#place = undefined;
    this.#map = undefined;
    delete this.#frame.dataset.settled;
    this.#frame.toggleAttribute('data-drag', width === 2);
    this.#showPoints(new Float32Array(0));
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
    const place: [number, number] = [event.clientX - left, event.clientY - top];
    this.#choose(this.#nearest(...place, REACH), place);
  }

  #leave(): void {
    this.#choose(undefined, undefined);
  }

  #nearest(x: number, y: number, reach: number): number | undefined {
    let [best, least]: [number | undefined, number] = [undefined, reach];
    for (let i = 0; i < this.#scatter.count; i++) {
      if (this.#only !== undefined && this.#pictures.label(i) !== this.#only) continue;
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
    if (event.key === 'Escape') this.#leave();
    if (!way || this.#scatter.count === 0) return;
    event.preventDefault();
    const [width, height] = this.#scatter.size;
    const chosen =
      this.#chosen === undefined
        ? this.#nearest(width / 2, height / 2, Number.POSITIVE_INFINITY)
        : this.#next(this.#chosen, way);
    this.#choose(chosen, chosen === undefined ? undefined : this.#scatter.at(chosen));
  }

  /** The nearest point in this direction, more ahead than aside; the same point if there is none. */
  #next(from: number, [dx, dy]: [number, number]): number {
    const [x, y] = this.#scatter.at(from);
    let [best, least] = [from, Number.POSITIVE_INFINITY];
    for (let i = 0; i < this.#scatter.count; i++) {
      if (this.#only !== undefined && this.#pictures.label(i) !== this.#only) continue;
      const [px, py] = this.#scatter.at(i);
      const ahead = (px - x) * dx + (py - y) * dy;
      const aside = Math.abs((px - x) * dy) + Math.abs((py - y) * dx);
      if (ahead > 4 && aside <= ahead && ahead + aside < least) [best, least] = [i, ahead + aside];
    }
    return best;
  }

  #choose(i: number | undefined, place: [number, number] | undefined): void {
    this.#place = place;
    const isNew = i !== this.#chosen;
    this.#chosen = i;
    this.#showTip();
    if (isNew) this.#refresh();
  }

  /** Shows the nearest picture, if one is near, and what the model decodes at this position. */
  #showTip(): void {
    const place = this.#scatter.count > 0 ? this.#place : undefined;
    this.#tip.hidden = !place || (this.#chosen === undefined && !this.#map);
    if (!place || this.#tip.hidden) return;
    this.#near.hidden = this.#chosen === undefined;
    if (this.#chosen !== undefined) {
      drawImage(this.#tipImage, this.#pictures.image(this.#chosen));
      this.#tipText.textContent = this.#pictures.kind(this.#chosen);
    }
    const [x, y] = place;
    const [width, height] = this.#scatter.size;
    if (this.#map) {
      const at = this.#scatter.within(x, y);
      drawImage(this.#here, this.#map.draw(...at));
    }
    const { offsetWidth, offsetHeight } = this.#tip;
    const left = Math.max(4, Math.min(width - offsetWidth - 4, x - offsetWidth / 2));
    const above = y - offsetHeight - 14;
    const top = above < 4 ? Math.min(y + 14, height - offsetHeight - 4) : above;
    this.#tip.style.transform = `translate(${left}px, ${top}px)`;
  }
}
