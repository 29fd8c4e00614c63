// Packs the digits of the `mnist` package into the one small file that the page loads.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

const PIXELS = 784;

/** Under this name beside index.html; not .gz, which some hosts unpack on the way and some do not. */
const FILE = 'digits.bin';

/** Serves the packed digits in development, and adds them to a build. */
export function digitsPlugin(): Plugin {
  return {
    name: 'digits',
    configureServer(server) {
      server.middlewares.use(`/${FILE}`, (_request, response) => {
        response.setHeader('Content-Type', 'application/octet-stream');
        response.end(packDigits());
      });
    },
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: FILE, source: packDigits() });
    },
  };
}

let packed: Buffer | undefined;

/** All labels, a byte each, then all images, 784 bytes each, compressed: 7.85 MB become 1.7 MB. */
function packDigits(): Buffer {
  if (packed) return packed;
  const folder = join(dirname(createRequire(import.meta.url).resolve('mnist/package.json')), 'src');
  const labels: number[] = [];
  const images: Uint8Array[] = [];
  for (let digit = 0; digit < 10; digit++) {
    const { data } = JSON.parse(readFileSync(join(folder, 'digits', `${digit}.json`), 'utf8'));
    for (let at = 0; at < data.length; at += PIXELS) {
      labels.push(digit);
      // The files have byte / 255, rounded to three places.
      const pixels: number[] = data.slice(at, at + PIXELS);
      images.push(Uint8Array.from(pixels, (value) => Math.round(value * 255)));
    }
  }
  const order = mixedOrder(labels.length);
  const bytes = new Uint8Array(labels.length * (1 + PIXELS));
  order.forEach((from, to) => {
    bytes[to] = labels[from] as number;
    bytes.set(images[from] as Uint8Array, labels.length + to * PIXELS);
  });
  packed = gzipSync(bytes, { level: 9 });
  return packed;
}

/**
 * The files are sorted by digit; every part of the result has all of them, and is the same at every
 * build: multiples of a prime, modulo a count that it does not divide, meet every number once.
 */
function mixedOrder(count: number): number[] {
  return Array.from({ length: count }, (_, i) => (i * 7919) % count);
}
