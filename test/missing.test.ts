// Rows with missing cells: what the network sees of them, which errors they have, and how they are
// filled.

import { describe, expect, test } from 'vitest';
import { Autoencoder, type AutoencoderOptions } from '../src/index.js';
import { asFloats, factored, generator, pixels, rowsOf, uniform } from './data.js';
import { SHARED_MEMORY } from './threads.js';
import { gamma } from './tolerance.js';

const WIDTH = 6;
const SCALES = ['none', 'minmax', 'standard'] as const;

/** The numbers without a share of them, and never a row without all. */
function without(x: Float32Array, share: number, width = WIDTH): Float32Array<ArrayBuffer> {
  const random = generator(11);
  return Float32Array.from(x, (value, i) =>
    random() < share && i % width !== Math.floor(i / width) % width ? Number.NaN : value,
  );
}

const table = (rows: number) => factored(rows, WIDTH, 2, 1).map((v, i) => 10 ** (i % 3) * v - 1);

/** A model that has learned these rows, complete. */
async function fitted(options: Partial<AutoencoderOptions> = {}, rows = 80): Promise<Autoencoder> {
  const ae = new Autoencoder({ layers: [WIDTH, 3], missing: 'mask', seed: 5, ...options });
  await ae.fit(table(rows), { epochs: 60, batchSize: 16, learningRate: 0.01 });
  return ae;
}

/** What the network is shown: the offset, scaled 0, for a missing cell. */
function filled(ae: Autoencoder, x: Float32Array): Float32Array {
  const offset = ae.scaler?.offset;
  return x.map((value, i) => (Number.isNaN(value) ? (offset?.[i % WIDTH] ?? 0) : value));
}

describe.each(SCALES)("scale '%s'", (scale) => {
  test('a missing cell counts as a scaled 0', async () => {
    const ae = await fitted({ scale });
    const x = without(table(130), 0.3);
    const whole = filled(ae, x);
    expect(await ae.encode(x)).toEqual(await ae.encode(whole));
    expect(await ae.reconstruct(x)).toEqual(await ae.reconstruct(whole));
    expect(ae.encodeSync(x)).toEqual(await ae.encode(whole));
    expect(ae.reconstructSync(x)).toEqual(await ae.reconstruct(whole));
    expect(await ae.encode([...rowsOf(x, WIDTH)])).toEqual(await ae.encode(whole));
  });

  test('errors are of the observed cells, in scaled units', async () => {
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
        // Scaling there and back rounds both numbers, by a place each way.
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
    // Every cell counts alike, however many its row has.
    expect(await ae.evaluate(x)).toBe(total / cells);
    expect(total / cells).not.toBeCloseTo(scores.reduce((sum, s) => sum + s, 0) / 130, 8);
  });

  test('impute keeps what is there, exactly, and fills the rest from the reconstruction', async () => {
    const ae = await fitted({ scale });
    const x = without(table(130), 0.3);
    const once = await ae.impute(x, { rounds: 1 });
    const back = await ae.reconstruct(x);
    expect(once.shape).toEqual([130, WIDTH]);
    expect(once.data).toEqual(x.map((v, i) => (Number.isNaN(v) ? (back.data[i] as number) : v)));

    // A second round sees what the first has filled in.
    const twice = await ae.impute(x, { rounds: 2 });
    const again = await ae.reconstruct(once);
    expect(twice.data).not.toEqual(once.data);
    for (const [i, value] of twice.data.entries()) {
      if (!Number.isNaN(x[i])) expect(value).toBe(x[i]);
      // By way of the columns' own units and back, the input of the second round is rounded.
      else expect(value).toBeCloseTo(again.data[i] as number, 3);
    }
    expect(await ae.impute(table(20))).toEqual(await ae.impute(rowsOf(table(20), WIDTH)));
    expect((await ae.impute(table(20))).data).toEqual(table(20));
  });

  test('complete rows have the errors that they have without the option', async () => {
    const masked = await fitted({ scale });
    const plain = await fitted({ scale, missing: 'error' });
    const x = table(30);
    expect(await masked.encode(x)).toEqual(await plain.encode(x));
    const [a, b] = [await masked.score(x), await plain.score(x)];
    for (const [i, score] of a.entries()) {
      // Float64 sums rounded once, and float32 sums in order.
      expect(Math.abs(score - (b[i] as number))).toBeLessThanOrEqual(gamma(WIDTH + 7) * score);
    }
  });
});

test('filling in comes nearer to the truth than the mean does', async () => {
  const ae = await fitted({ scale: 'standard' });
  const truth = table(200);
  const x = without(truth, 0.2);
  const mean = ae.scaler?.offset as Float32Array;
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

test.runIf(SHARED_MEMORY)('workers see the same', async () => {
  const [width, rows] = [300, 6000];
  const x = without(uniform(rows, width, 8), 0.1, width);
  const make = (threads: number) =>
    new Autoencoder({ layers: [width, 40], missing: 'mask', seed: 6, threads });
  const [one, two] = [make(1), make(2)];
  expect(await two.score(x)).toEqual(await one.score(x));
  expect((await two.encode(x)).data).toEqual(one.encodeSync(x).data);
});
