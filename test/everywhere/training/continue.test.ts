// Training in parts: further fits, resumed runs, reset, and early stopping.

import { describe, expect, test, vi } from 'vitest';
import {
  Autoencoder,
  type AutoencoderOptions,
  type EpochRecord,
  type MatrixInput,
} from '../../../src/index.js';
import { factored, fingerprint, pixels } from '../../support/data.js';
import { type Fit, SMALL, SMALL_ROWS, trained } from '../../support/models.js';
import { stretchTime, turn } from '../../support/time.js';

const LARGE = pixels(1700, 784, 0.19, 1);
const FIT: Fit = { epochs: 6, validationSplit: 0.25, earlyStopping: true };
/** A model and rows that are trained on the calling thread, and others that are large enough for workers. */
const PLACES: [string, AutoencoderOptions, typeof SMALL_ROWS | typeof LARGE, Fit][] = [
  ['here', SMALL, SMALL_ROWS, { ...FIT, batchSize: 16 }],
  ['in workers', { layers: [784, 64], seed: 1, threads: 2 }, LARGE, { ...FIT, batchSize: 64 }],
];

/** A model whose run was aborted after `epochs` epochs. */
async function interrupted(
  options: AutoencoderOptions,
  x: typeof SMALL_ROWS | typeof LARGE,
  fit: Fit,
  epochs: number,
): Promise<Autoencoder> {
  const ae = new Autoencoder(options);
  const controller = new AbortController();
  const stop = new Error('enough');
  const onEpochEnd = ({ epoch }: EpochRecord) => {
    if (epoch === epochs) controller.abort(stop);
  };
  await expect(ae.fit(x, { ...fit, onEpochEnd, signal: controller.signal })).rejects.toBe(stop);
  return ae;
}

describe.each(PLACES)('%s', (_, options, x, base) => {
  test('two fits with a constant learning rate give the same weights as one with all epochs', async () => {
    const constant = { ...base, schedule: 'constant' } as const;
    const ae = new Autoencoder(options);
    await ae.fit(x, { ...constant, epochs: 2, earlyStopping: false });
    await ae.fit(x, { ...constant, epochs: 4, earlyStopping: false });
    expect(fingerprint(ae)).toBe(await trained(options, x, { ...constant, earlyStopping: false }));
  });

  test.each(['cosine', { type: 'step', every: 2, warmup: 1.5 }] as const)(
    'a resumed run gives the same weights as an uninterrupted one, %j',
    async (schedule) => {
      const fit = { ...base, schedule };
      const ae = await interrupted(options, x, fit, 2);
      const history = await ae.fit(x, { ...fit, resume: true });
      expect(history.map(({ epoch }) => epoch)).toEqual([3, 4, 5, 6]);
      expect(fingerprint(ae)).toBe(await trained(options, x, fit));
    },
  );

  test('fit with reset gives the same weights as a new model', async () => {
    const ae = new Autoencoder(options);
    await ae.fit(x, { ...base, epochs: 2 });
    await ae.fit(x, { ...base, reset: true });
    expect(fingerprint(ae)).toBe(await trained(options, x, base));
  });

  test('onBatchEnd reports the end of every epoch, with its loss', async () => {
    const rows = x.length / (options.layers?.[0] as number);
    const told: [number, number][] = [];
    const ae = new Autoencoder(options);
    const history = await ae.fit(x, {
      ...base,
      onBatchEnd({ epoch, batch, batches, loss }) {
        expect(batch).toBeGreaterThan(0);
        expect(batch).toBeLessThanOrEqual(batches as number);
        expect(batches).toBe(Math.ceil((0.75 * rows) / (base.batchSize as number)));
        if (batch === batches) told.push([epoch, loss]);
      },
    });
    expect(told).toEqual(history.map(({ epoch, loss }) => [epoch, loss]));
  });

  test('onBatchEnd reports no batch twice, however slow the machine', async () => {
    stretchTime();
    const told: string[] = [];
    await new Autoencoder(options).fit(x, {
      ...base,
      epochs: 2,
      onBatchEnd: ({ epoch, batch }) => void told.push(`${batch} of epoch ${epoch}`),
    });
    expect(told.length).toBeGreaterThan(1);
    expect(new Set(told).size).toBe(told.length);
  });

  test('fit rejects with the error of onBatchEnd', async () => {
    const error = new Error('no more');
    const ae = new Autoencoder(options);
    const onBatchEnd = () => {
      throw error;
    };
    await expect(ae.fit(x, { ...base, epochs: 1000, onBatchEnd })).rejects.toBe(error);
    expect((await ae.fit(x, { epochs: 1 })).length).toBe(1);
  });
});

