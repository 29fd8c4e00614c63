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

// The worker above has died: the shard is another's, and must not be written by two.
process.on('disconnect', () => process.exit(1));

/** As work.ts names this process's worker, and where that may read and write. */
const by = process.env.SCALE_OUT_WORKER as string;
const root = process.env.SCALE_OUT_ROOT as string;
// Without end to its patience: a Redis that starts again is no reason to drop a shard.
const redis = new Redis(process.env.SCALE_OUT_REDIS as string, { maxRetriesPerRequest: null });
redis.on('error', () => {}); // the worker says so

/** The last model: shards of one run come after each other. */
let loaded: { hash: string; ae: Autoencoder } | undefined;

/** Does a shard, unless it is done already and its output still there. */
export default async function doShard(job: SandboxedJob<Shard>): Promise<ShardResult> {
  try {
    return await doChecked(job, await checkShard(job.data, root));
  } catch (error) {
    // The log quotes cells, Redis does not.
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
    job.updateProgress({ rows }).catch(() => {}); // what follows fails, too, and says why
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

/** Bad data stays bad, and so do bad jobs. The file system may think better of it. */
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

/** The model of that hash, from Redis; once for all shards that it has. */
async function model(hash: string): Promise<Autoencoder> {
  if (loaded?.hash === hash) {
    await redis.expire(modelKey(hash), KEPT_SECONDS);
    return loaded.ae;
  }
  const bytes = await redis.getexBuffer(modelKey(hash), 'EX', KEPT_SECONDS);
  if (!bytes) throw new UnrecoverableError(`model ${hash} is no longer in Redis: submit it again`);
  if (sha256(bytes) !== hash) throw new Error(`model ${hash} is damaged in Redis`);
  loaded?.ae.dispose();
  // A process a core: threads of its own would only contend with the others.
  loaded = { hash, ae: Autoencoder.load(bytes, { threads: 1 }) };
  return loaded.ae;
}
