// Packs the digits of the `mnist` package into the two small files that the page loads.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Plugin } from 'vite';
import { type Labelled, type Packed, PIXELS, packSet } from './records.js';
import { type PictureSet, SETS } from './src/sets.js';

const { files, unseen } = SETS.digits as PictureSet;
const PARTS = ['first', 'rest'] as const;

/** Serves the packed digits in development, and adds them to a build. */
export function digitsPlugin(): Plugin {
  return {
    name: 'digits',
    configureServer(server) {
      for (const part of PARTS) {
        server.middlewares.use(`/${files[part]}`, (_request, response) => {
          response.setHeader('Content-Type', 'application/octet-stream');
          response.end(packDigits()[part]);
        });
      }
    },
    generateBundle() {
      for (const part of PARTS) {
        this.emitFile({ type: 'asset', fileName: files[part], source: packDigits()[part] });
      }
    },
  };
}

let packed: Packed | undefined;

/** Packs 7.85 MB into 1.7 MB. */
function packDigits(): Packed {
  if (packed) return packed;
  const folder = join(dirname(createRequire(import.meta.url).resolve('mnist/package.json')), 'src');
  const sorted: Labelled[] = [];
  for (let label = 0; label < 10; label++) {
    const { data } = JSON.parse(readFileSync(join(folder, 'digits', `${label}.json`), 'utf8'));
    for (let at = 0; at < data.length; at += PIXELS) {
      // The source has byte / 255, rounded to three places.
      const pixels: number[] = data.slice(at, at + PIXELS);
      sorted.push({ label, image: Uint8Array.from(pixels, (value) => Math.round(value * 255)) });
    }
  }
  const mixed = mixedOrder(sorted.length).map((from) => sorted[from] as Labelled);
  packed = packSet(mixed, unseen);
  return packed;
}

/**
 * The source is sorted by digit. This order mixes the digits, so that every part of the result has all of
 * them, and it is the same at every build: multiples of a prime, modulo a count that it does not divide,
 * reach every number once.
 */
function mixedOrder(count: number): number[] {
  return Array.from({ length: count }, (_, i) => (i * 7919) % count);
}
