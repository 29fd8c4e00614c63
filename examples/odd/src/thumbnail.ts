// A picture as the model receives it: its pixels.

import { make } from './dom.js';
import type { TableInfo } from './engine/calls.js';

export function pictureOf(
  pixels: Uint8Array,
  { side = 1, depth = 1 }: Pick<TableInfo, 'side' | 'depth'>,
  scale = 4,
): HTMLCanvasElement {
  const canvas = make('canvas', { width: String(side), height: String(side), class: 'picture' });
  canvas.style.width = `${side * scale}px`;
  canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', 'The picture as the model sees it');
  const image = new ImageData(side, side);
  for (let p = 0; p < side * side; p++) {
    const at = p * depth;
    const [r, g, b] = depth === 3 ? [at, at + 1, at + 2] : [at, at, at];
    image.data.set([pixels[r] as number, pixels[g] as number, pixels[b] as number, 255], 4 * p);
  }
  canvas.getContext('2d')?.putImageData(image, 0, 0);
  return canvas;
}
