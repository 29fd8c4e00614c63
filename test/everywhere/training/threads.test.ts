import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { Pool } from '../../../src/engine/pool.js';
import {
  Autoencoder,
  type AutoencoderOptions,
  DivergenceError,
  type MatrixInput,
} from '../../../src/index.js';
import { ThreadUse } from '../../../src/training/thread-use.js';
import { factored, fingerprint, pixels, rowsOf, uniform } from '../../support/data.js';
import { type Fit, trained } from '../../support/models.js';
import { abortThreads, expectSame, shareFewRows } from '../../support/thread-runs.js';
import { SHARED_MEMORY, threadsOf, trainInThreads, watchPools } from '../../support/threads.js';
import { turn } from '../../support/time.js';

/** 5 is not a multiple of 2, and more than the cores of most test machines. */
const THREADS = [1, 2, 5];

/** The paper's network and similar data: worth workers from some 3,300 rows on, summed over the epochs. */
const PAPER: AutoencoderOptions = {
  layers: [784, 64],
  activation: 'relu',
  codeActivation: 'relu',
  outputActivation: 'relu',
  seed: 1,
};
const digits = (rows: number) => pixels(rows, 784, 0.19, 1);

/** A test of threads with shared memory, which only isolated pages have. */
const inThreads = test.runIf(SHARED_MEMORY);

afterEach(() => {
  vi.restoreAllMocks();
});

describe('any number of threads gives the same bits', () => {
  // Each has enough work for five workers: half as much again as src/training/training-layout.ts asks for.
  const cases: Record<string, [AutoencoderOptions, MatrixInput, Fit]> = {
    'ReLU on sparse bytes, 1 row left': [
      PAPER,
      digits(26 * 64 + 1),
      { epochs: 3, batchSize: 64, weightDecay: 1e-5 },
    ],
    'a linear code on dense numbers, 3 rows left': [
      { layers: [784, 64] },
      uniform(26 * 64 + 3, 784, 1),
      { epochs: 3 },
    ],
    'deep, bce, 17 rows left, and of the validation 33': [
      { layers: [200, 150, 100, 20], activation: 'elu', codeActivation: 'elu' },
      factored(9 * 256 + 17, 200, 5, 1),
      {
        epochs: 3,
        batchSize: 256,
        loss: 'bce',
        validationData: factored(256 + 33, 200, 5, 2),
      },
    ],
    'overcomplete, 1 row left': [
      { layers: [60, 300], activation: 'tanh', codeActivation: 'tanh', outputActivation: 'relu' },
      uniform(20 * 128 + 1, 60, 1),
      { epochs: 6, batchSize: 128 },
    ],
    'odd widths and batches, 17 rows left': [
      {
        layers: [333, 77, 5],
        activation: 'relu',
        codeActivation: 'relu',
        outputActivation: 'linear',
      },
      pixels(12 * 97 + 17, 333, 0.5, 1),
      { epochs: 9, batchSize: 97 },
    ],
    'noise, 9 rows left': [
      { layers: [784, 64] },
      uniform(26 * 64 + 9, 784, 2),
      { epochs: 3, noise: { type: 'gaussian', amount: 0.2 } },
    ],
    'slopes that are kept, a sparse code and a decoder of its own, 3 rows left': [
      {
        layers: [200, 150, 100, 20],
        decoderLayers: [120],
        activation: 'softplus',
        codeActivation: 'softplus',
      },
      factored(9 * 256 + 3, 200, 5, 1),
      { epochs: 3, batchSize: 256, sparsity: { type: 'l1', weight: 0.01 } },
    ],
    'batches with fewer rows than five threads can share, 1 row left': [
      { layers: [784, 400], activation: 'sigmoid', codeActivation: 'sigmoid' },
      digits(57 * 7 + 1),
      { epochs: 2, batchSize: 7 },
    ],
  };

  /** The results on one thread. */
  const alone = new Map<string, Awaited<ReturnType<typeof trainInThreads>>>();
  beforeAll(async () => {
    if (!SHARED_MEMORY) return;
    for (const [name, [options, x, fit]] of Object.entries(cases)) {
      const watch = watchPools();
      alone.set(name, await trainInThreads(1, 'tiny', options, x, fit));
      expect(threadsOf(watch)).toEqual([]);
    }
  });

  inThreads.each(Object.entries(cases))('%s', async (name, [options, x, fit]) => {
    const watch = watchPools();
    const passes = (fit.epochs as number) * (fit.validationData ? 2 : 1);
    for (const threads of [2, 5]) {
      watch.mockClear();
      const together = await trainInThreads(threads, 'true', options, x, fit);
      expect(threadsOf(watch)).toEqual(Array(passes).fill(threads));
      expectSame(together, alone.get(name) as typeof together, `${threads} threads`);
    }
  });

  inThreads.each(Object.entries(cases))(
    '%s, also by one of them now and then',
    async (name, [options, x, fit]) => {
      let stretches = 0;
      vi.spyOn(ThreadUse.prototype, 'next').mockImplementation((left) => ({
        alone: stretches++ % 3 === 1,
        steps: Math.min(left, 1 + (stretches % 5)),
      }));
      const watch = vi.spyOn(Pool.prototype, 'run');
      const byTurns = await trainInThreads(3, 'true', options, x, fit);
      expectSame(byTurns, alone.get(name) as typeof byTurns, 'by turns');
      expect(new Set(threadsOf(watch))).toEqual(new Set([1, 3]));
    },
  );

  // Shares of a few rows, of one, and of none; threads.slow.ts has more networks and all batch sizes.
  inThreads.each([[[5, 3]], [[17, 9, 2]], [[784, 64]]])(
    '%j, however few rows there are to share',
    async (layers) => {
      await shareFewRows(layers, [1, 3, 17, 67], [2, 5]);
    },
  );

  inThreads('also in fit of the class, and if no worker can be started', async () => {
    const x = digits(1700);
    const fit: Fit = { epochs: 3, validationSplit: 0.1 };
    const run = async (threads: number) => {
      const ae = new Autoencoder({ ...PAPER, threads });
      const history = await ae.fit(x, fit);
      const losses = history.map(({ loss, validationLoss }) => [loss, validationLoss]);
      return { mark: fingerprint(ae), losses };
    };
    const watch = watchPools();
    const unable = vi.spyOn(Pool.prototype, 'grow').mockResolvedValue(false);
    const alone = await run(2);
    expect(unable).toHaveBeenCalledOnce();
    expect(threadsOf(watch)).toEqual([]);
    unable.mockRestore();
    for (const threads of THREADS) {
      watch.mockClear();
      expect(await run(threads), `${threads} threads`).toEqual(alone);
      expect(threadsOf(watch)).toEqual(Array(6).fill(threads));
    }
  });
});

