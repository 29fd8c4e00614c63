// status: how far runs are, and what went wrong.

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

/** How far a run is. */
interface Status {
  run: string;
  task: string;
  folder: string;
  isOver: boolean;
  /** How many there are, how many of them are done, and how many in work. */
  shards: number;
  done: number;
  active: number;
  /** Those that were set aside. */
  failed: Failure[];
  /** Of the shards that are done, and those in work. */
  rows: number;
  /** What the processes that are at it do together; 0 where none is. */
  rowsPerSecond: number;
  /** Undefined where that cannot be said: nothing is done yet, or nobody is at it. */
  secondsLeft: number | undefined;
}

/** Prints where runs are; exit code 1 where a shard was set aside. */
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
        // Of several, one that has failed does not hide the others.
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

/** Looks until the run is over; on a terminal a line shows how far it is. */
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
  // Shards differ in size, and rows are not known before they are read: bytes say what is left.
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
    // By what a process does while it is at it, so that pauses do not count.
    rowsPerSecond: known ? (active.length * rows) / busy : 0,
    secondsLeft: known ? Math.max(0, ((left / bytes) * busy) / active.length) : undefined,
  };
}

/** What updateProgress of the processor was given. */
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
