import { beforeAll, describe, expect, test } from 'vitest';
import { AnomalyDetector } from '../../../src/anomalies.js';
import { Autoencoder } from '../../../src/index.js';
import { generator } from '../../support/data.js';

const NAMES = ['a', 'b', 'sum', 'difference', 'scaled', 'flag'];

/** Rows with two underlying factors; the last column is independent. */
function ordinary(count: number, seed: number): number[][] {
  const next = generator(seed);
  const normal = () => Array.from({ length: 12 }, next).reduce((sum, value) => sum + value, -6);
  return Array.from({ length: count }, () => {
    const [a, b] = [normal(), normal()];
    const [c, d, e] = [normal() / 10, normal() / 10, normal() / 2];
    return [a, b, a + b + c, a - b + d, 100 + 10 * a + e, Number(next() < 0.3)];
  });
}

/** The FNV-1a hash of bytes. */
function hashOf(bytes: Uint8Array): string {
  const hash = bytes.reduce((sum, byte) => Math.imul(sum ^ byte, 0x01000193), 0x811c9dc5);
  return (hash >>> 0).toString(16);
}

/** The area under the ROC curve, from the ranks of the anomalous rows. */
function auroc(scores: Float32Array, odd: readonly number[]): number {
  const isOdd = new Set(odd);
  let wins = 0;
  for (const i of odd) {
    for (const [j, score] of scores.entries()) {
      if (!isOdd.has(j)) wins += Number((scores[i] as number) > score);
    }
  }
  return wins / odd.length / (scores.length - odd.length);
}

const rows = ordinary(800, 1);
const odd = [3, 50, 200, 444, 799];
for (const i of odd) {
  const row = rows[i] as number[];
  const sum = row[2] as number;
  row[2] = sum > 0 ? sum - 5 : sum + 5;
}
const unseen = ordinary(600, 2);
let detector: AnomalyDetector;

beforeAll(async () => {
  detector = new AnomalyDetector({ seed: 0, columns: { names: NAMES } });
  await detector.fit(rows);
});

