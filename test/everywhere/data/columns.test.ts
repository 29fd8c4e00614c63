// The option `columns` is kept as given, and affects nothing but names.

import { expect, test } from 'vitest';
import { Autoencoder } from '../../../src/index.js';
import { factored, rowsOf } from '../../support/data.js';

const columns = { names: ['a', 'b', 'c', 'd'], numbers: [2, 3, 4, 9], of: 12 };
const x = factored(40, 4, 2, 1);

test('column names are kept by save and load, and do not change the weights', async () => {
  const names = [...columns.names];
  const ae = new Autoencoder({ layers: [4, 2], seed: 1, columns: { ...columns, names } });
  names[0] = 'changed';
  await ae.fit(x, { epochs: 2 });
  const plain = new Autoencoder({ layers: [4, 2], seed: 1 });
  await plain.fit(x, { epochs: 2 });
  expect(ae.parameters).toEqual(plain.parameters);
  const bytes = ae.save();
  const loaded = Autoencoder.load(bytes);
  expect(loaded.options.columns).toEqual(columns);
  expect(loaded.save()).toEqual(bytes);
  expect(new Autoencoder(loaded.options).options).toEqual(ae.options);
  expect('columns' in plain.options).toBe(false);
});

test('explain and detect return the column names', async () => {
  const ae = new Autoencoder({ layers: [4, 2], seed: 1, columns });
  const plain = new Autoencoder({ layers: [4, 2], seed: 1 });
  for (const it of [ae, plain]) {
    await it.fit(x, { epochs: 2 });
    it.setThreshold(0);
  }
  const without = await plain.explain(x);
  expect(Object.keys(without[0]?.[0] ?? {})).not.toContain('name');
  const named = without.map((row) =>
    row.map((it) => ({ ...it, name: columns.names[it.feature] as string })),
  );
  expect(await ae.explain(x)).toEqual(named);
  expect((await ae.detect(x)).map(({ why }) => why)).toEqual(named);
});

test('errors about a column include its name', async () => {
  const make = (options: object) =>
    new Autoencoder({ layers: [4, 2], columns, missing: 'mask', ...options });
  const empty = x.map((value, i) => (i % 4 === 2 ? Number.NaN : value));
  for (const scale of ['minmax', 'standard', 'auto', 'none'] as const) {
    await expect(make({ scale }).fit(empty)).rejects.toThrow(
      "column 2 ('c') is NaN in every row to train on: leave it out",
    );
  }
  await expect(make({ missing: 'error' }).fit(empty)).rejects.toThrow(
    "x must be finite float32 numbers; row 0, column 2 ('c') is NaN as a float32",
  );
  const stream = make({ missing: 'error' }).fit(() => rowsOf(empty, 4));
  await expect(stream).rejects.toMatchObject({ row: 0, column: 2, columnName: 'c' });
  const fitted = make({});
  await fitted.fit(x, { epochs: 1 });
  await expect(fitted.encode([[0, 1e39, 0, 0]])).rejects.toThrow("column 1 ('b') is");
});

test('the first fit refuses rows of another width than the column names', async () => {
  const ae = new Autoencoder({ code: 2, columns });
  await expect(ae.fit(rowsOf(x, 5))).rejects.toThrow(
    'columns.names must have one for each of 5 inputs, got 4',
  );
  await ae.fit(rowsOf(x, 4), { epochs: 1 });
  expect(Autoencoder.load(ae.save()).options.columns).toEqual(columns);
});

test('the names of many long columns fit into a file', () => {
  const names = Array.from({ length: 5000 }, (_, i) => `a column with a long name, number ${i}`);
  const ae = new Autoencoder({ layers: [5000, 1], seed: 1, columns: { names } });
  expect(Autoencoder.load(ae.save()).options.columns).toEqual({ names });
});

test.each([
  [[], TypeError, 'columns must be an object, got Array(0)'],
  [{ name: [] }, TypeError, "columns has no 'name'; did you mean 'names'?"],
  [{ names: 'abcd' }, TypeError, "columns.names must be an array, got 'abcd'"],
  [{ names: ['a'] }, RangeError, 'columns.names must have one for each of 4 inputs, got 1'],
  [{ names: ['a', 'b', 'c', 4] }, TypeError, 'columns.names[3] must be a string, got 4'],
  [
    { names: ['a', 'b', 'c', 'a'] },
    RangeError,
    "columns.names must be unique, but 'a' occurs twice",
  ],
  [{ numbers: [0, 1, 2, 3] }, RangeError, 'columns.numbers[0] must be an integer from 1'],
  [{ numbers: [1, 2, 3, 4], of: 3 }, RangeError, 'columns.of must be an integer from 4'],
  [
    { names: ['a', 'b', 'c', 'd'.repeat(2 ** 18)] },
    RangeError,
    'columns.names may have 262144 characters together, got 262147',
  ],
])('the columns %j are an error', (wrong, kind, message) => {
  const make = () => new Autoencoder({ layers: [4, 2], columns: wrong as never });
  expect(make).toThrow(kind);
  expect(make).toThrow(message);
});

test('the largest allowed number of columns, with names that are the longest in JSON, fits into a file', () => {
  const many = 2 ** 17;
  const numbers = Array.from({ length: many }, (_, i) => 2 ** 24 - i);
  // Names of two characters each, whose escapes are longest in JSON within JSON.
  const names = numbers.map((_, i) => String.fromCharCode(1 + (i % 31), 1000 + Math.floor(i / 31)));
  const ae = new Autoencoder({ layers: [many, 1], seed: 1, columns: { names, numbers } });
  expect(Autoencoder.load(ae.save()).options.columns?.names?.[many - 1]).toBe(names[many - 1]);
});
