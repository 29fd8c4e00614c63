// Packs the samples into the page, as a module.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

const NAME = 'virtual:samples';
/** The number of digits of each kind, and their side in pixels: 28 x 28 become 14 x 14. */
const [EACH, SIDE, HALF] = [60, 28, 14];

export function samplesPlugin(): Plugin {
  return {
    name: 'samples',
    resolveId: (id) => (id === NAME ? `\0${NAME}` : undefined),
    load(id) {
      if (id !== `\0${NAME}`) return undefined;
      const table = (name: string) =>
        readFileSync(fileURLToPath(new URL(`../data/${name}.csv`, import.meta.url)), 'utf8');
      const samples = {
        penguins: table('penguins'),
        breastCancer: table('breast-cancer'),
        digits: packDigits(),
      };
      return Object.entries(samples)
        .map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};`)
        .join('\n');
    },
  };
}

/** The bytes of the first digits of each kind in the `mnist` package, with the kinds alternating. */
function packDigits(): string {
  const folder = join(dirname(createRequire(import.meta.url).resolve('mnist/package.json')), 'src');
  const bytes = Buffer.alloc(10 * EACH * HALF ** 2);
  for (let digit = 0; digit < 10; digit++) {
    const { data } = JSON.parse(readFileSync(join(folder, 'digits', `${digit}.json`), 'utf8'));
    for (let i = 0; i < EACH; i++) {
      for (let p = 0; p < HALF ** 2; p++) {
        const [y, x] = [2 * Math.floor(p / HALF), 2 * (p % HALF)];
        const at = i * SIDE ** 2 + y * SIDE + x;
        const sum = data[at] + data[at + 1] + data[at + SIDE] + data[at + SIDE + 1];
        bytes[(10 * i + digit) * HALF ** 2 + p] = Math.round((255 * sum) / 4);
      }
    }
  }
  return bytes.toString('base64');
}
