// What a model knows about its last run, and how runs are ended and resumed.

import { afterEach, describe, expect, test, vi } from 'vitest';
import { Autoencoder, type History } from '../../../src/index.js';
import { fingerprint } from '../../support/data.js';
import { type Fit, SMALL, SMALL_ROWS } from '../../support/models.js';

afterEach(() => {
  vi.restoreAllMocks();
});

const model = () => new Autoencoder({ ...SMALL, scale: 'none' });
const OPTIONS = { epochs: 6, batchSize: 16, validationSplit: 0.25 };
/** Fails in the epoch after this one, like a process that ends. */
const broken = (after: number) => ({
  onEpochEnd: ({ epoch }: { epoch: number }) => {
    if (epoch === after) throw new Error('the plug');
  },
});
const lossesOf = (history: History) =>
  history.map(({ epoch, loss, validationLoss }) => [epoch, loss, validationLoss]);

describe('history', () => {
  test('has the records that fit returned, and starts again with each run', async () => {
    const ae = model();
    expect([ae.history, ae.epochs]).toEqual([[], 0]);
    const first = await ae.fit(SMALL_ROWS, OPTIONS);
    expect([ae.history, ae.epochs]).toEqual([first, 6]);
    const second = await ae.fit(SMALL_ROWS, { ...OPTIONS, epochs: 2 });
    expect([ae.history, ae.epochs]).toEqual([second, 2]);
    const record = await ae.partialFit(SMALL_ROWS);
    expect([ae.history, ae.epochs]).toEqual([[record], 1]);
  });

  test('grows during a run, and is a copy', async () => {
    const ae = model();
    const seen: number[][] = [];
    await ae.fit(SMALL_ROWS, {
      ...OPTIONS,
      onEpochEnd: () => void seen.push([ae.history.length, ae.epochs]),
    });
    expect(seen).toEqual([1, 2, 3, 4, 5, 6].map((n) => [n, n]));
    const copy = ae.history;
    (copy[0] as { loss: number }).loss = -1;
    copy.length = 1;
    expect(ae.history.length).toBe(6);
    expect(ae.history[0]?.loss).toBeGreaterThan(0);
  });

  test('is kept when a run fails, and extended when it is resumed', async () => {
    const [ae, whole] = [model(), model()];
    await expect(ae.fit(SMALL_ROWS, { ...OPTIONS, ...broken(2) })).rejects.toThrow('the plug');
    expect([ae.history.length, ae.epochs]).toEqual([2, 2]);
    const rest = await ae.fit(SMALL_ROWS, { ...OPTIONS, resume: true });
    expect(rest.map(({ epoch }) => epoch)).toEqual([3, 4, 5, 6]);
    expect(lossesOf(ae.history)).toEqual(lossesOf(await whole.fit(SMALL_ROWS, OPTIONS)));
  });

  test('is not saved in files, except the number of epochs', async () => {
    const ae = model();
    await expect(ae.fit(SMALL_ROWS, { ...OPTIONS, ...broken(2) })).rejects.toThrow('the plug');
    const loaded = Autoencoder.load(ae.save());
    expect([loaded.history, loaded.epochs]).toEqual([[], 2]);
    await loaded.fit(SMALL_ROWS, { ...OPTIONS, resume: true });
    expect(loaded.history.map(({ epoch }) => epoch)).toEqual([3, 4, 5, 6]);
    expect(loaded.epochs).toBe(6);
  });
});

describe("resume: 'auto'", () => {
  const auto: Fit = { ...OPTIONS, resume: 'auto' };

  test('starts a run if there is none to resume', async () => {
    const [ae, plain] = [model(), model()];
    const history = await ae.fit(SMALL_ROWS, auto);
    expect(lossesOf(history)).toEqual(lossesOf(await plain.fit(SMALL_ROWS, OPTIONS)));
    expect(fingerprint(ae)).toBe(fingerprint(plain));
  });

  test('resumes an unfinished run, and returns its whole history', async () => {
    const [ae, plain] = [model(), model()];
    const expected = await plain.fit(SMALL_ROWS, OPTIONS);
    await expect(ae.fit(SMALL_ROWS, { ...auto, ...broken(2) })).rejects.toThrow('the plug');
    const loaded = Autoencoder.load(ae.save());
    expect(lossesOf(await ae.fit(SMALL_ROWS, auto))).toEqual(lossesOf(expected));
    await loaded.fit(SMALL_ROWS, auto);
    for (const it of [ae, loaded]) expect(it.save()).toEqual(plain.save());
  });

  test('leaves a finished run as it is, and reports this once', async () => {
    const info = vi.spyOn(console, 'info').mockImplementation(() => {});
    const ae = model();
    const history = await ae.fit(SMALL_ROWS, auto);
    const file = ae.save();
    const onSave = vi.fn();
    for (let again = 0; again < 3; again++) {
      expect(await ae.fit(SMALL_ROWS, { ...auto, checkpoint: { onSave } })).toEqual(history);
    }
    const loaded = Autoencoder.load(file);
    expect(await loaded.fit(SMALL_ROWS, auto)).toEqual([]);
    expect([loaded.save(), ae.save()]).toEqual([file, file]);
    expect(onSave).not.toHaveBeenCalled();
    expect(info.mock.calls).toEqual([
      [
        "autoencoder-wasm: fit did nothing, since the run that resume: 'auto' found was finished, " +
          'after 6 epochs; resume: false begins another one',
      ],
    ]);
    // With more epochs it continues, and bad rows are still errors.
    expect((await ae.fit(SMALL_ROWS, { ...auto, epochs: 8 })).length).toBe(8);
    await expect(ae.fit([[1]] as never, { ...auto, epochs: 8 })).rejects.toThrow('input width');
  });

  test('treats a run ended by early stopping as finished', async () => {
    vi.spyOn(console, 'info').mockImplementation(() => {});
    const ae = model();
    const stopping: Fit = { ...auto, epochs: 50, earlyStopping: { patience: 1, minDelta: 1 } };
    const history = await ae.fit(SMALL_ROWS, stopping);
    expect(history.length).toBe(2);
    const before = ae.save();
    expect(await ae.fit(SMALL_ROWS, stopping)).toEqual(history);
    expect(ae.save()).toEqual(before);
  });
});

