// Runs in a separate process: applies a model to one shard after another.

import { stat } from 'node:fs/promises';
import { Autoencoder } from 'autoencoder-wasm';
import { transformFile } from 'autoencoder-wasm/data';
import { type SandboxedJob, UnrecoverableError } from 'bullmq';
import { Redis } from 'ioredis';
import { asResult, checkShard, isDataError, withoutContents } from './jobs.js';
import { doneKey, KEPT_SECONDS, modelKey, type Shard, type ShardResult, sha256 } from './queue.js';
import { printable } from './words.js';

const PROGRESS_MS = 1000;

// If the worker process has died, another worker takes over the shard, and only one may write it.
process.on('disconnect', () => process.exit(1));

/** The name that work.ts has given to this process's worker, and the folder where it may read and write. */
const by = process.env.SCALE_OUT_WORKER as string;
const root = process.env.SCALE_OUT_ROOT as string;
// Retries without limit, so that a restart of Redis does not drop a shard.
const redis = new Redis(process.env.SCALE_OUT_REDIS as string, { maxRetriesPerRequest: null });
redis.on('error', () => {}); // the worker reports it

/** The last model, since the shards of a run come one after the other. */
let loaded: { hash: string; ae: Autoencoder } | undefined;

/** Processes a shard, unless it is done already and its output still exists. */
export default async function doShard(job: SandboxedJob<Shard>): Promise<ShardResult> {
  try {
    return await doChecked(job, await checkShard(job.data, root));
  } catch (error) {
    // The log quotes cells; Redis must not.
    process.stderr.write(`${by}: ${printable((error as Error).message, 1000)}\n`);
    const message = withoutContents(error);
    throw isForGood(error) ? new UnrecoverableError(message) : new Error(message);
  }
}

async function doChecked(job: SandboxedJob<Shard>, shard: Shard): Promise<ShardResult> {
  const done = await earlier(shard);
  if (done) return done;
  const ae = await model(shard.model);
  const start = performance.now();
  let told = start;
  const onRows = (rows: number) => {
    if (performance.now() - told < PROGRESS_MS) return;
    told = performance.now();
    job.updateProgress({ rows }).catch(() => {}); // a later call fails, too, and reports the reason
  };
  const { from, read, to, format, bytes } = shard;
  const route = { ...read, from, to, outputFormat: format };
  const { rows, columns } = await transformFile(ae, shard.task, route, onRows);
  const written = (await stat(to)).size;
  const seconds = (performance.now() - start) / 1000;
  const result: ShardResult = { from, to, rows, columns, bytes, written, seconds, by };
  await redis.set(doneKey(shard.identity), JSON.stringify(result), 'EX', KEPT_SECONDS);
  return result;
}

/** Invalid data and invalid jobs stay invalid, but errors of the file system may go away. */
function isForGood(error: unknown): boolean {
  const isBadData = isDataError(error) && error.cause === undefined;
  return isBadData || error instanceof RangeError || error instanceof UnrecoverableError;
}

async function earlier({ identity, to }: Shard): Promise<ShardResult | undefined> {
  const text = await redis.get(doneKey(identity));
  if (text === null) return undefined;
  const result = asResult(JSON.parse(text));
  const file = await stat(to).catch(() => undefined);
  return result?.to === to && file?.size === result.written ? result : undefined;
}

/** The model with this hash, loaded from Redis only once for successive shards. */
async function model(hash: string): Promise<Autoencoder> {
  if (loaded?.hash === hash) {
    await redis.expire(modelKey(hash), KEPT_SECONDS);
    return loaded.ae;
  }
  const bytes = await redis.getexBuffer(modelKey(hash), 'EX', KEPT_SECONDS);
  if (!bytes) throw new UnrecoverableError(`model ${hash} is no longer in Redis: submit it again`);
  if (sha256(bytes) !== hash) throw new Error(`model ${hash} is damaged in Redis`);
  loaded?.ae.dispose();
  // There is a process per core, so threads in this one would only compete with the others.
  loaded = { hash, ae: Autoencoder.load(bytes, { threads: 1 }) };
  return loaded.ae;
}
