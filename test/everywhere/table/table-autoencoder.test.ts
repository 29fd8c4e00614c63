import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Autoencoder } from '../../../src/index.js';
import { TableAutoencoder, type TableInput, type TableRow } from '../../../src/table.js';
import { fingerprint, hash } from '../../support/data.js';
import { mixedTable } from '../../support/table-rows.js';

beforeEach(() => {
  vi.spyOn(console, 'warn').mockImplementation(() => {});
});
afterEach(() => {
  vi.restoreAllMocks();
});

const table = mixedTable(300);
const NAMES = Object.keys(table[0] as object);
const make = (options = {}) =>
  new TableAutoencoder({ seed: 3, layers: [16, 4], threads: 1, ...options });

async function fitted(options = {}, fit = {}): Promise<TableAutoencoder> {
  const t = make(options);
  await t.fit(table, { epochs: 40, batchSize: 16, ...fit });
  return t;
}
const rows: readonly TableRow[] = table.map((row) => ({ ...row }));

async function* batches(size: number) {
  for (let at = 0; at < rows.length; at += size) yield rows.slice(at, at + size);
}

describe('the same rows in any form', () => {
  const arrays = rows.map((row) => NAMES.map((name) => row[name]));
  const columns = Object.fromEntries(NAMES.map((name) => [name, rows.map((row) => row[name])]));

  test('train to the same bits', async () => {
    const expected = (await fitted()).save();
    const ofArrays = make({ columnNames: NAMES });
    await ofArrays.fit(arrays, { epochs: 40, batchSize: 16 });
    expect(ofArrays.save()).toEqual(expected);
    const ofColumns = make();
    await ofColumns.fit(columns, { epochs: 40, batchSize: 16 });
    expect(ofColumns.save()).toEqual(expected);
  });

  test('give the same results in all methods', async () => {
    const t = await fitted();
    const scores = await t.score(rows);
    const codes = await t.encode(rows);
    for (const same of [arrays, columns, batches(70), () => batches(33)]) {
      const x: () => TableInput = () => (typeof same === 'function' ? same() : same);
      if (typeof same === 'function') expect(await t.encode(x())).toEqual(codes);
      else expect(await t.score(x())).toEqual(scores);
    }
  });

  test('stream with the columns inferred from the first rows', async () => {
    const t = make({ inferRows: 150 });
    const history = await t.fit(() => batches(64), { epochs: 3, rows: rows.length });
    expect(history).toHaveLength(3);
    expect(t.columns.map(({ type }) => type)).toEqual([
      'ignore',
      'number',
      'category',
      'boolean',
      'date',
      'number',
      'ignore',
    ]);
  });
});

test('columns without names are called 1, 2, ...', async () => {
  const t = make({ columns: { 2: 'category' } });
  await t.fit(
    rows.map(({ amount, proto }) => [amount, proto]),
    { epochs: 1 },
  );
  expect(t.columns).toMatchObject([
    { name: '1', type: 'number' },
    { name: '2', type: 'category' },
  ]);
});

test('decoded values have the types of the input rows', async () => {
  const own = rows.slice(0, 60).map(({ amount, proto, ok, day, bytes }, i) => ({
    ...{ amount, proto, ok, day, bytes },
    text: String(i % 9),
    when: new Date(Date.UTC(2024, 0, 1 + i)),
    at: 1_700_000_000_000 + 3_600_000 * i,
    zip: [8001, 8002, 3000][i % 3] as number,
    stamp: `2024-02-0${1 + (i % 9)} 0${i % 10}:30:00`,
  }));
  const t = make({ columns: { zip: 'category' } });
  await t.fit(own, { epochs: 5 });
  for (const back of [await t.decode(await t.encode(own)), await t.reconstruct(own)]) {
    expect(back).toHaveLength(own.length);
    for (const row of back) {
      expect(row.amount).toBeTypeOf('number');
      expect(['icmp', 'tcp', 'udp']).toContain(row.proto);
      expect(row.ok).toBeTypeOf('boolean');
      expect(row.day).toMatch(/^\d{4}-\d\d-\d\d$/);
      expect(row.text).toBeTypeOf('string');
      expect(Number(row.text)).toBeGreaterThanOrEqual(0);
      expect(row.when).toBeInstanceOf(Date);
      expect(row.at).toBeTypeOf('number');
      expect([8001, 8002, 3000]).toContain(row.zip);
      expect(row.stamp).toMatch(/^2024-\d\d-\d\d \d\d:\d\d:\d\d$/);
    }
  }
});

test('related columns are reconstructed', async () => {
  const t = await fitted({}, { epochs: 150 });
  const back = await t.reconstruct(rows);
  const known = rows
    .map((row, i) => [row, back[i] as TableRow] as const)
    .filter(([row]) => row.proto !== null);
  const right = known.filter(([row, { proto }]) => row.proto === proto).length;
  expect(right / known.length).toBeGreaterThan(0.95);
});

test('impute fills missing cells and leaves all others unchanged', async () => {
  const t = await fitted({}, { epochs: 150 });
  const full = await t.impute(rows);
  let right = 0;
  let gaps = 0;
  for (const [i, row] of rows.entries()) {
    const filled = full[i] as TableRow;
    for (const name of NAMES) {
      if (row[name] !== null) expect(filled[name]).toBe(row[name]);
      else expect(filled[name]).not.toBeNull();
    }
    if (row.proto !== null) continue;
    gaps++;
    const kind = Math.floor((row.amount as number) / 100);
    if (filled.proto === ['icmp', 'tcp', 'udp'][kind]) right++;
  }
  expect(gaps).toBeGreaterThan(5);
  expect(right / gaps).toBeGreaterThan(0.7);
});