describe('resume', () => {
  test('requires a run that has been started', async () => {
    const ae = new Autoencoder(SMALL);
    const before = fingerprint(ae);
    await expect(ae.fit(SMALL_ROWS, { resume: true })).rejects.toThrow('there is no run to resume');
    expect(fingerprint(ae)).toBe(before);
  });

  test('requires more epochs than were finished', async () => {
    const ae = new Autoencoder(SMALL);
    await ae.fit(SMALL_ROWS, { epochs: 3 });
    await expect(ae.fit(SMALL_ROWS, { epochs: 3, resume: true })).rejects.toThrow(
      new RangeError(
        'epochs must be more than the 3 epochs that the run to resume has finished, got 3',
      ),
    );
    expect((await ae.fit(SMALL_ROWS, { epochs: 5, resume: true })).length).toBe(2);
  });

  /** Aborts after the last batch of this epoch, before the epoch is finished. */
  async function brokenOff(
    options: AutoencoderOptions,
    x: MatrixInput,
    { epoch, ...fit }: Fit & { epoch: number },
    ae = new Autoencoder(options),
  ): Promise<Autoencoder> {
    const controller = new AbortController();
    const stop = new Error('enough');
    const running = ae.fit(x, {
      ...fit,
      signal: controller.signal,
      onBatchEnd(record) {
        if (record.epoch === epoch && record.batch === record.batches) controller.abort(stop);
      },
    });
    await expect(running).rejects.toBe(stop);
    return ae;
  }

  test.each(PLACES)(
    '%s, repeats an epoch that was aborted before its validation',
    async (_, options, x, base) => {
      const fit = { ...base, shuffle: true };
      const expected = await trained(options, x, fit);
      const ae = await brokenOff(options, x, { ...fit, epoch: 3 });
      await brokenOff(options, x, { ...fit, resume: true, epoch: 5 }, ae);
      const history = await ae.fit(x, { ...fit, resume: true });
      expect(history.map(({ epoch }) => epoch)).toEqual([5, 6]);
      expect(fingerprint(ae)).toBe(expected);
    },
  );

  test('repeats an epoch that was aborted in the middle of its steps', async () => {
    const x = factored(5_000, 6, 2, 1);
    const fit: Fit = { epochs: 4, batchSize: 16 };
    const weights: string[] = [];
    const whole = new Autoencoder(SMALL);
    await whole.fit(x, { ...fit, onEpochEnd: () => void weights.push(fingerprint(whole)) });

    const ae = new Autoencoder(SMALL);
    const controller = new AbortController();
    stretchTime(); // every step is a slice of its own: 313 per epoch
    const abortLater = async () => {
      for (let i = 0; i < 50; i++) await turn();
      controller.abort();
    };
    const running = ae.fit(x, {
      ...fit,
      signal: controller.signal,
      onEpochEnd({ epoch }) {
        if (epoch === 2) void abortLater();
      },
    });
    await expect(running).rejects.toThrow();
    vi.restoreAllMocks();
    expect(weights).not.toContain(fingerprint(ae)); // it has done some of the third epoch's steps
    expect(await ae.fit(x, { ...fit, resume: true })).toHaveLength(2);
    expect(fingerprint(ae)).toBe(weights[3]);
  });

  test('repeats the first epoch after reset if it was aborted', async () => {
    const ae = new Autoencoder(SMALL);
    await ae.fit(SMALL_ROWS, { epochs: 2 });
    const fit = { ...FIT, batchSize: 16 };
    await brokenOff(SMALL, SMALL_ROWS, { ...fit, reset: true, epoch: 1 }, ae);
    await ae.fit(SMALL_ROWS, { ...fit, resume: true });
    expect(fingerprint(ae)).toBe(await trained(SMALL, SMALL_ROWS, fit));
  });

  test('returns at once if early stopping had ended the run', async () => {
    const fit: Fit = {
      epochs: 60,
      learningRate: 1,
      schedule: 'constant',
      earlyStopping: { patience: 1 },
    };
    const ae = new Autoencoder(SMALL);
    expect((await ae.fit(SMALL_ROWS, fit)).length).toBeLessThan(60);
    const before = fingerprint(ae);
    expect(await ae.fit(SMALL_ROWS, { ...fit, resume: true })).toEqual([]);
    expect(fingerprint(ae)).toBe(before);
  });
});

