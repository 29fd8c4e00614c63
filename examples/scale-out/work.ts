// work: processes shards from Redis, as many at a time as it has processes, until it is stopped.

import { availableParallelism, constants, hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { type Job, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { type Arguments, integer, text } from './flags.js';
import { rootFolder } from './jobs.js';
import {
  explain,
  PREFIX,
  RUNS,
  type Run,
  type RunResult,
  redisUrl,
  SHARDS,
  type Shard,
  type ShardResult,
  shardQueue,
  shown,
} from './queue.js';
import { finishRun } from './report.js';
import { count, printable, seconds } from './words.js';

/** If this many workers have died while processing a shard, it is probably the cause. */
const MAX_STALLED = 3;

/** Resolves when it was stopped and its current shards are done. */
export async function work(args: Arguments): Promise<number> {
  const concurrency = integer(args, 'concurrency') ?? availableParallelism();
  const patience = integer(args, 'takeover') ?? 30;
  const url = redisUrl(text(args, 'redis'));
  const name = text(args, 'name') ?? `${hostname()}:${process.pid}`;
  const root = await rootFolder(text(args, 'root') ?? '.');
  const log = (line: string) =>
    process.stderr.write(`${new Date().toISOString()} ${name} ${line}\n`);

  const connection = new Redis(url, { maxRetriesPerRequest: null });
  watch(connection, url, log);
  const shared = {
    connection,
    name,
    prefix: PREFIX,
    lockDuration: patience * 1000,
    // An expired lock is found at the next check, at most half of the patience later.
    stalledInterval: patience * 500,
    maxStalledCount: MAX_STALLED,
  };
  const shards = new Worker<Shard, ShardResult>(
    SHARDS,
    fileURLToPath(new URL('./processor.ts', import.meta.url)),
    {
      ...shared,
      concurrency,
      workerForkOptions: {
        env: {
          ...process.env,
          SCALE_OUT_REDIS: url,
          SCALE_OUT_WORKER: name,
          SCALE_OUT_ROOT: root,
        },
        // With threads of its own, the garbage collector marks so eagerly under the weight of the read
        // buffers that CSV takes half as long again (150 ms instead of 100 for 35 MB, Node 20); and every
        // core has a process already.
        execArgv: [...process.execArgv, '--single-threaded-gc'],
      },
    },
  );
  const runs = new Worker<Run, RunResult>(
    RUNS,
    (job) => finishRun(job, shardQueue(connection), root),
    shared,
  );
  // watch() reports errors of the connection, and failures of jobs are reported below.
  for (const worker of [shards, runs]) worker.on('error', () => {});

  const about = ({ data, attemptsMade }: Job<Shard>) =>
    `${fromOf(data)}${attemptsMade > 1 ? `, attempt ${attemptsMade}` : ''}`;
  shards.on('active', (job) => log(`began ${fromOf(job.data)}`));
  shards.on('completed', (job, { rows, seconds: took }) =>
    log(`done ${about(job)}: ${count(rows, 'row')} in ${seconds(took)}`),
  );
  shards.on('stalled', (id) => log(`found shard ${id} left by a worker that is gone`));
  shards.on('failed', (job, error) => {
    if (!job) return;
    const last = job.finishedOn !== undefined;
    log(`${last ? 'set aside' : 'failed, to be tried again:'} ${about(job)}: ${error.message}`);
  });
  runs.on('completed', (job, { done, failed }) =>
    log(`run ${job.id} is over: ${count(done, 'shard')} done, ${failed} set aside`),
  );

  runs.on('failed', (job, error) => log(`the end of run ${job?.id} failed: ${error.message}`));

  log(`reads and writes below ${root}`);
  await stopped(log);
  await Promise.all([shards.close(), runs.close()]);
  connection.disconnect();
  log('stopped');
  return 0;
}

/** The input that a job names; the job may not have been checked yet. */
const fromOf = (shard: Shard): string => printable(String(shard?.from), 400);

/** Resolves at the first signal. The second one ends the process at once, and other workers take over. */
function stopped(log: (line: string) => void): Promise<void> {
  return new Promise((resolve) => {
    let isStopping = false;
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        if (isStopping) process.exit(128 + constants.signals[signal]); // the exit code that shells use
        isStopping = true;
        log('stopping, when the shards in hand are done');
        resolve();
      });
    }
  });
}

/** Reports once that Redis cannot be reached, and once that it is back. */
function watch(connection: Redis, url: string, log: (line: string) => void): void {
  let [isAway, reason] = [false, ''];
  connection.on('error', (error) => {
    reason = ` (${explain(error)})`;
  });
  connection.on('reconnecting', () => {
    if (!isAway) log(`no answer from Redis at ${shown(url)}${reason}; waiting for it`);
    isAway = true;
  });
  connection.on('ready', () => {
    log(isAway ? 'Redis is back' : `waiting for shards from ${shown(url)}`);
    isAway = false;
  });
}
