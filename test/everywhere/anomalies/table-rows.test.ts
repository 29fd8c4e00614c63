// AnomalyDetector on tables with words, dates and missing cells next to numbers.

import { beforeAll, describe, expect, test, vi } from 'vitest';
import { chiSquared, upperTail } from '../../../src/anomalies/drift.js';
import { AnomalyDetector } from '../../../src/anomalies.js';
import { generator } from '../../support/data.js';

const CITIES = ['Rome', 'Oslo', 'Lima'];

/** Rows in which the word determines roughly how large the numbers are. */
function people(count: number, seed: number) {
  const next = generator(seed);
  return Array.from({ length: count }, (_, i) => {
    const city = Math.floor(next() * 3);
    return {
      id: 5000 + i,
      city: CITIES[city] as string,
      heat: 10 * city + next() + next(),
      rain: (3 - city) * 100 + 20 * next(),
      member: next() < 0.4,
      since: new Date(Date.UTC(2020, 0, 1 + Math.floor(next() * 900))),
    };
  });
}

const rows = people(600, 1);
(rows[77] as { city: string }).city = rows[77]?.city === 'Rome' ? 'Lima' : 'Rome';
const unseen = people(300, 2);
let detector: AnomalyDetector;
let warnings: unknown[][];

beforeAll(async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  detector = new AnomalyDetector({ seed: 0 });
  await detector.fit(rows);
  warnings = warn.mock.calls;
  warn.mockRestore();
});

