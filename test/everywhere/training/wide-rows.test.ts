// Rows so wide that steps of the usual size would be too large for the first layer.

import { describe, expect, test } from 'vitest';
import { Random } from '../../../src/base/random.js';
import type { RowSource } from '../../../src/data/matrix.js';
import { Autoencoder } from '../../../src/index.js';
import { firstRate } from '../../../src/training/wide-rows.js';
import { fingerprint } from '../../support/data.js';

/** Rows with an underlying rank of `rank`, plus a little noise. */
function lowRank(rows: number, width: number, rank: number): Float32Array {
  const random = new Random(3, 1);
  const codes = Float32Array.from({ length: rows * rank }, () => random.signed());
  const directions = Float32Array.from({ length: rank * width }, () => random.signed());
  const x = new Float32Array(rows * width);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < width; j++) {
      let sum = 0.01 * random.signed();
      for (let k = 0; k < rank; k++) {
        sum += (codes[i * rank + k] as number) * (directions[k * width + j] as number);
      }
      x[i * width + j] = 5 * sum;
    }
  }
  return x;
}

function source(width: number, value: (j: number) => number, missing?: Float32Array): RowSource {
  const row = Float32Array.from({ length: width }, (_, j) => value(j));
  const copy: RowSource['copy'] = (from, to, target) => {
    for (let i = from; i < to; i++) target.set(row, (i - from) * width);
  };
  return { name: 'x', rows: 10, width, bytes: false, copy, ...(missing && { missing }) };
}

describe('firstRate', () => {
  const all = Uint32Array.from({ length: 10 }, (_, i) => i);
  test('is 1 for rows of at most 1,024 values, whatever their size', async () => {
    expect(
      await firstRate(
        source(1024, () => 1e6),
        all,
      ),
    ).toBe(1);
  });
  test('is 1 for wide rows with few non-zero values', async () => {
    expect(
      await firstRate(
        source(20_000, (j) => Number(j % 50 === 0)),
        all,
      ),
    ).toBe(1);
    expect(
      await firstRate(
        source(20_000, () => 0),
        all,
      ),
    ).toBe(1);
  });
  test('decreases with the sum of the absolute values of a row', async () => {
    expect(
      await firstRate(
        source(2000, (j) => (j % 2 ? 1 : -1)),
        all,
      ),
    ).toBe(0.4);
    expect(
      await firstRate(
        source(20_000, () => 2),
        all,
      ),
    ).toBe(0.02);
  });
  test('uses the fill values of missing cells', async () => {
    const fill = new Float32Array(2000).fill(4);
    expect(
      await firstRate(
        source(2000, (j) => (j % 2 ? 0 : NaN), fill),
        all,
      ),
    ).toBe(0.2);
  });
});

const [ROWS, WIDTH, RANK] = [30, 4000, 3];
const x = { data: lowRank(ROWS, WIDTH, RANK), shape: [ROWS, WIDTH] } as const;

async function explained(fit: object, model: object = {}): Promise<number> {
  const ae = new Autoencoder({ code: 32, seed: 0, ...model });
  return (await ae.fit(x, { epochs: 100, ...fit })).at(-1)?.explained as number;
}

test('a table of 4,000 columns is learned with the defaults', async () => {
  expect(await explained({})).toBeGreaterThan(0.8);
  expect(await explained({ learningRate: 0.002 })).toBeLessThan(0.8);
});

test('clipNorm, which keeps the gradients, takes the same steps', async () => {
  const clipped = await explained({ epochs: 10, clipNorm: 1e30 });
  expect(clipped).toBe(await explained({ epochs: 10 }));
});

test('a wide table is also learned with tied weights', async () => {
  expect(await explained({}, { tied: true })).toBeGreaterThan(0.8);
});

test('a given learning rate, and the default of sgd, apply to all layers', async () => {
  const bits = async (options: object) => {
    const ae = new Autoencoder({ code: 4, seed: 0, scale: 'standard' });
    await ae.fit(x, { epochs: 2, ...options });
    return fingerprint(ae);
  };
  expect(await bits({})).not.toBe(await bits({ learningRate: 0.002 }));
  expect(await bits({ optimizer: 'sgd' })).toBe(
    await bits({ optimizer: 'sgd', learningRate: 0.1 }),
  );
});
