// Packs the digits of the `mnist` package into the one small file that the page loads.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Plugin } from 'vite';
import { type Labelled, PIXELS, packRecords } from './records.js';

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

/** 7.85 MB become 1.7 MB. */
function packDigits(): Buffer {
  if (packed) return packed;
  const folder = join(dirname(createRequire(import.meta.url).resolve('mnist/package.json')), 'src');
  const sorted: Labelled[] = [];
  for (let label = 0; label < 10; label++) {
    const { data } = JSON.parse(readFileSync(join(folder, 'digits', `${label}.json`), 'utf8'));
    for (let at = 0; at < data.length; at += PIXELS) {
      // The files have byte / 255, rounded to three places.
      const pixels: number[] = data.slice(at, at + PIXELS);
      sorted.push({ label, image: Uint8Array.from(pixels, (value) => Math.round(value * 255)) });
    }
  }
  packed = packRecords(mixedOrder(sorted.length).map((from) => sorted[from] as Labelled));
  return packed;
}

/**
 * The files are sorted by digit; every part of the result has all of them, and is the same at every
 * build: multiples of a prime, modulo a count that it does not divide, meet every number once.
 */
function mixedOrder(count: number): number[] {
  return Array.from({ length: count }, (_, i) => (i * 7919) % count);
}
