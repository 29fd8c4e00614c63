// Later commands use the columns with which a model was trained.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { npyHeader } from '../../../src/cli/tables/npy-header.js';
import { Autoencoder } from '../../../src/index.js';
import { called } from '../../support/node/cli.js';

const ROWS = 60;
/** Columns of different sizes, so that none can be mistaken for another. */
const COLUMNS = { id: 1, temp: 20, pressure: 1000, wind: 5, note: 1 } as const;
type Name = keyof typeof COLUMNS;
const value = (name: Name, row: number) =>
  name === 'note' ? 'dry' : COLUMNS[name] * (1 + 0.1 * Math.sin(row * 0.7 + name.length));

let folder: string;
const write = (name: string, text: string | Uint8Array) => writeFileSync(join(folder, name), text);
const csv = (names: readonly Name[], header = true) =>
  [
    ...(header ? [names.join()] : []),
    ...Array.from({ length: ROWS }, (_, row) => names.map((name) => value(name, row)).join()),
    '',
  ].join('\n');

async function ok(...args: string[]) {
  const { code, stdout, stderr } = await called(folder, args);
  expect(code === 0 ? '' : stderr).toBe('');
  return stdout.toString();
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'autoencoder-wasm-'));
  write('all.csv', csv(['id', 'temp', 'pressure', 'wind', 'note']));
  write('bare.csv', csv(['id', 'temp', 'pressure', 'wind'], false));
  write('chosen.csv', csv(['temp', 'pressure', 'wind'], false));
  write('turned.csv', csv(['wind', 'note', 'pressure', 'temp']));
  write('lacking.csv', csv(['wind', 'temp']));
  write('twice.csv', csv(['temp', 'pressure', 'wind', 'temp']));
  write('few.csv', csv(['temp', 'wind'], false));
  write(
    'turned.jsonl',
    '{"wind":5,"temp":20,"pressure":1000}\n{"wind":5.1,"temp":21,"pressure":999}\n',
  );
  const bare = Float64Array.from({ length: ROWS * 4 }, (_, i) =>
    Number(value((['id', 'temp', 'pressure', 'wind'] as const)[i % 4] as Name, Math.floor(i / 4))),
  );
  write(
    'bare.npy',
    Buffer.concat([
      npyHeader(ROWS, 4, { element: 'float64', isBigEndian: false }),
      Buffer.from(bare.buffer),
    ]),
  );
  const more = ['--layers', '3,2', '--scale', 'standard', '--seed', '1', '--epochs', '20', '-q'];
  await ok('train', 'all.csv', '--columns', '2-4', ...more, '-o', 'named');
  await ok('train', 'bare.csv', '--columns', '2-4', ...more, '-o', 'numbered');
});
afterAll(() => rmSync(folder, { recursive: true }));

test('the model stores the names and numbers of the chosen columns', async () => {
  const options = (name: string) => Autoencoder.load(readFileSync(join(folder, name))).options;
  const numbers = { numbers: [2, 3, 4] };
  const names = ['temp', 'pressure', 'wind'];
  expect(options('named').columns).toEqual({ names, ...numbers, of: 5 });
  expect(options('numbered').columns).toEqual({ ...numbers, of: 4 });
  expect(await ok('info', 'named')).toMatch(/^columns +temp, pressure, wind \(2-4 of 5\)$/m);
});

