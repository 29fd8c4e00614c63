// The default number of epochs, and that it is enough.

import { describe, expect, test } from 'vitest';
import { Random } from '../../../src/base/random.js';
import { Autoencoder } from '../../../src/index.js';
import { defaultEpochs } from '../../../src/training/default-epochs.js';
import { fingerprint, rowsOf } from '../../support/data.js';

describe('defaultEpochs', () => {
  test.each([
    // Rows, batch size, layers, epochs.
    [60_000, 64, [784, 64], 20], // the measurements of MNIST use 20
    [54_000, 64, [784, 64], 20],
    [10_000, 64, [784, 64], 20],
    [100, 64, [5, 3], 1500], // 3,000 steps
    [100, 100, [5, 3], 3000],
    [100, 1, [5, 3], 30],
    [512, 64, [30, 15, 6], 375],
    [1, 64, [1, 1], 3000],
    [50, 64, [20_000, 64], 114], // 2e11 operations, at 1.75e9 per epoch
    [50, 64, [20_000, 1000], 20],
    [undefined, 64, [5, 3], 20],
  ] as const)('%j rows in batches of %j, %j: %j', (rows, batchSize, layers, epochs) => {
    expect(defaultEpochs(rows, batchSize, layers)).toBe(epochs);
  });
});

/** Rows in which each column is a multiple of one number, plus some noise. */
function correlated(rows: number, width: number): Float32Array {
  const random = new Random(1, 1);
  const x = new Float32Array(rows * width);
  for (let i = 0; i < rows; i++) {
    const common = random.signed();
    for (let j = 0; j < width; j++) {
      x[i * width + j] = (j + 1) * common + 0.1 * random.signed();
    }
  }
  return x;
}

const WIDTH = 5;
const options = { layers: [WIDTH, 2], scale: 'standard', seed: 1 } as const;

test('with the default epochs, a planted outlier among 100 correlated rows scores highest', async () => {
  const x = new Float32Array(101 * WIDTH);
  x.set(correlated(101, WIDTH));
  // Each value is within the range of its column, but together they are anomalous.
  x.set([0.8, -1.6, 2.4, -3.2, 4], 62 * WIDTH);
  for (const seed of [1, 2, 3]) {
    const ae = new Autoencoder({ ...options, seed });
    const history = await ae.fit(x.filter((_, i) => Math.floor(i / WIDTH) !== 62));
    expect(history.length).toBe(1500);
    expect(history.at(-1)?.loss).toBeLessThan(0.05); // the variance is 1
    const scores = await ae.score(x);
    expect(scores.indexOf(Math.max(...scores))).toBe(62);
  }
});

test('rows held out for validation do not count as steps', async () => {
  const history = await new Autoencoder(options).fit(correlated(70, WIDTH), {
    validationSplit: 0.1, // 63 rows remain: one step
  });
  expect(history.length).toBe(3000);
});

test('a stream has 20 epochs, or the usual number if the option rows is given', async () => {
  const batches = [correlated(70, WIDTH)];
  const stream = () => batches;
  expect((await new Autoencoder(options).fit(stream)).length).toBe(20);
  expect((await new Autoencoder(options).fit(stream, { rows: 70 })).length).toBe(1500);
});

test('a resumed run has as many default epochs as an uninterrupted one', async () => {
  const x = correlated(640, WIDTH);
  const whole = new Autoencoder(options);
  expect((await whole.fit(x)).length).toBe(300);
  const controller = new AbortController();
  const ae = new Autoencoder(options);
  const running = ae.fit(x, {
    signal: controller.signal,
    onEpochEnd: ({ epoch }) => {
      if (epoch === 7) controller.abort();
    },
  });
  await expect(running).rejects.toThrow();
  const loaded = Autoencoder.load(ae.save());
  const rest = await loaded.fit(rowsOf(x, WIDTH), { resume: true });
  expect(rest.map(({ epoch }) => epoch)).toEqual(Array.from({ length: 293 }, (_, i) => i + 8));
  expect(fingerprint(loaded)).toBe(fingerprint(whole));
});