test('a row that breaks the pattern scores higher, and explain names the column', async () => {
  const t = await fitted({}, { epochs: 150 });
  const [good, bad] = [
    { amount: 105, proto: 'tcp', ok: true, day: '2023-05-05', bytes: 2000 },
    { amount: 105, proto: 'icmp', ok: true, day: '2023-05-05', bytes: 2000 },
  ];
  const [low, high] = await t.score([good, bad]);
  expect(high).toBeGreaterThan(low as number);
  const [why] = await t.explain([bad], { top: 3 });
  expect(why).toHaveLength(3);
  expect(why?.[0]).toMatchObject({ column: 'proto', value: 'icmp', expected: 'tcp' });
  const errors = why?.map(({ error }) => error) as number[];
  expect(errors).toEqual([...errors].sort((a, b) => b - a));
});

test('a threshold is saved in files, and cleared by fit', async () => {
  const t = await fitted();
  const threshold = await t.fitThreshold(rows, { contamination: 0.1 });
  const flags = await t.isAnomaly(rows);
  expect(flags.reduce((sum, one) => sum + one, 0)).toBe(30);
  expect(TableAutoencoder.load(t.save()).threshold).toBe(threshold);
  await t.fit(rows, { epochs: 1 });
  expect(t.threshold).toBeUndefined();
});

describe('a file', () => {
  test('has the columns, and is saved again as the same bytes', async () => {
    const t = await fitted();
    const bytes = t.save();
    const loaded = TableAutoencoder.load(bytes);
    expect(loaded.save()).toEqual(bytes);
    expect(loaded.columns).toEqual(t.columns);
    expect(loaded.seed).toBe(3);
    expect(await loaded.score(rows)).toEqual(await t.score(rows));
    expect((await fitted()).save()).toEqual(bytes);
    expect((await fitted({ threads: 3 })).save()).toEqual(bytes);
  });

  test('resumes an interrupted run to the same bytes', async () => {
    const whole = await fitted({}, { epochs: 12 });
    const stop = new AbortController();
    const t = make();
    const running = t.fit(rows, {
      epochs: 12,
      batchSize: 16,
      signal: stop.signal,
      onEpochEnd: ({ epoch }) => {
        if (epoch === 5) stop.abort();
      },
    });
    await expect(running).rejects.toThrow(/abort/i);
    const loaded = TableAutoencoder.load(t.save());
    expect(loaded.epochs).toBe(5);
    await loaded.fit(rows, { epochs: 12, batchSize: 16, resume: true });
    expect(loaded.save()).toEqual(whole.save());
  });

  test('from a checkpoint has the columns, too', async () => {
    const files: Uint8Array[] = [];
    const t = await fitted(
      {},
      {
        epochs: 4,
        checkpoint: { every: 2, onSave: (bytes: Uint8Array) => void files.push(bytes) },
      },
    );
    expect(TableAutoencoder.load(files[0] as Uint8Array).columns).toEqual(t.columns);
    expect(files.at(-1)).toEqual(t.save());
  });

  test('of an Autoencoder is refused, and so is one with changed columns', async () => {
    const plain = new Autoencoder({ layers: [4, 2], seed: 0 }).save();
    expect(() => TableAutoencoder.load(plain)).toThrow('load it with Autoencoder.load');
    const t = await fitted({}, { epochs: 1 });
    const text = new TextDecoder('latin1').decode(t.save());
    const damaged = text
      .replace('\\"amount\\"', '\\"bytes \\"')
      .replace('\\"type\\":\\"number\\"', '\\"type\\":\\"namber\\"');
    const bytes = Uint8Array.from(damaged, (character) => character.charCodeAt(0));
    expect(() => TableAutoencoder.load(bytes)).toThrow(/'table' in its metadata is wrong/);
  });
});

test('fit accepts the options of Autoencoder.fit, with table rows as validationData', async () => {
  const t = make();
  const history = await t.fit(rows.slice(0, 200), {
    epochs: 5,
    validationData: rows.slice(200),
    earlyStopping: true,
    noise: { type: 'mask', amount: 0.2 },
  });
  expect(history.at(-1)?.validationLoss).toBeTypeOf('number');
});

test('fit is refused while another call of fit is running', async () => {
  const t = make();
  const first = t.fit(rows, { epochs: 2 });
  await expect(t.fit(rows)).rejects.toThrow('fit is already running');
  await first;
});

test('reset infers the columns again', async () => {
  const t = await fitted({}, { epochs: 1 });
  await t.fit([{ a: 1 }, { a: 2 }, { a: 4 }], { epochs: 1, reset: true });
  expect(t.columns).toEqual([{ name: 'a', type: 'number' }]);
});

test('logarithms, circles and softmax have the same bits in every engine', async () => {
  const t = make({ columns: { bytes: { transform: 'log' } } });
  await t.fit(rows, { epochs: 3, batchSize: 16 });
  expect([fingerprint(t.model), hash(await t.score(rows))]).toEqual([
    'e95aa8b0d00292ce',
    '3ea2a409aa652fad',
  ]);
});
