import { describe, expect, test, vi } from 'vitest';
import { quantile } from '../../../src/anomalies/anomalies.js';
import { Autoencoder, type FeatureError } from '../../../src/index.js';
import { Inference } from '../../../src/inference/inference.js';
import { asFloats, factored, generator, pixels, rowsOf, uniform } from '../../support/data.js';
import { gamma, U } from '../../support/tolerance.js';

const WIDTH = 12;

/** Rows [from, from + rows) of a table with two underlying factors per row, each column in units of its own. */
function normal(rows: number, from = 0): Float32Array<ArrayBuffer> {
  const all = factored(from + rows, WIDTH, 2, 1);
  return all.map((value, i) => 100 * (i % WIDTH) + value * 10 ** (i % 3)).slice(from * WIDTH);
}

async function fitted(options: object = {}): Promise<Autoencoder> {
  const ae = new Autoencoder({ layers: [WIDTH, 2], scale: 'standard', seed: 2, ...options });
  await ae.fit(normal(200), { epochs: 30, batchSize: 16, learningRate: 0.01 });
  return ae;
}

describe('quantile', () => {
  // The results of numpy.quantile(values, q) with its default method.
  test.each([
    [[3, 1, 2], 0.5, 2],
    [[4, 1, 3, 2], 0.5, 2.5],
    [[1, 2, 3, 4, 5], 0.9, 4.6],
    [[10, 0], 0.99, 9.9],
    [[7], 0.5, 7],
    [[1, 2], 1, 2],
    [[1, 2], 0, 1],
    [[100, 20, 3], 0.75, 60], // would be sorted differently as text
  ])('of %j at %d is %d', (values, q, expected) => {
    expect(quantile(Float32Array.from(values), q)).toBeCloseTo(expected, 12);
  });

  test('leaves the numbers in their order', () => {
    const values = Float32Array.of(3, 1, 2);
    quantile(values, 0.5);
    expect([...values]).toEqual([3, 1, 2]);
  });
});

describe('the threshold', () => {
  test.each([
    [undefined, 0.01],
    [{ contamination: 0.1 }, 0.1],
    [{ contamination: 0.5 }, 0.5],
  ])('%j: the expected share of rows is above it', async (options, share) => {
    const ae = await fitted();
    expect(ae.threshold).toBe(undefined);
    const x = normal(1000, 200);
    const threshold = await ae.fitThreshold(x, options);
    expect(ae.threshold).toBe(threshold);
    const sorted = [...(await ae.score(x))].sort((a, b) => a - b);
    const at = 999 * (1 - share);
    const [low, high] = [sorted[Math.floor(at)] as number, sorted[Math.ceil(at)] as number];
    expect(threshold).toBeCloseTo(low + (at % 1) * (high - low), 12);
    const flags = await ae.isAnomaly(x);
    expect(flags).toBeInstanceOf(Uint8Array);
    expect(flags.length).toBe(1000);
    expect([...flags]).toEqual(Array.from(await ae.score(x), (s) => (s > threshold ? 1 : 0)));
    expect(flags.reduce((sum, flag) => sum + flag, 0)).toBe(Math.round(1000 * share));
  });

  test('flags rows whose columns are each in range but do not fit together', async () => {
    const ae = await fitted();
    await ae.fitThreshold(normal(500, 200), { contamination: 0.05 });
    // Each value occurs in its column, but in another row.
    const x = normal(100, 700);
    const mixed = x.map((_, i) => x[(i + WIDTH * ((i % WIDTH) * 17)) % x.length] as number);
    const count = (flags: Uint8Array) => flags.reduce((sum, flag) => sum + flag, 0);
    expect(count(await ae.isAnomaly(x))).toBeLessThan(15);
    expect(count(await ae.isAnomaly(mixed))).toBeGreaterThan(60);
  });

  test('does not flag a score that is equal to it', async () => {
    const ae = await fitted();
    const x = normal(1, 200);
    await ae.fitThreshold(x); // of a single row: the threshold is its score
    expect([...(await ae.isAnomaly(x))]).toEqual([0]);
  });

  test('is forgotten when the weights change, and kept by a fit that fails', async () => {
    const ae = await fitted();
    const threshold = await ae.fitThreshold(normal(50, 200));
    await expect(ae.fit(normal(1).fill(Number.NaN, 4))).rejects.toThrow(RangeError);
    expect(ae.threshold).toBe(threshold);
    await ae.fit(normal(20), { epochs: 1 });
    expect(ae.threshold).toBe(undefined);
    await expect(ae.isAnomaly(normal(1))).rejects.toThrow('call fitThreshold first');
  });
});