describe('early stopping', () => {
  // With a learning rate this high the loss fluctuates, so that the best epoch is not among the last.
  const ROWS = factored(48, 6, 3, 2);
  const RESTLESS: Fit = { epochs: 60, batchSize: 4, learningRate: 0.3, schedule: 'constant' };
  /** A run to the last epoch: its records, and the weights after each epoch. */
  async function whole(fit: Fit): Promise<{ history: EpochRecord[]; weights: string[] }> {
    const ae = new Autoencoder(SMALL);
    const weights: string[] = [];
    const history = await ae.fit(ROWS, {
      ...fit,
      onEpochEnd: () => void weights.push(fingerprint(ae)),
    });
    return { history, weights };
  }

  /** Computed by hand: the epoch, counted from 1, after which training stops, and the best one. */
  function expectedStop(
    losses: number[],
    patience: number,
    minDelta: number,
  ): { last: number; best: number } {
    let best = 0;
    for (let i = 1; i < losses.length; i++) {
      if ((losses[i] as number) < (losses[best] as number) - minDelta) best = i;
      if (i - best >= patience) return { last: i + 1, best: best + 1 };
    }
    return { last: losses.length, best: best + 1 };
  }

  test.each([
    [1, 0, true, 0.25],
    [3, 0, true, 0.25],
    [3, 0.005, true, 0.25],
    [4, 0, false, 0.25],
    [3, 0, true, 0],
    [1000, 0, true, 0],
  ])(
    'stops at the expected epoch: patience %i, minDelta %d, restoreBest %s, validationSplit %d',
    async (patience, minDelta, restoreBest, validationSplit) => {
      const fit = { ...RESTLESS, validationSplit };
      const { history, weights } = await whole(fit);
      const losses = history.map(({ loss, validationLoss }) => validationLoss ?? loss);
      const { last, best } = expectedStop(losses, patience, minDelta);
      const ae = new Autoencoder(SMALL);
      const stopped = await ae.fit(ROWS, {
        ...fit,
        earlyStopping: { patience, minDelta, restoreBest },
      });
      const bare = ({ loss, validationLoss }: EpochRecord) => [loss, validationLoss];
      expect(stopped.map(bare)).toEqual(history.slice(0, last).map(bare));
      expect(best).toBeLessThan(last);
      expect(fingerprint(ae)).toBe(weights[(restoreBest ? best : last) - 1]);
    },
  );

  test('restores the best weights after an abort, too', async () => {
    const { history, weights } = await whole({ ...RESTLESS, epochs: 12 });
    const losses = history.map(({ loss }) => loss);
    const best = losses.indexOf(Math.min(...losses));
    expect(best).toBeLessThan(11);
    const fit = { ...RESTLESS, earlyStopping: { patience: 1000 } };
    const controller = new AbortController();
    const ae = new Autoencoder(SMALL);
    const onEpochEnd = ({ epoch }: EpochRecord) => {
      if (epoch === 12) controller.abort();
    };
    const running = ae.fit(ROWS, { ...fit, onEpochEnd, signal: controller.signal });
    await expect(running).rejects.toThrow();
    expect(fingerprint(ae)).toBe(weights[best]);
  });
});
