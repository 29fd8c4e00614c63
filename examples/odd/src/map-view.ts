// Shows the rows as points, which can be pointed at or selected with a lasso.

import { breathe, byId, colour, count, make, oncePerFrame, sized } from './dom.js';
import type { CodeMap } from './engine/calls.js';

/** How many points are drawn at a time, and the milliseconds of each frame for drawing them. */
const [AT_ONCE, FRAME_MS] = [2000, 6];
/** The distance in pixels within which the pointer finds a point. */
const NEAR = 14;
/** The distance in pixels between corners of a lasso, and the largest number of corners. */
const [APART, MOST_CORNERS] = [4, 200];

const LABEL =
  'Map of the rows. Arrow keys move the pointer, space sets a corner of a lasso, Enter closes it, ' +
  'Escape clears it, and Enter without a lasso opens the nearest row.';

export interface MapEvents {
  onLasso(polygon: Float32Array): void;
  onRow(row: number): void;
}

export class MapView {
  readonly #box = byId('map', HTMLElement);
  readonly #canvas = this.#box.querySelector('canvas') as HTMLCanvasElement;
  readonly #tip = byId('map-tip', HTMLElement);
  readonly #events: MapEvents;
  /** The points alone, drawn in slices; moving parts are drawn on top of them. */
  readonly #still = document.createElement('canvas');
  readonly #overlay = oncePerFrame(() => this.#paint());
  #points: Float32Array = new Float32Array();
  #scores: Float32Array = new Float32Array();
  #threshold = 0;
  #chosen: Uint8Array = new Uint8Array();
  #row: number | undefined;
  #lasso: number[] = [];
  #isClosed = false;
  #pointer: { x: number; y: number } | undefined;
  #drawing = 0;