describe('the number of workers follows the work', () => {
  test('a short run uses none', async () => {
    const watch = watchPools();
    await new Autoencoder({ layers: [6, 4], threads: 2 }).fit(uniform(64, 6, 1), { epochs: 5 });
    expect(threadsOf(watch)).toEqual([]);
  });

  inThreads('a small step uses only as many as it has work for', async () => {
    const watch = watchPools();
    // A step of 6 x 16 x 101,200 operations is worth two threads at 4e6 each.
    const ae = new Autoencoder({ ...PAPER, threads: 5 });
    const history = await ae.fit(digits(2500), { epochs: 2, batchSize: 16 });
    expect(threadsOf(watch)).toEqual([2, 2]);
    expect(history.map(({ threads }) => threads)).toEqual([2, 2]);
  });
});

describe('several models fit at once', () => {
  inThreads('each has its own threads, and gives the same bits as alone', async () => {
    const runs: [AutoencoderOptions, MatrixInput, Fit][] = [
      [{ ...PAPER, threads: 2 }, digits(1700), { epochs: 3 }],
      [{ layers: [784, 64], seed: 2, threads: 3 }, uniform(1700, 784, 2), { epochs: 3 }],
      [{ layers: [17, 9, 2], seed: 3 }, uniform(200, 17, 3), { epochs: 20 }],
    ];
    const alone: string[] = [];
    for (const run of runs) alone.push(await trained(...run));
    const watch = watchPools();
    expect(await Promise.all(runs.map((run) => trained(...run)))).toEqual(alone);
    expect(threadsOf(watch).sort()).toEqual([2, 2, 2, 3, 3, 3]);
    expect(new Set(watch.mock.contexts).size).toBe(2);
  });
});

