// What the parts of a run agree on: queues, keys, and what is in them.

import { createHash } from 'node:crypto';
import type { FileRoute, FileTask } from 'autoencoder-wasm/data';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import type { Read } from './flags.js';
import { UsageError } from './words.js';

/** All our keys in Redis begin with it. */
export const PREFIX = 'scale-out';
/** A job of it is a shard: a file to read, and one to write. */
export const SHARDS = 'shards';
/** A job of it is a run, the parent of its shards: its turn comes when they are done or set aside. */
export const RUNS = 'runs';
/** How long Redis keeps models, and what is over. */
export const KEPT_SECONDS = 30 * 24 * 3600;

export const modelKey = (sha256: string): string => `${PREFIX}:model:${sha256}`;
/** Where the {@link ShardResult} of a shard is, under what makes the shard what it is. */
export const doneKey = (identity: string): string => `${PREFIX}:done:${identity}`;

/** What a worker must know of a shard. */
export interface Shard {
  run: string;
  task: FileTask;
  /** The model's SHA-256. */
  model: string;
  /** The file to read, and how. */
  from: string;
  read: Read;
  /** The file to write. */
  to: string;
  format: NonNullable<FileRoute['outputFormat']>;
  /** The size of the input, which progress is told by. */
  bytes: number;
  /** The hash of all that decides the output's bytes, and where it goes. */
  identity: string;
}

/** What is left of a shard that is done. */
export interface ShardResult {
  from: string;
  to: string;
  rows: number;
  columns: number;
  /** Of the input. */
  bytes: number;
  /** Of the output. */
  written: number;
  /** What it took its worker. */
  seconds: number;
  /** The worker's name. */
  by: string;
}

export interface Run {
  task: FileTask;
  model: string;
  /** Where outputs and the run's report go. */
  folder: string;
  shards: number;
  /** Of all inputs. */
  bytes: number;
}

/** What a run comes to: how many shards are done, and how many were set aside. */
export interface RunResult {
  done: number;
  failed: number;
}

export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** Where Redis is, as it may be shown: without user, password and all that may be a part of one. */
export function shown(address: string): string {
  try {
    const { protocol, host, pathname } = new URL(address);
    if (protocol === 'unix:') return `unix://${host}${pathname}`;
    const database = /^\/\d+$/.test(pathname) ? pathname : '';
    if (SCHEMES.test(address)) return `${protocol}//${host}${database}`;
  } catch {}
  return `${/^[a-z]{1,10}:\/\//i.exec(address)?.[0] ?? ''}...`;
}

const SCHEMES = /^(rediss?|unix):\/\/./;

/** The address of Redis: `--redis`, else `REDIS_URL`, else this machine's. */
export function redisUrl(flag: string | undefined): string {
  const url = flag ?? process.env.REDIS_URL ?? 'redis://127.0.0.1:6379';
  if (SCHEMES.test(url) && URL.canParse(url)) return url;
  throw new UsageError(
    `--redis must be redis://, rediss:// (TLS) or unix:// and an address, got '${shown(url)}'; ` +
      'in a password, @ is %40, / is %2F, ? is %3F',
  );
}

/**
 * A connection for those who want an answer: where there is no Redis, it fails at once. One that goes
 * away later has some half a minute to come back (ioredis tries 20 times).
 */
export async function connect(url: string): Promise<Redis> {
  let [isConnected, reason]: [boolean, Error | undefined] = [false, undefined];
  const retryStrategy = (times: number) => (isConnected ? Math.min(200 * times, 2000) : null);
  const redis = new Redis(url, { lazyConnect: true, retryStrategy });
  redis.on('error', (error) => {
    reason = error;
  });
  try {
    await redis.connect();
    isConnected = true;
    return redis;
  } catch (error) {
    redis.disconnect();
    throw new Error(`no answer from Redis at ${shown(url)}: ${explain(reason ?? error)}`);
  }
}

/** Errors of several addresses in one have no message of their own. */
export function explain(error: unknown): string {
  const { message, code, errors } = error as NodeJS.ErrnoException & { errors?: Error[] };
  return message || errors?.[0]?.message || code || String(error);
}

export function shardQueue(connection: Redis): Queue<Shard, ShardResult> {
  return quiet(new Queue(SHARDS, { connection, prefix: PREFIX }));
}

export function runQueue(connection: Redis): Queue<Run, RunResult> {
  return quiet(new Queue(RUNS, { connection, prefix: PREFIX }));
}

/** What is wrong with the connection is said by whoever has it, or by what then fails. */
function quiet<T, R>(queue: Queue<T, R>): Queue<T, R> {
  queue.on('error', () => {});
  return queue;
}