describe('later commands choose the same columns', () => {
  test.each(['turned.csv', 'chosen.csv'])('of %s, by name', async (file) => {
    const expected = await ok('encode', '-m', 'named', 'all.csv');
    expect(await ok('encode', '-m', 'named', file)).toBe(expected);
  });

  test('of a table without names if --columns gives their numbers', async () => {
    const expected = await ok('encode', '-m', 'named', 'all.csv');
    expect(await ok('encode', '-m', 'named', 'bare.csv', '--columns', '2-4')).toBe(expected);
    const { code, stderr } = await called(folder, ['encode', '-m', 'named', 'bare.csv']);
    expect(stderr).toContain(
      'bare.csv: it has 4 columns without names, and the model learned from columns 2-4 of 5; choose with --columns',
    );
    expect(code).toBe(1);
  });

  test.each(['bare.csv', 'bare.npy', 'chosen.csv'])('of %s, by number', async (file) => {
    const expected = await ok('encode', '-m', 'numbered', 'bare.csv', '--columns', '4,3,2');
    expect(await ok('encode', '-m', 'numbered', file)).toBe(expected);
  });

  test.each([['evaluate'], ['score'], ['reconstruct'], ['anomalies', '--threshold', '0']])(
    '%s %s %s',
    async (task, ...more) => {
      const [here, there] = ['all.csv', 'turned.csv'].map((file) =>
        ok(task, '-m', 'named', ...more, file),
      );
      expect(await there).toBe(await here);
    },
  );

  test('of JSON lines, whose keys may be in any order', async () => {
    write(
      'straight.jsonl',
      '{"temp":20,"pressure":1000,"wind":5}\n{"temp":21,"pressure":999,"wind":5.1}\n',
    );
    const expected = await ok('encode', '-m', 'named', 'straight.jsonl');
    expect(await ok('encode', '-m', 'named', 'turned.jsonl')).toBe(expected);
  });

  test('validation data are matched by name', async () => {
    const train = (file: string) =>
      ok(
        ...['train', 'all.csv', '--columns', '2-4', '--layers', '3,2', '--scale', 'standard'],
        ...['--seed', '1', '--epochs', '3', '--validation-data', file, '-o', 'v', '--json'],
      );
    const losses = (text: string) =>
      text.split('\n').flatMap((line) => /"validationLoss":[^,]*/.exec(line) ?? []);
    const expected = losses(await train('all.csv'));
    expect(expected).toHaveLength(4);
    expect(losses(await train('turned.csv'))).toEqual(expected);
  });

  test('decode writes the column names', async () => {
    await ok('encode', '-m', 'named', 'all.csv', '-o', 'codes.csv', '-q');
    expect((await ok('decode', '-m', 'named', 'codes.csv')).split('\n')[0]).toBe(
      'temp,pressure,wind',
    );
  });

  test('anomalies reports columns of tables without names by number', async () => {
    const [first] = (
      await ok('anomalies', '-m', 'numbered', 'bare.csv', '--threshold', '0', '--json')
    ).split('\n');
    const columns = JSON.parse(first as string).features.map(
      ({ column }: { column: number }) => column,
    );
    expect(columns.sort()).toEqual([2, 3, 4]);
  });
});

test.each([
  [
    'named',
    'all.csv',
    ['--columns', '1-3'],
    "--columns names column 1 ('id'), which the model did not learn from, in all.csv",
    2,
  ],
  [
    'named',
    'all.csv',
    ['--columns', 'temp,wind'],
    "--columns names not column 3 ('pressure'), which the model learned from, in all.csv",
    2,
  ],
  [
    'numbered',
    'bare.csv',
    ['--columns', '1-3'],
    '--columns names column 1, which the model did not learn from, in bare.csv',
    2,
  ],
  [
    'named',
    'lacking.csv',
    [],
    "lacking.csv: it has no column 'pressure', which the model learned from",
    1,
  ],
  ['named', 'twice.csv', [], "twice.csv: it has 'temp', which the model learned from, twice", 1],
  [
    'numbered',
    'few.csv',
    [],
    'few.csv: it has 2 columns without names, and the model learned from columns 2-4 of 4',
    1,
  ],
] as const)('%s on %s %j is refused', async (model, file, more, message, expected) => {
  const { code, stdout, stderr } = await called(folder, ['encode', '-m', model, file, ...more]);
  expect(stderr).toContain(`autoencoder-wasm: ${message}`);
  expect(stdout.toString()).toBe('');
  expect(code).toBe(expected);
});
