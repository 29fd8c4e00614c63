// Threads in Node: workers that end unexpectedly, and workers after their last job.

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Autoencoder, type AutoencoderOptions } from '../../../src/index.js';
import { fingerprint, pixels, rowsOf } from '../../support/data.js';
import { type Fit, trained } from '../../support/models.js';
import { inProcess } from '../../support/node/child.js';
import { IN_THREADS } from '../../support/node/in-threads.js';
import { threadsOf, watchPools } from '../../support/threads.js';
import { turn } from '../../support/time.js';

const MODEL: AutoencoderOptions = { layers: [784, 64], seed: 1, threads: 3 };
/** Rows and a fit large enough for workers (src/training/training-layout.ts). */
const ROWS = pixels(1700, 784, 0.19, 1);
const FIT: Fit = { epochs: 3 };
let alone: Promise<string> | undefined;
/** The result on one thread. */
const byOneThread = () => {
  alone ??= trained({ ...MODEL, threads: 1 }, ROWS, FIT);
  return alone;
};
/** Takes hours, so a test that waited for its end would fail. */
const ENDLESS: Fit = { epochs: 1_000_000 };

type Message = { module?: unknown; name?: string; args?: number[] };
const { postMessage } = Worker.prototype;

/** Calls `observe` with every message to a worker before it is sent. */
function onPost(observe: (worker: Worker, message: Message) => void): void {
  vi.spyOn(Worker.prototype, 'postMessage').mockImplementation(function (this: Worker, message) {
    observe(this, message);
    postMessage.call(this, message);
  });
}

/** Collects the workers that get a job from now on, in order. */
function watchWorkers(): Set<Worker> {
  const workers = new Set<Worker>();
  onPost((worker) => workers.add(worker));
  return workers;
}

/** A thread that has ended has no id. */
const ended = (worker: Worker) => worker.threadId === -1;

/** Waits until all of these threads have ended. */
async function ends(workers: Iterable<Worker>): Promise<void> {
  for (const worker of workers) if (!ended(worker)) await once(worker, 'exit');
}

const rejection = (running: Promise<unknown>): Promise<Error> =>
  running.then(
    () => expect.fail('fit did not reject'),
    (error: Error) => error,
  );

/** The model computes finite results, and learns the same as a new model with its weights. */
async function expectUsable(ae: Autoencoder): Promise<void> {
  const { parameters } = ae;
  expect(Object.values(parameters).every(({ data }) => data.every(Number.isFinite))).toBe(true);
  expect(ae.encodeSync(ROWS).data.every(Number.isFinite)).toBe(true);
  expect(await ae.evaluate(ROWS)).toBeGreaterThan(0);
  const watch = watchPools();
  const [first, , last] = await ae.fit(ROWS, FIT);
  expect(threadsOf(watch)).toEqual([3, 3, 3]);
  expect(last?.loss).toBeLessThan(first?.loss as number);
  // New workers and new memory give the usual results.
  expect(await trained(MODEL, ROWS, FIT)).toBe(await byOneThread());
}

// Each test starts without workers: disposing of a model also ends the idle ones.
afterEach(() => {
  vi.restoreAllMocks();
  const last = new Autoencoder({ layers: [1, 1] });
  last.encodeSync([[0]]);
  last.dispose();
});

describe('a worker ends unexpectedly', () => {
  // In each case the other threads wait for it at a barrier, now or later.
  test.each([
    ['right after it gets its job', 0, 0],
    ['a little later', 1, 20],
    ['after some epochs', 2, 2000],
  ])('%s: fit reports it, and the model stays usable', async (_, index, turns) => {
    const ae = new Autoencoder(MODEL);
    const workers = watchWorkers();
    const watch = watchPools();
    const running = rejection(ae.fit(ROWS, ENDLESS));
    while (threadsOf(watch).length === 0) await turn();
    for (let i = 0; i < turns; i++) await turn();
    expect(workers.size).toBe(3);
    void [...workers][index]?.terminate();
    expect(await running).toEqual(new Error('a worker thread ended, exit code 1'));
    await ends(workers);
    vi.restoreAllMocks();
    const fresh = watchWorkers();
    await expectUsable(ae);
    expect([...fresh].filter((worker) => workers.has(worker))).toEqual([]);
  });

  test('while it starts: the calling thread computes alone, with a warning', async () => {
    const ae = new Autoencoder(MODEL);
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const workers = new Set<Worker>();
    onPost((worker, { module }) => {
      workers.add(worker);
      if (module && workers.size === 2) void worker.terminate();
    });
    const history = await ae.fit(ROWS, FIT);
    expect(history.map(({ threads }) => threads)).toEqual([0, 0, 0]);
    // The exit code depends on how far the thread has come.
    expect(warn.mock.calls).toEqual([
      [expect.stringContaining('no worker could be started (a worker thread ended, exit code')],
    ]);
    await ends(workers);
    vi.restoreAllMocks();
    expect(fingerprint(ae)).toBe(await byOneThread());
    await expectUsable(ae);
  });

  test('while idle: the next fit uses other workers', async () => {
    const ae = new Autoencoder(MODEL);
    const workers = watchWorkers();
    await ae.fit(ROWS, FIT);
    const [first] = workers;
    await first?.terminate();
    await ends(workers);
    vi.restoreAllMocks();
    await ae.fit(ROWS, FIT);
    await expectUsable(ae);
  });
});