describe('a detector of a table', () => {
  test('infers the columns, and names those it leaves out', () => {
    expect(detector.tableColumns).toMatchObject([
      { name: 'id', type: 'ignore', why: 'every value is different' },
      { name: 'city', type: 'category', values: ['Lima', 'Oslo', 'Rome'] },
      { name: 'heat', type: 'number' },
      { name: 'rain', type: 'number' },
      { name: 'member', type: 'boolean' },
      { name: 'since', type: 'date' },
    ]);
    expect(String(warnings[0])).toContain("left out a column of the table ('id: every value");
  });

  test('finds a word that does not fit the numbers, and says what it expected', async () => {
    const scores = await detector.score(rows);
    expect(scores.indexOf(Math.max(...scores))).toBe(77);
    expect((await detector.isAnomaly(rows))[77]).toBe(1);
    expect((await detector.probability(rows))[77]).toBeGreaterThan(0.99);
    const [all] = await detector.explain(rows.slice(77, 78), { top: 9 });
    expect(all?.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
    expect(all?.map(({ column }) => column).sort()).toEqual([
      ...['city', 'heat', 'member', 'rain', 'since'],
    ]);
    const heat = rows[77]?.heat as number;
    const city = all?.find(({ column }) => column === 'city');
    expect(city?.value).toBe(rows[77]?.city);
    expect(city?.expected).toBe(CITIES[Math.round((heat - 1) / 10)]);
    expect(all?.find(({ column }) => column === 'since')?.expected).toBeInstanceOf(Date);
    expect(typeof all?.find(({ column }) => column === 'member')?.expected).toBe('boolean');
  });

  test('treats a new word as anomalous, and missing cells as ordinary', async () => {
    const ordinary = unseen[0] as (typeof unseen)[0];
    const changed = [ordinary, { ...ordinary, city: 'Atlantis' }, { ...ordinary, city: null }];
    const [usual, odd, gap] = (await detector.score(changed)) as unknown as number[];
    expect(odd).toBeGreaterThan((usual as number) + 1);
    expect(gap).toBeLessThan(odd as number);
    const [blamed] = await detector.explain(changed.slice(1, 2), { top: 1 });
    expect(blamed?.[0]).toMatchObject({
      column: 'city',
      value: 'Atlantis',
      expected: ordinary.city,
    });
    const [others] = await detector.explain(changed.slice(2), { top: 9 });
    expect(others?.map(({ column }) => column)).not.toContain('city');
    expect([...(await detector.score([{ heat: undefined }]))].every(Number.isFinite)).toBe(true);
  });

  test('gives the same result for objects, columns, arrays and text', async () => {
    const scores = await detector.score(unseen);
    const names = Object.keys(unseen[0] as object) as (keyof (typeof unseen)[0])[];
    const columns = Object.fromEntries(names.map((name) => [name, unseen.map((r) => r[name])]));
    expect(await detector.score(columns)).toEqual(scores);
    expect(await detector.score(unseen.map((r) => names.map((name) => r[name])))).toEqual(scores);
    const reversed = unseen.map((row) => Object.fromEntries(Object.entries(row).reverse()));
    expect(await detector.score(reversed)).toEqual(scores);
    expect(await detector.score(unseen.slice(7, 8))).toEqual(scores.slice(7, 8));
    const texts = unseen.map(({ since, ...row }) => ({
      ...Object.fromEntries(Object.entries(row).map(([name, value]) => [name, String(value)])),
      since: since.toISOString(),
    }));
    expect(await detector.score(texts)).toEqual(scores);
  });

  test('gives the same for numeric columns as for rows of the same numbers', async () => {
    const numbers = rows.slice(0, 200).map(({ heat, rain }) => [heat, rain]);
    const [one, other] = [0, 0].map((seed) => new AnomalyDetector({ seed, missing: 'mask' }));
    await one?.fit(numbers, { epochs: 3 });
    await other?.fit({ heat: numbers.map(([a]) => a), rain: numbers.map(([, b]) => b) } as never, {
      epochs: 3,
    });
    const x = unseen.map(({ heat, rain }) => ({ heat, rain }));
    const scores = await one?.score(x.map(({ heat, rain }) => [heat, rain]));
    expect(await other?.score(x)).toEqual(scores);
    await expect(one?.score(x)).rejects.toThrow('x must be rows of numbers, as fit has learned');
    // A detector of a table can be trained on plain numbers afterwards.
    await other?.fit(numbers, { epochs: 3 });
    expect(other?.tableColumns).toBe(undefined);
    expect(await other?.score(unseen.map(({ heat, rain }) => [heat, rain]))).toEqual(scores);
  });

  test('saves its columns in the file', async () => {
    const bytes = detector.save();
    const loaded = AnomalyDetector.load(bytes);
    expect(loaded.tableColumns).toEqual(detector.tableColumns);
    expect(await loaded.score(unseen)).toEqual(await detector.score(unseen));
    expect(await loaded.explain(unseen.slice(0, 2))).toEqual(
      await detector.explain(unseen.slice(0, 2)),
    );
    expect(loaded.save()).toEqual(bytes);
  });

  test('has the same bits for any number of threads, in Node and in pages', async () => {
    const hashes = [];
    for (const threads of [1, 3]) {
      const one = new AnomalyDetector({ seed: 5, threads, members: 2, types: { id: 'ignore' } });
      await one.fit(rows.slice(0, 150), { epochs: 2 });
      const hash = one.save().reduce((sum, b) => Math.imul(sum ^ b, 0x01000193), 0x811c9dc5);
      hashes.push((hash >>> 0).toString(16));
    }
    expect(hashes).toEqual(['9d576259', '9d576259']);
  });
});

describe('drift of a table', () => {
  test('names the column whose words changed, and reports nothing otherwise', async () => {
    const still = await detector.drift(people(500, 9));
    expect(still.columns.find(({ column }) => column === 'city')?.drifted).toBe(false);
    expect(still.columns.map(({ column }) => column).sort()).toEqual([
      ...['city', 'heat', 'member', 'rain', 'since'],
    ]);
    const moved = await detector.drift(
      people(500, 3).map((row, i) => (i % 3 ? { ...row, city: 'Oslo' } : row)),
    );
    expect(moved.columns[0]).toMatchObject({ column: 'city', drifted: true });
    expect(moved.columns[0]?.median[1]).toBe('Oslo');
    expect(moved.columns[0]?.statistic).toBeGreaterThan(0.3);
    const joined = await detector.drift(people(500, 4).map((row) => ({ ...row, member: true })));
    expect(joined.columns[0]).toMatchObject({ column: 'member', drifted: true });
    expect(joined.columns[0]?.median).toEqual([false, true]);
    const since = new Date(Date.UTC(2023, 5, 1));
    const later = await detector.drift(people(500, 5).map((row) => ({ ...row, since })));
    expect(later.columns[0]?.column).toBe('since');
    const now = later.columns[0]?.median[1] as Date;
    expect(Math.abs(now.getTime() - since.getTime())).toBeLessThan(86_400_000);
  });

  test('computes the tail probabilities of chi-squared distributions', () => {
    // The 5 % and 0.1 % points, from published tables.
    for (const [freedom, point, share] of [
      [1, 3.841459, 0.05],
      [2, 5.991465, 0.05],
      [5, 11.070498, 0.05],
      [10, 29.588298, 0.001],
      [1, 10.827566, 0.001],
    ] as const) {
      expect(upperTail(point, freedom)).toBeCloseTo(share, 7);
    }
    expect(upperTail(0, 3)).toBe(1);
    expect(chiSquared([50, 50], [0, 0])).toEqual({ statistic: 0, pValue: 1 });
    // A 2 x 2 table, by hand: 100 (30 * 30 - 20 * 20)^2 / 50^4 = 4.
    const { statistic, pValue } = chiSquared([30, 20], [20, 30]);
    expect(statistic).toBeCloseTo(0.2, 12);
    expect(pValue).toBeCloseTo(upperTail(4, 1), 12);
  });
});

describe('bad tables', () => {
  test.each([
    [[{ a: 1 }], {}, 'x must have at least 2 rows with a value'],
    [[{ a: 'x' }, [1]], {}, 'x[1] must be an object by column names'],
    [{ a: [1, 2], b: ['x'] }, {}, 'all columns must be of one length'],
    [[{ a: 1 }, { a: 2 }], { b: 'category' }, 'types must name columns that rows have'],
    [[{ a: 1 }, { a: 2 }], { a: 'ignore' }, 'x must have a column to learn from'],
    [[{ a: 'x' }, { a: 'y' }], { a: 'number' }, 'must be numbers in a number column'],
    [[{ a: 1e39 }, { a: 2 }], {}, 'must be finite float32 numbers'],
  ])('%j is refused', async (x, types, message) => {
    const one = new AnomalyDetector({ types: types as never });
    await expect(one.fit(x as never)).rejects.toThrow(message);
    expect(one.threshold).toBe(undefined);
  });

  test('cells that do not fit the learned columns are refused', async () => {
    const first = unseen[0] as object;
    await expect(detector.score([{ ...first, heat: 'hot' }])).rejects.toThrow(
      /number column; row 0, column 2 .*heat/,
    );
    await expect(detector.score([{ ...first, member: 'x' }])).rejects.toThrow('true or false');
    await expect(detector.score([{ ...first, since: 'x' }])).rejects.toThrow('must be dates');
    await expect(detector.score([{ ...first, city: {} as never }])).rejects.toThrow('category');
    await expect(detector.score([{ other: 1 }])).rejects.toThrow(
      'must have columns that fit has seen',
    );
    expect(() => new AnomalyDetector({ types: { a: 'word' as never } })).toThrow('types.a must be');
    expect(() => new AnomalyDetector({ types: ['a'] as never })).toThrow('types must be an object');
  });

  test('a column with many words gives inputs to its most frequent ones', async () => {
    const x = Array.from({ length: 1000 }, (_, i) => ({ word: `w${i % 200}`, n: i % 7 }));
    const one = new AnomalyDetector({ seed: 0, members: 1 });
    await one.fit(x, { epochs: 1 });
    expect(one.width).toBe(64 + 2 + 1);
    const [rare, never] = (await one.score([
      { word: 'w199', n: 3 },
      { word: 'new', n: 3 },
    ])) as unknown as [number, number];
    expect(never).toBeGreaterThan(rare);
  });
});
