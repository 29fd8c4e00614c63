// Tests that need a process of their own: its memory, its event loop and its end.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { Autoencoder } from '../../../src/index.js';
import { factored } from '../../support/data.js';
import { inProcess } from '../../support/node/child.js';

const MB = 1e6;

/** Measures the current and the peak memory of a process. */
const MEASURES = `
  import { existsSync, readFileSync } from 'node:fs';
  const { rss } = process.memoryUsage;
  // Kilobytes, both. What Linux gives elsewhere has the peak of the process that started this one in it.
  const status = '/proc/self/status';
  const peak = () => 1024 * (existsSync(status)
    ? Number(/VmHWM:\\s*(\\d+)/.exec(readFileSync(status, 'utf8'))[1])
    : process.resourceUsage().maxRSS);`;

describe('what cannot fit in memory is refused at once, with the number of bytes needed', () => {
  interface Refusal {
    name: string;
    message: string;
    grown: number;
    usable: boolean;
  }
  const bytesIn = (message: string) =>
    Number(/([\d,]+) bytes are needed/.exec(message)?.[1]?.replaceAll(',', ''));

  // The array is never touched, so the system gives it no memory: the process grows only by the library's
  // memory.
  test.each([
    // Without a scale, since learning one would read the rows and so allocate their memory.
    ['Float32Array', 11_000, 4, { scale: 'none' }],
    // As many bytes as Node 20 can hold in one array: they would fit alone, but not with the rest.
    ['Uint8Array', 42_949, 1, {}],
  ])('a dataset: %s', async (type, rows, elementBytes, options) => {
    const bytes = rows * 100_000 * elementBytes;
    const refusal = await inProcess<Refusal>(`${MEASURES}
      const x = new ${type}(${rows} * 100_000);
      const ae = new Autoencoder({ layers: [100_000, 1], seed: 0, ...${JSON.stringify(options)} });
      const before = JSON.stringify(ae.encodeSync(x.subarray(0, 100_000)).data);
      const idle = rss();
      const { name, message } = await ae.fit(x).catch((error) => error);
      const after = JSON.stringify(ae.encodeSync(x.subarray(0, 100_000)).data);
      const history = await ae.fit(x.subarray(0, 200_000), { epochs: 1 });
      report({
        name,
        message,
        grown: peak() - idle,
        usable: after === before && history.length === 1,
      });`);
    expect(refusal.name).toBe('RangeError');
    expect(refusal.message).toContain(`x (${rows} x 100000) does not fit in memory`);
    expect(bytesIn(refusal.message)).toBeGreaterThanOrEqual(bytes);
    // Besides the data: batches, weights and moments of a network this wide.
    expect(bytesIn(refusal.message)).toBeLessThan(bytes + 300 * MB);
    expect(refusal.usable).toBe(true);
    expect(refusal.grown).toBeLessThan(500 * MB);
  });

  test('a network', async () => {
    const refusal = await inProcess<Refusal>(`${MEASURES}
      const idle = rss();
      let refused;
      try {
        new Autoencoder({ layers: [60_000, 60_000], seed: 0 });
      } catch (error) {
        refused = error;
      }
      const { name, message } = refused;
      report({ name, message, grown: peak() - idle });`);
    expect(refusal.name).toBe('RangeError');
    expect(refusal.message).toContain('a network of these layers does not fit in memory');
    // Two layers of 60,000 x 60,000 weights and their biases, 4 bytes each.
    expect(bytesIn(refusal.message)).toBeGreaterThanOrEqual(2 * (60_000 + 1) * 60_000 * 4);
    expect(bytesIn(refusal.message)).toBeLessThan(1.01 * 2 * 60_000 * 60_000 * 4);
    expect(refusal.grown).toBeLessThan(300 * MB);
  });
});

describe('while fit runs', () => {
  // Each run would take hours; it ends only because the event is processed while it runs.
  const served: Record<string, () => Promise<unknown>> = {
    timers: () => new Promise((resolve) => setTimeout(resolve, 1)),
    immediates: () => new Promise((resolve) => setImmediate(resolve)),
    files: () => readFile(fileURLToPath(import.meta.url)),
  };
  test.each(Object.entries(served))('%s continue to be processed', async (_, wait) => {
    const controller = new AbortController();
    const running = new Autoencoder({ layers: [6, 4], seed: 1 }).fit(factored(64, 6, 2, 1), {
      epochs: 1_000_000,
      signal: controller.signal,
    });
    const served = new Error('served');
    const aborted = expect(running).rejects.toBe(served);
    for (let i = 0; i < 3; i++) await wait();
    controller.abort(served);
    await aborted;
  });

  test('the process stays alive, and ends by itself afterwards', async () => {
    // Only the fit keeps this process alive: without it, Node would exit with code 13.
    const epochs = await inProcess<number>(`
      const ae = new Autoencoder({ layers: [6, 4], seed: 1 });
      report((await ae.fit(new Float32Array(600).fill(0.5), { epochs: 30 })).length);`);
    expect(epochs).toBe(30);
  });

  test('the process stays alive until its signal, even if the stream keeps nothing open', async () => {
    const name = await inProcess<string>(`
      const stalled = async function* () { await new Promise(() => {}); };
      const fit = new Autoencoder({ layers: [6, 4] }).fit(stalled, { signal: AbortSignal.timeout(50) });
      report(await fit.catch(({ name }) => name));`);
    expect(name).toBe('TimeoutError');
  });
});
