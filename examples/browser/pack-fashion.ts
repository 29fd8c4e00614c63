// Makes public/fashion-*.bin, which are committed, from Fashion-MNIST's training images (Xiao, Rasul and
// Vollgraf 2017, MIT licence): npx tsx examples/browser/pack-fashion.ts FOLDER, with the folder of the four
// IDX files. Debian's package dataset-fashion-mnist has them in /usr/share/datasets/fashion-mnist.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { PIXELS, packSet } from './records.js';
import { type PictureSet, SETS } from './src/sets.js';

const { count, files, unseen } = SETS.fashion as PictureSet;

/** 16 shades in place of 256 halve the file, and look the same at this size. */
const SHADE = 255 / 15;

const [folder = '/usr/share/datasets/fashion-mnist'] = process.argv.slice(2);
const idx = (name: string, header: number) =>
  gunzipSync(readFileSync(join(folder, `train-${name}-ubyte.gz`))).subarray(header);
const labels = idx('labels-idx1', 8);
const images = idx('images-idx3', 16);
const packed = packSet(
  Array.from({ length: count }, (_, i) => ({
    label: labels[i] as number,
    image: Uint8Array.from(images.subarray(i * PIXELS, (i + 1) * PIXELS), (byte) => {
      return Math.round(byte / SHADE) * SHADE;
    }),
  })),
  unseen,
);
const target = fileURLToPath(new URL('public', import.meta.url));
mkdirSync(target, { recursive: true });
for (const part of ['first', 'rest'] as const) {
  writeFileSync(join(target, files[part]), packed[part]);
  console.log(`${files[part]}: ${packed[part].length} bytes`);
}