describe('a detector', () => {
  test('finds rows whose columns are each in range but do not fit together', async () => {
    const scores = await detector.score(rows);
    expect(scores).toBeInstanceOf(Float32Array);
    expect(auroc(scores, odd)).toBeGreaterThan(0.95);
    const flags = await detector.isAnomaly(rows);
    const { threshold } = detector;
    expect([...flags]).toEqual(Array.from(scores, (s) => Number(s > (threshold as number))));
    for (const i of odd) expect(flags[i]).toBe(1);
  });

  test('scores a row the same alone and among others', async () => {
    const scores = await detector.score(unseen);
    for (const i of [0, 1, 2, 3, 5, 599]) {
      expect(await detector.score([unseen[i] as number[]])).toEqual(scores.slice(i, i + 1));
    }
    const flat = Float64Array.from(unseen.flat());
    expect(await detector.score(flat)).toEqual(scores);
  });

  test('a table of 200 rows: about one in twenty unseen rows has a probability above 0.95', async () => {
    const shares: number[] = [];
    for (let seed = 0; seed < 8; seed++) {
      const small = new AnomalyDetector({ seed, members: 1 });
      await small.fit(ordinary(200, 100 + seed));
      const chances = await small.probability(unseen);
      shares.push(chances.filter((chance) => chance > 0.95).length / chances.length);
    }
    // Standard deviations of the share: 1.5 % from the 200 training rows, or 3.4 % if 40 of them set the
    // scale, and 0.9 % from the rows that are scored.
    const mean = shares.reduce((sum, share) => sum + share, 0) / 8;
    const spread = Math.sqrt(shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / 7);
    expect(mean).toBeGreaterThan(0.03);
    expect(mean).toBeLessThan(0.07);
    expect(spread).toBeLessThan(0.026);
  });

  test('gives one in twenty unseen rows a probability above 0.95', async () => {
    const chances = await detector.probability(unseen);
    const above = chances.filter((chance) => chance > 0.95).length / chances.length;
    expect(above).toBeGreaterThan(0.02);
    expect(above).toBeLessThan(0.08);
    expect(chances.every((chance) => chance >= 0 && chance <= 1)).toBe(true);
    const scores = await detector.score(unseen);
    const order = [...scores.keys()].sort((a, b) => (scores[a] as number) - (scores[b] as number));
    for (const [at, i] of order.entries()) {
      if (at === 0) continue;
      expect(chances[i]).toBeGreaterThanOrEqual(chances[order[at - 1] as number] as number);
    }
  });

  test('explains a row by shares that add up to 1, with the expected values', async () => {
    const row = rows[odd[0] as number] as number[];
    const [all] = await detector.explain([row], { top: 6 });
    expect(all?.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
    expect(all?.map(({ column }) => column).sort()).toEqual([...NAMES].sort());
    const [worst, ...others] = all ?? [];
    expect(worst?.column).toBe('sum');
    expect(worst?.value).toBe(row[2]);
    const truth = (row[0] as number) + (row[1] as number);
    const gap = Math.abs((row[2] as number) - truth);
    expect(Math.abs((worst?.expected as number) - truth)).toBeLessThan(gap / 2);
    for (const [i, { share }] of others.entries()) {
      expect(share).toBeLessThanOrEqual((i === 0 ? worst : others[i - 1])?.share as number);
    }
    expect((await detector.explain(unseen.slice(0, 3), { top: 2 })).map((e) => e.length)).toEqual([
      2, 2, 2,
    ]);
  });

  test('a saved file has everything', async () => {
    const bytes = detector.save();
    const loaded = AnomalyDetector.load(bytes);
    expect(await loaded.score(unseen)).toEqual(await detector.score(unseen));
    expect(await loaded.probability(unseen)).toEqual(await detector.probability(unseen));
    expect(await loaded.explain(unseen.slice(0, 2))).toEqual(
      await detector.explain(unseen.slice(0, 2)),
    );
    expect(loaded.thresholdChoice).toEqual(detector.thresholdChoice);
    expect(loaded.columns).toEqual({ names: NAMES });
    expect(loaded.save()).toEqual(bytes);
  });

  test('has the same bits for any number of threads, in Node and in pages', async () => {
    const small = ordinary(120, 3);
    const hashes = [];
    for (const threads of [1, 2, 5]) {
      const one = new AnomalyDetector({ seed: 5, threads, members: 2 });
      await one.fit(small, { epochs: 4 });
      hashes.push(hashOf(one.save()));
    }
    expect(hashes).toEqual(Array(3).fill(hashes[0]));
    expect(hashes[0]).toBe('57e5421b');
  });

  test('trains its members at the same time, and reports the progress of each', async () => {
    const seen = new Map<number, number>();
    let running = 0;
    let most = 0;
    const one = new AnomalyDetector({ seed: 0, members: 4 });
    await one.fit(rows, {
      epochs: 3,
      onEpochEnd: async ({ member, members, epoch, epochs }) => {
        expect([members, epochs]).toEqual([4, 3]);
        expect(epoch).toBe((seen.get(member) ?? 0) + 1);
        seen.set(member, epoch);
        most = Math.max(most, ++running);
        // Waits until each member has finished its first epoch. If they trained one after the other, this
        // would never happen.
        while (seen.size < 4) await new Promise((resolve) => setTimeout(resolve));
        running--;
      },
    });
    expect([...seen.values()]).toEqual([3, 3, 3, 3]);
    expect(most).toBe(4);
  });

  test('an aborted fit leaves it as it was', async () => {
    const before = detector.save();
    const ending = new AbortController();
    const reason = new Error('enough');
    const fit = detector.fit(unseen, {
      signal: ending.signal,
      onEpochEnd: () => ending.abort(reason),
    });
    await expect(detector.fit(unseen)).rejects.toThrow('fit is already running');
    await expect(fit).rejects.toBe(reason);
    expect(detector.save()).toEqual(before);
    await expect(detector.fit(unseen, { signal: ending.signal })).rejects.toBe(reason);
  });
});

describe('the threshold', () => {
  test.each([
    ['quantile', { contamination: 0.1 }, 0.1],
    ['quantile', {}, 0.05],
    ['mad', {}, undefined],
    ['iqr', {}, undefined],
    ['gamma', { contamination: 0.02 }, undefined],
    ['tail', { contamination: 0.02 }, undefined],
  ] as const)('by %s %j', async (method, options, share) => {
    const loaded = AnomalyDetector.load(detector.save());
    const found = await loaded.fitThreshold(unseen, { method, ...options });
    expect(loaded.threshold).toBe(found.threshold);
    expect(found.method).toBe(method);
    const flags = await loaded.isAnomaly(unseen);
    expect(flags.reduce((sum, flag) => sum + flag, 0) / flags.length).toBeCloseTo(found.share, 12);
    if (share === undefined) expect(found.share).toBeLessThan(0.1);
    else expect(found.share).toBeCloseTo(share, 2);
  });

  test("'auto' says what was chosen, and why", async () => {
    const loaded = AnomalyDetector.load(detector.save());
    const plain = await loaded.fitThreshold(unseen);
    expect(plain).toMatchObject({ method: 'quantile', share: 0.05 });
    expect(plain.why).toContain('5 % of the rows');
    // A third of the rows is far from all others.
    const far = unseen.map((row, i) => (i % 3 ? row : row.map((value) => 50 + 9 * value)));
    const groups = await loaded.fitThreshold(far);
    expect(groups.method).toBe('groups');
    expect(groups.share).toBeCloseTo(1 / 3, 2);
    expect(groups.why).toContain('two groups');
    const few = unseen.map((row, i) => (i % 150 ? row : row.map((value) => 1e6 * value)));
    expect((await loaded.fitThreshold(few)).method).toBe('mad');
    loaded.setThreshold(1.5);
    expect(loaded.thresholdChoice).toMatchObject({ threshold: 1.5, method: 'given' });
    expect(AnomalyDetector.load(loaded.save()).threshold).toBe(1.5);
  });
});

describe('missing cells', () => {
  test('count as ordinary cells, and no score is NaN', async () => {
    const gappy = rows.map((row, i) => row.map((v, j) => ((i + j) % 9 ? v : Number.NaN)));
    const one = new AnomalyDetector({ seed: 0, missing: 'mask' });
    await one.fit(gappy);
    const scores = await one.score(gappy);
    expect(scores.every(Number.isFinite)).toBe(true);
    const empty = await one.score([Array(6).fill(null)]);
    expect(Math.abs(empty[0] as number)).toBeLessThan(2);
    const [blamed] = await one.explain([[0, 0, null, 0, 100, 1]], { top: 6 });
    expect(blamed?.map(({ column }) => column)).not.toContain(2);
    expect(blamed?.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
    await expect(detector.score(gappy)).rejects.toThrow(/row 0, column 0 \('a'\)|is NaN/);
  });
});

describe('tables at the limits', () => {
  const line = Array.from({ length: 90 }, (_, i) => [i]);
  const wide = Array.from({ length: 12 }, (_, i) =>
    Array.from({ length: 40 }, (_, j) => Math.sin(i * 40 + j * j)),
  );
  test.each([
    [
      'two rows',
      [
        [1, 2],
        [3, 4],
      ],
      [9, 9],
    ],
    ['one column', line, [1e6]],
    ['a constant column', ordinary(90, 4).map((row) => [7, ...row]), [8, 0, 0, 0, 0, 100, 0]],
    ['one row again and again', Array(50).fill([1, 2, 3]), [1, 2, 4]],
    ['few rows besides', [...Array(60).fill([1, 2]), ...Array(3).fill([8, 9])], [8, 8]],
    ['more columns than rows', wide, Array(40).fill(30)],
    ['huge numbers', ordinary(90, 5).map((r) => r.map((v) => v * 1e36)), Array(6).fill(3e38)],
    ['tiny numbers', ordinary(90, 6).map((r) => r.map((v) => v * 1e-38)), Array(6).fill(1)],
  ] as [string, number[][], number[]][])('%s', async (_, table, odd) => {
    const one = new AnomalyDetector({ seed: 0 });
    const { threshold, why } = await one.fit(table);
    expect(Number.isFinite(threshold)).toBe(true);
    expect(why).not.toBe('');
    const scores = await one.score([...table, odd]);
    expect(scores.every(Number.isFinite)).toBe(true);
    // A row unlike all others scores higher than half of the known rows.
    const last = scores.at(-1) as number;
    const below = scores.filter((score) => score < last).length;
    expect(below).toBeGreaterThanOrEqual(table.length / 2);
    const chances = await one.probability([...table, odd]);
    expect(chances.every((chance) => chance >= 0 && chance <= 1)).toBe(true);
    const [blamed] = await one.explain([odd], { top: 100 });
    expect(blamed?.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
    expect(AnomalyDetector.load(one.save()).save()).toEqual(one.save());
  });
});

describe('bad input', () => {
  const make = (options: object) => () => new AnomalyDetector(options);

  test('in the constructor', () => {
    expect(make({ members: 0 })).toThrow('members must be an integer from 1 to 64, got 0');
    expect(make({ members: '3' })).toThrow(TypeError);
    expect(make({ scale: 'minmax' })).toThrow("AnomalyDetector options has no 'scale'");
    expect(make({ member: 3 })).toThrow("did you mean 'members'");
    expect(make({ code: 0 })).toThrow('code must be a positive integer');
    expect(make({ layers: [3] })).toThrow('layers must have at least 2 widths');
  });

  test('in methods called before fit', async () => {
    const one = new AnomalyDetector({ seed: 0 });
    expect(one.threshold).toBe(undefined);
    expect(one.thresholdChoice).toBe(undefined);
    for (const method of [
      'score',
      'probability',
      'isAnomaly',
      'explain',
      'fitThreshold',
      'drift',
    ]) {
      const call = (one as never)[method] as (x: unknown) => Promise<unknown>;
      await expect(call.call(one, rows)).rejects.toThrow(`${method} needs a fitted detector`);
    }
    expect(() => one.save()).toThrow('save needs a fitted detector');
    expect(() => one.setThreshold(1)).toThrow('setThreshold needs a fitted detector');
  });

  test('in fit', async () => {
    const one = new AnomalyDetector({ seed: 0 });
    const failing = async (x: unknown, message: string | RegExp, options?: object) =>
      expect(one.fit(x as never, options)).rejects.toThrow(message);
    await failing([[1, 2]], 'x must have at least 2 rows with a value, got 1');
    await failing([], 'x must have at least one row');
    await failing([[1, 2], [3]], 'x[1] must have the input width 2, got 1 values');
    await failing(Float32Array.of(1, 2), 'x must say how wide its rows are');
    await failing(
      [
        [1, Number.NaN],
        [2, 3],
      ],
      'row 0, column 1 is NaN',
    );
    await failing(
      [
        [1, 2],
        [2, Number.POSITIVE_INFINITY],
      ],
      'row 1, column 1 is Infinity',
    );
    await failing(
      [
        [1, 1e39],
        [2, 3],
      ],
      'beyond the largest float32',
    );
    await failing(rows, "fit options has no 'validationSplit'", { validationSplit: 0.1 });
    await failing(rows, 'epochs must be an integer', { epochs: 0 });
    await failing(rows, 'batchSize must be', { batchSize: 'many' });
    const gaps = new AnomalyDetector({ missing: 'mask' });
    await expect(
      gaps.fit([
        [null, null],
        [1, 2],
      ]),
    ).rejects.toThrow('at least 2 rows with a value');
    expect(one.threshold).toBe(undefined);
  });

  test('in methods called after fit', async () => {
    await expect(detector.score([[1, 2]])).rejects.toThrow('must have the input width 6');
    await expect(detector.explain(rows, { top: 0 })).rejects.toThrow('top must be an integer');
    await expect(detector.fitThreshold(rows, { method: 'best' as never })).rejects.toThrow(
      "method must be one of 'auto'",
    );
    await expect(detector.fitThreshold(rows, { contamination: 0.1 })).rejects.toThrow(
      "contamination is for the methods 'quantile', 'gamma' and 'tail', got it with 'auto'",
    );
    await expect(
      detector.fitThreshold(rows, { method: 'quantile', contamination: 0.6 }),
    ).rejects.toThrow('at most 0.5');
    expect(() => detector.setThreshold(Number.NaN)).toThrow('a finite number');
    const one = AnomalyDetector.load(detector.save());
    one.dispose();
    await expect(one.score(rows)).rejects.toThrow('after dispose()');
  });

  test('in files', async () => {
    const bytes = detector.save();
    const load = (file: Uint8Array) => () => AnomalyDetector.load(file);
    expect(load(bytes.slice(0, 100))).toThrow(RangeError);
    expect(load(bytes.slice(0, bytes.length - 8))).toThrow(RangeError);
    const ae = new Autoencoder({ layers: [3, 2], seed: 0 });
    expect(load(ae.save())).toThrow('it has a model, for Autoencoder.load');
    expect(() => Autoencoder.load(bytes)).toThrow('a detector: use AnomalyDetector.load');
    // Replaces a number in the middle of the tensors by NaN.
    const header = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true));
    const damaged = bytes.slice();
    damaged.fill(0xff, header, header + 8);
    expect(load(damaged)).toThrow("'columns.median' has NaN");
  });
});
