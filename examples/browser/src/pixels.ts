/** Images are squares of 28 x 28 pixels. */
export const SIDE = 28;
export const PIXELS = SIDE * SIDE;

/**
 * Draws an image on a canvas from bytes, or from numbers from 0 to 1. Ink is black with that opacity; in
 * the dark theme the style sheet inverts it, so nothing has to be drawn again.
 */
export function drawImage(canvas: HTMLCanvasElement, image: Uint8Array | Float32Array): void {
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) return;
  const scale = image instanceof Uint8Array ? 1 : 255;
  const pixels = new ImageData(SIDE, SIDE);
  image.forEach((value, i) => {
    pixels.data[4 * i + 3] = value * scale; // clamped to 0..255 by its type
  });
  context.putImageData(pixels, 0, 0);
}

/** Draws the change of an image, relative to the largest change `most`: more ink is blue, less is orange. */
export function drawChange(canvas: HTMLCanvasElement, change: Float32Array, most: number): void {
  const context = canvas.getContext('2d');
  if (!context) return;
  const pixels = new ImageData(SIDE, SIDE);
  change.forEach((value, i) => {
    const [red, green, blue] = value > 0 ? [70, 110, 235] : [235, 120, 30];
    pixels.data.set([red, green, blue, (255 * Math.abs(value)) / most], 4 * i);
  });
  context.putImageData(pixels, 0, 0);
}

/** A canvas for images, with a label for screen readers. */
export function imageCanvas(label: string): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = SIDE;
  canvas.height = SIDE;
  canvas.className = 'digit';
  canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', label);
  return canvas;
}

/** The mean of (a - b)^2. */
export function meanSquaredError(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + (value - (b[i] as number)) ** 2, 0) / a.length;
}
