// Where results are written: full disks, readers that close the pipe, and output files that are also input.

import { spawn } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  linkSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { npyHeader } from '../../../src/cli/tables/npy-header.js';
import { Autoencoder } from '../../../src/index.js';
import { called, cli, PROGRAM } from '../../support/node/cli.js';
import { mountSmallDisk } from '../../support/node/small-disk.js';
import { ended } from '../../support/node/wait.js';

const [WIDTH, ROWS] = [4, 100_000];
const x = Float32Array.from({ length: WIDTH * ROWS }, (_, i) => ((i * 7919) % 97) / 97);
const folder = mkdtempSync(join(tmpdir(), 'autoencoder-wasm-'));
const unmount = mountSmallDisk(join(folder, 'disk'));
beforeAll(async () => {
  const npy = Buffer.concat([npyHeader(ROWS, WIDTH), Buffer.from(x.buffer)]);
  writeFileSync(join(folder, 'x.npy'), npy);
  writeFileSync(join(folder, 'few.csv'), '0.1,0.2,0.3,0.4\n0.5,0.6,0.7,0.8\n');
  const ae = new Autoencoder({ layers: [WIDTH, WIDTH], missing: 'mask', seed: 1 });
  await ae.fit(x.subarray(0, 400), { epochs: 1 });
  writeFileSync(join(folder, 'm'), ae.save());
});
afterAll(() => {
  unmount?.();
  rmSync(folder, { recursive: true });
});

const read = (name: string) => readFileSync(join(folder, name));
const MODEL = ['--layers', '4,2', '--seed', '1'];

/** Runs a command with its standard output redirected to a file. */
async function into(file: string, args: readonly string[]) {
  const fd = openSync(join(folder, file), 'w');
  try {
    return await cli(folder, args, '', { stdio: ['ignore', fd, 'pipe'] });
  } finally {
    closeSync(fd);
  }
}

const FULL = 'autoencoder-wasm: standard output: the disk is full\n';

// commands.slow.ts tests all commands.
describe('a full disk behind standard output is an error', () => {
  test
    .skipIf(!unmount)
    .each([
      ...['csv', 'jsonl', 'npy'].map((format) => ['encode', '--output-format', format]),
      ['score'],
    ])('%s %s %s', async (task, ...more) => {
    // 100,000 scores fit as 4 bytes each, but not as text.
    const { code, stderr } = await into('disk/out', [task, '-m', 'm', 'x.npy', ...more]);
    expect(stderr).toBe(FULL);
    expect(code).toBe(1);
  });

  test.each([
    [['--help']],
    [['info', 'm']],
    [['evaluate', '-m', 'm', 'few.csv']],
    [['export', 'm', '--onnx', '-']],
  ])('%j', async (args) => {
    const { code, stderr } = await cli(folder, args, '', {
      stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
    });
    expect(stderr).toBe(FULL);
    expect(code).toBe(1);
  });

  test('but training continues, and writes its model', async () => {
    const train = ['train', 'few.csv', ...MODEL, '--epochs', '3', '-o'];
    await cli(folder, [...train, 'whole', '-q']);
    const { code, stderr } = await cli(folder, [...train, 'full', '--json'], '', {
      stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
    });
    expect(JSON.parse(stderr).error).toBe('standard output: the disk is full');
    expect(code).toBe(1);
    expect(read('full')).toEqual(read('whole'));
  });
});

describe('a reader that closes the pipe', () => {
  /** Runs a command whose reader closes the pipe after the first output. */
  async function unread(args: readonly string[]) {
    const child = spawn(process.execPath, [PROGRAM, ...args], { cwd: folder });
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.stdout.once('data', () => child.stdout.destroy());
    return { code: await ended(child), stderr };
  }

  test('does not stop training, and the model is written', async () => {
    const train = ['train', 'x.npy', ...MODEL, '--epochs', '5', '-o'];
    await cli(folder, [...train, 'read', '-q']);
    const { code, stderr } = await unread([...train, 'unread', '--json', '--checkpoint=run']);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(read('unread')).toEqual(read('read'));
    expect(read('run')).toEqual(read('read'));
  });

  test('does not affect a file that is written', async () => {
    const args = ['encode', '-m', 'm', 'x.npy', '-o'];
    await cli(folder, [...args, 'codes.csv', '-q']);
    // The reader closes the pipe without reading.
    const again = [process.execPath, PROGRAM, ...args, 'again.csv', '--json'];
    const script = 'set -o pipefail; "$@" | true';
    const shell = spawn('bash', ['-c', script, '-', ...again], { cwd: folder, stdio: 'ignore' });
    expect(await ended(shell)).toBe(0);
    expect(read('again.csv').equals(read('codes.csv'))).toBe(true);
  });

  test.each(['encode', 'score'])('ends %s with the exit code of SIGPIPE', async (task) => {
    const { code, stderr } = await unread([task, '-m', 'm', 'x.npy']);
    expect(stderr).toBe('');
    expect(code).toBe(141);
  });
});

