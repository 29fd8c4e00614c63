// Rows with missing cells: the network's input, the errors, and the imputed values.

import { describe, expect, test } from 'vitest';
import { Autoencoder, type AutoencoderOptions, type Matrix } from '../../../src/index.js';
import {
  asFloats,
  factored,
  generator,
  hash,
  pixels,
  rowsOf,
  uniform,
} from '../../support/data.js';
import { SHARED_MEMORY } from '../../support/threads.js';
import { gamma, U } from '../../support/tolerance.js';

const WIDTH = 6;
const SCALES = ['none', 'minmax', 'standard'] as const;

/** Replaces a share of the numbers by NaN, but keeps at least one in each row. */
function without(x: Float32Array, share: number, width = WIDTH): Float32Array<ArrayBuffer> {
  const random = generator(11);
  return Float32Array.from(x, (value, i) =>
    random() < share && i % width !== Math.floor(i / width) % width ? Number.NaN : value,
  );
}

const table = (rows: number) => factored(rows, WIDTH, 2, 1).map((v, i) => 10 ** (i % 3) * v - 1);

/** A model trained on these rows without missing cells. */
async function fitted(options: Partial<AutoencoderOptions> = {}, rows = 80): Promise<Autoencoder> {
  const ae = new Autoencoder({ layers: [WIDTH, 3], missing: 'mask', seed: 5, ...options });
  await ae.fit(table(rows), { epochs: 60, batchSize: 16, learningRate: 0.01 });
  return ae;
}

/** The rows with each missing cell replaced by the mean of its column in `seen`, the training rows. */
function filled(x: Float32Array, seen: Float32Array): Float32Array {
  const means = Array.from({ length: WIDTH }, (_, j) => {
    const column = seen.filter((value, i) => i % WIDTH === j && !Number.isNaN(value));
    return column.reduce((sum, value) => sum + value, 0) / column.length;
  });
  return x.map((value, i) => (Number.isNaN(value) ? (means[i % WIDTH] as number) : value));
}

describe.each(SCALES)("scale '%s'", (scale) => {
  test("the network receives the column's mean for a missing cell", async () => {
    const ae = await fitted({ scale });
    const x = without(table(130), 0.3);
    const whole = filled(x, table(80));
    // The mean is rounded to float32 after scaling here, and before it in the library. The difference is a
    // few units in the last place of numbers up to 100, in columns with factors of at least 0.1, through
    // weights of about 1.
    const near = (a: Matrix, b: Matrix) => {
      expect(a.shape).toEqual(b.shape);
      for (const [i, value] of a.data.entries()) {
        expect(Math.abs(value - (b.data[i] as number))).toBeLessThan(1e5 * U);
      }
    };
    near(await ae.encode(x), await ae.encode(whole));
    near(await ae.reconstruct(x), await ae.reconstruct(whole));
    expect(ae.encodeSync(x)).toEqual(await ae.encode(x));
    expect(ae.reconstructSync(x)).toEqual(await ae.reconstruct(x));
    expect(await ae.encode(rowsOf(x, WIDTH))).toEqual(await ae.encode(x));
    expect(await ae.encode(x)).not.toEqual(
      await ae.encode(x.map((v) => (Number.isNaN(v) ? 0 : v))),
    );
  });

  test('the mean excludes held-out rows and missing cells', async () => {
    const seen = without(table(80), 0.3);
    const ae = new Autoencoder({ layers: [WIDTH, 3], missing: 'mask', scale, seed: 5 });
    expect(ae.missingFill).toBe(undefined);
    await ae.fit(seen, { epochs: 1, validationData: table(20) });
    const { offset, factor } = ae.scaler ?? { offset: null, factor: null };
    const means = filled(new Float32Array(WIDTH).fill(Number.NaN), seen);
    for (const [j, value] of (ae.missingFill as Float32Array).entries()) {
      const mean = means[j] as number;
      const scaled =
        offset && factor ? (mean - (offset[j] as number)) / (factor[j] as number) : mean;
      // With 'standard', the offset is the mean, rounded.
      expect(Math.abs(value - scaled)).toBeLessThanOrEqual(1e3 * U);
    }
    const [a, b] = [seen.slice(), seen.slice()];
    const split = async (x: Float32Array) => {
      const ae = new Autoencoder({ layers: [WIDTH, 3], missing: 'mask', scale, seed: 5 });
      await ae.fit(x, { epochs: 1, validationSplit: 0.5 });
      return ae.missingFill;
    };
    const fills = await split(a);
    let held = 0;
    for (let i = 0; i < 80; i++) {
      b.set(a);
      for (let j = 0; j < WIDTH; j++) (b[i * WIDTH + j] as number) += 50;
      if (JSON.stringify(await split(b)) === JSON.stringify(fills)) held++;
    }
    // With 'standard', all fill values are 0.
    expect(held).toBe(scale === 'standard' ? 80 : 40);
  });

  test('before fit, the network receives 0', async () => {
    if (scale !== 'none') return;
    const ae = new Autoencoder({ layers: [WIDTH, 3], missing: 'mask', seed: 5 });
    const x = without(table(9), 0.3);
    expect(await ae.encode(x)).toEqual(await ae.encode(x.map((v) => (Number.isNaN(v) ? 0 : v))));
  });

  test('errors are computed over the observed cells, in scaled units', async () => {
    const ae = await fitted({ scale });
    const x = without(table(130), 0.3);
    const back = await ae.reconstruct(x);
    const { factor } = ae.scaler ?? { factor: new Float32Array(WIDTH).fill(1) };
    const scores = await ae.score(x);
    expect(scores.length).toBe(130);
    let [total, cells] = [0, 0];
    for (const [i, row] of rowsOf(x, WIDTH).entries()) {
      let [sum, observed, slack] = [0, 0, 0];
      for (const [j, value] of row.entries()) {
        if (Number.isNaN(value)) continue;
        const y = back.row(i)[j] as number;
        const error = (y - value) / (factor[j] as number);
        // Scaling in both directions rounds each number once per direction.
        const off = gamma(4) * ((Math.abs(y) + Math.abs(value) + 100) / (factor[j] as number));
        sum += error ** 2;
        slack += 2 * Math.abs(error) * off + off ** 2;
        observed++;
      }
      const expected = sum / observed;
      const allowed = slack / observed + gamma(2) * expected;
      expect(Math.abs((scores[i] as number) - expected)).toBeLessThanOrEqual(allowed);
      total += (scores[i] as number) * observed;
      cells += observed;
    }
    // Every cell counts the same, whatever the number of cells in its row.
    expect(await ae.evaluate(x)).toBe(total / cells);
    expect(total / cells).not.toBeCloseTo(scores.reduce((sum, s) => sum + s, 0) / 130, 8);
  });

  test('impute keeps observed values exactly, and fills missing ones from the reconstruction', async () => {
    const ae = await fitted({ scale });
    const x = without(table(130), 0.3);
    const complete = await ae.impute(x);
    const back = await ae.reconstruct(x);
    expect(complete.shape).toEqual([130, WIDTH]);
    expect(complete.data).toEqual(
      x.map((v, i) => (Number.isNaN(v) ? (back.data[i] as number) : v)),
    );
    expect(await ae.impute(rowsOf(x, WIDTH))).toEqual(complete);
    expect((await ae.impute(table(20))).data).toEqual(table(20));
  });

  test('complete rows have the same errors as without the option', async () => {
    const masked = await fitted({ scale });
    const plain = await fitted({ scale, missing: 'error' });
    const x = table(30);
    expect(await masked.encode(x)).toEqual(await plain.encode(x));
    const [a, b] = [await masked.score(x), await plain.score(x)];
    for (const [i, score] of a.entries()) {
      // One is a float64 sum that is rounded once, the other a float32 sum in order.
      expect(Math.abs(score - (b[i] as number))).toBeLessThanOrEqual(gamma(WIDTH + 7) * score);
    }
  });
});

