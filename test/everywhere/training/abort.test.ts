// The ways in which fit ends early: on request, or because the loss is no longer finite.

import { afterEach, describe, expect, test, vi } from 'vitest';
import { Autoencoder, DivergenceError } from '../../../src/index.js';
import { factored, fingerprint, uniform } from '../../support/data.js';
import { type Fit, SMALL as options, trained, SMALL_ROWS as x } from '../../support/models.js';
import { stretchTime, turn } from '../../support/time.js';

const WIDTH = 6;

afterEach(() => {
  vi.restoreAllMocks();
});

describe('fit is aborted', () => {
  /** The reason with which fit rejects. */
  const rejection = (running: Promise<unknown>) =>
    running.then(
      () => expect.fail('fit was not aborted'),
      (error: unknown) => error,
    );

  test('before it starts: it rejects with the reason, and nothing has changed', async () => {
    const reason = new Error('no time');
    const ae = new Autoencoder(options);
    const before = fingerprint(ae);
    expect(await rejection(ae.fit(x, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(fingerprint(ae)).toBe(before);
    expect((await ae.fit(x, { epochs: 1 })).length).toBe(1);
  });

  test('right after the call: it rejects with the reason', async () => {
    const controller = new AbortController();
    const ae = new Autoencoder(options);
    const running = rejection(ae.fit(x, { epochs: 1_000_000, signal: controller.signal }));
    controller.abort();
    const error = (await running) as DOMException;
    expect(error).toBe(controller.signal.reason);
    expect(error.name).toBe('AbortError');
    expect((await ae.fit(x, { epochs: 1 })).length).toBe(1);
  });

  test('while rows are read: it rejects with the reason, and nothing has changed', async () => {
    stretchTime();
    const controller = new AbortController();
    const ae = new Autoencoder({ layers: [1024, 2], seed: 1 });
    const before = fingerprint(ae);
    // Rows are read in blocks of about a megabyte, 256 of these.
    const running = rejection(ae.fit(uniform(2000, 1024, 1), { signal: controller.signal }));
    await turn();
    controller.abort('no time');
    expect(await running).toBe('no time');
    expect(fingerprint(ae)).toBe(before);
    expect((await ae.fit(uniform(8, 1024, 1), { epochs: 1 })).length).toBe(1);
  });

  // This many epochs would take hours, so the end of the test shows that the run was stopped.
  test('during an epoch: it rejects with the reason, and the model keeps its current weights', async () => {
    const controller = new AbortController();
    const ae = new Autoencoder(options);
    const before = fingerprint(ae);
    const epochs: number[] = [];
    const running = rejection(
      ae.fit(x, {
        epochs: 1_000_000,
        signal: controller.signal,
        onEpochEnd: ({ epoch }) => {
          epochs.push(epoch);
        },
      }),
    );
    // A run this long uses workers, which take some time to start.
    while (epochs.length === 0) await turn();
    const reason = { why: 'a reason need not be an Error' };
    controller.abort(reason);
    const seen = epochs.length;
    expect(await running).toBe(reason);
    // One chunk of steps may have been running.
    expect(epochs.length - seen).toBeLessThanOrEqual(1);
    expect(fingerprint(ae)).not.toBe(before);
    expect(await ae.evaluate(x)).toBeGreaterThan(0);
    expect((await ae.fit(x, { epochs: 1 })).length).toBe(1);
  });

  test('in a long epoch: it stops after one chunk of steps', async () => {
    const controller = new AbortController();
    const ae = new Autoencoder({ layers: [WIDTH, 4], seed: 5 });
    // 200,000 steps per epoch: the run stops long before its first epoch ends.
    const data = factored(200_000, WIDTH, 2, 1);
    const before = fingerprint(ae);
    const running = rejection(
      ae.fit(data, {
        batchSize: 1,
        signal: controller.signal,
        onBatchEnd: () => controller.abort(new Error('enough')),
        onEpochEnd: () => expect.fail('an epoch ended'),
      }),
    );
    expect(await running).toEqual(new Error('enough'));
    expect(fingerprint(ae)).not.toBe(before);
  });

  test('in onEpochEnd: the model has the weights of that epoch', async () => {
    const controller = new AbortController();
    const ae = new Autoencoder(options);
    const fit: Fit = { epochs: 5, schedule: 'constant' };
    const error = await rejection(
      ae.fit(x, {
        ...fit,
        signal: controller.signal,
        onEpochEnd: ({ epoch }) => {
          if (epoch === 2) controller.abort(new Error('good enough'));
        },
      }),
    );
    expect(error).toEqual(new Error('good enough'));
    expect(fingerprint(ae)).toBe(await trained(options, x, { ...fit, epochs: 2 }));
  });

  test('after it has ended: nothing happens', async () => {
    const controller = new AbortController();
    const ae = new Autoencoder(options);
    await ae.fit(x, { epochs: 1, signal: controller.signal });
    controller.abort();
    expect((await ae.fit(x, { epochs: 1 })).length).toBe(1);
  });
});

describe('divergence', () => {
  const finite = (ae: Autoencoder) =>
    Object.values(ae.parameters).every(({ data }) => data.every(Number.isFinite));

  test.each(['linear', 'relu', 'leakyRelu', 'elu'] as const)(
    'is reported with epoch and step, and leaves finite weights: %s',
    async (activation) => {
      const ae = new Autoencoder({
        layers: [WIDTH, 5, 4],
        activation,
        codeActivation: activation,
        outputActivation: 'linear',
        scale: 'none',
        seed: 5,
      });
      const large = x.map((value) => value * 1e9);
      const error = await ae
        .fit(large, { epochs: 50, batchSize: 16, learningRate: 1000, schedule: 'constant' })
        .catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(DivergenceError);
      const { epoch, step, message, name } = error as DivergenceError;
      expect(name).toBe('DivergenceError');
      expect(epoch).toBe(1);
      expect([2, 3, 4]).toContain(step);
      expect(message).toContain(`epoch ${epoch}, step ${step}`);
      expect(finite(ae)).toBe(true);
      // The model can be trained again, from its finite weights, on data of a suitable size.
      expect((await ae.fit(x, { epochs: 1 })).every(({ loss }) => Number.isFinite(loss))).toBe(
        true,
      );
    },
  );

  test('before the end of the first epoch restores the weights before it', async () => {
    const linear = { ...options, outputActivation: 'linear' } as const;
    const x64 = x.slice(0, 64 * WIDTH);
    // The squares of the validation rows exceed float32: the steps of the first epoch succeed, but its
    // validation does not.
    const huge = new Float32Array(WIDTH).fill(3e38);
    const ae = new Autoencoder(linear);
    const untrained = fingerprint(ae);
    const error = await ae
      .fit(x64, { epochs: 3, validationData: huge })
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DivergenceError);
    expect(error).toMatchObject({ epoch: 1, step: undefined });
    expect(fingerprint(ae)).toBe(untrained);
  });

  test.each([16, 64])(
    'restores the weights of the last finished epoch: batch size %s',
    async (batchSize) => {
      const model = { ...options, outputActivation: 'linear' } as const;
      const fit: Fit = {
        optimizer: 'sgd',
        momentum: 0,
        learningRate: 300,
        batchSize,
        schedule: 'constant',
      };
      const marks: string[] = [];
      const ae = new Autoencoder(model);
      marks.push(fingerprint(ae));
      const run = ae.fit(x, {
        ...fit,
        epochs: 1000,
        onEpochEnd: () => {
          marks.push(fingerprint(ae));
        },
      });
      const error = (await run.catch((reason: unknown) => reason)) as DivergenceError;
      expect(error).toBeInstanceOf(DivergenceError);
      expect(error.message).toContain("scale: 'standard'");
      expect(error.epoch).toBe(marks.length);
      expect(fingerprint(ae)).toBe(marks.at(-1));
      expect((await ae.reconstruct(x)).data.every(Number.isFinite)).toBe(true);
      const saved = Autoencoder.load(ae.save());
      expect(fingerprint(saved)).toBe(marks.at(-1));
    },
  );

  test('in a later piece of a stream restores the last finished epoch, too', async () => {
    const wide = 2 ** 16; // 64 rows per piece
    const row = (value: number) => new Float32Array(wide).fill(value);
    for (const bad of [1, 2]) {
      let opened = 0;
      const rows = function* () {
        opened++;
        for (let i = 0; i < 65; i++) yield row(i === 64 && opened === bad ? 3e38 : 0.5);
      };
      const marks: string[] = [];
      const ae = new Autoencoder({ layers: [wide, 1], scale: 'none', seed: 1 });
      marks.push(fingerprint(ae));
      const onEpochEnd = () => {
        marks.push(fingerprint(ae));
      };
      const error = await ae.fit(rows, { epochs: 3, onEpochEnd }).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(DivergenceError);
      expect(error).toMatchObject({ epoch: bad });
      expect(marks.length).toBe(bad);
      expect(fingerprint(ae)).toBe(marks.at(-1));
      expect(ae.threshold).toBe(undefined);
    }
  });

  test.each(['adam', 'adamw', 'sgd'] as const)(
    'includes non-finite moments of %s',
    async (optimizer) => {
      const rows = Float32Array.from({ length: 256 }, (_, i) => Math.sin(i * i) * 1e10);
      const ae = new Autoencoder({
        layers: [4, 2],
        activation: 'linear',
        outputActivation: 'linear',
        scale: 'none',
        seed: 1,
      });
      const before = fingerprint(ae);
      const error = await ae.fit(rows, { optimizer }).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(DivergenceError);
      expect(error).toMatchObject({ epoch: 1 });
      expect((error as Error).message).toContain("scale: 'standard'");
      expect(fingerprint(ae)).toBe(before);
      expect(fingerprint(Autoencoder.load(ae.save()))).toBe(before);
      // The message suggests this.
      const scaled = new Autoencoder({ layers: [4, 2], scale: 'standard', seed: 1 });
      await scaled.fit(rows, { optimizer });
      scaled.save();
    },
  );
});