describe('an input file is not overwritten', () => {
  const few = '0.1,0.2,0.3,0.4\n0.5,0.6,0.7,0.8\n';
  beforeAll(() => {
    for (const name of ['d.csv', 'v.csv']) writeFileSync(join(folder, name), few);
    writeFileSync(join(folder, 'w.csv'), '1\n2\n');
    linkSync(join(folder, 'd.csv'), join(folder, 'hard.csv'));
    symlinkSync('d.csv', join(folder, 'soft.csv'));
    copyFileSync(join(folder, 'm'), join(folder, 'kept'));
  });

  test.each([
    [['train', 'd.csv', ...MODEL, '-o', 'd.csv'], '--output is the same file as DATA (d.csv)'],
    [['train', 'd.csv', ...MODEL, '-o', 'soft.csv'], '--output is the same file as DATA (d.csv)'],
    [['train', 'd.csv', ...MODEL, '-o', 'hard.csv'], '--output is the same file as DATA (d.csv)'],
    [
      ['train', 'd.csv', ...MODEL, '-o', 'n', '--checkpoint=./d.csv'],
      '--checkpoint is the same file as DATA (d.csv)',
    ],
    [
      ['train', 'd.csv', ...MODEL, '-o', 'v.csv', '--validation-data', 'v.csv'],
      '--output is the same file as --validation-data (v.csv)',
    ],
    [
      ['train', 'd.csv', ...MODEL, '-o', 'n', '--checkpoint=w.csv', '--sample-weight', 'w.csv'],
      '--checkpoint is the same file as --sample-weight (w.csv)',
    ],
    ...['encode', 'decode', 'reconstruct', 'impute', 'score', 'anomalies', 'explain'].flatMap(
      (task): [string[], string][] => [
        [[task, '-m', 'm', 'd.csv', '-o', 'm'], '--output is the same file as --model (m)'],
        [[task, '-m', 'm', 'd.csv', '-o', 'd.csv'], '--output is the same file as DATA (d.csv)'],
      ],
    ),
    [['export', 'm', '--onnx', 'm'], '--onnx is the same file as MODEL (m)'],
  ])('%j', async (args, message) => {
    const { code, stderr } = await called(folder, args);
    expect(stderr).toContain(`autoencoder-wasm: ${message}, which would be overwritten\n`);
    expect(code).toBe(2);
    for (const name of ['d.csv', 'v.csv']) expect(read(name).toString()).toBe(few);
    expect(read('m')).toEqual(read('kept'));
    expect(readdirSync(folder)).not.toContain('n');
  });

  test('also through redirected standard input and output', async () => {
    const [from, to] = [openSync(join(folder, 'd.csv'), 'r'), openSync(join(folder, 'd.csv'), 'a')];
    const redirected = (args: string[], stdin: number | 'ignore', stdout: number | 'pipe') =>
      cli(folder, ['encode', '-m', 'm', ...args], '', { stdio: [stdin, stdout, 'pipe'] });
    const appended = await redirected(['d.csv'], 'ignore', to);
    expect(appended.stderr).toContain('standard output is the same file as DATA (d.csv)');
    const piped = await redirected(['-', '-o', 'd.csv'], from, 'pipe');
    expect(piped.stderr).toContain('--output is the same file as standard input');
    expect([appended.code, piped.code]).toEqual([2, 2]);
    expect(read('d.csv').toString()).toBe(few);
    for (const fd of [from, to]) closeSync(fd);
  });
});
