// Told to stop, however often: the exit code says by what, and nothing half-written stays.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { Autoencoder } from '../../src/index.js';
import { prints, type Signal, stopped, writesIn } from './signals.js';

const root = mkdtempSync(join(tmpdir(), 'autoencoder-wasm-'));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(root, 'run-'));
});
afterAll(() => rmSync(root, { recursive: true }));

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

const TWICE: readonly [Signal, Signal, number][] = [
  ['SIGINT', 'SIGINT', 130],
  ['SIGHUP', 'SIGINT', 130],
  ['SIGTERM', 'SIGTERM', 143],
];

test.each(TWICE)('train, by %s and %s while it leaves', async (first, second, expected) => {
  writeFileSync(join(folder, 'x.csv'), '0.1,0.2\n0.3,0.4\n');
  const train = ['train', 'x.csv', '--layers', '2,1', '--epochs', '100000000', '--json'];
  const { code } = await stopped(
    { args: [...train, '-o', 'm', '--checkpoint=run'], folder, input: '' },
    prints,
    [first, second],
  );
  expect(code).toBe(expected);
  for (const name of readdirSync(folder).filter((name) => name !== 'x.csv')) {
    // Whole, or not there: which of them depends on when the second one came.
    expect(['m', 'run']).toContain(name);
    expect(Autoencoder.load(readFileSync(join(folder, name))).options.layers).toEqual([2, 1]);
  }
});

test.each(TWICE)('encode, by %s and %s', async (first, second) => {
  writeFileSync(join(folder, 'm'), new Autoencoder({ layers: [2, 1] }).save());
  const run = {
    args: ['encode', '-m', 'm', '-', '-o', 'codes.csv'],
    folder,
    input: '1,2\n3,4\n5,6\n',
  };
  const { code } = await stopped(run, writesIn(folder), [first, second]);
  // Both are there at once, and which one is served first is the system's choice.
  expect(code).toBeOneOf([first, second].map((signal) => EXIT_CODES[signal]));
  expect(readdirSync(folder)).toEqual(['m']);
});
