// A histogram of the scores, with a threshold that can be dragged.

import { byId, colour, count, oncePerFrame, sized } from './dom.js';
import type { Found } from './engine/calls.js';
import { ScoreScale } from './scale.js';

const BINS = 120;
/** The height of the axis below the bars, in pixels. */
const AXIS = 22;

export class Histogram {
  readonly #box = byId('histogram', HTMLElement);
  readonly #canvas = this.#box.querySelector('canvas') as HTMLCanvasElement;
  readonly #handle = byId('threshold', HTMLElement);
  readonly #draw = oncePerFrame(() => this.#paint());
  readonly #onThreshold: (threshold: number, above: number) => void;
  #sorted = new Float32Array();
  #bins = new Float64Array(BINS);
  #scale = new ScoreScale(0, 1);
  #threshold = 0;
  #suggested = 0;

  constructor(onThreshold: (threshold: number, above: number) => void) {
    this.#onThreshold = onThreshold;
    const move = (event: PointerEvent) => {
      const { left, width } = this.#canvas.getBoundingClientRect();
      this.set(this.#scale.score(clamp((event.clientX - left) / width)));
    };
    this.#box.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      this.#box.setPointerCapture(event.pointerId);
      this.#handle.focus({ preventScroll: true });
      event.preventDefault();
      move(event);
    });
    this.#box.addEventListener('pointermove', (event) => {
      if (this.#box.hasPointerCapture(event.pointerId)) move(event);
    });
    this.#handle.addEventListener('keydown', (event) => {
      const steps: Record<string, number> = {
        ...{ ArrowRight: 0.01, ArrowUp: 0.01, ArrowLeft: -0.01, ArrowDown: -0.01 },
        ...{ PageUp: 0.1, PageDown: -0.1, Home: -1, End: 1 },
      };
      const step = steps[event.key];
      if (step === undefined) return;
      event.preventDefault();
      const fine = event.shiftKey ? 0.1 : 1;
      this.set(this.#scale.score(clamp(this.#scale.place(this.#threshold) + fine * step)));
    });
    byId('suggested', HTMLButtonElement).addEventListener('click', () => this.set(this.#suggested));
    new ResizeObserver(this.#draw).observe(this.#box);
  }

  get threshold(): number {
    return this.#threshold;
  }

  recolour(): void {
    this.#draw();
  }

  show({ scores, order, threshold }: Found): void {
    const rows = order.length;
    this.#sorted = Float32Array.from(order, (row) => scores[row] as number);
    this.#scale = new ScoreScale(this.#sorted[rows - 1] as number, this.#sorted[0] as number);
    this.#bins = new Float64Array(BINS);
    for (const score of this.#sorted) {
      const bin = Math.floor(clamp(this.#scale.place(score)) * BINS);
      (this.#bins[Math.min(BINS - 1, bin)] as number)++;
    }
    this.#suggested = threshold;
    this.set(threshold);
  }

  set(threshold: number): void {
    // Scores are float32, so the threshold must be rounded to float32, too.
    this.#threshold = Math.fround(threshold);
    const above = this.#above();
    const place = this.#scale.place(this.#threshold);
    this.#handle.style.left = `${100 * clamp(place)}%`;
    this.#handle.setAttribute('aria-valuenow', String(Math.round(100 * clamp(place))));
    const text = `score ${this.#threshold.toFixed(2)}, ${count(above)} rows above`;
    this.#handle.setAttribute('aria-valuetext', text);
    this.#draw();
    this.#onThreshold(this.#threshold, above);
  }

  /** The number of scores above the threshold; they are sorted in descending order. */
  #above(): number {
    let [low, high] = [0, this.#sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sorted[middle] as number) > this.#threshold) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #paint(): void {
    const context = sized(this.#canvas);
    if (!context) return;
    const { clientWidth: width, clientHeight } = this.#canvas;
    const height = clientHeight - AXIS;
    context.clearRect(0, 0, width, clientHeight);
    // The square root of the counts, so that a bar of one row is visible next to one of thousands.
    const most = Math.sqrt(Math.max(...this.#bins));
    const [ordinary, odd] = [colour('bar'), colour('odd')];
    const place = this.#scale.place(this.#threshold);
    const size = width / BINS;
    for (const [i, rows] of this.#bins.entries()) {
      if (rows === 0) continue;
      const tall = Math.max(2, (Math.sqrt(rows) / most) * (height - 8));
      context.fillStyle = (i + 0.5) / BINS > place ? odd : ordinary;
      context.fillRect(i * size + 0.5, height - tall, Math.max(1, size - 1), tall);
    }
    context.strokeStyle = colour('line');
    context.beginPath();
    context.moveTo(0, height + 0.5);
    context.lineTo(width, height + 0.5);
    context.stroke();
    context.fillStyle = colour('soft');
    context.font = '12px system-ui, sans-serif';
    context.textAlign = 'center';
    for (const tick of this.#scale.ticks(56 / width)) {
      const x = this.#scale.place(tick) * width;
      context.fillRect(x, height, 1, 4);
      context.fillText(count(tick), x, height + 17);
    }
  }
}

function clamp(place: number): number {
  return Math.min(1, Math.max(0, place));
}