test('a worker that ends during encode is reported, and the next call works', async () => {
  const ae = new Autoencoder(MODEL);
  const rows = pixels(10_000, 784, 0.19, 1);
  const alone = ae.encodeSync(rows);
  const workers = new Set<Worker>();
  onPost((worker, { name }) => {
    workers.add(worker);
    if (name === 'serve') void worker.terminate();
  });
  expect(await rejection(ae.encode(rows))).toEqual(new Error('a worker thread ended, exit code 1'));
  await ends(workers);
  vi.restoreAllMocks();
  // toEqual takes seconds for matrices of this size.
  const { data } = await ae.encode(rows);
  expect(Buffer.from(data.buffer).equals(Buffer.from(alone.data.buffer))).toBe(true);
});

test('an error in a worker is reported, and the model stays usable', async () => {
  const ae = new Autoencoder(MODEL);
  const before = fingerprint(ae);
  const workers = new Set<Worker>();
  onPost((worker, { name, args }) => {
    workers.add(worker);
    // One of the three threads gets a plan outside the memory; the others wait for it at the first barrier.
    if (name === 'train' && args?.[3] === 1) args[0] = 2 ** 32 - 64;
  });
  expect(await rejection(ae.fit(ROWS, ENDLESS))).toEqual(
    new Error('a worker failed: RuntimeError: memory access out of bounds'),
  );
  await ends(workers);
  expect(fingerprint(ae)).toBe(before);
  vi.restoreAllMocks();
  await expectUsable(ae);
});

test('a worker that never answers is replaced by the calling thread', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const ae = new Autoencoder(MODEL);
    vi.spyOn(console, 'warn').mockImplementation(() => {});
    const silent = new Set<Worker>();
    vi.spyOn(Worker.prototype, 'postMessage').mockImplementation(function (this: Worker) {
      silent.add(this);
    });
    const running = ae.fit(ROWS, FIT);
    expect(silent.size).toBe(0);
    while (silent.size < 3) await turn();
    vi.runAllTimers();
    expect((await running).map(({ threads }) => threads)).toEqual([0, 0, 0]);
    vi.restoreAllMocks();
    expect(fingerprint(ae)).toBe(await byOneThread());
    await expectUsable(ae); // it has workers again later
    await ends(silent);
  } finally {
    vi.useRealTimers();
  }
});

describe('workers end', () => {
  test('with dispose(), after fit', async () => {
    const ae = new Autoencoder(MODEL);
    const workers = watchWorkers();
    await ae.fit(ROWS, FIT);
    expect(workers.size).toBe(3);
    expect([...workers].some(ended)).toBe(false);
    ae.dispose();
    await ends(workers);
  });

  test('with dispose(), during fit', async () => {
    const ae = new Autoencoder(MODEL);
    const workers = watchWorkers();
    const watch = watchPools();
    const running = rejection(ae.fit(ROWS, ENDLESS));
    while (threadsOf(watch).length === 0) await turn();
    ae.dispose();
    expect(await running).toEqual(new Error('the model was disposed of during fit'));
    expect(workers.size).toBe(3);
    await ends(workers);
  });

  test('after fit, if their memory is too large to keep', async () => {
    const some = rowsOf(pixels(64, 784, 1, 1), 784);
    const many = Array.from({ length: 100_000 }, (_, i) => some[i % 64] as Uint8Array);
    const ae = new Autoencoder({ ...MODEL, layers: [784, 32] });
    const workers = watchWorkers();
    await ae.fit(many, { epochs: 1 });
    expect(workers.size).toBeGreaterThan(1);
    await ends(workers);
  });

  test('but not while another fit needs them', async () => {
    const workers = watchWorkers();
    for (let i = 0; i < 5; i++) await trained({ ...MODEL, seed: i }, ROWS, FIT);
    expect(workers.size).toBe(3);
    expect([...workers].some(ended)).toBe(false);
  });
});

describe('a process', () => {
  test('stays alive while workers fit, and ends by itself without dispose()', async () => {
    // If only the workers kept the process alive and did not count, Node would exit with code 13.
    const { epochs, count, held } = await inProcess<{
      epochs: number;
      count: number;
      held: string[];
    }>(`${IN_THREADS}
      const { length } = await create().fit(x, { epochs: 3 });
      const held = process.getActiveResourcesInfo();
      report({ epochs: length, count: workers.size, held });`);
    expect([epochs, count]).toEqual([3, 2]);
    // Neither a thread nor a timer: only its standard streams are left.
    expect(held.filter((resource) => !/Pipe|TTY|File/.test(resource))).toEqual([]);
  });

  test('ends by itself after a worker has ended unexpectedly', async () => {
    const message = await inProcess<string>(`${IN_THREADS}
      const running = create().fit(x, { epochs: 1_000_000, onEpochEnd: () => [...workers][0].terminate() });
      report(await running.catch(({ message }) => message));`);
    expect(message).toBe('a worker thread ended, exit code 1');
  });

  test('exits during fit when it calls process.exit', async () => {
    const count = await inProcess<number>(`${IN_THREADS}
      create().fit(x, { epochs: 1_000_000 });
      while (workers.size < 2) await new Promise(setImmediate);
      report(workers.size);
      process.exit(0);`);
    expect(count).toBe(2);
  });
});
