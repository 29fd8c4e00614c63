// Measures what threads gain on a machine whose cores are busy. It runs `fit` and `encode` on all threads
// and on one thread, in pairs, while one busy loop per core runs, or as many loops as requested.
//
//   npx tsx bench/busy.ts [loops] [pairs] [a built library, else dist/index.js]

import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { median } from './median.js';

const [
  loops = String(availableParallelism()),
  pairs = '9',
  library = new URL('../dist/index.js', import.meta.url).pathname,
] = process.argv.slice(2);
const { Autoencoder } = (await import(
  pathToFileURL(resolve(library)).href
)) as typeof import('../src/index.js');

const WIDTH = 784;
/** About 0.3 s of training, as a page or a test does, and about a second. */
const RUNS = { 'fit, short': 20_000, 'fit, longer': 60_000 };

/** Random bytes, of which a fifth are not 0, as in images of digits. */
function pixels(rows: number): Uint8Array {
  const x = new Uint8Array(rows * WIDTH);
  for (let i = 0, state = 1; i < x.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    if (state % 5 === 0) x[i] = state >>> 24;
  }
  return x;
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

const all = availableParallelism();
const modelOf = (threads: number) => new Autoencoder({ layers: [WIDTH, 64], seed: 0, threads });

async function compare(
  name: string,
  run: (model: InstanceType<typeof Autoencoder>) => Promise<unknown>,
): Promise<void> {
  const times = { one: [] as number[], all: [] as number[] };
  const ratios: number[] = [];
  // The first pair warms up.
  for (let pair = 0; pair <= Number(pairs); pair++) {
    const first = pair % 2 === 0 ? [1, all] : [all, 1];
    const took = new Map<number, number>();
    for (const threads of first) {
      const model = modelOf(threads);
      took.set(threads, await seconds(() => run(model)));
      model.dispose();
    }
    if (pair === 0) continue;
    const [one, many] = [took.get(1) as number, took.get(all) as number];
    times.one.push(one);
    times.all.push(many);
    ratios.push(one / many);
  }
  const ms = (list: number[]) => `${Math.round(1000 * median(list))} ms`.padStart(9);
  const each = ratios.map((ratio) => ratio.toFixed(2)).join(' ');
  console.log(
    `${name.padEnd(12)} 1 thread ${ms(times.one)}, ${all} threads ${ms(times.all)}, ` +
      `${median(ratios).toFixed(2)}x (${each})`,
  );
}

const busy = Array.from({ length: Number(loops) }, () =>
  spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }),
);
try {
  console.log(`${all} cores, ${loops} busy loops, ${pairs} pairs`);
  for (const [name, rows] of Object.entries(RUNS)) {
    const x = pixels(rows);
    await compare(name, (model) => model.fit(x, { epochs: 1 }));
  }
  const x = pixels(100_000);
  await compare('encode', (model) => model.encode(x));
} finally {
  for (const loop of busy) loop.kill('SIGKILL');
}
