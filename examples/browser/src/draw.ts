// The hourglass: the visitor draws something, and sees its code and its reconstruction.

import { CodeBars } from './bars.js';
import type { Pictures } from './data.js';
import { byId, oncePerFrame } from './dom.js';
import { normalise, type Point, type Stroke, trace } from './normalise.js';
import { drawImage, imageCanvas, meanSquaredError } from './pixels.js';
import type { Panel, View } from './view.js';

/** The size of the pad in its own pixels, and the pen's width and step in them. */
const SIZE = 280;
const PEN = 20;
const STEP = 8;

/** A three, shown until the visitor draws something. */
const EXAMPLE: Stroke = [
  [88, 62],
  [112, 40],
  [148, 36],
  [174, 56],
  [176, 86],
  [152, 110],
  [124, 118],
  [158, 124],
  [186, 146],
  [188, 180],
  [164, 208],
  [126, 214],
  [92, 194],
].map(([x, y]) => ({ x: x as number, y: y as number }));

export class DrawingPanel implements Panel {
  readonly #pad = byId('pad', HTMLCanvasElement);
  readonly #hint = byId('pad-hint', HTMLElement);
  readonly #seen = byId('drawn-seen', HTMLCanvasElement);
  readonly #result = byId('drawn-result', HTMLCanvasElement);
  readonly #error = byId('drawn-error', HTMLElement);
  readonly #bars = new CodeBars(byId('drawn-code', HTMLElement));
  readonly #refresh = oncePerFrame(() => this.#paint());
  readonly #unseen: Pictures;
  #view: View | undefined;
  #strokes: Point[][] = [[...EXAMPLE]];
  #isExample = true;
  /** The index of an unseen picture that is shown instead of a drawing. */
  #picture: number | undefined;
  /** The position of the keyboard's pen, and whether it is drawing. */
  #pen: Point = { x: SIZE / 2, y: SIZE / 4 };
  #penIsDown = false;
  #penIsShown = false;

  constructor(unseen: Pictures) {
    this.#unseen = unseen;
    // Clothes are hard to draw with a pen, so that set begins with a picture.
    if (unseen.set.one !== 'digit') this.#showPicture();
    const random = byId('pad-random', HTMLButtonElement);
    random.textContent = `Random ${unseen.set.one}`;
    random.addEventListener('click', () => this.#showPicture());
    this.#pad.addEventListener('pointerdown', (event) => this.#begin(event));
    this.#pad.addEventListener('pointermove', (event) => this.#move(event));
    this.#pad.addEventListener('keydown', (event) => this.#key(event));
    this.#pad.addEventListener('blur', () => this.#showPen(false));
    byId('pad-clear', HTMLButtonElement).addEventListener('click', () => this.#clear());
    this.#refresh();
  }

  show(view: View): void {
    this.#view = view;
    byId('lede-width', HTMLElement).textContent = `${view.width}`;
    this.#refresh();
  }

  #begin(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.#pad.setPointerCapture(event.pointerId);
    if (this.#isExample) this.#clear();
    this.#showPen(false);
    this.#strokes.push([this.#at(event)]);
    this.#refresh();
  }

  #move(event: PointerEvent): void {
    if (!this.#pad.hasPointerCapture(event.pointerId)) return;
    const passed = event.getCoalescedEvents?.() ?? [];
    const stroke = this.#strokes[this.#strokes.length - 1];
    for (const one of passed.length > 0 ? passed : [event]) stroke?.push(this.#at(one));
    this.#refresh();
  }

  #at(event: PointerEvent): Point {
    const { left, top, width, height } = this.#pad.getBoundingClientRect();
    const inside = (value: number) => Math.max(0, Math.min(SIZE, value));
    return {
      x: inside(((event.clientX - left) / width) * SIZE),
      y: inside(((event.clientY - top) / height) * SIZE),
    };
  }

  #key(event: KeyboardEvent): void {
    const moves: Record<string, [number, number]> = {
      ArrowLeft: [-STEP, 0],
      ArrowRight: [STEP, 0],
      ArrowUp: [0, -STEP],
      ArrowDown: [0, STEP],
    };
    const move = moves[event.key];
    if (move) {
      const inside = (value: number) => Math.max(0, Math.min(SIZE, value));
      this.#pen = { x: inside(this.#pen.x + move[0]), y: inside(this.#pen.y + move[1]) };
      if (this.#penIsDown) this.#strokes[this.#strokes.length - 1]?.push(this.#pen);
    } else if (event.key === ' ') {
      if (this.#isExample) this.#clear();
      this.#penIsDown = !this.#penIsDown;
      if (this.#penIsDown) this.#strokes.push([this.#pen]);
    } else if (event.key === 'Delete' || event.key === 'Backspace') {
      this.#clear();
    } else {
      return;
    }
    event.preventDefault();
    this.#showPen(true);
  }

  #showPen(shown: boolean): void {
    this.#penIsShown = shown;
    if (!shown) this.#penIsDown = false;
    this.#refresh();
  }

  #clear(): void {
    this.#strokes = [];
    this.#isExample = false;
    this.#picture = undefined;
    this.#penIsDown = false;
    this.#refresh();
  }

  #showPicture(): void {
    this.#clear();
    this.#isExample = true; // the first stroke replaces it
    this.#picture = Math.floor(Math.random() * this.#unseen.count);
  }

  #paint(): void {
    const context = this.#pad.getContext('2d', { willReadFrequently: true });
    if (!context) return;
    context.clearRect(0, 0, SIZE, SIZE);
    context.lineWidth = PEN;
    trace(context, this.#strokes, 1, { x: 0, y: 0 });
    if (this.#penIsShown) {
      context.lineWidth = 2;
      context.beginPath();
      context.arc(this.#pen.x, this.#pen.y, this.#penIsDown ? PEN / 2 : PEN, 0, 2 * Math.PI);
      context.stroke();
    }
    const image = this.#image(context);
    drawImage(this.#seen, image);
    const isEmpty = this.#picture === undefined && this.#strokes.length === 0;
    this.#hint.hidden = !isEmpty && !this.#isExample;
    this.#hint.textContent = isEmpty ? 'draw here' : 'draw over it';
    if (!this.#view) return;
    const { model, largest, width } = this.#view;
    if (isEmpty) {
      this.#bars.show(new Float32Array(width), largest);
      drawImage(this.#result, image);
      this.#error.textContent = '–';
      return;
    }
    const code = model.encodeSync(image);
    this.#bars.show(code.row(0), largest);
    const result = model.decodeSync(code).row(0);
    drawImage(this.#result, result);
    this.#error.textContent = meanSquaredError(image, result).toFixed(4);
  }

  /** The network's input; a picture is also painted on the pad. */
  #image(context: CanvasRenderingContext2D): Float32Array {
    if (this.#picture === undefined) return normalise(this.#strokes, SIZE);
    const image = Float32Array.from(this.#unseen.image(this.#picture), (byte) => byte / 255);
    const small = imageCanvas('');
    drawImage(small, image);
    context.imageSmoothingEnabled = false;
    context.drawImage(small, 0, 0, SIZE, SIZE);
    return image;
  }
}
