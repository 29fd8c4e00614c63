// Changes during a call: of the weights behind a threshold, and of rows and files that belong to the
// caller.

import { describe, expect, test } from 'vitest';
import { Autoencoder, type MatrixInput } from '../../src/index.js';
import { factored, fingerprint, pixels, rowsOf } from '../support/data.js';
import { trained } from '../support/models.js';

const WIDTH = 6;
const model = { layers: [WIDTH, 3], scale: 'standard', seed: 5 } as const;
const x = factored(64, WIDTH, 2, 1);
/** A model that reads some 16,000 rows at a time. */
const wide = { ...model, layers: [WIDTH, 512], threads: 1 } as const;
const MANY = 40_000;
const many = factored(MANY, WIDTH, 2, 1);

describe('a threshold during fit', () => {
  const fitted = async () => {
    const ae = new Autoencoder(model);
    await ae.fit(x, { epochs: 1 });
    return ae;
  };

  test('is refused if the weights changed while it was computed', async () => {
    const ae = new Autoencoder(wide);
    await ae.fit(x, { epochs: 1 });
    const before = await ae.fitThreshold(x);
    // Takes some 20 slices, while the fit takes a few.
    const threshold = ae.fitThreshold(new Float32Array(8 * MANY * WIDTH)).catch((e: unknown) => e);
    await ae.fit(x, { epochs: 1 });
    expect(ae.threshold).toBe(undefined);
    const answer = await threshold;
    expect(answer).toBeInstanceOf(Error);
    expect((answer as Error).message).toContain('call fitThreshold again once fit has ended');
    expect(ae.threshold).toBe(undefined);
    await expect(ae.isAnomaly(x)).rejects.toThrow('needs a threshold');
    expect(await ae.fitThreshold(x)).not.toBe(before);
    expect(ae.threshold).toBeGreaterThan(0);
  });

  test('is cleared if early stopping restores the best weights', async () => {
    const ae = new Autoencoder(model);
    const thresholds: (number | undefined)[] = [];
    await ae.fit(x, {
      epochs: 3,
      batchSize: 16,
      earlyStopping: { patience: 2, minDelta: 1e6 }, // no epoch is better than the first
      onEpochEnd: async () => {
        await ae.fitThreshold(x);
        thresholds.push(ae.threshold);
      },
    });
    expect(thresholds.length).toBe(3);
    expect(thresholds.every(Number.isFinite)).toBe(true);
    expect(ae.threshold).toBe(undefined);
    expect(Autoencoder.load(ae.save()).threshold).toBe(undefined);
  });

  test('is an error if it would be infinite, and save still works', async () => {
    const ae = await fitted();
    await expect(ae.fitThreshold(new Float32Array(WIDTH).fill(1e30))).rejects.toThrow(RangeError);
    await expect(ae.fitThreshold(new Float32Array(WIDTH).fill(1e30))).rejects.toThrow('finite');
    expect(Autoencoder.load(ae.save()).threshold).toBe(undefined);
  });

  test('is kept in a file, and cleared by another fit', async () => {
    const ae = await fitted();
    const threshold = await ae.fitThreshold(x);
    const loaded = Autoencoder.load(ae.save());
    expect(loaded.threshold).toBe(threshold);
    await loaded.fit(x, { epochs: 1 });
    expect(loaded.threshold).toBe(undefined);
  });
});

test('calls that wait while the first fit settles the scale use the model as it was when they were called', async () => {
  const open = { layers: [WIDTH, 512], seed: 5, threads: 1 } as const;
  const rows = many.map((value) => 100 * value);
  const results = async (ae: Autoencoder, beside?: () => Promise<unknown>) => {
    // More calls than run at once: the others start after fit has changed the weights and the scale.
    const calls = Array.from({ length: 6 }, () => [ae.reconstruct(rows), ae.score(rows)]).flat();
    await beside?.();
    return (await Promise.all(calls)).map((call) => ('data' in call ? call.data : call));
  };
  const expected = await results(new Autoencoder(open));
  const ae = new Autoencoder(open);
  const beside = await results(ae, () => ae.fit(rows.slice(0, 64 * WIDTH), { epochs: 1 }));
  expect(ae.options.scale).toBe('standard');
  // toEqual would take minutes for millions of numbers.
  for (const [i, result] of beside.entries()) {
    expect(result.every((value, j) => value === expected[i]?.[j])).toBe(true);
  }
});

