// `npm run bench:scale`: passes files of rows through a model, by the command line and by the workers of
// examples/scale-out. Shows what the queue costs, and what more workers gain.

import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { ShardResult } from '../../examples/scale-out/queue.js';
import { transformFile } from '../../src/cli/transform.js';
import { Autoencoder } from '../../src/index.js';
import { saveFile } from '../../src/node.js';
import { PROGRAM } from '../../test/support/node/cli.js';
import { startRedis } from '../../test/support/node/redis.js';
import { killAll, scaleOut, Worker } from '../../test/support/node/scale-out.js';
import { ended } from '../../test/support/node/wait.js';
import { PIXELS } from '../quality/data.js';
import { FORMATS, type Format, makeShards } from './shards.js';

const HELP = `Measures the command line and the workers of examples/scale-out on the same files.

Usage: npm run bench:scale -- [flags]

  --format NAME  ${FORMATS.join(', ')}                 (default idx)
  --shards N     how many files                (default 8)
  --rows N       rows a file                   (default 50000)
  --code N       width of the code             (default 64)
  --rounds N     how often each is measured    (default 5)
`;

const { values: flags } = parseArgs({
  options: {
    format: { type: 'string', default: 'idx' },
    shards: { type: 'string', default: '8' },
    rows: { type: 'string', default: '50000' },
    code: { type: 'string', default: '64' },
    rounds: { type: 'string', default: '5' },
    help: { type: 'boolean', default: false },
  },
});
if (flags.help) {
  console.log(HELP);
  process.exit();
}
const [count, rows, code, rounds] = [flags.shards, flags.rows, flags.code, flags.rounds].map(
  Number,
) as [number, number, number, number];
const folder = mkdtempSync(join(tmpdir(), 'scale-'));
const model = join(folder, 'model.safetensors');
const ae = new Autoencoder({ layers: [PIXELS, code], seed: 0, threads: 1 });
let outputs = 0;

/** A new output folder, since workers skip what is already done. */
function fresh(): string {
  const output = join(folder, `out-${outputs++}`);
  mkdirSync(output);
  return output;
}

/** Runs the command line, one process per file, `parallel` of them at a time. Returns seconds for all files. */
async function commandLine(files: readonly string[], parallel: number, threads: number) {
  const output = fresh();
  const queue = [...files];
  const start = performance.now();
  const lane = async () => {
    for (let file = queue.shift(); file; file = queue.shift()) {
      const to = join(output, `${basename(file)}.npy`);
      const args = ['encode', '-q', '-m', model, '--threads', `${threads}`, file, '-o', to];
      const code = await ended(spawn(process.execPath, [PROGRAM, ...args], { stdio: 'inherit' }));
      if (code !== 0) throw new Error(`the command line ended with ${code}`);
    }
  };
  await Promise.all(Array.from({ length: parallel }, lane));
  return (performance.now() - start) / 1000;
}

/** Does the command line's work in one warm process and without a queue: the lower bound for the workers. */
async function alone(files: readonly string[]): Promise<number> {
  const output = fresh();
  const start = performance.now();
  for (const from of files) {
    const to = join(output, `${basename(from)}.npy`);
    await transformFile(ae, 'encode', { from, read: {}, to, format: 'npy' });
  }
  return (performance.now() - start) / 1000;
}

/**
 * Times warm workers, from the start of the first shard to the end of the run, by their own clocks. Also
 * returns the seconds that one worker spends outside of its files.
 */
async function queued(
  files: readonly string[],
  workers: readonly Worker[],
  env: NodeJS.ProcessEnv,
) {
  const before = workers.map(({ log }) => log.length);
  const output = fresh();
  const args = ['submit', 'encode', ...files, '-m', model, '-o', output];
  const { code, stdout, stderr } = await scaleOut(args, env);
  if (code !== 0) throw new Error(stderr);
  const end = `run ${stdout.trim()} is over`;
  await Promise.any(workers.map((worker) => worker.says(end)));
  const lines = workers.flatMap(({ log }, i) => log.slice(before[i]).split('\n'));
  const times = (text: string) =>
    lines.filter((line) => line.includes(text)).map((line) => Date.parse(line.slice(0, 24)));
  const seconds = (Math.max(...times(end)) - Math.min(...times(' began '))) / 1000;
  const report = readFileSync(join(output, `_run-${stdout.trim()}.json`), 'utf8');
  const { done } = JSON.parse(report) as { done: ShardResult[] };
  const inside = done.reduce((sum, { seconds }) => sum + seconds, 0);
  return { seconds, outside: seconds - inside / workers.length };
}

const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[values.length >> 1] as number;

const redisFolder = join(folder, 'redis');
mkdirSync(redisFolder);
const redis = await startRedis(redisFolder);
try {
  await saveFile(ae, model);
  const files = makeShards(folder, flags.format as Format, count, rows);
  const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0);
  const env = { REDIS_URL: redis.url };
  const overheads: number[] = []; // milliseconds per file
  const withWorkers = async (number: number) => {
    const workers = Array.from(
      { length: number },
      (_, i) => new Worker(`w${i}`, ['--root', folder, '--concurrency', '1'], env),
    );
    await Promise.all(workers.map((worker) => worker.says('waiting for shards')));
    await queued(files, workers, env); // starts the workers' processes, and warms them up
    const { seconds, outside } = await queued(files, workers, env);
    if (number === 1) overheads.push((1000 * outside) / count);
    await Promise.all(workers.map((worker) => worker.stop()));
    return seconds;
  };
  const ways: [string, () => Promise<number>][] = [
    ['one warm process, no queue', () => alone(files)],
    ['command line, one after the other, 1 thread', () => commandLine(files, 1, 1)],
    ['1 worker', () => withWorkers(1)],
    ['command line, one after the other, 2 threads', () => commandLine(files, 1, 2)],
    ['command line, two at a time', () => commandLine(files, 2, 1)],
    ['2 workers', () => withWorkers(2)],
    ['4 workers', () => withWorkers(4)],
  ];
  await alone(files); // warm-up
  const taken = ways.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, [, measure]] of ways.entries()) {
      taken[i]?.push(await measure());
      for (let n = 0; n < outputs; n++)
        rmSync(join(folder, `out-${n}`), { recursive: true, force: true });
    }
  }
  console.log(
    `${count} files of ${rows.toLocaleString('en')} rows of ${PIXELS}, ${flags.format}, ` +
      `${(bytes / 1e6).toFixed(0)} MB, code ${code}, medians of ${rounds}:\n`,
  );
  console.log('| | s | rows/s | MB/s | a file, ms | spread |\n|---|---|---|---|---|---|');
  for (const [i, [name]] of ways.entries()) {
    const all = taken[i] as number[];
    const s = median(all);
    const spread = `${Math.min(...all).toFixed(2)} to ${Math.max(...all).toFixed(2)}`;
    const [rate, mb] = [(count * rows) / s, bytes / 1e6 / s].map((n) =>
      Math.round(n).toLocaleString('en'),
    );
    console.log(
      `| ${name} | ${s.toFixed(2)} | ${rate} | ${mb} | ${((1000 * s) / count).toFixed(0)} | ${spread} |`,
    );
  }
  console.log(
    `\n1 worker, outside of its files: ${median(overheads).toFixed(1)} ms a file ` +
      `(${overheads.map((ms) => ms.toFixed(1)).join(', ')})`,
  );
} finally {
  killAll();
  await redis.stop();
  rmSync(folder, { recursive: true });
}
