// What became of a run's shards, as Redis has it.

import type { Job, Queue } from 'bullmq';
import { asResult } from './jobs.js';
import { PREFIX, type Run, type RunResult, SHARDS, type Shard, type ShardResult } from './queue.js';
import { printable } from './words.js';

/** A shard that was set aside. */
export interface Failure {
  from: string;
  to: string;
  /** Of the input. */
  bytes: number;
  /** With file and line, where the data is to blame, and without what it says. */
  error: string;
  attempts: number;
}

export interface Outcomes {
  done: ShardResult[];
  failed: Failure[];
}

/** The shards that are over, by the names of their inputs. */
export async function outcomes(
  job: Job<Run, RunResult>,
  shards: Queue<Shard, ShardResult>,
): Promise<Outcomes> {
  const done = Object.values((await job.getChildrenValues()) ?? {}).map((value) => {
    const result = asResult(value);
    if (!result) throw new Error(`run ${job.id} has a result in Redis that no worker wrote`);
    return result;
  });
  const failures = Object.entries(await job.getIgnoredChildrenFailures());
  const failed = await Promise.all(
    failures.map(async ([key, error]) => {
      const shard = await shards.getJob(key.slice(`${PREFIX}:${SHARDS}:`.length));
      if (!shard) throw new Error(`${key} is no longer in Redis`);
      const { data, attemptsMade } = shard;
      const [from, to] = [data.from, data.to].map(String) as [string, string];
      const bytes = Number(data.bytes) || 0;
      return { from, to, bytes, error: printable(String(error), 1000), attempts: attemptsMade };
    }),
  );
  const byInput = (a: { from: string }, b: { from: string }) => (a.from < b.from ? -1 : 1);
  return { done: done.sort(byInput), failed: failed.sort(byInput) };
}
