// Runs the shell scripts of docs/scaling.md.

import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Autoencoder } from '../../../src/index.js';
import { rowsOf, uniform } from '../../support/data.js';
import { ROOT } from '../../support/node/child.js';
import { PROGRAM } from '../../support/node/cli.js';
import { PATIENCE_MS } from '../../support/node/wait.js';

const scripts = [
  ...readFileSync(join(ROOT, 'docs/scaling.md'), 'utf8').matchAll(/```sh\n(.*?)```/gs),
].map(([, code]) => code as string);
const ae = new Autoencoder({ layers: [6, 3], seed: 2 });
const x = uniform(20, 6, 1);
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'scaling-'));
  for (const name of ['bin', 'shards', 'codes']) mkdirSync(join(folder, name));
  symlinkSync(PROGRAM, join(folder, 'bin/autoencoder-wasm'));
  writeFileSync(join(folder, 'model.safetensors'), ae.save());
  const lines = rowsOf(x, 6).map((row) => row.join());
  for (let i = 0; i < 5; i++) writeFileSync(join(folder, `shards/${i}.csv`), lines.join('\n'));
  lines[7] = '1,2,3,4,5,six';
  writeFileSync(join(folder, 'shards/3.csv'), lines.join('\n'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the script that contains this text. */
function run(text: string, env: NodeJS.ProcessEnv, input = '') {
  const script = scripts.find((code) => code.includes(text));
  writeFileSync(join(folder, 'script.sh'), script as string);
  const path = [join(folder, 'bin'), process.env.PATH].join(delimiter);
  return spawnSync('sh', ['script.sh'], {
    cwd: folder,
    input,
    encoding: 'utf8',
    env: { ...process.env, ...env, PATH: path },
    timeout: PATIENCE_MS,
  });
}

test('Slurm: each file is done by one task; the task with a broken file finishes the others and fails', () => {
  const task = (id: number) =>
    run('#SBATCH', {
      SLURM_ARRAY_TASK_ID: `${id}`,
      SLURM_ARRAY_TASK_COUNT: '2',
      SLURM_CPUS_PER_TASK: '2',
    });
  const [even, odd] = [task(0), task(1)];
  expect(odd.stderr).toBe('');
  expect(odd.status).toBe(0);
  expect(even.stderr).toContain("shards/3.csv, line 8, column 6: 'six' is not a number");
  expect(even.status).not.toBe(0);
  expect(readdirSync(join(folder, 'codes')).sort()).toEqual(
    ['0', '1', '2', '4'].map((i) => `${i}.npy`),
  );
});

test('Spark: rows are piped as JSON lines, and partitions may be empty', () => {
  const lines = rowsOf(x, 6).map((row) => JSON.stringify([...row]));
  const { status, stdout, stderr } = run('encode.sh', {}, `${lines.join('\n')}\n`);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  const codes = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(codes.flat().map(Math.fround)).toEqual([...ae.encodeSync(x).data]);
  expect(run('encode.sh', {})).toMatchObject({ status: 0, stdout: '', stderr: '' });
});
