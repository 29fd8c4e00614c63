// Errors of the library as the command line prints them: with file, line and row, and with flags for
// options.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { called } from '../../support/node/cli.js';

let folder: string;
const ROWS = 2600;
const COLUMNS = 500; // so that a batch of the reader has 2,097 rows
const BAD = 2500;
const BASE = ['--seed', '1', '--epochs', '1', '-o', 'no'];
const TRAIN = [...BASE, '--columns', '2-3', '--layers', '2,1'];

async function failure(code: number, ...args: string[]): Promise<string> {
  const { stderr, ...outcome } = await called(folder, args);
  expect([outcome.code, stderr]).toEqual([code, expect.stringMatching(/^autoencoder-wasm: .*\n/m)]);
  return /^autoencoder-wasm: (.*)/m.exec(stderr)?.[1] as string;
}

/** A table of small numbers with column names, an empty line and one value that differs. */
function table(file: string, columns: number, bad: string | undefined, column = 2): void {
  const names = Array.from({ length: columns }, (_, j) => `c${j + 1}`);
  const lines = Array.from({ length: ROWS }, (_, i) => {
    const cells = names.map((_, j) => String(((i * 7 + j * 3) % 10) / 10));
    if (i + 1 === BAD && bad !== undefined) cells[column] = bad;
    return cells.join();
  });
  writeFileSync(join(folder, file), `${names.join()}\n\n${lines.join('\n')}\n`);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'autoencoder-wasm-'));
  table('good.csv', 3, undefined);
  table('seven.csv', 3, '7');
  table('huge.csv', 3, '3e38');
  table('wide.csv', COLUMNS, undefined);
  table('wide-huge.csv', COLUMNS, '3e38');
  const scaled = ['--scale', 'standard', '--epochs', '1', '--seed', '1'];
  const trained = await called(folder, [
    'train',
    'wide.csv',
    '--code',
    '1',
    ...scaled,
    '-o',
    'wide',
  ]);
  expect([trained.code, trained.stderr]).toEqual([0, expect.any(String)]);
});
afterAll(() => rmSync(folder, { recursive: true }));

const PLACE = 'line 2502, row 2500, column 3 (c3): ';
const UNIT = 'it is 7, and rows must be in [0, 1] with --loss bce';
const OVERFLOW =
  /^it is 3e\+38, which is Infinity as a scaled float32, and rows must have values close to/;

describe('an error about a value out of range in row 2500 names its file and place', () => {
  const bce = ['--loss', 'bce', '--output-activation', 'sigmoid', '--scale', 'none'];
  test.each([
    ['in memory', ['seven.csv'], 'seven.csv'],
    ['streamed', ['seven.csv', '--stream'], 'seven.csv'],
    ['to validate on', ['good.csv', '--validation-data', 'seven.csv'], 'seven.csv'],
    ['beside a stream', ['good.csv', '--stream', '--validation-data', 'seven.csv'], 'seven.csv'],
  ])('%s', async (_, data, file) => {
    expect(await failure(1, 'train', ...data, ...TRAIN, ...bce)).toBe(`${file}, ${PLACE}${UNIT}`);
  });

  test('as JSON fields', async () => {
    const { stderr } = await called(folder, ['train', 'seven.csv', ...TRAIN, ...bce, '--json']);
    expect(JSON.parse(stderr)).toEqual({
      error: `seven.csv, ${PLACE}${UNIT}`,
      ...{ file: 'seven.csv', line: 2502, row: 2500, column: 3, name: 'c3' },
    });
  });
});

describe('an error about a value that overflows when scaled names its file and place', () => {
  test('in validation data', async () => {
    const args = ['good.csv', '--validation-data', 'huge.csv', '--scale', 'standard'];
    const message = await failure(1, 'train', ...args, ...TRAIN);
    expect(message.slice(0, `huge.csv, ${PLACE}`.length)).toBe(`huge.csv, ${PLACE}`);
    expect(message.slice(`huge.csv, ${PLACE}`.length)).toMatch(OVERFLOW);
    expect(message).toMatch(/close to those from which --scale was learned$/);
  });

  test.each(['encode', 'reconstruct', 'score', 'evaluate', 'anomalies'])(
    'of %s, in the second batch',
    async (task) => {
      const more = task === 'anomalies' ? ['--contamination', '0.1'] : [];
      const message = await failure(1, task, '-m', 'wide', 'wide-huge.csv', ...more);
      const start = `wide-huge.csv, ${PLACE}`;
      expect(message.slice(0, start.length)).toBe(start);
      expect(message.slice(start.length)).toMatch(OVERFLOW);
    },
  );
});

test('an error about a column without values names the column', async () => {
  writeFileSync(join(folder, 'hole.csv'), 'a,b\n1,\n2,\n3,\n');
  const flags = ['--missing', 'mask', '--layers', '2,1', ...BASE];
  expect(await failure(1, 'train', 'hole.csv', ...flags)).toBe(
    'hole.csv, column 2 (b): no training row has a value there; leave the column out with --columns',
  );
});

test('errors of sample weights name their file', async () => {
  const weights = (bad: string) =>
    writeFileSync(
      join(folder, 'w.csv'),
      Array.from({ length: ROWS }, (_, i) => (i + 1 === BAD ? bad : '1')).join('\n'),
    );
  const run = () => failure(1, 'train', 'good.csv', ...TRAIN, '--sample-weight', 'w.csv');
  weights('-2');
  expect(await run()).toBe(
    'w.csv, line 2500, row 2500: it is -2, and weights must be at least 0 and finite',
  );
  writeFileSync(join(folder, 'w.csv'), '1\n2\n3\n');
  expect(await run()).toBe('w.csv: it must be an array of numbers, one a row of 2600, got 3');
});

test('an error of --validation-split names the flag', async () => {
  writeFileSync(join(folder, 'few.csv'), '1,2\n3,4\n');
  const flags = ['--layers', '2,1', '--validation-split', '0.1', ...BASE];
  expect(await failure(2, 'train', 'few.csv', ...flags)).toMatch(
    /^--validation-split 0.1 needs more rows: of the 2 rows of DATA it would leave 2 to train on/,
  );
});

test('the error of a run that diverges suggests flags', async () => {
  writeFileSync(join(folder, 'large.csv'), '1e30,2e30\n-3e30,4e30\n');
  const flags = ['--scale', 'none', '--layers', '2,1', ...BASE];
  const message = await failure(1, 'train', 'large.csv', ...flags);
  expect(message).toMatch(/^fit diverged: the loss was not finite at epoch 1/);
  expect(message).toContain('try --scale standard, or a --learning-rate below');
});
