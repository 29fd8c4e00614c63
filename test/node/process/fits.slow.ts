// Memory leaks over many fits; npm run test:slow.

import { describe, expect, test } from 'vitest';
import { inProcess } from '../../support/node/child.js';
import { IN_THREADS } from '../../support/node/in-threads.js';

/** The growth of a process in bytes. */
interface Growth {
  rss: number;
  external: number;
}
const MEASURE = `
  const measure = async () => {
    for (let i = 0; i < 3; i++) {
      gc();
      await new Promise(setImmediate);
    }
    return process.memoryUsage();
  };
  const growth = (early, late) => ({ rss: late.rss - early.rss, external: late.external - early.external });`;

/** The least memory that a leaked engine holds: one WebAssembly page. */
const PAGE = 65536;

describe('memory returns to its previous size', () => {
  test('after 3,000 fits', async () => {
    const { rss, external } = await inProcess<Growth>(`${MEASURE}
      const x = Float32Array.from({ length: 384 }, (_, i) => ((i * 7) % 10) / 10);
      let early;
      for (let i = 1; i <= 4000; i++) {
        await new Autoencoder({ layers: [6, 4], seed: i }).fit(x, { epochs: 2 });
        if (i === 1000) early = await measure();
      }
      report(growth(early, await measure()));`);
    // Half of the growth if every other fit leaked its engine. The process itself grows by some 20 MB over
    // the first 2,000 fits, and not after them.
    expect(external).toBeLessThan((3000 * PAGE) / 4);
    expect(rss).toBeLessThan((3000 * PAGE) / 4);
  });

  test('after 100 fits in workers, with dispose() and without', async () => {
    const { rss, external, alive, started } = await inProcess<
      Growth & { alive: number; started: number }
    >(`${MEASURE}${IN_THREADS}
      import { once } from 'node:events';
      // The least of five times without workers: what the allocator holds back varies by 15 MB.
      const least = (a, b) => ({
        rss: Math.min(a?.rss ?? Infinity, b.rss),
        external: Math.min(a?.external ?? Infinity, b.external),
      });
      let early, late;
      let started = 0;
      for (let i = 1; i <= 300; i++) {
        const ae = create();
        await ae.fit(x, { epochs: 2, batchSize: 256 });
        if (i % 2) {
          ae.dispose();
          for (const worker of workers) if (worker.threadId !== -1) await once(worker, 'exit');
          started += workers.size;
          workers.clear();
          if (i > 190 && i < 200) early = least(early, await measure());
          if (i > 290) late = least(late, await measure());
        }
      }
      started += workers.size;
      const alive = [...workers].filter(({ threadId }) => threadId !== -1).length;
      report({ ...growth(early, late), alive, started });`);
    // Two workers for the first fit, and two for each fit after a dispose().
    expect({ alive, started }).toEqual({ alive: 2, started: 302 });
    // Weights, moments and rows take more than 2 MB of an engine's memory. If a quarter of that leaked at
    // each of the 50 times that workers end, it would show. The process itself grows by some 40 MB over the
    // first 200 fits, and by less than 3 MB over the next 400.
    expect(external).toBeLessThan(25e6);
    expect(rss).toBeLessThan(25e6);
  });
});
