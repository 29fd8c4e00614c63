// Every command on a disk of 1 MB, with a reader that closes the pipe, and interrupted: no incomplete file
// is left, and the exit code reports it.

import { execFileSync, spawn } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { npyHeader } from '../../../src/cli/tables/npy-header.js';
import { Autoencoder } from '../../../src/index.js';
import { cli, PROGRAM } from '../../support/node/cli.js';
import { prints, type Signal, stopped, takesInput, writesIn } from '../../support/node/signals.js';
import { mountSmallDisk } from '../../support/node/small-disk.js';
import { ended, within } from '../../support/node/wait.js';

const [WIDTH, ROWS] = [4, 100_000];
const x = Float32Array.from({ length: WIDTH * ROWS }, (_, i) => ((i * 7919) % 97) / 97);
const TASKS = ['encode', 'decode', 'reconstruct', 'impute', 'score'];
const folder = mkdtempSync(join(tmpdir(), 'autoencoder-wasm-'));
const disk = join(folder, 'disk');
const unmount = mountSmallDisk(disk);
const out = join(folder, 'out');
/** More than fits into a pipe and less than a batch, so that a command waits for more. */
const input = '0.1,0.2,0.3,0.4\n'.repeat(20_000);

beforeAll(async () => {
  writeFileSync(
    join(folder, 'x.npy'),
    Buffer.concat([npyHeader(ROWS, WIDTH), Buffer.from(x.buffer)]),
  );
  writeFileSync(join(folder, 'few.csv'), '0.1,0.2,0.3,0.4\n0.5,0.6,0.7,0.8\n');
  const ae = new Autoencoder({ layers: [WIDTH, WIDTH], missing: 'mask', seed: 1 });
  await ae.fit(x.subarray(0, 400), { epochs: 1 });
  writeFileSync(join(folder, 'm'), ae.save());
  const wide = new Autoencoder({ layers: [2000, 200], scale: 'none', seed: 1 });
  writeFileSync(join(folder, 'wide'), wide.save());
});
afterAll(() => {
  unmount?.();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out);
  if (unmount) for (const name of readdirSync(disk)) rmSync(join(disk, name));
});

describe.skipIf(!unmount)('on a full disk of 1 MB', () => {
  const commands: [string, string[], string][] = [
    ...TASKS.flatMap((task): [string, string[], string][] =>
      ['csv', 'tsv', 'jsonl', 'npy'].map((format) => [
        `${task} ${format}`,
        [task, '-m', 'm', 'x.npy', '--output-format', format],
        '-o',
      ]),
    ),
    ['anomalies', ['anomalies', '-m', 'm', 'x.npy', '--all', '--threshold', '1'], '-o'],
    ['export', ['export', 'wide'], '--onnx'],
  ];

  test.each(commands)('%s', async (_, args, flag) => {
    // A score takes 4 bytes in NPY: 0.4 MB, so all of them fit.
    const fits = args[0] === 'score' && args.at(-1) === 'npy';
    const file = await cli(folder, [...args, flag, join(disk, 'file'), '-q']);
    expect(file.stderr).toBe(
      fits ? '' : `autoencoder-wasm: ${join(disk, 'file')}: the disk is full\n`,
    );
    expect(file.code).toBe(fits ? 0 : 1);
    expect(readdirSync(disk)).toEqual(fits ? ['file'] : []);
    rmSync(join(disk, 'file'), { force: true });
    const fd = openSync(join(disk, 'redirected'), 'w');
    const redirected = await cli(folder, flag === '-o' ? args : [...args, flag, '-'], '', {
      stdio: ['ignore', fd, 'pipe'],
    });
    closeSync(fd);
    expect(redirected.stderr).toBe(
      fits ? '' : 'autoencoder-wasm: standard output: the disk is full\n',
    );
    expect(redirected.code).toBe(fits ? 0 : 1);
  });

  test('train', async () => {
    const wide = `${Array.from({ length: 2000 }, (_, i) => (i % 7) / 7).join()}\n`.repeat(4);
    writeFileSync(join(folder, 'wide.csv'), wide);
    const args = ['train', 'wide.csv', '--layers', '2000,200', '--epochs', '1', '-q'];
    const { code, stderr } = await cli(folder, [...args, '-o', join(disk, 'model')]);
    expect(stderr).toBe(`autoencoder-wasm: ${join(disk, 'model')}: the disk is full\n`);
    expect(code).toBe(1);
    expect(readdirSync(disk)).toEqual([]);
  });
});

test.each([...TASKS, 'anomalies'])('%s, if its reader goes away', async (task) => {
  const more = task === 'anomalies' ? ['--all', '--threshold', '0'] : [];
  const args = [task, '-m', 'm', 'x.npy', ...more];
  const child = spawn(process.execPath, [PROGRAM, ...args], { cwd: folder });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  child.stdout.once('data', () => child.stdout.destroy());
  expect(await within('the end', ended(child))).toBe(141);
  expect(stderr).toBe('');
});

const SIGNALS: readonly [Signal[], number][] = [
  [['SIGINT'], 130],
  [['SIGTERM'], 143],
  [['SIGHUP'], 129],
  [['SIGINT', 'SIGINT'], 130],
  [['SIGINT', 'SIGINT', 'SIGINT'], 130],
];

describe.each(SIGNALS)('interrupted by %j', (signals, expected) => {
  test.each([...TASKS, 'anomalies'])('%s leaves no file behind', async (task) => {
    const more = task === 'anomalies' ? ['--threshold', '0'] : [];
    const args = [task, '-m', 'm', '-', ...more, '-o', 'out/file.csv'];
    const { code } = await stopped({ args, folder, input }, writesIn(out), signals);
    expect(code).toBe(expected);
    expect(readdirSync(out)).toEqual([]);
  });

  test('evaluate prints nothing', async () => {
    const args = ['evaluate', '-m', 'm', '-'];
    const { code, stderr } = await stopped({ args, folder, input }, takesInput, signals);
    expect([code, stderr]).toEqual([expected, '']);
  });

  test.each([
    ['info', ['info', 'pipe']],
    ['export', ['export', 'pipe', '--onnx', 'out/model.onnx']],
  ])('%s, while it reads its model, leaves no file behind', async (_, args) => {
    const pipe = join(folder, 'pipe');
    rmSync(pipe, { force: true });
    execFileSync('mkfifo', [pipe]);
    const half = readFileSync(join(folder, 'wide')).subarray(0, 1_000_000);
    let writer: FileHandle | undefined;
    const takesHalf = async () => {
      writer = await open(pipe, 'w'); // waits until the command opens it
      await writer.writeFile(half);
    };
    const { code, stderr } = await stopped({ args, folder, input: '' }, takesHalf, signals);
    await writer?.close();
    expect([code, stderr]).toEqual([expected, '']);
    expect(readdirSync(out)).toEqual([]);
  });

  test('train leaves complete models only', async () => {
    const args = ['train', 'few.csv', '--layers', '4,2', '--epochs', '100000000', '--json'];
    const files = ['-o', 'out/model', '--checkpoint=out/run'];
    const { code } = await stopped(
      { args: [...args, ...files], folder, input: '' },
      prints,
      signals,
    );
    expect(code).toBe(expected);
    const names = readdirSync(out);
    if (signals.length === 1) expect(names).toEqual(['model', 'run']);
    for (const name of names) {
      expect(['model', 'run']).toContain(name);
      expect(Autoencoder.load(readFileSync(join(out, name))).options.layers).toEqual([4, 2]);
    }
  });
});
