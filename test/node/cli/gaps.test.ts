// Rows without any value.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { called } from '../../support/node/cli.js';

let folder: string;
const TRAIN = ['--layers', '2,1', '--missing', 'mask', '--epochs', '3', '--seed', '1'];
let said: string;

async function ok(...args: string[]) {
  const { code, stdout, stderr } = await called(folder, args);
  expect(code === 0 ? '' : stderr).toBe('');
  return { lines: stdout.toString().trimEnd().split('\n'), stderr };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'autoencoder-wasm-'));
  writeFileSync(join(folder, 'gap.csv'), 'a,b\n1,2\n2,3\n,\n4,5\n');
  writeFileSync(join(folder, 'full.csv'), 'a,b\n1,2\n2,3\n4,5\n');
  said = (await ok('train', 'gap.csv', ...TRAIN, '-o', 'm')).stderr;
});
afterAll(() => rmSync(folder, { recursive: true }));

test('train ignores rows without any value, and prints a note', async () => {
  expect(said).toContain('note: 1 row without any value, which are not trained on\n');
  const streamed = await ok('train', 'gap.csv', ...TRAIN, '--stream', '-o', 's');
  expect(streamed.stderr).toContain('note: 1 row without any value');
});

test('impute fills such rows with the column means', async () => {
  const { lines } = await ok('impute', '-m', 'm', 'gap.csv');
  const [a, b] = (lines[3] as string).split(',').map(Number) as [number, number];
  expect(a).toBeCloseTo(7 / 3, 5);
  expect(b).toBeCloseTo(10 / 3, 5);
});

test('score and anomalies have no score for such rows', async () => {
  expect((await ok('score', '-m', 'm', 'gap.csv')).lines[3]).toBe('');
  const all = ['-m', 'm', 'gap.csv', '--threshold', '0', '--all'];
  expect((await ok('anomalies', ...all)).lines[3]).toMatch(/^3,,0,,+$/);
  expect(JSON.parse((await ok('anomalies', ...all, '--json')).lines[2] as string)).toEqual({
    ...{ row: 3, score: null, anomaly: false, features: [] },
  });
});

test('evaluate ignores such rows', async () => {
  const { lines } = await ok('evaluate', '-m', 'm', 'gap.csv');
  expect(lines).toEqual((await ok('evaluate', '-m', 'm', 'full.csv')).lines);
});

test('-V prints the version, and a flag that is required by another one is reported', async () => {
  expect((await ok('-V')).lines).toEqual((await ok('--version')).lines);
  const args = ['train', 'full.csv', ...TRAIN, '-o', 'n', '--noise', 'gaussian'];
  const { code, stderr } = await called(folder, args);
  expect(stderr).toMatch(/--noise-amount must be a number above 0 and .*, and is missing\n/);
  expect(code).toBe(2);
});
