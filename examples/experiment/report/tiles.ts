// Draws pictures of 28 x 28 numbers side by side in a PNG.

import { encode } from 'fast-png';
import { PIXELS } from '../mnist.js';

const SIDE = 28;
/** Pixels between two tiles. */
const GAP = 2;

export type Tile = ArrayLike<number>;

/** `ink`: 0 is white paper, 1 black ink. `change`: -1 is orange, 0 white, 1 blue. */
export type Ink = 'ink' | 'change';

export interface Picture {
  png: Uint8Array;
  width: number;
  height: number;
}

/** Draws tiles in rows of `columns`, each number as `scale` x `scale` pixels. */
export function picture(
  tiles: readonly Tile[],
  columns: number,
  ink: Ink = 'ink',
  scale = 1,
): Picture {
  const across = Math.min(columns, tiles.length);
  const width = (across * (SIDE + GAP) - GAP) * scale;
  const height = (Math.ceil(tiles.length / columns) * (SIDE + GAP) - GAP) * scale;
  const channels = ink === 'ink' ? 1 : 3;
  const data = new Uint8Array(width * height * channels).fill(255);
  tiles.forEach((tile, index) => {
    const left = (index % columns) * (SIDE + GAP) * scale;
    const top = Math.floor(index / columns) * (SIDE + GAP) * scale;
    for (let y = 0; y < SIDE * scale; y++) {
      for (let x = 0; x < SIDE * scale; x++) {
        const value = tile[Math.floor(y / scale) * SIDE + Math.floor(x / scale)] as number;
        data.set(COLOURS[ink](value), ((top + y) * width + left + x) * channels);
      }
    }
  });
  return { png: encode({ width, height, data, channels, depth: 8 }), width, height };
}

const COLOURS: Record<Ink, (value: number) => number[]> = {
  ink: (value) => [Math.round(255 * (1 - Math.min(1, Math.max(0, value))))],
  change(value) {
    const full = value > 0 ? [29, 95, 209] : [194, 65, 12];
    const share = Math.min(1, Math.abs(value));
    return full.map((channel) => Math.round(255 + (channel - 255) * share));
  },
};

/** The pixels of one image, from 0 to 1. */
export function imageAt(images: Uint8Array, row: number): Tile {
  return Array.from(images.subarray(row * PIXELS, (row + 1) * PIXELS), (byte) => byte / 255);
}

export function dataUrl(png: Uint8Array): string {
  return `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
}
