// Commands that get signals, once or repeatedly: the exit code names the signal, and no incomplete file is
// left.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { Autoencoder } from '../../../src/index.js';
import { cli } from '../../support/node/cli.js';
import { hasOpen, prints, type Signal, stopped, writesIn } from '../../support/node/signals.js';

const root = mkdtempSync(join(tmpdir(), 'autoencoder-wasm-'));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(root, 'run-'));
});
afterAll(() => rmSync(root, { recursive: true }));

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

const TWICE: readonly [Signal, Signal][] = [
  ['SIGINT', 'SIGINT'],
  ['SIGHUP', 'SIGINT'],
  ['SIGTERM', 'SIGTERM'],
];

test.each(TWICE)(
  'train ends with whole models after %s, and %s while it ends',
  async (first, second) => {
    writeFileSync(join(folder, 'x.csv'), '0.1,0.2\n0.3,0.4\n');
    const train = ['train', 'x.csv', '--layers', '2,1', '--epochs', '100000000', '--json'];
    const { code } = await stopped(
      { args: [...train, '-o', 'm', '--checkpoint=run'], folder, input: '' },
      prints,
      [first, second],
    );
    // Both signals may be pending at once, and the system chooses which one is delivered first.
    expect(code).toBeOneOf([first, second].map((signal) => EXIT_CODES[signal]));
    for (const name of readdirSync(folder).filter((name) => name !== 'x.csv')) {
      // Complete or absent, depending on when the second signal arrived.
      expect(['m', 'run']).toContain(name);
      expect(Autoencoder.load(readFileSync(join(folder, name))).options.layers).toEqual([2, 1]);
    }
  },
);

test.each(TWICE)('encode leaves no file behind after %s and %s', async (first, second) => {
  writeFileSync(join(folder, 'm'), new Autoencoder({ layers: [2, 1] }).save());
  const run = {
    args: ['encode', '-m', 'm', '-', '-o', 'codes.csv'],
    folder,
    input: '1,2\n3,4\n5,6\n',
  };
  const { code } = await stopped(run, writesIn(folder), [first, second]);
  // Both signals may be pending at once, and the system chooses which one is delivered first.
  expect(code).toBeOneOf([first, second].map((signal) => EXIT_CODES[signal]));
  expect(readdirSync(folder)).toEqual(['m']);
});

test.each([
  ['DATA', ['encode', '-m', 'm', 'pipe', '-o', 'codes.csv']],
  ['the model', ['encode', '-m', 'pipe', '-', '-o', 'codes.csv']],
  ['MODEL', ['info', 'pipe']],
  ['--validation-data', ['train', '-', '--code', '1', '--validation-data', 'pipe', '-o', 'new']],
])('Ctrl-C ends a command while %s is a pipe that nobody writes to', async (_, args) => {
  writeFileSync(join(folder, 'm'), new Autoencoder({ layers: [2, 1] }).save());
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const rows = '0.1,0.2\n0.3,0.4\n';
  const run = { args, folder, input: rows, isWhole: true };
  const { code, stderr } = await stopped(run, hasOpen(pipe), ['SIGINT']);
  expect([code, stderr]).toEqual([130, '']);
  expect(readdirSync(folder).sort()).toEqual(['m', 'pipe']);
});

test('data written to a pipe later is read', async () => {
  const model = new Autoencoder({ layers: [2, 1], seed: 1 });
  writeFileSync(join(folder, 'm'), model.save());
  writeFileSync(join(folder, 'x.csv'), '0.1,0.2\n0.3,0.4\n');
  for (const name of ['pipe', 'model']) execFileSync('mkfifo', [join(folder, name)]);
  const codes = await cli(folder, ['encode', '-m', 'm', 'x.csv']);
  const piped = cli(folder, ['encode', '-m', 'model', 'pipe']);
  // Opening a pipe for writing waits for its reader.
  await writeFile(join(folder, 'model'), model.save());
  await writeFile(join(folder, 'pipe'), '0.1,0.2\n0.3,0.4\n');
  expect(await piped).toEqual({ ...codes, code: 0, stderr: '' });
});
