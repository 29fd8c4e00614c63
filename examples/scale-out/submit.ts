// submit: creates a run in Redis, with a shard for each file.

import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { FileTask } from 'autoencoder-wasm/data';
import { loadFile } from 'autoencoder-wasm/node';
import { FlowProducer } from 'bullmq';
import { type Arguments, choice, readOptions, TASKS, text, WRITTEN } from './flags.js';
import {
  connect,
  KEPT_SECONDS,
  modelKey,
  PREFIX,
  RUNS,
  type Run,
  redisUrl,
  runQueue,
  SHARDS,
  type Shard,
  sha256,
} from './queue.js';
import { planFiles } from './shards.js';
import { count, print, UsageError } from './words.js';

/** Tries of a shard whose data is not at fault: 1, 2, 4 and 8 s apart, with some jitter. */
const RETRIES = {
  attempts: 5,
  backoff: { type: 'exponential', delay: 1000, jitter: 0.5 },
} as const;

/** Adds the run, unless the same run exists already, and prints its name. */
export async function submit(args: Arguments): Promise<number> {
  const [name, ...operands] = args.operands;
  const task = requireKnown(name);
  const modelPath = text(args, 'model');
  if (modelPath === undefined) throw new UsageError('--model is missing');
  const output = text(args, 'output');
  if (output === undefined) throw new UsageError('--output is missing: a folder');
  if (operands.length === 0) throw new UsageError('DATA is missing: files, or globs in quotes');
  const format = choice(args, 'output-format', WRITTEN) ?? 'npy';
  const read = readOptions(args);
  const ae = await loadFile(modelPath);
  if (task === 'impute' && ae.options.missing !== 'mask') {
    throw new UsageError('impute needs a model that was trained with --missing mask');
  }
  const folder = resolve(output);
  const files = await planFiles(operands, folder, format);

  // Without the state for further training, so that equal models have equal bytes.
  const bytes = ae.save({ optimizer: false });
  const model = sha256(bytes);
  const identities = files.map((file) => sha256(JSON.stringify([task, model, read, format, file])));
  const run = sha256(identities.join()).slice(0, 12);
  const data: Run = {
    task,
    model,
    folder,
    shards: files.length,
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
  };

  const redis = await connect(redisUrl(text(args, 'redis')));
  try {
    const runs = runQueue(redis);
    const earlier = await runs.getJob(run);
    const isOver = ['completed', 'failed'].includes((await earlier?.getState()) ?? 'completed');
    if (!isOver) {
      process.stderr.write('these files are being done already\n');
    } else {
      await earlier?.remove(); // finished shards are not repeated, since their results are kept
      for (const to of new Set(files.map((file) => dirname(file.to)))) {
        await mkdir(to, { recursive: true });
      }
      await redis.set(modelKey(model), Buffer.from(bytes), 'EX', KEPT_SECONDS);
      const kept = { age: KEPT_SECONDS };
      const flow = new FlowProducer({ connection: redis, prefix: PREFIX });
      await flow.add({
        name: task,
        queueName: RUNS,
        data,
        opts: { jobId: run, removeOnComplete: kept, removeOnFail: kept, ...RETRIES },
        children: files.map(({ from, to, bytes }, i) => {
          const identity = identities[i] as string;
          const shard: Shard = { run, task, model, from, read, to, format, bytes, identity };
          return {
            name: task,
            queueName: SHARDS,
            data: shard,
            opts: {
              jobId: `${run}-${i}`,
              // A shard that is set aside does not stop the others.
              ignoreDependencyOnFailure: true,
              removeOnComplete: kept,
              removeOnFail: kept,
              ...RETRIES,
            },
          };
        }),
      });
    }
    const size = `${count(files.length, 'shard')}, ${(data.bytes / 1e6).toLocaleString('en', { maximumFractionDigits: 1 })} MB`;
    process.stderr.write(`${size}; status ${run} --wait follows it\n`);
    await print(`${run}\n`);
    return 0;
  } finally {
    redis.disconnect();
  }
}

function requireKnown(name: string | undefined): FileTask {
  const task = TASKS.find((known) => known === name);
  if (task) return task;
  const known = `(known: ${TASKS.join(', ')})`;
  if (name === undefined) throw new UsageError(`what to do is missing ${known}`);
  throw new UsageError(`there is no task '${name}' ${known}`);
}
