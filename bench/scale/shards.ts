// Files for the workers to read: MNIST's and Fashion-MNIST's training images, alternating and repeated.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { npyHeader } from '../../src/cli/tables/npy-header.js';
import { fashionMnist, mnist, PIXELS } from '../quality/data.js';

export const FORMATS = ['idx', 'npy', 'csv'] as const;
export type Format = (typeof FORMATS)[number];

/** Writes `count` files of `rows` images each, and returns their names. */
export function makeShards(folder: string, format: Format, count: number, rows: number): string[] {
  const sets = [mnist().train.images, fashionMnist().train.images];
  return Array.from({ length: count }, (_, i) => {
    const set = sets[i % 2] as Uint8Array;
    const images = new Uint8Array(rows * PIXELS);
    for (let row = 0; row < rows; row++) {
      const from = ((i * rows + row) % (set.length / PIXELS)) * PIXELS;
      images.set(set.subarray(from, from + PIXELS), row * PIXELS);
    }
    const path = join(folder, `part-${i}.${format}`);
    writeFileSync(path, bytesOf(format, images, rows));
    return path;
  });
}

function bytesOf(format: Format, images: Uint8Array, rows: number): Uint8Array | string {
  if (format === 'idx') {
    const header = Buffer.from([0, 0, 8, 3, 0, 0, 0, 0, 0, 0, 0, 28, 0, 0, 0, 28]);
    header.writeUInt32BE(rows, 4);
    return Buffer.concat([header, images]);
  }
  const values = Float32Array.from(images, (byte) => byte / 255);
  if (format === 'npy') {
    return Buffer.concat([npyHeader(rows, PIXELS), new Uint8Array(values.buffer)]);
  }
  const lines = Array.from({ length: rows }, (_, row) => {
    const cells = values.subarray(row * PIXELS, (row + 1) * PIXELS);
    return Array.from(cells, (value) => (value ? value.toFixed(6) : '0')).join();
  });
  return `${lines.join('\n')}\n`;
}
