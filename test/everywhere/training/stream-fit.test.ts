// Training on streamed rows.

import { describe, expect, test } from 'vitest';
import { Autoencoder, type BatchRecord, type TrainingInput } from '../../../src/index.js';
import { factored, fingerprint, pixels, rowsOf, uniform } from '../../support/data.js';
import { type Fit, SMALL, SMALL_ROWS } from '../../support/models.js';

const WIDTH = 6;
const FIT: Fit = { epochs: 3, batchSize: 8 };

/** The rows in batches of `size`; the stream is started again for every epoch. */
const inBatches = (x: Float32Array, width: number, size: number) =>
  async function* () {
    for (let from = 0; from < x.length; from += size * width) {
      yield x.subarray(from, from + size * width);
    }
  };

async function fitted(x: TrainingInput, fit: Fit): Promise<Autoencoder> {
  const ae = new Autoencoder(SMALL);
  await ae.fit(x, fit);
  return ae;
}

describe('a stream of one piece trains like the same rows in memory', () => {
  test.each([
    ['batches of 7', inBatches(SMALL_ROWS, WIDTH, 7)],
    ['single rows', () => rowsOf(SMALL_ROWS, WIDTH).map((row) => [...row])],
    ['a sync iterable', () => rowsOf(SMALL_ROWS, WIDTH)],
    [
      'an iterable that can begin anew',
      { [Symbol.asyncIterator]: inBatches(SMALL_ROWS, WIDTH, 64) },
    ],
  ])('%s', async (_, stream) => {
    const rows = SMALL_ROWS.length / WIDTH;
    const ae = await fitted(stream, { ...FIT, rows });
    expect(fingerprint(ae)).toBe(fingerprint(await fitted(SMALL_ROWS, FIT)));
  });

  test('with validationData, early stopping, callbacks and the same history', async () => {
    const validationData = uniform(20, WIDTH, 5);
    const fit = { ...FIT, epochs: 8, validationData, earlyStopping: { patience: 2 } };
    const [a, b] = [new Autoencoder(SMALL), new Autoencoder(SMALL)];
    const told: BatchRecord[] = [];
    const inMemory = await a.fit(SMALL_ROWS, fit);
    const streamed = await b.fit(inBatches(SMALL_ROWS, WIDTH, 10), {
      ...fit,
      rows: 64,
      onBatchEnd: (record) => told.push(record),
    });
    expect(fingerprint(b)).toBe(fingerprint(a));
    const bare = ({ epoch, loss, validationLoss }: (typeof inMemory)[0]) => [
      epoch,
      loss,
      validationLoss,
    ];
    expect(streamed.map(bare)).toEqual(inMemory.map(bare));
    expect(told.at(-1)).toMatchObject({ epoch: streamed.length, batch: 8, batches: 8 });
  });

  test('a scaler is learned from the stream', async () => {
    const x = factored(50, 4, 2, 3).map((value, i) => 100 * value + i);
    const [a, b] = [0, 1].map(
      () => new Autoencoder({ layers: [4, 2], scale: 'standard', seed: 1 }),
    );
    await a?.fit(x, FIT);
    await b?.fit(inBatches(x, 4, 9), { ...FIT, rows: 50 });
    expect(b?.scaler).toEqual(a?.scaler);
    expect(fingerprint(b as Autoencoder)).toBe(fingerprint(a as Autoencoder));
  });
});

