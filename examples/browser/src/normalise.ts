// Normalises a drawing like MNIST's digits: it fits into a box of 20 x 20 pixels, with its centre of mass
// in the middle of 28 x 28 (LeCun et al., http://yann.lecun.com/exdb/mnist/).

import { PIXELS, SIDE } from './pixels.js';

export interface Point {
  readonly x: number;
  readonly y: number;
}
export type Stroke = readonly Point[];

const BOX = 20;

/**
 * The width of MNIST's lines in pixels. Strokes are drawn again at this width, so that a small drawing does
 * not get thick lines.
 */
const LINE = 2.4;

/**
 * A drawing smaller than this fraction of the pad is not enlarged to fill the box, so that a dot stays a
 * dot.
 */
const SMALLEST = 0.2;

let context: OffscreenCanvasRenderingContext2D | undefined;

/** Converts strokes on a pad of `size` x `size` to an image of numbers from 0 to 1. */
export function normalise(strokes: readonly Stroke[], size: number): Float32Array {
  const points = strokes.flat();
  if (points.length === 0) return new Float32Array(PIXELS);
  const xs = points.map(({ x }) => x);
  const ys = points.map(({ y }) => y);
  const [left, right] = [Math.min(...xs), Math.max(...xs)];
  const [top, bottom] = [Math.min(...ys), Math.max(...ys)];
  const scale = (BOX - LINE) / Math.max(right - left, bottom - top, SMALLEST * size);
  const middle = SIDE / 2;
  const at = { x: middle - (scale * (left + right)) / 2, y: middle - (scale * (top + bottom)) / 2 };
  const mass = centreOfMass(render(strokes, scale, at));
  return render(strokes, scale, { x: at.x + middle - mass.x, y: at.y + middle - mass.y });
}

function render(strokes: readonly Stroke[], scale: number, at: Point): Float32Array {
  context ??= new OffscreenCanvas(SIDE, SIDE).getContext('2d', {
    willReadFrequently: true,
  }) as OffscreenCanvasRenderingContext2D;
  context.clearRect(0, 0, SIDE, SIDE);
  context.lineWidth = LINE;
  trace(context, strokes, scale, at);
  const { data } = context.getImageData(0, 0, SIDE, SIDE);
  return Float32Array.from({ length: PIXELS }, (_, i) => (data[4 * i + 3] as number) / 255);
}

/** Draws strokes with round ends, with each point moved to `scale` * point + `at`. */
export function trace(
  target: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D,
  strokes: readonly Stroke[],
  scale: number,
  at: Point,
): void {
  target.lineCap = 'round';
  target.lineJoin = 'round';
  target.beginPath();
  for (const stroke of strokes) {
    // Draws curves between midpoints with the points as control points, so that strokes have no corners.
    stroke.forEach((point, i) => {
      const next = stroke[i + 1] ?? point;
      const [x, y] = [scale * point.x + at.x, scale * point.y + at.y];
      const [nextX, nextY] = [scale * next.x + at.x, scale * next.y + at.y];
      if (i === 0) target.moveTo(x, y);
      target.quadraticCurveTo(x, y, (x + nextX) / 2, (y + nextY) / 2);
    });
  }
  target.stroke();
}

function centreOfMass(image: Float32Array): Point {
  let [sum, x, y] = [0, 0, 0];
  image.forEach((ink, i) => {
    sum += ink;
    x += ink * ((i % SIDE) + 0.5);
    y += ink * (Math.floor(i / SIDE) + 0.5);
  });
  return { x: x / sum, y: y / sum };
}
