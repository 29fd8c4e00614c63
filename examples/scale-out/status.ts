// status: shows the progress of runs, and what went wrong.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Queue } from 'bullmq';
import { type Arguments, text } from './flags.js';
import { type Failure, outcomes } from './outcomes.js';
import {
  connect,
  type Run,
  type RunResult,
  redisUrl,
  runQueue,
  type Shard,
  type ShardResult,
  shardQueue,
} from './queue.js';
import { count, print, printable, seconds, UsageError } from './words.js';

const REFRESH_MS = 1000;

/** The progress of a run. */
interface Status {
  run: string;
  task: string;
  folder: string;
  isOver: boolean;
  /** The number of shards, of finished ones, and of those that are being processed. */
  shards: number;
  done: number;
  active: number;
  /** The shards that were set aside. */
  failed: Failure[];
  /** The rows of finished shards and of those being processed. */
  rows: number;
  /** The speed of all active processes together; 0 if there are none. */
  rowsPerSecond: number;
  /** Undefined if unknown: no shard is finished yet, or no process is active. */
  secondsLeft: number | undefined;
}

/** Prints the progress of runs. The exit code is 1 if a shard was set aside. */
export async function status(args: Arguments): Promise<number> {
  let code = 0;
  const [id, other] = args.operands;
  if (other !== undefined) throw new UsageError(`one RUN is expected, also got '${other}'`);
  if (id === undefined && args.flags.wait) throw new UsageError('--wait needs a RUN');
  const redis = await connect(redisUrl(text(args, 'redis')));
  try {
    const [runs, shards] = [runQueue(redis), shardQueue(redis)];
    const ids = id === undefined ? (await runs.getJobs()).map((job) => job.id as string) : [id];
    if (ids.length === 0) process.stderr.write('there are no runs\n');
    for (const run of ids) {
      const found = await (args.flags.wait ? waitFor : look)(run, runs, shards).catch((error) => {
        if (id !== undefined) throw error;
        // With several runs, continue with the others after one has failed.
        code = 1;
        process.stderr.write(`${error.message}\n`);
      });
      if (!found) continue;
      await print(args.flags.json ? `${JSON.stringify(found)}\n` : describe(found));
      if (found.failed.length > 0) code = 1;
    }
    return code;
  } finally {
    redis.disconnect();
  }
}

/** Polls until the run is over; on a terminal a line shows the progress. */
async function waitFor(...run: Parameters<typeof look>): Promise<Status> {
  const { isTTY } = process.stderr;
  for (;;) {
    const found = await look(...run);
    if (isTTY) process.stderr.write(`\r${summary(found)}\x1b[K${found.isOver ? '\n' : ''}`);
    if (found.isOver) return found;
    await sleep(REFRESH_MS);
  }
}

async function look(
  run: string,
  runs: Queue<Run, RunResult>,
  shards: Queue<Shard, ShardResult>,
): Promise<Status> {
  const job = await runs.getJob(run);
  if (!job) throw new Error(`there is no run ${run}; status without one lists them`);
  const state = await job.getState();
  if (state === 'failed') throw new Error(`run ${run} has failed: ${job.failedReason}`);
  const { done, failed } = await outcomes(job, shards);
  const active = (await shards.getActive()).filter(({ data }) => data.run === run);
  const sum = (of: (result: ShardResult) => number) => done.reduce((all, one) => all + of(one), 0);
  const [rows, bytes, busy] = [sum((r) => r.rows), sum((r) => r.bytes), sum((r) => r.seconds)];
  const begun = active.reduce((all, { progress }) => all + rowsIn(progress), 0);
  // The remaining work is estimated from bytes, since shards differ in size and their rows are not known
  // before they are read.
  const bytesPerRow = rows > 0 ? bytes / rows : 0;
  const lost = failed.reduce((all, one) => all + one.bytes, 0);
  const left = job.data.bytes - bytes - lost - begun * bytesPerRow;
  const known = active.length > 0 && busy > 0;
  return {
    run,
    task: job.data.task,
    folder: job.data.folder,
    isOver: state === 'completed',
    shards: job.data.shards,
    done: done.length,
    active: active.length,
    failed,
    rows: rows + begun,
    // Measured only while a process is working, so that pauses do not count.
    rowsPerSecond: known ? (active.length * rows) / busy : 0,
    secondsLeft: known ? Math.max(0, ((left / bytes) * busy) / active.length) : undefined,
  };
}

/** Reads the value that the processor has passed to updateProgress. */
function rowsIn(progress: unknown): number {
  return (progress as { rows?: number }).rows ?? 0;
}

function summary({ isOver, shards, done, active, failed, rows, ...rest }: Status): string {
  const parts = [`${done.toLocaleString('en')} of ${count(shards, 'shard')} done`];
  if (failed.length > 0) parts.push(`${failed.length} set aside`);
  parts.push(count(rows, 'row'));
  if (!isOver) {
    if (active === 0) parts.push('no worker is at it');
    else parts.push(`${active} in work`);
    if (rest.rowsPerSecond > 0) parts.push(`${count(Math.round(rest.rowsPerSecond), 'row')}/s`);
    if (rest.secondsLeft !== undefined) parts.push(`${seconds(rest.secondsLeft)} left`);
  }
  return parts.join(', ');
}

function describe(found: Status): string {
  const [task, folder] = [found.task, found.folder].map((text) => printable(String(text), 400));
  const lines = [`${found.run}  ${task} to ${folder}`, `  ${summary(found)}`];
  for (const { error, attempts } of found.failed) {
    lines.push(`  set aside${attempts > 1 ? ` after ${attempts} attempts` : ''}: ${error}`);
  }
  return `${lines.join('\n')}\n`;
}