describe('a fit in threads that ends early', () => {
  const model = { ...PAPER, threads: 3 };
  const inOrder: Fit = { epochs: 1, shuffle: false, schedule: 'constant', batchSize: 64 };
  /** A pass over these rows takes a while, especially with more threads than cores. */
  const STEPS = 400;
  const some = rowsOf(digits(640), 784);
  const many = Array.from({ length: STEPS * 64 }, (_, i) => some[i % 640] as Uint8Array);

  /**
   * Runs fit until the workers are computing, then stops it. Returns the step it reached and the error of
   * fit.
   */
  async function stopped(
    ae: Autoencoder,
    fit: Fit,
    stop: () => void,
  ): Promise<{ step: number; error: unknown }> {
    const watch = watchPools();
    const running = ae.fit(many, fit).then(
      () => expect.fail('fit was not stopped'),
      (error: unknown) => error,
    );
    while (threadsOf(watch).length === 0) await turn();
    for (let i = 0; i < 3; i++) await turn();
    stop();
    const error = await running;
    expect(threadsOf(watch)).toEqual([3]);
    const step = await watch.mock.results[0]?.value.then(([reached]: number[]) => reached);
    watch.mockRestore();
    return { step, error };
  }

  inThreads(
    'aborted: rejects with the reason, and keeps the weights of the steps done',
    async () => {
      const controller = new AbortController();
      const ae = new Autoencoder(model);
      const reason = new Error('no time');
      const { step, error } = await stopped(ae, { ...inOrder, signal: controller.signal }, () =>
        controller.abort(reason),
      );
      expect(error).toBe(reason);
      expect(step).toBeLessThan(STEPS);
      const fresh = new Autoencoder(model);
      if (step > 0) await fresh.fit(many.slice(0, step * 64), inOrder);
      expect(fingerprint(ae)).toBe(fingerprint(fresh));
      // Model and workers stay usable.
      const x = digits(1700);
      expect(ae.encodeSync(x)).toEqual(fresh.encodeSync(x));
      // With reset, since the moments of an aborted epoch are not kept.
      await ae.fit(x, { epochs: 3, reset: true });
      await fresh.fit(x, { epochs: 3, reset: true });
      expect(fingerprint(ae)).toBe(fingerprint(fresh));
    },
  );

  // threads.slow.ts aborts at more moments.
  inThreads('aborted at six moments: all threads stop at the same step', async () => {
    await abortThreads(6);
  });

  test('aborted while the workers start: rejects with the reason, and nothing has changed', async () => {
    const controller = new AbortController();
    const ae = new Autoencoder(model);
    const before = fingerprint(ae);
    const reason = new Error('no time');
    const { grow } = Pool.prototype;
    vi.spyOn(Pool.prototype, 'grow').mockImplementation(function (this: Pool, count, url) {
      controller.abort(reason);
      return grow.call(this, count, url);
    });
    // So few rows are read in a single slice: the signal is not checked before the first epoch.
    const running = ae.fit(digits(100), { epochs: 40, signal: controller.signal });
    await expect(running).rejects.toBe(reason);
    expect(fingerprint(ae)).toBe(before);
  });

  inThreads('aborted in onEpochEnd: keeps the weights of that epoch', async () => {
    const controller = new AbortController();
    const fit: Fit = { epochs: 3, schedule: 'constant' };
    const x = digits(1700);
    const ae = new Autoencoder(model);
    const watch = watchPools();
    const running = ae.fit(x, {
      ...fit,
      signal: controller.signal,
      onEpochEnd: ({ epoch }) => {
        if (epoch === 2) controller.abort(new Error('good enough'));
      },
    });
    await expect(running).rejects.toThrow('good enough');
    expect(threadsOf(watch)).toEqual([3, 3]);
    expect(fingerprint(ae)).toBe(await trained(model, x, { ...fit, epochs: 2 }));
  });

  inThreads('disposed of: fit rejects', async () => {
    const ae = new Autoencoder(model);
    const { step, error } = await stopped(ae, inOrder, () => ae.dispose());
    expect(error).toEqual(new Error('the model was disposed of during fit'));
    expect(step).toBeLessThan(STEPS);
    await expect(ae.encode(digits(1))).rejects.toThrow('after dispose()');
  });

  inThreads('diverged: reports the step, and restores the weights before the epoch', async () => {
    const x = uniform(1700, 784, 1);
    x.fill(3e38, 1000 * 784, 1001 * 784); // row 1000, in step 16: its square exceeds float32
    const before = fingerprint(new Autoencoder({ layers: [784, 64], scale: 'none', seed: 1 }));
    for (const threads of [2, 5]) {
      const watch = watchPools();
      const ae = new Autoencoder({ layers: [784, 64], scale: 'none', seed: 1, threads });
      // The run has three epochs, so that workers are worth it, but ends in the first.
      const error = await ae.fit(x, { ...inOrder, epochs: 3 }).catch((reason: unknown) => reason);
      expect(threadsOf(watch)).toEqual([threads]);
      expect(error).toBeInstanceOf(DivergenceError);
      expect(error).toMatchObject({ epoch: 1, step: 16 });
      expect(fingerprint(ae)).toBe(before);
      watch.mockRestore();
    }
  });

  test('diverged: the same epoch, step and weights with any number of threads', async () => {
    const x = uniform(1700, 784, 1).map((value) => value * 1e9);
    const options = {
      layers: [784, 64],
      outputActivation: 'linear',
      scale: 'none',
      seed: 1,
    } as const;
    const fit: Fit = { epochs: 3, learningRate: 1000, schedule: 'constant' };
    const end = async (threads: number) => {
      const ae = new Autoencoder({ ...options, threads });
      const error = await ae.fit(x, fit).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(DivergenceError);
      const { epoch, step } = error as DivergenceError;
      expect(Object.values(ae.parameters).every(({ data }) => data.every(Number.isFinite))).toBe(
        true,
      );
      return { epoch, step, mark: fingerprint(ae) };
    };
    const alone = await end(1);
    for (const threads of [2, 5]) expect(await end(threads)).toEqual(alone);
  });
});