describe('onEpochEnd that returns false', () => {
  test.each([
    ['at once', () => false],
    ['as a promise', async () => false],
  ])('ends the run with its history: %s', async (_, stop) => {
    const [ae, plain] = [model(), model()];
    const constant = { ...OPTIONS, schedule: 'constant' } as const;
    const saved: number[] = [];
    const history = await ae.fit(SMALL_ROWS, {
      ...constant,
      checkpoint: { every: 5, onSave: (bytes) => void saved.push(bytes.length) },
      onEpochEnd: ({ epoch }) => (epoch === 3 ? stop() : undefined),
    });
    expect(history.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
    expect(saved.length).toBe(1); // at the end of the run
    await plain.fit(SMALL_ROWS, { ...constant, epochs: 3 });
    expect(fingerprint(ae)).toBe(fingerprint(plain));
    // The run is not finished, and can be resumed.
    const rest = await ae.fit(SMALL_ROWS, { ...constant, resume: true });
    expect(rest.map(({ epoch }) => epoch)).toEqual([4, 5, 6]);
  });

  test('is reported once if the first answer is false, but not if a later one is', async () => {
    const info = vi.spyOn(console, 'info').mockImplementation(() => {});
    await model().fit(SMALL_ROWS, { ...OPTIONS, onEpochEnd: ({ epoch }) => epoch < 3 });
    await model().fit(SMALL_ROWS, { epochs: 1, onEpochEnd: () => false });
    expect(info).not.toHaveBeenCalled();
    for (let again = 0; again < 2; again++) {
      const history = await model().fit(SMALL_ROWS, {
        ...OPTIONS,
        onEpochEnd: ({ epoch }) => epoch === 5 && true,
      });
      expect(history.length).toBe(1);
    }
    expect(info.mock.calls).toEqual([
      [expect.stringContaining('onEpochEnd returned false after the first of 6 epochs')],
    ]);
  });

  test('restores the best weights if early stopping does', async () => {
    const ae = model();
    const weights: string[] = [];
    const history = await ae.fit(SMALL_ROWS, {
      ...OPTIONS,
      learningRate: 0.5, // the loss fluctuates
      earlyStopping: { patience: 50 },
      onEpochEnd: ({ epoch }) => {
        weights.push(fingerprint(ae));
        return epoch < 5;
      },
    });
    const losses = history.map(({ validationLoss }) => validationLoss as number);
    expect(losses.length).toBe(5);
    expect(fingerprint(ae)).toBe(weights[losses.indexOf(Math.min(...losses))]);
  });
});

describe('the reason of an abort gets the history', () => {
  async function aborted(reason: unknown): Promise<unknown> {
    const ae = model();
    const controller = new AbortController();
    const running = ae.fit(SMALL_ROWS, {
      ...OPTIONS,
      signal: controller.signal,
      onEpochEnd: ({ epoch }) => {
        if (epoch === 2) controller.abort(reason);
      },
    });
    const error = await running.catch((thrown) => thrown);
    expect(ae.epochs).toBe(2);
    return error;
  }

  test.each([
    ['an AbortError', undefined],
    ['an Error', new Error('stop')],
    ['an object', { code: 3 }],
  ])('as a property: %s', async (_, reason) => {
    const error = (await aborted(reason)) as { history?: History };
    if (reason) expect(error).toBe(reason);
    else expect(error).toBeInstanceOf(DOMException);
    expect(error.history?.map(({ epoch }) => epoch)).toEqual([1, 2]);
  });

  test.each([
    ['text', 'stop'],
    ['a number', 5],
    ['null', null],
    ['a frozen object', Object.freeze({ code: 3 })],
    ['one with a history of its own', Object.freeze({ history: 'mine' })],
  ])('unless it cannot hold one: %s', async (_, reason) => {
    const before = structuredClone(reason);
    expect(await aborted(reason)).toBe(reason);
    expect(reason).toEqual(before);
  });

  test('but other errors do not', async () => {
    const mine = new Error('mine');
    const thrower = {
      onEpochEnd: () => {
        throw mine;
      },
    };
    await expect(model().fit(SMALL_ROWS, { ...OPTIONS, ...thrower })).rejects.toBe(mine);
    expect('history' in mine).toBe(false);
  });
});
