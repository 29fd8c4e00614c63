// The queues and keys that all commands share, and the data in them.

import { createHash } from 'node:crypto';
import type { FileRoute, FileTask } from 'autoencoder-wasm/data';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import type { Read } from './flags.js';
import { UsageError } from './words.js';

/** The prefix of all our keys in Redis. */
export const PREFIX = 'scale-out';
/** The queue of shards. Each job is a shard: a file to read, and one to write. */
export const SHARDS = 'shards';
/**
 * The queue of runs. Each job is a run, the parent of its shards: it is processed after all of them are
 * done or set aside.
 */
export const RUNS = 'runs';
/** How long Redis keeps models and finished runs. */
export const KEPT_SECONDS = 30 * 24 * 3600;

export const modelKey = (sha256: string): string => `${PREFIX}:model:${sha256}`;
/** The key of a shard's {@link ShardResult}, which contains the shard's identity. */
export const doneKey = (identity: string): string => `${PREFIX}:done:${identity}`;

/** The data of a shard that a worker needs. */
export interface Shard {
  run: string;
  task: FileTask;
  /** The SHA-256 of the model's file. */
  model: string;
  /** The file to read, and the options for reading it. */
  from: string;
  read: Read;
  /** The file to write. */
  to: string;
  format: NonNullable<FileRoute['outputFormat']>;
  /** The size of the input, by which progress is measured. */
  bytes: number;
  /** A hash of everything that determines the output's bytes and path. */
  identity: string;
}

/** The result of a finished shard. */
export interface ShardResult {
  from: string;
  to: string;
  rows: number;
  columns: number;
  /** The size of the input. */
  bytes: number;
  /** The size of the output. */
  written: number;
  /** How long its worker took. */
  seconds: number;
  /** The worker's name. */
  by: string;
}

export interface Run {
  task: FileTask;
  model: string;
  /** The folder of the outputs and the run's report. */
  folder: string;
  shards: number;
  /** The total size of the inputs. */
  bytes: number;
}

/** The result of a run: how many shards are done, and how many were set aside. */
export interface RunResult {
  done: number;
  failed: number;
}

export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** The address of Redis for messages: without the user, the password, and whatever may be part of one. */
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

/** The address of Redis: `--redis`, otherwise `REDIS_URL`, otherwise this machine's. */
export function redisUrl(flag: string | undefined): string {
  const url = flag ?? process.env.REDIS_URL ?? 'redis://127.0.0.1:6379';
  if (SCHEMES.test(url) && URL.canParse(url)) return url;
  throw new UsageError(
    `--redis must be redis://, rediss:// (TLS) or unix:// and an address, got '${shown(url)}'; ` +
      'in a password, @ is %40, / is %2F, ? is %3F',
  );
}

/**
 * A connection for commands that need an answer: fails at once if there is no Redis. If the connection is
 * lost later, it has about half a minute to come back (ioredis tries 20 times).
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

/** An error that combines those of several addresses has no message of its own. */
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

/** Errors of the connection are reported by its owner, or by the calls that then fail. */
function quiet<T, R>(queue: Queue<T, R>): Queue<T, R> {
  queue.on('error', () => {});
  return queue;
}