describe('detect', () => {
  const THRESHOLD = 0.5;
  test.each([
    ['numbers', {}, normal(70, 200)],
    ['unscaled', { scale: 'none' }, uniform(70, WIDTH, 3)],
    ['bytes', { scale: 'none' }, pixels(70, WIDTH, 0.8, 1)],
    ['one row', {}, normal(1, 200)],
    [
      'missing cells',
      { missing: 'mask' },
      normal(70, 200).map((v, i) => (i % 5 && i % WIDTH ? v : Number.NaN)),
    ],
  ])('%s: agrees with score, isAnomaly and explain', async (_, options, x) => {
    const ae = await fitted(options);
    ae.setThreshold(THRESHOLD);
    const [scores, flags, why] = [await ae.score(x), await ae.isAnomaly(x), await ae.explain(x)];
    const all = await ae.detect(x);
    expect(all).toEqual(
      why.map((features, row) => ({
        row,
        score: scores[row],
        isAnomaly: flags[row] === 1,
        why: features,
      })),
    );
    expect((await ae.detect(x, { top: 1 })).map((item) => item.why)).toEqual(
      why.map((features) => features.slice(0, 1)),
    );
    expect(ae.scoreSync(x)).toEqual(scores);
  });

  // Widths that end within a vector, for which the error is computed in another way.
  test.each([1, 2, 3, 5, 7, 31])('%i columns: gives the same bits as score', async (width) => {
    const ae = new Autoencoder({ layers: [width, 2], scale: 'none', seed: 1 });
    ae.setThreshold(0);
    const x = uniform(40, width, 2).map((value) => 10 * value - 5);
    const scores = (await ae.detect(x)).map(({ score }) => score);
    expect(scores).toEqual([...(await ae.score(x))]);
  });

  test('makes a single pass over the network', async () => {
    const ae = await fitted();
    ae.setThreshold(THRESHOLD);
    const slabs = vi.spyOn(Inference.prototype, 'runSlab');
    await ae.detect(normal(70, 200));
    expect(slabs.mock.calls.length).toBe(1);
    vi.restoreAllMocks();
  });
});

test('a threshold from setThreshold is saved in files, and cleared by fit', async () => {
  const ae = await fitted();
  ae.setThreshold(0.25);
  expect(ae.threshold).toBe(0.25);
  expect(Autoencoder.load(ae.save()).threshold).toBe(0.25);
  await ae.fit(normal(20), { epochs: 1 });
  expect(ae.threshold).toBe(undefined);
});

test('reconstructionError gives the same as score', async () => {
  const ae = await fitted();
  const x = normal(70, 200);
  expect(await ae.reconstructionError(x)).toEqual(await ae.score(x));
});