describe('rows that change while they are read', () => {
  const nested = () => rowsOf(many, WIDTH).map((row) => Array.from(row));
  const views = () => rowsOf(many.slice(), WIDTH);
  const away: [string, () => [MatrixInput, () => void]][] = [
    [
      'an array that is shortened',
      () => {
        const rows = nested();
        return [rows, () => rows.splice(100)];
      },
    ],
    [
      'rows that are emptied',
      () => {
        const rows = nested();
        return [
          rows,
          () => {
            for (const row of rows) row.splice(0);
          },
        ];
      },
    ],
    [
      'rows that are replaced by undefined',
      () => {
        const rows = views();
        return [rows, () => rows.fill(undefined as unknown as Float32Array<ArrayBuffer>)];
      },
    ],
    [
      'rows that become bytes',
      () => {
        const rows: (Float32Array | Uint8Array)[] = views();
        return [rows, () => rows.fill(pixels(1, WIDTH, 1, 1))];
      },
    ],
    [
      'a buffer that is transferred',
      () => {
        const rows = many.slice();
        return [rows, () => structuredClone(rows.buffer, { transfer: [rows.buffer] })];
      },
    ],
    [
      'a transferred buffer with a shape',
      () => {
        const data = many.slice();
        const shape = [MANY, WIDTH];
        return [{ data, shape }, () => structuredClone(data.buffer, { transfer: [data.buffer] })];
      },
    ],
    [
      'an array with a shape that is shortened',
      () => {
        const data = Array.from(many);
        return [{ data, shape: [MANY, WIDTH] }, () => data.splice(100)];
      },
    ],
  ];

  test.each(away)('%s: every method reports an error', async (_, make) => {
    const ae = new Autoencoder(wide);
    await ae.fit(x, { epochs: 1 });
    const before = fingerprint(ae);
    for (const call of ['fit', 'encode', 'score', 'fitThreshold'] as const) {
      const [rows, take] = make();
      const answer = ae[call](rows).catch((error: unknown) => error);
      take();
      const error = await answer;
      expect(error).toBeInstanceOf(RangeError);
      expect((error as Error).message).toMatch(/^x.* was changed while it was being read/);
    }
    expect(fingerprint(ae)).toBe(before);
  });

  test('sampleWeight may be changed right after the call', async () => {
    const sampleWeight = Float32Array.from({ length: 64 }, (_, i) => 1 + (i % 3));
    const expected = await trained(model, x, { epochs: 2, sampleWeight: sampleWeight.slice() });
    const ae = new Autoencoder(model);
    const fitting = ae.fit(x, { epochs: 2, sampleWeight });
    sampleWeight.fill(Number.NaN);
    await fitting;
    expect(fingerprint(ae)).toBe(expected);
  });
});

describe('onBatchEnd', () => {
  const fails = new Error('the disk of the log is full');
  test.each([
    ['at once', () => Promise.reject(fails)],
    ['late', () => new Promise<void>((_, reject) => setTimeout(() => reject(fails), 20))],
  ])('makes fit reject if its promise is rejected %s', async (_, answer) => {
    for (const rows of [x, () => [x]]) {
      const ae = new Autoencoder(model);
      const calls: number[] = [];
      const fit = ae.fit(rows, {
        epochs: 3,
        onBatchEnd: ({ epoch }) => {
          calls.push(epoch);
          return answer() as Promise<void>;
        },
      });
      await expect(fit).rejects.toBe(fails);
      expect(calls).toEqual([1]);
    }
  });
});

describe('the bytes passed to load', () => {
  const saved = async () => {
    const ae = new Autoencoder({ ...model, missing: 'mask' });
    await ae.fit(x, { epochs: 2 });
    await ae.fitThreshold(x);
    const bytes = ae.save();
    return { bytes, expected: await ae.reconstruct(x), again: bytes.slice() };
  };
  const holes = x.map((value, i) => (i % 5 ? value : Number.NaN));

  test.each<[string, (bytes: Uint8Array<ArrayBuffer>) => void]>([
    ['transferred', ({ buffer }) => structuredClone(buffer, { transfer: [buffer] })],
    ['overwritten', (bytes) => bytes.fill(255)],
  ])('may be %s later', async (_, change) => {
    // With every alignment of the numbers in the caller's memory.
    for (const offset of [0, 1, 4]) {
      const { bytes, expected, again } = await saved();
      const placed = new Uint8Array(bytes.length + offset);
      placed.set(bytes, offset);
      const ae = Autoencoder.load(placed.subarray(offset));
      change(placed);
      expect(await ae.reconstruct(x)).toEqual(expected);
      expect(ae.reconstructSync(x)).toEqual(expected);
      expect((await ae.impute(holes)).data.every(Number.isFinite)).toBe(true);
      expect(ae.save()).toEqual(again);
    }
  });

  test("are not exposed by the model's results", async () => {
    const { bytes, expected, again } = await saved();
    const ae = Autoencoder.load(bytes);
    ae.scaler?.offset.fill(7);
    ae.scaler?.factor.fill(7);
    ae.missingFill?.fill(7);
    for (const { data } of Object.values(ae.parameters)) data.fill(7);
    (ae.options.layers as number[])[0] = 7;
    (await ae.reconstruct(x)).data.fill(7);
    ae.save().fill(7);
    expect(await ae.reconstruct(x)).toEqual(expected);
    expect(ae.save()).toEqual(again);
  });
});
