// Training in threads, which the fast tiers try a few times and the slow tier often.

import { expect } from 'vitest';
import { pixels, uniform } from './data.js';
import { type Trained, threadsOf, trainInThreads, watchPools } from './threads.js';
import { turn } from './time.js';
import { expectSameBits } from './tolerance.js';

export function expectSame(actual: Trained, expected: Trained, what: string): void {
  expectSameBits(actual.parameters, expected.parameters, `${what}: parameters`);
  expectSameBits(actual.m, expected.m, `${what}: m`);
  expectSameBits(actual.v, expected.v, `${what}: v`);
  expect(actual.losses, what).toEqual(expected.losses);
}

/** Checks that 67 rows in batches of each size give the bits of one thread with each number of threads. */
export async function shareFewRows(
  layers: readonly number[],
  batchSizes: readonly number[],
  threadCounts: readonly number[],
): Promise<void> {
  const rows = 67;
  const width = layers[0] as number;
  const watch = watchPools();
  for (const [activation, x] of [
    ['relu', pixels(rows, width, 0.3, 1)],
    ['tanh', uniform(rows, width, 1)],
  ] as const) {
    const options = {
      layers: [...layers],
      activation,
      codeActivation: activation,
      outputActivation: activation,
    };
    for (const batchSize of batchSizes) {
      const fit = { epochs: 2, batchSize };
      const alone = await trainInThreads(1, 'tiny', options, x, fit);
      for (const threads of threadCounts) {
        watch.mockClear();
        const together = await trainInThreads(threads, 'huge', options, x, fit);
        expect(threadsOf(watch)).toEqual([threads, threads]);
        expectSame(together, alone, `${activation}, batches of ${batchSize}, ${threads} threads`);
      }
    }
  }
}

/**
 * Aborts this many fits, each at another moment. If only one thread saw an abort, the others would wait at
 * a barrier for ever.
 */
export async function abortThreads(moments: number): Promise<void> {
  const steps = 200_000;
  const x = uniform(steps, 4, 1);
  for (let i = 0; i < moments; i++) {
    const controller = new AbortController();
    const watch = watchPools();
    const fit = { epochs: 1, batchSize: 1, shuffle: false, signal: controller.signal };
    const running = trainInThreads(3, 'huge', { layers: [4, 3] }, x, fit);
    const aborted = expect(running).rejects.toBe('enough');
    while (threadsOf(watch).length === 0) await turn();
    for (let turns = 0; turns < i % 10; turns++) await turn();
    controller.abort('enough');
    await aborted;
    const reached: number[] = await watch.mock.results[0]?.value;
    expect(reached[0]).toBeLessThan(steps);
    expect(new Set(reached).size).toBe(1);
    watch.mockRestore();
  }
}
