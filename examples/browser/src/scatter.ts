// Draws points on a canvas, coloured by kind, with each kind's name in the middle of its points.

import { colourOf } from './dom.js';
import { apart } from './labels.js';
import type { Points } from './mapping.js';

/** The radius of a point and the margin at the edges, in CSS pixels. */
const RADIUS = 2.8;
const MARGIN = 14;

/** The opacity of points: normally, of the highlighted kind, and of the others in that case. */
const OPACITY = { usual: 0.75, only: 0.95, others: 0.08 };

export class Scatter {
  readonly #canvas: HTMLCanvasElement;
  readonly #frame: HTMLElement;
  readonly #keys: readonly HTMLElement[];
  readonly #kindOf: (i: number) => number;
  /** The positions of the points, in CSS pixels of the frame: x, y, x, y, ... */
  #places = new Float32Array(0);
  #points: Points = new Float32Array(0);
  /** An image of a point for each kind, drawn once: 2,000 circles took 50 ms, 2,000 copies take 3. */
  #stamps: HTMLCanvasElement[] = [];

  /** The points are drawn in the colours of these keys, one per kind. */
  constructor(
    canvas: HTMLCanvasElement,
    frame: HTMLElement,
    keys: readonly HTMLElement[],
    kindOf: (i: number) => number,
  ) {
    this.#canvas = canvas;
    this.#frame = frame;
    this.#keys = keys;
    this.#kindOf = kindOf;
  }

  get count(): number {
    return this.#points.length / 2;
  }

  get size(): [width: number, height: number] {
    return [this.#canvas.width / devicePixelRatio, this.#canvas.height / devicePixelRatio];
  }

  at(i: number): [x: number, y: number] {
    return [this.#places[2 * i] as number, this.#places[2 * i + 1] as number];
  }

  show(points: Points): void {
    this.#points = points;
    const size = this.size;
    this.#places = points.map((value, i) => {
      const length = size[i % 2] as number;
      const upwards = i % 2 === 0 ? value : -value;
      return MARGIN + ((upwards + 1) / 2) * (length - 2 * MARGIN);
    });
  }

  /** Converts x, y to the square from -1 to 1; positions outside of it become the nearest one inside. */
  within(x: number, y: number): [x: number, y: number] {
    const [width, height] = this.size;
    const scaled = (at: number, length: number) =>
      Math.max(-1, Math.min(1, (2 * (at - MARGIN)) / (length - 2 * MARGIN) - 1));
    return [scaled(x, width), -scaled(y, height)];
  }

  /** Fills the frame at its current size. */
  resize(): void {
    this.#canvas.width = Math.round(this.#frame.clientWidth * devicePixelRatio);
    this.#canvas.height = Math.round(this.#frame.clientHeight * devicePixelRatio);
    this.show(this.#points);
    this.recolour();
  }

  /** Applies the colours of the current theme. */
  recolour(): void {
    this.#stamps = this.#keys.map((key) => stamp(colourOf(key)));
  }

  /** Paints all points, with those of the kind `only` highlighted and a ring around the chosen point. */
  paint(only: number | undefined, chosen: number | undefined): void {
    const context = this.#canvas.getContext('2d');
    if (!context) return;
    const [width, height] = this.size;
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, width, height);
    for (const front of [false, true]) {
      context.globalAlpha = !front
        ? OPACITY.others
        : only === undefined
          ? OPACITY.usual
          : OPACITY.only;
      for (let i = 0; i < this.count; i++) {
        const kind = this.#kindOf(i);
        if ((only === undefined || kind === only) !== front) continue;
        const [x, y] = this.at(i);
        context.drawImage(this.#stamps[kind] as HTMLCanvasElement, x - 4, y - 4, 8, 8);
      }
    }
    context.globalAlpha = 1;
    if (this.count > 0) this.#writeNames(context, only);
    if (chosen !== undefined && chosen < this.count) {
      const [x, y] = this.at(chosen);
      context.strokeStyle = colourOf(this.#frame);
      context.lineWidth = 2;
      context.beginPath();
      context.arc(x, y, RADIUS + 4, 0, 2 * Math.PI);
      context.stroke();
    }
  }

  /** Names the kinds, since colour must not be the only way to tell them apart. */
  #writeNames(context: CanvasRenderingContext2D, only: number | undefined): void {
    const style = getComputedStyle(this.#frame);
    context.font = `700 20px ${style.fontFamily}`;
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.lineJoin = 'round';
    context.lineWidth = 5;
    context.strokeStyle = style.backgroundColor;
    context.fillStyle = style.color;
    const places = this.#keys.map((): [number[], number[]] => [[], []]);
    for (let i = 0; i < this.count; i++) {
      const [x, y] = this.at(i);
      const own = places[this.#kindOf(i)];
      own?.[0].push(x);
      own?.[1].push(y);
    }
    const names = places.flatMap(([xs, ys], kind) => {
      if (xs.length === 0 || (only !== undefined && only !== kind)) return [];
      const name = this.#keys[kind]?.textContent ?? '';
      const width = context.measureText(name).width + 6;
      return [{ name, x: median(xs), y: median(ys), width, height: 24 }];
    });
    for (const { name, x, y } of apart(names, this.size)) {
      context.strokeText(name, x, y);
      context.fillText(name, x, y);
    }
  }
}

/** Draws a dot in the middle of 8 x 8 CSS pixels. */
function stamp(colour: string): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = Math.ceil(8 * devicePixelRatio);
  const context = canvas.getContext('2d');
  if (!context) return canvas;
  const scale = canvas.width / 8;
  context.fillStyle = colour;
  context.arc(4 * scale, 4 * scale, RADIUS * scale, 0, 2 * Math.PI);
  context.fill();
  return canvas;
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] as number;
}
