// The end of a run: nothing is left lying about, and a report says what became of every shard.

import { readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Job, Queue } from 'bullmq';
import { openOutput } from '../../src/cli/output.js';
import { outcomes } from './outcomes.js';
import type { Run, RunResult, Shard, ShardResult } from './queue.js';

/** What is done for a run when none of its shards is left to do. */
export async function finishRun(
  job: Job<Run, RunResult>,
  shards: Queue<Shard, ShardResult>,
): Promise<RunResult> {
  const { task, model, folder } = job.data;
  const { done, failed } = await outcomes(job, shards);
  await sweep([...done, ...failed].map(({ to }) => to));
  const report = { run: job.id, task, model, done, failed };
  // Engines that read folders leave out what begins with `_`.
  const output = await openOutput(join(folder, `_run-${job.id}.json`));
  try {
    await output.write(Buffer.from(`${JSON.stringify(report, null, 1)}\n`));
    await output.finish();
  } catch (error) {
    await output.discard();
    throw error;
  }
  return { done: done.length, failed: failed.length };
}

/** As src/cli/output.ts names what is not finished. */
const TEMPORARY = /^\.(.+)\.[0-9a-f]{8}-[0-9a-f-]{27}\.tmp$/;

/** Removes what workers that were killed had begun to write. */
async function sweep(outputs: readonly string[]): Promise<void> {
  const ours = new Set(outputs);
  for (const folder of new Set(outputs.map((path) => dirname(path)))) {
    for (const name of await readdir(folder)) {
      const output = TEMPORARY.exec(name)?.[1];
      if (output && ours.has(join(folder, output))) await rm(join(folder, name), { force: true });
    }
  }
}
