// Training and validation rows of different kinds: bytes and numbers, with missing cells and without,
// compressed and not. The same values must have the same loss in every form.

import { describe, expect, test } from 'vitest';
import { Autoencoder, type MatrixInput } from '../../../src/index.js';
import { asFloats, generator, pixels, rowsOf, uniform } from '../../support/data.js';
import type { Fit } from '../../support/models.js';
import { SHARED_MEMORY, trainInThreads } from '../../support/threads.js';
import { gamma } from '../../support/tolerance.js';

const [WIDTH, ROWS] = [8, 40];

/** Replaces four of five cells by NaN, but keeps one in each row. */
function gaps(x: Float32Array): Float32Array<ArrayBuffer> {
  const random = generator(3);
  return Float32Array.from(x, (value, i) =>
    random() < 0.8 && i % WIDTH !== Math.floor(i / WIDTH) % WIDTH ? Number.NaN : value,
  );
}

const whites = new Uint8Array(ROWS * WIDTH).fill(255);
const [dense, sparse] = [pixels(ROWS, WIDTH, 1, 1), pixels(ROWS, WIDTH, 0.3, 2)];
const trainingRows: [string, MatrixInput][] = [
  ['numbers with gaps', gaps(uniform(ROWS, WIDTH, 4))],
  ['dense bytes', dense],
  ['sparse bytes', sparse],
  ['dense numbers', uniform(ROWS, WIDTH, 4)],
  ['sparse numbers', asFloats(sparse)],
];
const fits: [string, Fit][] = [
  ['mse', {}],
  ['bce', { loss: 'bce' }],
  ['huber', { loss: 'huber' }],
  ['noise', { noise: { type: 'gaussian', amount: 0.1 } }],
  ['weights of rows', { sampleWeight: Float32Array.from({ length: ROWS }, (_, i) => 1 + (i % 3)) }],
];

/** Two float32 sums of a batch's losses, by kernels that add in different orders. */
const near = (a: number, b: number) =>
  expect(Math.abs(a - b)).toBeLessThanOrEqual(2 * gamma(ROWS * WIDTH + 30) * b);

describe.each(trainingRows)('trained on %s', (_, x) => {
  describe.each(fits)('%s', (_, fit) => {
    const validated = async (validationData: MatrixInput, threads: number) => {
      const options = { layers: [WIDTH, 3], missing: 'mask', seed: 5, threads } as const;
      const size = threads > 1 ? 'huge' : 'tiny';
      const all = { ...fit, epochs: 2, batchSize: 16, validationData };
      return trainInThreads(threads, size, options, x, all);
    };

    test.each([
      ['white', whites],
      ['dense', dense],
      ['sparse', sparse],
    ])('%s bytes have the same validation loss as their numbers', async (_, bytes) => {
      const as = [bytes, asFloats(bytes), rowsOf(bytes, WIDTH)];
      const runs = await Promise.all(as.map((rows) => validated(rows, 1)));
      const [first] = runs;
      for (const run of runs) {
        expect(run.parameters).toEqual(first?.parameters);
        near(run.losses[1] as number, first?.losses[1] as number);
        near(run.losses[3] as number, first?.losses[3] as number);
      }
    });

    test.runIf(SHARED_MEMORY)('the number of threads does not matter', async () => {
      for (const rows of [sparse, gaps(asFloats(sparse))]) {
        const one = await validated(rows, 1);
        for (const loss of one.losses) expect(loss).toBeGreaterThan(0);
        expect(await validated(rows, 3)).toEqual(one);
      }
    });
  });
});

describe.each(['none', 'minmax', 'standard', 'auto'] as const)("scale '%s'", (scale) => {
  const losses = async (x: Float32Array[], validationData: MatrixInput, isStream: boolean) => {
    const ae = new Autoencoder({ layers: [WIDTH, 3], missing: 'mask', scale, seed: 5 });
    const halves = () => [x.slice(0, 20), x.slice(20)];

    const history = await ae.fit(isStream ? halves : x, {
      epochs: 3,
      batchSize: 16,
      validationData,
    });
    return { losses: history.map(({ validationLoss }) => validationLoss as number), ae };
  };

  test.each([false, true])('both kinds of rows agree (stream: %s)', async (isStream) => {
    const x = rowsOf(gaps(uniform(ROWS, WIDTH, 4)), WIDTH);
    for (const bytes of [whites, dense, sparse]) {
      const a = await losses(x, bytes, isStream);
      const b = await losses(x, asFloats(bytes), isStream);
      for (const [i, loss] of a.losses.entries()) near(loss, b.losses[i] as number);
      near(await a.ae.evaluate(bytes), await a.ae.evaluate(asFloats(bytes)));
      expect(a.losses.at(-1)).toBeCloseTo(await a.ae.evaluate(bytes), 5);
    }
  });

  test('a stream may yield bytes first, then numbers', async () => {
    const bytes = rowsOf(dense, WIDTH);
    const numbers = rowsOf(asFloats(dense), WIDTH);
    const gapped = rowsOf(gaps(asFloats(dense)), WIDTH);
    const of = async (rows: (Float32Array | Uint8Array)[]) => {
      const ae = new Autoencoder({ layers: [WIDTH, 3], missing: 'mask', scale, seed: 5 });
      const history = await ae.fit(() => rows, {
        epochs: 2,
        batchSize: 16,
        validationData: whites,
      });
      return { parameters: ae.parameters, losses: history.map((r) => [r.loss, r.validationLoss]) };
    };
    const expected = await of([...numbers.slice(0, 20), ...gapped.slice(20)]);
    expect(await of([...bytes.slice(0, 20), ...gapped.slice(20)])).toEqual(expected);
  });

  test('the check of the byte rows is not reused for rows of numbers', async () => {
    const { ae } = await losses(rowsOf(gaps(uniform(ROWS, WIDTH, 4)), WIDTH), whites, false);
    const fresh = Autoencoder.load(ae.save());
    const x = gaps(asFloats(dense));
    const expected = await fresh.score(x);
    await ae.score(dense);
    expect(await ae.score(x)).toEqual(expected);
    const bytes = await ae.score(dense);
    expect(bytes).toEqual(await Autoencoder.load(ae.save()).score(dense));
  });
});
