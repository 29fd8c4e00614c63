import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { TableAutoencoder, type TableInput, type TableRow } from '../../../src/table.js';

const make = (options = {}) =>
  new TableAutoencoder({ layers: [2], seed: 0, threads: 1, ...options });
const rowsOf = (count: number, make: (i: number) => TableRow) =>
  Array.from({ length: count }, (_, i) => make(i));
const simple = rowsOf(40, (i) => ({ x: i % 7, word: ['a', 'b'][i % 2] as string }));

let said: ReturnType<typeof vi.spyOn>;
beforeEach(() => {
  said = vi.spyOn(console, 'warn').mockImplementation(() => {});
});
afterEach(() => {
  said.mockRestore();
});

describe('an invalid table', () => {
  test.each<[string, unknown, RegExp]>([
    ['no rows', [], /rows must have at least one row, got none/],
    ['a number', 5, /rows must be an array of objects.*got 5/],
    ['a string', 'abc', /rows must be an array of objects.*got 'abc'/],
    ['one row alone', { x: 1 }, /rows.x must be an array, a column of the table, got 1.*\[row\]/],
    [
      'a row that is not an object',
      [{ x: 1 }, 7],
      /rows\[1\] must be an object by column names, got 7/,
    ],
    ['rows of different kinds', [[1, 2], { x: 1 }], /rows\[1\] must be an array of cells/],
    [
      'rows of different lengths',
      [[1, 2], [1]],
      /rows\[1\] must have 2 cells as rows\[0\] has, got 1/,
    ],
    ['columns of different lengths', { x: [1, 2], y: [1] }, /'x' has 2 cells, 'y' 1/],
    ['no columns', {}, /must have at least one column/],
    [
      'every cell missing',
      [
        { x: '', y: null },
        { x: Number.NaN, y: 'NA' },
      ],
      /all are left out \('x: every value is missing'/,
    ],
    ['an object in a cell', [{ x: { y: 1 } }], /row 0, column 0 \('x'\) is an object/],
    [
      'infinity',
      [{ x: 1 }, { x: Infinity }],
      /rows must be finite numbers; row 1, column 0 \('x'\) is Infinity/,
    ],
  ])('%s', async (_, rows, message) => {
    const t = make();
    await expect(t.fit(rows as TableInput, { epochs: 1 })).rejects.toThrow(message);
    expect(t.columns).toEqual([]);
    expect(() => t.model).toThrow('call fit first');
  });

  test('a word in a column of numbers is an error with row and column', async () => {
    const rows = rowsOf(50, (i) => ({ x: i === 17 ? 'abc' : String(i / 7), y: i % 3 }));
    await expect(make().fit(rows)).rejects.toThrow(
      /must be numbers as nearly all others.*row 17, column 0 \('x'\) is 'abc'/,
    );
  });

  test('a word in a column declared as number is an error', async () => {
    const rows = rowsOf(50, (i) => ({ x: i % 2 ? 'a' : 1, y: i % 3 }));
    await expect(make({ columns: { x: 'number' } }).fit(rows)).rejects.toMatchObject({
      name: 'RangeError',
      row: 1,
      column: 0,
      columnName: 'x',
      message: "rows must be numbers in a number column; row 1, column 0 ('x') is 'a'",
    });
  });

  test('a table with all columns ignored is an error', async () => {
    await expect(make({ columns: { x: 'ignore', word: 'ignore' } }).fit(simple)).rejects.toThrow(
      /all are left out \('x: as it was told', 'word: as it was told'\)/,
    );
  });

  test('a type for a column that does not exist is an error', async () => {
    await expect(make({ columns: { zip: 'category' } }).fit(simple)).rejects.toThrow(
      "columns must name columns that rows have, 'x', 'word'; got 'zip'",
    );
  });
});

describe('invalid options', () => {
  test.each<[object, RegExp]>([
    [{ columns: { x: 'word' } }, /columns.x must be one of 'number', .* got 'word'/],
    [{ columns: [] }, /columns must be an object of types/],
    [{ columns: { x: { type: 'category', transform: 'log' } } }, /transform is for type 'number'/],
    [{ columnNames: ['a', 'a'] }, /columnNames must be unique, but 'a' occurs twice/],
    [{ columnNames: 'a' }, /columnNames must be an array/],
    [{ layers: [] }, /layers must be an array of widths/],
    [{ layers: [0] }, /layers\[0\] must be an integer/],
    [{ scale: 'none' }, /options has no 'scale'/],
    [{ seed: -1 }, /seed must be/],
    [{ inferRows: 0 }, /inferRows must be/],
  ])('%j', (options, message) => {
    expect(() => new TableAutoencoder(options as object)).toThrow(message);
  });

  test('of fit leave the model as it was', async () => {
    const t = make();
    await expect(t.fit(simple, { epochs: 0 })).rejects.toThrow(/epochs must be/);
    expect(t.columns).toEqual([]);
    await t.fit(simple, { epochs: 1 });
    const bytes = t.save();
    await expect(t.fit(simple, { epochs: 0, reset: true })).rejects.toThrow(/epochs must be/);
    expect(t.save()).toEqual(bytes);
  });
});

describe('after fit', () => {
  test('a column that a row lacks counts as missing in it', async () => {
    const t = make();
    await t.fit(simple, { epochs: 2 });
    const [one, other] = await t.score([{ x: 1 }, { x: 1, word: null }]);
    expect(one).toBe(other);
  });

  test('unknown columns are ignored, and named in one warning', async () => {
    const t = make();
    await t.fit(simple, { epochs: 2 });
    const [plain] = await t.score(simple.slice(0, 1));
    const more = [{ ...simple[0], extra: 5 }] as TableRow[];
    expect([...(await t.score(more))]).toEqual([plain]);
    await t.score(more);
    expect(said).toHaveBeenCalledTimes(1);
    expect(said.mock.calls[0]?.[0]).toContain("'extra'");
  });

  test('rows without any known column are refused', async () => {
    const t = make();
    await t.fit(simple, { epochs: 1 });
    await expect(t.score([{ y: 1 }])).rejects.toThrow(
      "rows must have columns that fit has seen, 'x', 'word'; got 'y'",
    );
  });

  test('a word in a number column is an error with row and column', async () => {
    const t = make();
    await t.fit(simple, { epochs: 1 });
    await expect(t.score([simple[0] as TableRow, { x: 'seven', word: 'a' }])).rejects.toMatchObject(
      {
        name: 'RangeError',
        row: 1,
        columnName: 'x',
      },
    );
  });

  test('an unknown value scores higher than a known one, and is encoded as missing', async () => {
    const t = make();
    await t.fit(simple, { epochs: 5 });
    const [seen, unseen] = await t.score([
      { x: 3, word: 'a' },
      { x: 3, word: 'zebra' },
    ]);
    expect(unseen).toBeGreaterThan(seen as number);
    const codes = await t.encode([{ x: 3, word: 'zebra' }, { x: 3 }]);
    expect([...codes.row(0)]).toEqual([...codes.row(1)]);
    const [[worst] = []] = await t.explain([{ x: 3, word: 'zebra' }], { top: 1 });
    expect(worst).toMatchObject({ column: 'word', value: 'zebra' });
  });

  test('a row without any value scores NaN, is not an anomaly, and is imputed', async () => {
    const t = make();
    await t.fit(simple, { epochs: 2 });
    t.setThreshold(0);
    expect([...(await t.score([{ x: null, word: '' }]))]).toEqual([Number.NaN]);
    expect([...(await t.isAnomaly([{ x: null, word: '' }]))]).toEqual([0]);
    const [filled] = await t.impute([{ x: null, word: '' }]);
    expect(typeof filled?.x).toBe('number');
    expect(['a', 'b']).toContain(filled?.word);
  });

  test('arrays must have as many cells as the table has columns', async () => {
    const t = make({ columnNames: ['x', 'word'] });
    await t.fit(
      simple.map(({ x, word }) => [x, word]),
      { epochs: 1 },
    );
    await expect(t.score([[1]])).rejects.toThrow(
      /rows\[0\] must have 2 cells, one for each of columnNames, got 1/,
    );
  });
});

test('before fit, methods say which call is missing', async () => {
  const t = make();
  await expect(t.encode(simple)).rejects.toThrow(
    'encode needs the columns that fit learns: call fit first',
  );
  await expect(t.isAnomaly(simple)).rejects.toThrow('call fit first');
  expect(() => t.save()).toThrow('call fit first');
  await t.fit(simple, { epochs: 1 });
  await expect(t.isAnomaly(simple)).rejects.toThrow('call fitThreshold first');
});

test('columns may have names such as __proto__', async () => {
  const rows = rowsOf(40, (i) =>
    JSON.parse(
      `{"__proto__": ${i % 5}, "constructor": "${['a', 'b'][i % 2]}", "toString": ${i / 8}}`,
    ),
  );
  const t = make();
  await t.fit(rows, { epochs: 2 });
  expect(t.columns.map(({ name, type }) => [name, type])).toEqual([
    ['__proto__', 'number'],
    ['constructor', 'category'],
    ['toString', 'number'],
  ]);
  const [back] = await t.reconstruct(rows);
  expect(Object.keys(back as object)).toEqual(['__proto__', 'constructor', 'toString']);
  expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
  // Names that a row inherits from Object do not count as its columns.
  const [score] = await t.score([{ toString: 1 } as unknown as TableRow]);
  expect(score).toBeTypeOf('number');
  const loaded = TableAutoencoder.load(t.save());
  expect(await loaded.score(rows)).toEqual(await t.score(rows));
});

test('a single column is enough', async () => {
  const t = make({ layers: undefined });
  await t.fit({ x: Float64Array.from({ length: 40 }, (_, i) => i % 7) }, { epochs: 2 });
  expect(await t.reconstruct({ x: [1, 2] })).toHaveLength(2);
});

test('dates before 1970 and after 2100 are dates', async () => {
  const rows = rowsOf(60, (i) => ({ day: `${1850 + 5 * i}-0${1 + (i % 9)}-15`, x: i % 3 }));
  const t = make();
  await t.fit(rows, { epochs: 2 });
  expect(t.columns[0]).toMatchObject({ type: 'date' });
  const [back] = await t.reconstruct(rows);
  expect(back?.day).toMatch(/^\d{4}-\d\d-\d\d$/);
});

test('a category of 100,000 values is treated as text unless declared a category', async () => {
  const rows = {
    word: Array.from({ length: 100_000 }, (_, i) => `w${i}`),
    x: new Float32Array(100_000),
  };
  const t = make();
  await t.fit(rows, { epochs: 1, batchSize: 4096 });
  expect(t.columns[0]).toEqual({ name: 'word', type: 'ignore', why: 'every value is different' });
  const u = make({ columns: { word: 'category' } });
  await u.fit(rows, { epochs: 1, batchSize: 4096 });
  const [word] = u.columns as unknown as [{ values: string[]; other: number }];
  expect(word.values.length + word.other).toBe(100_000);
  expect(word.values.length).toBeLessThanOrEqual(1000);
});