describe('a stream of several pieces', () => {
  // A piece is 16 MB: 5,312 rows of 784 bytes in batches of 64.
  const ROWS = 12_000;
  const x = pixels(ROWS, 784, 0.1, 1);
  const stream = async function* () {
    for (let from = 0; from < ROWS; from += 1000) yield x.subarray(from * 784, (from + 1000) * 784);
  };
  const options = {
    layers: [784, 8],
    activation: 'relu',
    codeActivation: 'relu',
    seed: 2,
    threads: 2,
  } as const;

  test('trains on all rows, reports the batches, and counts dead units over all rows', async () => {
    const ae = new Autoencoder(options);
    const told: BatchRecord[] = [];
    const history = await ae.fit(stream, { epochs: 2, onBatchEnd: (r) => told.push(r) });
    const last = (epoch: number) => told.findLast((record) => record.epoch === epoch);
    expect(last(1)).toMatchObject({ batch: 188, batches: undefined });
    expect(last(2)).toMatchObject({ batch: 188, batches: 188, loss: history[1]?.loss });
    expect(history[1]?.loss).toBeLessThan(history[0]?.loss as number);
    expect(history[1]?.deadUnits?.output).toBe(0);
    expect(Math.abs((await ae.evaluate(x)) / (history[1]?.loss as number) - 1)).toBeLessThan(0.1);
  });

  test('reads at most one piece ahead', async () => {
    const ae = new Autoencoder(options);
    let read = 0;
    let atFirst = 0;
    const counted = async function* () {
      for await (const batch of stream()) {
        read++;
        yield batch;
      }
    };
    await ae.fit(counted, {
      epochs: 1,
      onBatchEnd: () => {
        atFirst ||= read;
      },
    });
    // 5,312 rows of the first piece and as many of the second: eleven of the twelve batches.
    expect(atFirst).toBeLessThanOrEqual(11);
    expect(read).toBe(12);
  });

  test('is closed if a signal ends fit', async () => {
    const ae = new Autoencoder(options);
    const controller = new AbortController();
    let closed = false;
    const watched = async function* () {
      try {
        yield* stream();
      } finally {
        closed = true;
      }
    };
    const onBatchEnd = () => controller.abort(new Error('enough'));
    await expect(
      ae.fit(watched, { epochs: 5, onBatchEnd, signal: controller.signal }),
    ).rejects.toThrow('enough');
    expect(closed).toBe(true);
  });
});

describe('errors', () => {
  const once = async function* () {
    yield SMALL_ROWS;
  };
  const cases: [string, () => TrainingInput, Fit, typeof TypeError | typeof RangeError, string][] =
    [
      ['no rows', () => async function* () {}, {}, RangeError, 'at least one row'],
      [
        'a generator, for two epochs',
        once,
        { epochs: 2 },
        RangeError,
        'yielded no rows for epoch 2',
      ],
      ['no stream', () => (() => 5) as never, {}, TypeError, 'x must be an iterable'],
      ['rows that are too wide', () => () => [[1, 2]], {}, RangeError, 'input width 6'],
      ['a split', () => once, { validationSplit: 0.1 }, TypeError, 'give validationData'],
      [
        'weights',
        () => once,
        { sampleWeight: [1] },
        TypeError,
        'sampleWeight needs rows in memory',
      ],
      [
        'fewer rows than said',
        () => once,
        { rows: 65, epochs: 1 },
        RangeError,
        'x must have rows = 65',
      ],
      [
        'rows of rows in memory',
        () => SMALL_ROWS,
        { rows: 64 },
        TypeError,
        'is only for streamed x',
      ],
    ];
  test.each(cases)('%s', async (_, x, fit, kind, message) => {
    const running = new Autoencoder(SMALL).fit(x(), { ...FIT, ...fit });
    await expect(running).rejects.toThrow(message);
    await expect(running).rejects.toBeInstanceOf(kind);
  });

  test('a non-finite value is reported with its row in the whole stream, and the model stays as it was', async () => {
    const bad = SMALL_ROWS.slice();
    bad[6 * 33 + 2] = Number.NaN;
    const ae = new Autoencoder(SMALL);
    const before = fingerprint(ae);
    await expect(ae.fit(inBatches(bad, WIDTH, 10), FIT)).rejects.toThrow(/row 33, column 2/);
    expect(fingerprint(ae)).toBe(before);
  });

  test('an error of the stream is the error of fit', async () => {
    const error = new Error('disk');
    const failing = async function* () {
      yield SMALL_ROWS;
      throw error;
    };
    const ae = new Autoencoder(SMALL);
    await expect(ae.fit(failing, FIT)).rejects.toBe(error);
    expect((await ae.fit(SMALL_ROWS, { epochs: 1 })).length).toBe(1);
  });
});

describe('partialFit', () => {
  test('trains one epoch at a constant rate, and can be repeated', async () => {
    const [a, b] = [new Autoencoder(SMALL), new Autoencoder(SMALL)];
    for (let i = 1; i <= 3; i++) {
      const record = await a.partialFit(SMALL_ROWS, { batchSize: 8 });
      expect(record.epoch).toBe(1);
    }
    await b.fit(SMALL_ROWS, { epochs: 3, batchSize: 8, schedule: 'constant' });
    expect(fingerprint(a)).toBe(fingerprint(b));
  });

  test('rejects options that have no meaning for a single pass', async () => {
    const ae = new Autoencoder(SMALL);
    const fit = ae.partialFit(SMALL_ROWS, { epochs: 2 } as never);
    await expect(fit).rejects.toThrow("partialFit options has no 'epochs'");
  });
});
