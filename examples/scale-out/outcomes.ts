// The outcomes of a run's shards, as recorded in Redis.

import type { Job, Queue } from 'bullmq';
import { asResult } from './jobs.js';
import { PREFIX, type Run, type RunResult, SHARDS, type Shard, type ShardResult } from './queue.js';
import { printable } from './words.js';

/** A shard that was set aside. */
export interface Failure {
  from: string;
  to: string;
  /** The size of the input. */
  bytes: number;
  /** The message with file and line, if the data is at fault, but without the contents. */
  error: string;
  attempts: number;
}

export interface Outcomes {
  done: ShardResult[];
  failed: Failure[];
}

/** The shards that have ended, by the names of their inputs. */
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
