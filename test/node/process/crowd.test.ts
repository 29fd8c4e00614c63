// Many calls at once share the machine, and all of them are served.

import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { hardwareThreads } from '../../../src/base/platform.js';
import { Autoencoder, type AutoencoderOptions, type Matrix } from '../../../src/index.js';
import { fingerprint, pixels, uniform } from '../../support/data.js';
import { type Fit, trained } from '../../support/models.js';
import { ROOT, run } from '../../support/node/child.js';

const MODEL: AutoencoderOptions = { layers: [784, 64], seed: 1, threads: 2 };
/**
 * Large enough for workers, in encoding and in training (src/inference/inference.ts,
 * src/training/training-layout.ts).
 */
const ROWS = pixels(2100, 784, 0.19, 1);
const FIT: Fit = { epochs: 3 };
/** The most workers of a process, plus those that an idle engine keeps. */
const MOST_WORKERS = 2 * Math.max(8, 2 * hardwareThreads());

const { postMessage } = Worker.prototype;

/** Counts the workers that get a job, and how many of them are alive at once. */
function countWorkers(): { most: number } {
  const workers = new Set<Worker>();
  const count = { most: 0 };
  vi.spyOn(Worker.prototype, 'postMessage').mockImplementation(function (this: Worker, message) {
    workers.add(this);
    const alive = [...workers].filter(({ threadId }) => threadId !== -1).length;
    count.most = Math.max(count.most, alive);
    postMessage.call(this, message);
  });
  return count;
}

/** toEqual takes a second for matrices of this size. */
function isSame(a: Matrix | undefined, b: Matrix | undefined): boolean {
  return !!a && !!b && Buffer.compare(Buffer.from(a.data.buffer), Buffer.from(b.data.buffer)) === 0;
}

afterEach(() => {
  vi.restoreAllMocks();
  const last = new Autoencoder({ layers: [1, 1] });
  last.encodeSync([[0]]);
  last.dispose();
});

/** With two workers each and no limit, there would be many more than {@link MOST_WORKERS}. */
const ENCODES = 2 * MOST_WORKERS;

describe('many encodes at once', () => {
  test.each([
    ['on one model', 1],
    ['on ten', 10],
  ])('%s: each result is right, and few workers are used', async (_, count) => {
    const models = Array.from({ length: count }, (_, seed) => new Autoencoder({ ...MODEL, seed }));
    const alone = models.map((ae) => ae.encodeSync(ROWS));
    const workers = countWorkers();
    const codes = await Promise.all(
      Array.from({ length: ENCODES }, (_, i) => models[i % count]?.encode(ROWS)),
    );
    const wrong = codes.filter((code, i) => !isSame(code, alone[i % count]));
    expect(wrong).toHaveLength(0);
    expect(workers.most).toBeLessThanOrEqual(MOST_WORKERS);
  });

  test('of a few rows each: the event loop runs in between', async () => {
    const ae = new Autoencoder({ ...MODEL, layers: [784, 1000, 500, 30] });
    const rows = ROWS.subarray(0, 50 * 784);
    let turns = 0;
    const turning = setImmediate(function count() {
      turns++;
      setImmediate(count).unref();
    });
    await Promise.all(Array.from({ length: 60 }, () => ae.encode(rows)));
    clearImmediate(turning);
    expect(turns).toBeGreaterThan(1);
  });
});

test('calls that wait use the weights at the time of the call', async () => {
  const ae = new Autoencoder({ ...MODEL, scale: 'standard' });
  const x = uniform(2100, 784, 1);
  await ae.fit(x, { epochs: 1 });
  const alone = ae.reconstructSync(x);
  const waiting = Array.from({ length: 12 }, () => ae.reconstruct(x));
  await ae.fit(
    x.map((value) => 100 * value),
    { epochs: 1, reset: true },
  );
  expect((await Promise.all(waiting)).filter((back) => !isSame(back, alone))).toHaveLength(0);
});

test('5 fits at once: each gives its own bits, and few workers are used', async () => {
  const alone = await trained({ ...MODEL, threads: 1 }, ROWS, FIT);
  const workers = countWorkers();
  const fits = Array.from({ length: 5 }, () => trained({ ...MODEL, threads: 2 }, ROWS, FIT));
  expect(new Set(await Promise.all(fits))).toEqual(new Set([alone]));
  expect(workers.most).toBeLessThanOrEqual(MOST_WORKERS);
});

test('fits that wait for other fits and encodes end, even if all threads are taken', async () => {
  const nested = (depth: number): Promise<unknown> => {
    const ae = new Autoencoder({ ...MODEL, threads: 256 });
    return ae.fit(ROWS, {
      ...FIT,
      async onEpochEnd({ epoch }) {
        await Promise.all([ae.encode(ROWS), new Autoencoder(MODEL).encode(ROWS)]);
        if (epoch === 1 && depth > 0) await nested(depth - 1);
      },
    });
  };
  await Promise.all([nested(1), nested(1)]);
});

test('threads: 256 is limited to what the machine can run, and gives the same bits', async () => {
  const workers = countWorkers();
  const ae = new Autoencoder({ ...MODEL, threads: 256 });
  // A step that is worth more than 256 threads.
  const history = await ae.fit(ROWS, { epochs: 2, batchSize: 2100 });
  const most = Math.max(8, 2 * hardwareThreads());
  expect(history.map(({ threads }) => threads)).toEqual([most, most]);
  expect(workers.most).toBe(most);
  const fit: Fit = { epochs: 2, batchSize: 2100 };
  expect(fingerprint(ae)).toBe(await trained({ ...MODEL, threads: 1 }, ROWS, fit));
  expect(isSame(await ae.encode(ROWS), ae.encodeSync(ROWS))).toBe(true);
});

test("under Node's --permission without workers: computes in slices, and warns once", async () => {
  const version = process.versions.node.split('.').map(Number)[0] as number;
  const flag = version < 22 ? '--experimental-permission' : '--permission';
  const program = `
    const { Autoencoder } = await import('${ROOT}/dist/index.js');
    const warned = [];
    console.warn = (text) => warned.push(text);
    const x = new Uint8Array(2100 * 784).map((_, i) => ((i * 2654435761) >>> 7) % 5 ? 0 : i % 256);
    const threads = [];
    for (let i = 0; i < 2; i++) {
      const ae = new Autoencoder({ layers: [784, 64], seed: 1, threads: 2 });
      threads.push((await ae.fit(x, { epochs: 3 })).at(-1).threads, (await ae.encode(x)).shape[0]);
    }
    console.log(JSON.stringify({ threads, warned }));`;
  const args = ['--no-warnings', flag, '--allow-fs-read=*', '--input-type=module', '-e', program];
  const { threads, warned } = JSON.parse(await run(process.execPath, args));
  expect(threads).toEqual([0, 2100, 0, 2100]);
  expect(warned).toEqual([expect.stringContaining('no worker could be started (Access to this')]);
});
