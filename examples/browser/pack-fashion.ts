// Makes public/fashion.bin, which is committed, of Fashion-MNIST's training images (Xiao, Rasul and
// Vollgraf 2017, MIT licence): npx tsx examples/browser/pack-fashion.ts FOLDER, the folder with the
// four IDX files. Debian has them: dataset-fashion-mnist, /usr/share/datasets/fashion-mnist.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { PIXELS, packRecords } from './records.js';

/** 600 KB of them. */
const GARMENTS = 3000;

/** 16 shades in place of 256 halve the file, and nobody sees it at this size. */
const SHADE = 255 / 15;

const [folder = '/usr/share/datasets/fashion-mnist'] = process.argv.slice(2);
const idx = (name: string, header: number) =>
  gunzipSync(readFileSync(join(folder, `train-${name}-ubyte.gz`))).subarray(header);
const labels = idx('labels-idx1', 8);
const images = idx('images-idx3', 16);
const packed = packRecords(
  Array.from({ length: GARMENTS }, (_, i) => ({
    label: labels[i] as number,
    image: Uint8Array.from(images.subarray(i * PIXELS, (i + 1) * PIXELS), (byte) => {
      return Math.round(byte / SHADE) * SHADE;
    }),
  })),
);
const target = fileURLToPath(new URL('public', import.meta.url));
mkdirSync(target, { recursive: true });
writeFileSync(join(target, 'fashion.bin'), packed);
console.log(`fashion.bin: ${GARMENTS} garments, ${packed.length} bytes`);
