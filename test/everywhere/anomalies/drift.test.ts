import { beforeAll, describe, expect, test } from 'vitest';
import { benjaminiHochberg, ksPValue, ksStatistic } from '../../../src/anomalies/drift.js';
import { AnomalyDetector } from '../../../src/anomalies.js';
import { generator } from '../../support/data.js';

const WIDTH = 5;

/**
 * Rows of normal numbers with deviation 1, in which neighbouring columns are related; the last column is a
 * category.
 */
function draw(count: number, next: () => number): Float64Array {
  const normal = () => Array.from({ length: 12 }, next).reduce((sum, value) => sum + value, -6);
  const x = new Float64Array(count * WIDTH);
  for (let i = 0; i < count; i++) {
    const common = normal();
    for (let j = 0; j < WIDTH - 1; j++) x[i * WIDTH + j] = 0.6 * common + 0.8 * normal();
    x[i * WIDTH + WIDTH - 1] = Math.floor(4 * next());
  }
  return x;
}

describe('the statistical tests', () => {
  test('the statistic is the largest difference of the distribution functions', () => {
    expect(ksStatistic([1, 2, 3, 4], [1, 2, 3, 4], 4)).toBe(0);
    expect(ksStatistic([1, 2, 3, 4], [5, 6], 4)).toBe(1);
    expect(ksStatistic([1, 2, 3, 4], [3, 4, 5, 6], 4)).toBe(0.5);
    expect(ksStatistic([0, 0, 0, 1], [0, 1, 1, 1], 4)).toBe(0.5);
    // Quantiles of a larger sample: the statistic is off by at most a quarter.
    expect(ksStatistic([1, 2, 3, 4], [3, 4, 5, 6], 100)).toBe(0.25);
  });

  test("p-values of large samples are Kolmogorov's", () => {
    // For two large samples of n rows, the 5 % point is 1.36 / sqrt(n / 2).
    expect(ksPValue(1.358 / Math.sqrt(50_000), 100_000, 100_000)).toBeCloseTo(0.05, 3);
    expect(ksPValue(1.628 / Math.sqrt(50_000), 100_000, 100_000)).toBeCloseTo(0.01, 3);
    expect(ksPValue(0, 10, 10)).toBe(1);
    expect(ksPValue(1, 1000, 1000)).toBe(0);
  });

  test('the false discovery rate is controlled over many tests', () => {
    expect(benjaminiHochberg([0.01, 0.04, 0.03, 0.5])).toEqual([
      0.04,
      (0.04 * 4) / 3,
      (0.04 * 4) / 3,
      0.5,
    ]);
    expect(benjaminiHochberg([])).toEqual([]);
  });
});

describe('drift', () => {
  const next = generator(11);
  let detector: AnomalyDetector;
  beforeAll(async () => {
    detector = new AnomalyDetector({ seed: 0 });
    await detector.fit({ data: draw(4000, next), shape: [4000, WIDTH] });
  });
  const DRAWS = 25;

  test('is not reported for rows from the same source', async () => {
    let found = 0;
    for (let i = 0; i < DRAWS; i++) {
      found += Number((await detector.drift(draw(2000, next))).drifted);
    }
    expect(found).toBeLessThanOrEqual(1);
  });

  test("a shift of one column by 0.2 standard deviations is found in 2,000 rows, with the column's name", async () => {
    let found = 0;
    for (let i = 0; i < DRAWS; i++) {
      const x = draw(2000, next);
      for (let at = i % 4; at < x.length; at += WIDTH) x[at] = (x[at] as number) + 0.2;
      const { columns, drifted } = await detector.drift(x);
      const [first] = columns;
      found += Number(drifted && first?.drifted && first.column === i % 4);
    }
    expect(found).toBeGreaterThanOrEqual(0.9 * DRAWS);
  });

  test('in a category, or in the relations between columns, is found, also by a loaded detector', async () => {
    const loaded = AnomalyDetector.load(detector.save());
    const x = draw(2000, next);
    const own = await loaded.drift(x);
    expect(own).toEqual(await detector.drift(x));
    const moved = x.map((value, at) => (at % WIDTH === 4 && value === 2 ? 1 : value));
    expect((await loaded.drift(moved)).columns[0]).toMatchObject({ column: 4, drifted: true });
    // Each value occurs in its column, but in another row.
    const shuffled = x.map((_, at) => x[(at + WIDTH * 37 * (at % WIDTH)) % x.length] as number);
    const { columns, score } = await loaded.drift(shuffled);
    expect(score.drifted).toBe(true);
    expect(columns.filter((column) => column.drifted)).toEqual([]);
    expect(score.median[1]).toBeGreaterThan(score.median[0] as number);
  });

  test('refuses too few rows, another width and bad options', async () => {
    await expect(detector.drift(draw(7, next))).rejects.toThrow('must be an integer from 8');
    await expect(detector.drift(draw(9, next), { alpha: 2 })).rejects.toThrow('alpha must be');
    await expect(detector.drift([[1]])).rejects.toThrow('must have the input width 5');
  });
});
