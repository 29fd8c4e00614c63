// Ends a run: removes temporary files, and reports the outcome of every shard.

import { randomUUID } from 'node:crypto';
import { readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Job, type Queue, UnrecoverableError } from 'bullmq';
import { checkRun, endOf, isBelow } from './jobs.js';
import { outcomes } from './outcomes.js';
import type { Run, RunResult, Shard, ShardResult } from './queue.js';

/** Runs after all shards of a run are done or set aside. */
export async function finishRun(
  job: Job<Run, RunResult>,
  shards: Queue<Shard, ShardResult>,
  root: string,
): Promise<RunResult> {
  const { id, task, model, folder } = await checkRun(job.data, job.id, root);
  const { done, failed } = await outcomes(job, shards);
  await sweep(
    [...done, ...failed].map(({ to }) => to),
    root,
  );
  const report = { run: id, task, model, done, failed };
  // Programs that read whole folders ignore names that begin with `_`.
  const path = join(folder, `_run-${id}.json`);
  if (!isBelow(root, await endOf(path)))
    throw new UnrecoverableError(`${path} is a link elsewhere`);
  const half = join(folder, `.${basename(path)}.${randomUUID()}.tmp`);
  try {
    await writeFile(half, `${JSON.stringify(report, null, 1)}\n`);
    await rename(half, path);
  } finally {
    await rm(half, { force: true });
  }
  return { done: done.length, failed: failed.length };
}

/** The names that transformFile gives to unfinished files. */
const TEMPORARY = /^\.(.+)\.[0-9a-f]{8}-[0-9a-f-]{27}\.tmp$/;

/** Removes unfinished files of workers that were killed. */
async function sweep(outputs: readonly string[], root: string): Promise<void> {
  const ours = new Set(outputs);
  for (const folder of new Set(outputs.map((path) => dirname(path)))) {
    if (!isBelow(root, await endOf(folder))) continue; // no worker of this run has written there
    for (const name of await readdir(folder).catch(() => [])) {
      const output = TEMPORARY.exec(name)?.[1];
      if (output && ours.has(join(folder, output))) await rm(join(folder, name), { force: true });
    }
  }
}