test('imputed values are closer to the truth than the column means', async () => {
  const ae = await fitted({ scale: 'standard' });
  const truth = table(200);
  const x = without(truth, 0.2);
  const mean = ae.scaler?.offset as Float64Array;
  const factor = ae.scaler?.factor as Float32Array;
  const guess = await ae.impute(x);
  let [ours, means] = [0, 0];
  for (const [i, value] of truth.entries()) {
    if (!Number.isNaN(x[i])) continue;
    const j = i % WIDTH;
    ours += (((guess.data[i] as number) - value) / (factor[j] as number)) ** 2;
    means += (((mean[j] as number) - value) / (factor[j] as number)) ** 2;
  }
  expect(ours).toBeLessThan(means / 2);
});

test('bytes have no missing cells', async () => {
  const bytes = pixels(40, WIDTH, 0.6, 1);
  const ae = new Autoencoder({ layers: [WIDTH, 3], missing: 'mask', seed: 5 });
  expect(await ae.encode(bytes)).toEqual(await ae.encode(asFloats(bytes)));
  expect(await ae.impute(bytes)).toEqual(await ae.impute(asFloats(bytes)));
  expect((await ae.impute(bytes)).data).toEqual(asFloats(bytes));
});

test.runIf(SHARED_MEMORY)('worker threads give the same results', async () => {
  const [width, rows] = [300, 6000];
  const x = without(uniform(rows, width, 8), 0.1, width);
  const make = (threads: number) =>
    new Autoencoder({ layers: [width, 40], missing: 'mask', seed: 6, threads });
  const [one, two] = [make(1), make(2)];
  expect(hash(await two.score(x))).toBe(hash(await one.score(x)));
  expect(hash((await two.encode(x)).data)).toBe(hash(one.encodeSync(x).data));
});

test.each(['none', 'auto', 'minmax', 'standard'] as const)(
  'a column without any value is an error that names it: scale %s',
  async (scale) => {
    const x = factored(20, 4, 2, 1).map((value, i) => (i % 4 === 2 ? Number.NaN : value));
    const ae = new Autoencoder({ layers: [4, 2], scale, missing: 'mask', seed: 3 });
    await expect(ae.fit(x)).rejects.toThrow(
      'x must have a value in every column; column 2 is NaN in every row to train on: leave it out',
    );
    expect(ae.missingFill).toBe(undefined);
    expect(ae.options.scale).toBe(scale);
  },
);
