// The setup of the tests of examples/scale-out: a Redis, tables and a model; and the steps that they share.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { FASHION } from '../../../bench/quality/data.js';
import type { ShardResult } from '../../../examples/scale-out/queue.js';
import { planFiles } from '../../../examples/scale-out/shards.js';
import { type Task, transformFile } from '../../../src/cli/transform.js';
import { Autoencoder } from '../../../src/index.js';
import { uniform } from '../data.js';
import { type RedisServer, startRedis } from './redis.js';
import { hasData, hasProgram } from './require.js';
import { called, killAll, type Outcome, Worker } from './scale-out.js';

export const isComplete = [
  hasProgram('redis-server', '--version'),
  hasProgram('openssl', 'version'),
  hasData('dataset-fashion-mnist', FASHION),
].every(Boolean);

/** So that a test need not wait for half a minute. A slower worker loses no work. */
export const TAKEOVER = ['--takeover', '5'];
export const ONE = ['--concurrency', '1', ...TAKEOVER];

interface Report {
  done: ShardResult[];
  failed: { from: string; error: string; attempts: number }[];
}

export let folder: string;
let redis: RedisServer;
/** The environment in which commands find Redis. */
export let env: NodeJS.ProcessEnv;
export const at = (...path: string[]) => join(folder, ...path);

/** Tables of six columns, and a model of them that accepts missing cells. */
export const ROWS = 50;
export const table = uniform(ROWS, 6, 3);
export const small = new Autoencoder({ layers: [6, 3], missing: 'mask', seed: 7 });

export function csv(rows: Float32Array, width: number): string {
  const lines = Array.from({ length: rows.length / width }, (_, i) =>
    [...rows.subarray(i * width, (i + 1) * width)].join(','),
  );
  return `${lines.join('\n')}\n`;
}

/** Starts a worker that may read and write in the test's folder. */
export const startWorker = (name: string, args: readonly string[], inEnv = env) =>
  new Worker(name, ['--root', folder, ...args], inEnv);

/** Submits a run, and returns its name. */
export async function submit(...args: string[]): Promise<string> {
  return submitted(await called(['submit', ...args], env));
}

export function submitted({ code, stdout, stderr }: Outcome): string {
  expect(stderr).toMatch(/shards?, /);
  expect(code).toBe(0);
  return stdout.trim();
}

/** Waits until a run is over, and returns its report and what `status` printed about it. */
export async function over(run: string, output: string, status = called, inEnv = env) {
  const outcome = await status(['status', run, '--wait'], inEnv);
  const report: Report = JSON.parse(readFileSync(join(output, `_run-${run}.json`), 'utf8'));
  return { ...outcome, report };
}

/** All files in a folder that a run has written. */
export const outputs = (output: string) =>
  readdirSync(output).filter((name) => !name.startsWith('_run-'));

/** Sets up and tears down for each test. */
export function beginsAnew(): void {
  beforeAll(() => small.fit(table, { epochs: 2, batchSize: 10 }));

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'scale-out-'));
    redis = await startRedis(folder);
    env = { REDIS_URL: redis.url };
    writeFileSync(at('small.safetensors'), small.save());
    mkdirSync(at('tables'));
    for (let i = 0; i < 6; i++) writeFileSync(at('tables', `part-${i}.csv`), csv(table, 6));
  });

  afterEach(async () => {
    killAll();
    await redis.stop();
    rmSync(folder, { recursive: true });
  });
}

/** Restarts Redis with the data that it has saved to the disk. */
export async function restartRedis(): Promise<void> {
  await redis.stop();
  redis = await startRedis(folder);
}

/** The bytes of every output, as computed in this process alone. */
export async function alone(task: Task, ae: Autoencoder, inputs: string[], format: 'npy' | 'csv') {
  const reference = at('reference');
  mkdirSync(reference, { recursive: true });
  const made = new Map<string, Buffer>();
  for (const { from, to } of await planFiles(inputs, reference, format)) {
    await transformFile(ae, task, { from, read: {}, to, format });
    made.set(basename(to), readFileSync(to));
  }
  return made;
}
