import { describe, expect, test, vi } from 'vitest';
import { type ColumnOption, TableAutoencoder } from '../../../src/table.js';
import { mixedTable } from '../../support/table-rows.js';

/** The columns that are inferred from a table. */
async function columnsOf(
  rows: readonly object[],
  columns: Readonly<Record<string, ColumnOption>> = {},
): Promise<Record<string, unknown>> {
  const said = vi.spyOn(console, 'warn').mockImplementation(() => {});
  try {
    const t = new TableAutoencoder({ columns, layers: [2], seed: 0, threads: 1 });
    await t.fit(rows, { epochs: 1 });
    return Object.fromEntries(t.columns.map(({ name, ...rest }) => [name, rest]));
  } finally {
    said.mockRestore();
  }
}

/** A table of one column, and another one to learn from. */
const withColumn = (values: readonly unknown[]) =>
  values.map((value, i) => ({ value, other: i % 3 }));

const many = <T>(count: number, make: (i: number) => T) =>
  Array.from({ length: count }, (_, i) => make(i));

describe('the type of a column', () => {
  test('is inferred as in the example of the documentation', async () => {
    expect(await columnsOf(mixedTable(200))).toEqual({
      id: { type: 'ignore', why: 'every value is different' },
      amount: { type: 'number' },
      proto: { type: 'category', values: ['icmp', 'tcp', 'udp'] },
      ok: { type: 'boolean', values: [false, true] },
      day: { type: 'date', parts: ['trend', 'weekday', 'month'] },
      bytes: { type: 'number', transform: 'log' },
      note: { type: 'ignore', why: 'every value is different' },
    });
  });

  test.each([
    ['numbers as text', many(50, (i) => ` ${i / 4} `), { type: 'number' }],
    [
      'numbers with exponents and gaps',
      many(50, (i) => (i % 5 ? `${i}e-3` : 'NA')),
      { type: 'number' },
    ],
    ['a few distinct integers', many(50, (i) => i % 2), { type: 'number' }],
    [
      'words of truth',
      many(50, (i) => (i % 3 ? 'True' : 'false')),
      { type: 'boolean', values: ['false', 'True'] },
    ],
    [
      'codes with leading zeros',
      many(50, (i) => `0${i % 4}`),
      { type: 'category', values: ['00', '01', '02', '03'] },
    ],
    [
      'ISO dates with gaps',
      many(50, (i) => (i % 7 ? `2024-01-${10 + (i % 20)}` : '')),
      { type: 'date', parts: ['trend', 'weekday'] },
    ],
    [
      'Date objects',
      many(50, (i) => new Date(3_600_000 * i)),
      { type: 'date', parts: ['trend', 'hour', 'weekday'] },
    ],
    [
      'Unix times in milliseconds',
      many(50, (i) => 1_700_000_000_000 + i * 1e7),
      { type: 'date', parts: ['trend', 'hour', 'weekday'] },
    ],
    [
      'numbers of that size in seconds',
      many(50, (i) => 1_700_000_000 + i * 1e4),
      { type: 'number' },
    ],
    [
      'nothing but missing words',
      many(50, (i) => ['', null, undefined, Number.NaN, 'N/A', '?', 'null', 'None'][i % 8]),
      { type: 'ignore', why: 'every value is missing' },
    ],
    [
      'texts that are nearly all different',
      many(200, (i) => `text ${Math.min(i, 150)}`),
      { type: 'ignore', why: 'nearly every value is different' },
    ],
    [
      'identifiers of 20 digits',
      many(50, (i) => `123456789012345678${10 + i}`),
      { type: 'ignore', why: 'every value is different' },
    ],
    [
      'measurements, many of them, and then a code with a zero in front',
      many(4000, (i) => (i < 1200 ? `${i + 0.5}` : '007')),
      expect.objectContaining({ type: 'category', values: ['007'] }),
    ],
    ['one value', many(50, () => 'x'), { type: 'category', values: ['x'] }],
    ['bigints', many(50, (i) => BigInt(i % 7)), { type: 'number' }],
  ])('is inferred: %s', async (_, values, expected) => {
    expect((await columnsOf(withColumn(values))).value).toEqual(expected);
  });

  test('is inferred from its name for times and identifiers', async () => {
    const rows = many(50, (i) => ({
      time: 1_700_000_000 + i * 1e4,
      user_id: (i * 37) % 1009,
      x: i % 5,
    }));
    expect(await columnsOf(rows)).toMatchObject({
      time: { type: 'date' },
      user_id: { type: 'ignore', why: 'every value is different' },
    });
  });

  test('is the declared one, if there is one', async () => {
    const rows = many(60, (i) => ({
      zip: 100 + (i % 3),
      id: i,
      t: 86_400 * i,
      yes: i % 2 ? 'y' : 'n',
      v: i,
      q: i * i,
    }));
    const columns = {
      zip: 'category',
      id: 'number',
      t: 'date',
      yes: 'boolean',
      v: 'ignore',
      q: { transform: 'quantile' },
    } as const;
    expect(await columnsOf(rows, columns)).toEqual({
      zip: { type: 'category', values: [100, 101, 102] },
      id: { type: 'number' },
      t: { type: 'date', parts: ['trend', 'weekday', 'month'] },
      yes: { type: 'boolean', values: ['n', 'y'] },
      v: { type: 'ignore', why: 'as it was told' },
      q: { type: 'number', transform: 'quantile' },
    });
  });

  test('values in fewer than 2 rows, or than a thousandth of them, share an input; not in small tables', async () => {
    const rare = (i: number) => (i === 0 ? 'once' : i === 1 ? 'rare' : ['a', 'b'][i % 2]);
    const large = await columnsOf(withColumn(many(200, rare)));
    expect(large.value).toEqual({ type: 'category', values: ['a', 'b'], other: 2 });
    const small = await columnsOf(withColumn(many(50, rare)));
    expect(small.value).toEqual({ type: 'category', values: ['a', 'b', 'once', 'rare'] });
  });

  test('a category has at most 1,000 inputs', async () => {
    const rows = many(6000, (i) => ({ word: `w${i % 3000}`, x: i % 5 }));
    rows.push(...many(2000, (i) => ({ word: `often ${i % 2}`, x: 1 })));
    const { word } = (await columnsOf(rows, { word: 'category' })) as {
      word: { values: string[]; other: number };
    };
    expect(word.values.length + word.other).toBe(3002);
    expect(word.values).toContain('often 0');
    expect(word.values.length).toBeLessThanOrEqual(1000);
  });
});

test('columns that are left out are named in one warning, except those declared so', async () => {
  const said = vi.spyOn(console, 'warn').mockImplementation(() => {});
  const t = new TableAutoencoder({ layers: [2], seed: 0, columns: { ok: 'ignore' } });
  await t.fit(mixedTable(100), { epochs: 1 });
  const calls = said.mock.calls.map(([text]) => text);
  said.mockRestore();
  expect(calls).toHaveLength(1);
  expect(calls[0]).toContain("'id: every value is different', 'note: every value is different'");
});