describe('explain', () => {
  const sorted = (features: FeatureError[]) =>
    features.map(({ feature }) => feature).sort((a, b) => a - b);

  /** The same computed from the results of reconstruct. */
  async function twin(ae: Autoencoder, x: Float32Array): Promise<FeatureError[][]> {
    const back = await ae.reconstruct(x);
    const { factor } = ae.scaler ?? { factor: new Float32Array(WIDTH).fill(1) };
    return rowsOf(x, WIDTH).map((row, i) =>
      Array.from(row, (value, feature) => {
        const expected = back.row(i)[feature] as number;
        const error = ((expected - value) / (factor[feature] as number)) ** 2;
        return { feature, error, value, expected };
      }).filter(({ value }) => !Number.isNaN(value)),
    );
  }

  test.each(['none', 'minmax', 'standard'])(
    "scale '%s': errors by column, largest first",
    async (scale) => {
      const ae = await fitted({ scale });
      const x = uniform(40, WIDTH, 5).map((v, i) => 100 * (i % WIDTH) + 3 * v);
      const all = await ae.explain(x, { top: WIDTH });
      const expected = await twin(ae, x);
      const scores = await ae.score(x);
      expect(all.length).toBe(40);
      for (const [i, features] of all.entries()) {
        expect(sorted(features)).toEqual(Array.from({ length: WIDTH }, (_, j) => j));
        for (const [k, { feature, error, value, expected: y }] of features.entries()) {
          const other = expected[i]?.[feature] as FeatureError;
          expect(value).toBe(other.value);
          expect(Math.fround(y)).toBe(other.expected); // this one is float64, and reconstruct rounds it
          // Values of around 1000 and factors of at least 0.05, with four roundings.
          expect(Math.abs(Math.sqrt(error) - Math.sqrt(other.error))).toBeLessThan(1e5 * U);
          if (k > 0) expect(error).toBeLessThanOrEqual(features[k - 1]?.error as number);
        }
        const mean = features.reduce((sum, { error }) => sum + error, 0) / WIDTH;
        expect(Math.abs(mean - (scores[i] as number))).toBeLessThanOrEqual(gamma(WIDTH + 7) * mean);
      }
    },
  );

  test('ranks the damaged column first', async () => {
    const ae = await fitted();
    const x = normal(WIDTH, 200);
    for (let i = 0; i < WIDTH; i++) {
      (x[i * WIDTH + i] as number) += 8 * (ae.scaler?.factor[i] as number);
    }
    const all = await ae.explain(x, { top: 1 });
    expect(all.map((features) => features.map(({ feature }) => feature))).toEqual(
      Array.from({ length: WIDTH }, (_, i) => [i]),
    );
  });

  test('lists five columns by default, and never more than there are', async () => {
    const wide = new Autoencoder({ layers: [9, 2], seed: 1 });
    expect((await wide.explain(uniform(2, 9, 1))).map(({ length }) => length)).toEqual([5, 5]);
    expect((await wide.explain(uniform(1, 9, 1), { top: 99 }))[0]?.length).toBe(9);
  });

  test('keeps columns with equal errors in their order', async () => {
    const ae = new Autoencoder({ layers: [3, 1], outputActivation: 'relu', init: 'he', seed: 1 });
    // Since the network has no biases, it reconstructs zeros as zeros.
    const [features] = await ae.explain([[0, 0, 0]]);
    expect(features?.map(({ feature, error }) => [feature, error])).toEqual([
      [0, 0],
      [1, 0],
      [2, 0],
    ]);
  });

  test('scales bytes to value / 255', async () => {
    const ae = new Autoencoder({ layers: [WIDTH, 2], seed: 1 });
    const bytes = pixels(6, WIDTH, 0.8, 1);
    expect(await ae.explain(bytes)).toEqual(await ae.explain(asFloats(bytes)));
  });

  test('leaves out missing cells', async () => {
    const random = generator(2);
    const ae = await fitted({ missing: 'mask' });
    const x = normal(20, 200).map((v, i) => (i % WIDTH && random() < 0.4 ? Number.NaN : v));
    const all = await ae.explain(x, { top: WIDTH });
    const expected = await twin(ae, x);
    for (const [i, features] of all.entries()) {
      expect(sorted(features)).toEqual(expected[i]?.map(({ feature }) => feature));
    }
  });
});
