// A row that checks that memory does not grow with the length of a stream.

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Measurement } from '../row.js';

const CHILD = fileURLToPath(new URL('../stream.ts', import.meta.url));
const TIMES = 10;

/** The peak memory in MB of a process that trains on `times` passes over the images. */
function peak(seed: number, times: number): number {
  const output = execFileSync(
    process.execPath,
    ['--import', 'tsx', CHILD, String(seed), String(times)],
    { encoding: 'utf8' },
  );
  return Number(output);
}

export async function streaming(seed: number, log: (text: string) => void): Promise<Measurement[]> {
  const [once, often] = [peak(seed, 1), peak(seed, TIMES)];
  log(`${once.toFixed(0)} MB, ${often.toFixed(0)} MB`);
  return [
    {
      what: `fit of a stream ${TIMES} times as long: MB more at the peak`,
      recipe: `\`new Autoencoder({ layers: [784, 64] })\`, \`fit(() => images, { epochs: 1 })\`, ${TIMES} x 60,000 images of MNIST`,
      value: often - once,
      bar: { sense: 'at most', value: 50 },
      beside: [{ what: 'MB for 60,000 images', value: once }],
      format: 'whole',
    },
  ];
}