  constructor(events: MapEvents) {
    this.#events = events;
    const canvas = this.#canvas;
    this.#box.tabIndex = 0;
    this.#box.role = 'application'; // it handles keys itself
    this.#box.ariaLabel = LABEL;
    canvas.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      this.#lasso = [...this.#at(event)];
      this.#isClosed = false;
    });
    canvas.addEventListener('pointermove', (event) => {
      const [x, y] = this.#at(event);
      this.#pointer = { x, y };
      if (canvas.hasPointerCapture(event.pointerId)) this.#corner(x, y, APART);
      this.#overlay();
    });
    canvas.addEventListener('pointerup', () => this.#end());
    canvas.addEventListener('pointercancel', () => this.#clear());
    canvas.addEventListener('pointerleave', () => {
      this.#pointer = undefined;
      this.#overlay();
    });
    this.#box.addEventListener('blur', () => {
      this.#pointer = undefined;
      this.#overlay();
    });
    this.#box.addEventListener('keydown', (event) => this.#onKey(event));
    new ResizeObserver(() => this.redraw()).observe(this.#box);
  }

  show({ points }: CodeMap, scores: Float32Array): void {
    this.#points = points;
    this.#scores = scores;
    this.#chosen = new Uint8Array(scores.length);
    this.#clear();
    this.#box.hidden = false;
    this.#box.dataset.points = '';
    this.redraw();
  }

  hide(): void {
    this.#drawing++;
    this.#points = new Float32Array();
    this.#box.hidden = true;
  }

  setThreshold(threshold: number): void {
    this.#threshold = threshold;
    this.redraw();
  }

  choose(rows: ArrayLike<number>): void {
    this.#chosen.fill(0);
    for (let i = 0; i < rows.length; i++) this.#chosen[rows[i] as number] = 1;
    this.redraw();
  }

  mark(row: number): void {
    this.#row = row;
    this.#overlay();
  }

  /** Draws all points again, a slice per frame. A later call cancels an earlier one. */
  async redraw(): Promise<void> {
    const run = ++this.#drawing;
    await new Promise((resolve) => requestAnimationFrame(resolve));
    const count = this.#scores.length;
    if (run !== this.#drawing || this.#points.length === 0) return;
    const context = sized(this.#canvas);
    if (!context) return;
    const { width, height } = this.#canvas;
    const next = document.createElement('canvas');
    [next.width, next.height] = [width, height];
    const still = next.getContext('2d');
    if (!still) return;
    const ratio = width / this.#canvas.clientWidth;
    const size = (count > 20_000 ? 1.5 : count > 2000 ? 2.5 : 4) * ratio;
    const hasChoice = this.#chosen.includes(1);
    const [ordinary, odd, faint] = [colour('point'), colour('odd'), colour('faint')];
    // Odd points last, on top of the others.
    for (const isOdd of [false, true]) {
      still.fillStyle = isOdd ? odd : ordinary;
      const large = isOdd ? 1.6 * size : size;
      let began = performance.now();
      for (let from = 0; from < count; from += AT_ONCE) {
        for (let i = from; i < Math.min(count, from + AT_ONCE); i++) {
          if ((this.#scores[i] as number) > this.#threshold !== isOdd) continue;
          if (hasChoice) still.fillStyle = this.#chosen[i] ? (isOdd ? odd : ordinary) : faint;
          const x = (this.#points[2 * i] as number) * width;
          const y = (1 - (this.#points[2 * i + 1] as number)) * height;
          still.fillRect(x - large / 2, y - large / 2, large, large);
        }
        if (performance.now() - began < FRAME_MS) continue;
        await breathe();
        if (run !== this.#drawing) return;
        began = performance.now();
      }
    }
    this.#still.width = width;
    this.#still.height = height;
    this.#still.getContext('2d')?.drawImage(next, 0, 0);
    this.#box.dataset.points = String(count);
    this.#overlay();
  }

  #at(event: PointerEvent): [number, number] {
    const { left, top } = this.#canvas.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  }

  #corner(x: number, y: number, apart: number): void {
    const [a, b] = this.#lasso.slice(-2) as [number, number];
    if (this.#lasso.length >= 2 && Math.hypot(x - a, y - b) < apart) return;
    this.#lasso.push(x, y);
    // Drops every second corner of a very long lasso.
    if (this.#lasso.length > 2 * MOST_CORNERS) {
      this.#lasso = this.#lasso.filter((_, i) => i % 4 < 2);
    }
  }

  #end(): void {
    if (this.#lasso.length < 6) {
      const row = this.#nearest();
      const hadLasso = this.#isClosed;
      this.#clear();
      if (row !== undefined) this.#events.onRow(row);
      else if (!hadLasso) this.#events.onLasso(new Float32Array());
      return;
    }
    this.#isClosed = true;
    this.#overlay();
    const { clientWidth, clientHeight } = this.#canvas;
    const polygon = Float32Array.from(this.#lasso, (value, i) =>
      i % 2 === 0 ? value / clientWidth : 1 - value / clientHeight,
    );
    this.#events.onLasso(polygon);
  }

  #clear(): void {
    this.#lasso = [];
    this.#isClosed = false;
    this.#overlay();
  }

  #onKey(event: KeyboardEvent): void {
    const { clientWidth, clientHeight } = this.#canvas;
    const far = event.shiftKey ? 2 : 16;
    const moves: Record<string, [number, number]> = {
      ...{ ArrowLeft: [-far, 0], ArrowRight: [far, 0], ArrowUp: [0, -far], ArrowDown: [0, far] },
    };
    const move = moves[event.key];
    const { x, y } = this.#pointer ?? { x: clientWidth / 2, y: clientHeight / 2 };
    if (move) {
      this.#pointer = {
        x: Math.min(clientWidth, Math.max(0, x + move[0])),
        y: Math.min(clientHeight, Math.max(0, y + move[1])),
      };
    } else if (event.key === ' ') {
      if (this.#isClosed) this.#clear();
      this.#pointer = { x, y };
      this.#corner(x, y, 1);
    } else if (event.key === 'Enter') {
      if (this.#isClosed) this.#clear();
      this.#end();
    } else if (event.key === 'Escape') {
      this.#clear();
      this.#events.onLasso(new Float32Array());
    } else return;
    event.preventDefault();
    this.#overlay();
  }

  /** The row whose point is nearest to the pointer and within reach. */
  #nearest(): number | undefined {
    if (!this.#pointer) return undefined;
    const { clientWidth, clientHeight } = this.#canvas;
    const { x, y } = this.#pointer;
    let [best, row] = [NEAR * NEAR, undefined as number | undefined];
    const points = this.#points;
    for (let i = 0; i < points.length; i += 2) {
      const across = (points[i] as number) * clientWidth - x;
      const down = (1 - (points[i + 1] as number)) * clientHeight - y;
      const apart = across * across + down * down;
      if (apart < best) [best, row] = [apart, i / 2];
    }
    return row;
  }

  #paint(): void {
    const context = sized(this.#canvas);
    if (!context) return;
    const { clientWidth, clientHeight } = this.#canvas;
    context.clearRect(0, 0, clientWidth, clientHeight);
    if (this.#still.width > 0) context.drawImage(this.#still, 0, 0, clientWidth, clientHeight);
    const ring = (row: number, name: string) => {
      context.strokeStyle = colour(name);
      context.lineWidth = 2;
      context.beginPath();
      const x = (this.#points[2 * row] as number) * clientWidth;
      const y = (1 - (this.#points[2 * row + 1] as number)) * clientHeight;
      context.arc(x, y, 7, 0, 2 * Math.PI);
      context.stroke();
    };
    if (this.#row !== undefined && 2 * this.#row < this.#points.length) ring(this.#row, 'ink');
    if (this.#lasso.length > 0) {
      context.strokeStyle = colour('accent');
      context.lineWidth = 1.5;
      context.beginPath();
      for (let i = 0; i < this.#lasso.length; i += 2) {
        context.lineTo(this.#lasso[i] as number, this.#lasso[i + 1] as number);
      }
      if (this.#isClosed) context.closePath();
      context.stroke();
    }
    const isKeyed = document.activeElement === this.#box && this.#pointer !== undefined;
    if (isKeyed && this.#pointer) {
      const { x, y } = this.#pointer;
      context.strokeStyle = colour('accent');
      context.lineWidth = 1;
      context.beginPath();
      context.moveTo(x - 8, y);
      context.lineTo(x + 8, y);
      context.moveTo(x, y - 8);
      context.lineTo(x, y + 8);
      context.stroke();
    }
    const near = this.#nearest();
    this.#tip.hidden = near === undefined;
    if (near === undefined) return;
    ring(near, 'accent');
    const score = this.#scores[near] as number;
    this.#tip.replaceChildren(
      make('b', {}, `Row ${count(near + 1)}`),
      ` score ${score.toFixed(2)}`,
    );
    const x = (this.#points[2 * near] as number) * clientWidth;
    const y = (1 - (this.#points[2 * near + 1] as number)) * clientHeight;
    const { offsetWidth, offsetHeight } = this.#tip;
    this.#tip.style.left = `${Math.max(0, Math.min(clientWidth - offsetWidth, x + 12))}px`;
    this.#tip.style.top = `${Math.max(0, Math.min(clientHeight - offsetHeight, y + 12))}px`;
  }
}
