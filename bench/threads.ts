// `npm run bench -- --threads 1,2,4`: how training scales with threads, and where the time of a step goes.

import { fullMnist } from '../examples/experiment/mnist.js';
import { Autoencoder } from '../src/index.js';
import { RECIPES } from './fit.js';
import { median } from './median.js';

/** Epochs per run. The first two start the threads and compile, and are not counted. */
const EPOCHS = 8;
const BATCH = 64;

/** The thread counts given by `--threads`. */
export function threadCounts(args: readonly string[]): number[] | undefined {
  const at = args.indexOf('--threads');
  if (at < 0) return undefined;
  const counts = (args[at + 1] ?? '').split(',').map(Number);
  if (counts.every((count) => Number.isInteger(count) && count > 0)) return counts;
  throw new RangeError(`--threads must be counts such as 1,2,4, got '${args[at + 1]}'`);
}

/** Microseconds per step with this many threads. */
async function stepTime(recipe: (typeof RECIPES)[number], x: Uint8Array, threads: number) {
  const ae = new Autoencoder({ ...recipe.model, seed: 0, threads });
  const history = await ae.fit(x, { ...recipe.fit, batchSize: BATCH, epochs: EPOCHS });
  ae.dispose();
  return (BATCH / median(history.slice(2).map((epoch) => epoch.samplesPerSecond))) * 1e6;
}

/**
 * Prints for each recipe and thread count: samples/s, the speed-up over one thread, the time of a step, and
 * the part of it that exceeds one thread's step divided by the threads. That part is work that one thread
 * does alone, uneven shares, waiting at barriers, and contention for caches and memory.
 */
export async function benchThreads(counts: readonly number[]): Promise<void> {
  const { train } = fullMnist();
  for (const recipe of RECIPES) {
    const [inputs] = recipe.model.layers as number[];
    const x = train.subarray(0, recipe.images * (inputs as number));
    const alone = await stepTime(recipe, x, 1);
    console.log(`\n${recipe.name.padEnd(34)} samples/s  speed-up    us/step  not shared`);
    for (const threads of counts) {
      const step = threads === 1 ? alone : await stepTime(recipe, x, threads);
      const cells = [
        Math.round((BATCH / step) * 1e6).toLocaleString('en'),
        `${(alone / step).toFixed(2)}x`,
        step.toFixed(1),
        (step - alone / threads).toFixed(1),
      ];
      const label = `${threads} ${threads === 1 ? 'thread' : 'threads'}`;
      console.log(label.padEnd(32) + cells.map((cell) => cell.padStart(11)).join(''));
    }
  }
}
