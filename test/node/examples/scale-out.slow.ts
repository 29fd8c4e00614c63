// examples/scale-out where it takes longer: workers that are killed, a Redis that goes away, and one that is guarded.

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs';
import { watch } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Redis } from 'ioredis';
import { describe, expect, test, vi } from 'vitest';
import { fashionMnist, mnist, PIXELS } from '../../../bench/quality/data.js';
import { npyHeader } from '../../../src/cli/tables/npy-header.js';
import { Autoencoder } from '../../../src/index.js';
import { asFloats } from '../../support/data.js';
import { makeCertificate, startRedis } from '../../support/node/redis.js';
import { killAll, scaleOut, signalGroup, type Worker } from '../../support/node/scale-out.js';
import {
  alone,
  at,
  beginsAnew,
  csv,
  folder,
  isComplete,
  ONE,
  outputs,
  over,
  restartRedis,
  startWorker,
  submit,
  submitted,
  TAKEOVER,
} from '../../support/node/scale-out-suite.js';
import { freePort, PATIENCE_MS, within } from '../../support/node/wait.js';

describe.skipIf(!isComplete)('scale-out', () => {
  beginsAnew();

  test('a worker is killed in mid-shard, Redis starts again: every shard once, the same bytes', async () => {
    // Fashion-MNIST and MNIST in turn, in each of the formats; enough rows for several batches.
    const rows = 2500;
    const sets = [fashionMnist().train.images, mnist().train.images];
    mkdirSync(at('images'));
    const shards = 16;
    for (let i = 0; i < shards; i++) {
      const first = (i >> 1) * rows * PIXELS;
      const images = (sets[i % 2] as Uint8Array).subarray(first, first + rows * PIXELS);
      const name = at('images', `${i % 2 ? 'mnist' : 'fashion'}-${String(i).padStart(2, '0')}`);
      if (i % 4 === 3) {
        writeFileSync(`${name}.csv`, csv(asFloats(images.subarray(0, 1000 * PIXELS)), PIXELS));
      } else if (i % 4 === 2) {
        const data = new Uint8Array(asFloats(images).buffer);
        writeFileSync(`${name}.npy`, Buffer.concat([npyHeader(rows, PIXELS), data]));
      } else {
        const header = Buffer.from([0, 0, 8, 3, 0, 0, 0, 0, 0, 0, 0, 28, 0, 0, 0, 28]);
        header.writeUInt32BE(rows, 4);
        writeFileSync(`${name}-idx3-ubyte`, Buffer.concat([header, images]));
      }
    }
    const ae = new Autoencoder({ layers: [PIXELS, 64], seed: 1 });
    writeFileSync(at('digits.safetensors'), ae.save());
    const expected = await alone('encode', ae, [at('images/*')], 'npy');
    expect(expected.size).toBe(shards);

    const args = ['encode', '-m', at('digits.safetensors'), at('images/*'), '-o', at('codes')];
    const run = await submit(...args);
    // In a process of its own: Redis goes away while it waits.
    const end = over(run, at('codes'), scaleOut);
    end.catch(() => {}); // it is awaited below, unless something else fails before
    await connected();
    const workers = ['one', 'two', 'three'].map((name) => startWorker(name, ONE));
    const { victim, shard, sandbox } = await killInMidShard(workers, at('codes'));
    const survivors = workers.filter((worker) => worker !== victim);
    await vi.waitFor(() => expect(isGone(sandbox)).toBe(true), { timeout: PATIENCE_MS });
    await Promise.race(survivors.map((worker) => worker.says('done ', 2)));
    await restartRedis();
    const { code, stdout, stderr, report } = await end;
    const log = workers.map((worker) => worker.log).join('');
    expect(stderr).toBe('');
    expect(stdout).toContain(`${shards} of ${shards} shards done, `);
    expect(code).toBe(0);

    expect(outputs(at('codes')).sort()).toEqual([...expected.keys()].sort());
    for (const [name, bytes] of expected) {
      expect(readFileSync(at('codes', name)).equals(bytes), name).toBe(true);
    }
    expect(report.failed).toEqual([]);
    expect(report.done.map(({ to }) => basename(to)).sort()).toEqual([...expected.keys()].sort());
    expect(report.done.reduce((sum, { rows }) => sum + rows, 0)).toBe(
      (shards / 4) * (3 * rows + 1000),
    );
    // Who did what: the shard that was in hand is another's.
    const of = report.done.find(({ to }) => to === shard);
    expect(survivors.map(({ name }) => name)).toContain(of?.by);
    expect(log).toContain('left by a worker that is gone');
    for (const worker of survivors) {
      expect(worker.log).toContain('Redis is back');
      expect(await worker.stop()).toBe(0);
    }
    console.log(`shards by worker: ${JSON.stringify(countBy(report.done.map(({ by }) => by)))}`);
  });

  /** Waits until Redis has a client: one that Redis leaves before would give up. */
  async function connected() {
    const connection = new Redis(at('redis.sock'));
    const clients = async () => `${await connection.client('LIST')}`.trim().split('\n').length;
    await vi.waitFor(async () => expect(await clients()).toBeGreaterThan(1), {
      timeout: PATIENCE_MS,
    });
    connection.disconnect();
  }

  /**
   * Kills a worker with -9 while one of its shards is half written. All are held still meanwhile, so
   * that it is certain.
   */
  async function killInMidShard(workers: readonly Worker[], output: string) {
    const events = new AbortController();
    const hold = (signal: 'SIGSTOP' | 'SIGCONT') => {
      for (const { pid } of workers) signalGroup(pid, signal);
    };
    const search = async () => {
      for await (const { filename } of watch(output, { signal: events.signal })) {
        const [, name] = /^\.(.+)\.[0-9a-f-]{36}\.tmp$/.exec(filename ?? '') ?? [];
        if (!name || !existsSync(join(output, filename as string))) continue;
        hold('SIGSTOP');
        try {
          // Not by the logs: a shard that took longer than the patience has been begun twice.
          const writer = workers
            .flatMap((victim) => childrenOf(victim.pid).map((sandbox) => ({ victim, sandbox })))
            .find(({ sandbox }) => hasOpen(sandbox, join(output, filename as string)));
          if (!writer) continue; // it is all written, or nothing was yet
          writer.victim.kill();
          return { ...writer, shard: join(output, name) };
        } finally {
          hold('SIGCONT');
        }
      }
      throw new Error('no shard was seen half written');
    };
    try {
      return await within('a shard to be half written', search());
    } finally {
      events.abort();
    }
  }

  function childrenOf(pid: number): number[] {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return children === '' ? [] : children.split(' ').map(Number);
  }

  /** Whether a process has this file open. */
  function hasOpen(pid: number, path: string): boolean {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${fd}`) === path;
      } catch {
        return false; // closed meanwhile
      }
    });
  }

  /** Whether a process has ended, if perhaps nobody asked how. */
  function isGone(pid: number): boolean {
    try {
      return /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    } catch {
      return true;
    }
  }

  test('a Redis with a password and TLS', async () => {
    const { certificate, key } = makeCertificate(folder);
    const port = await freePort();
    mkdirSync(at('guarded'));
    const tls = ['--tls-port', `${port}`, '--tls-cert-file', certificate, '--tls-key-file', key];
    const flags = ['--bind', '127.0.0.1', ...tls, '--tls-auth-clients', 'no'];
    const url = (password: string) => `rediss://:${password}@127.0.0.1:${port}`;
    const guarded = await startRedis(at('guarded'), [...flags, '--requirepass', 's3cret']);
    try {
      const files = ['-m', at('small.safetensors'), at('tables/*'), '-o', at('codes')];
      const trusted = { NODE_EXTRA_CA_CERTS: certificate };
      const env = { REDIS_URL: url('s3cret'), ...trusted };
      // In processes of their own, which are told whom to trust as they start.
      const run = submitted(await scaleOut(['submit', 'encode', ...files], env));
      const worker = startWorker('one', TAKEOVER, env);
      expect((await over(run, at('codes'), scaleOut, env)).code).toBe(0);
      expect(worker.log).toContain(`waiting for shards from rediss://127.0.0.1:${port}`);
      expect(worker.log).not.toContain('s3cret');
      expect(await worker.stop()).toBe(0);

      const wrong = await scaleOut(['status'], { REDIS_URL: url('guessed'), ...trusted });
      expect(wrong.stderr).toMatch(/no answer from Redis at rediss:\/\/127.*WRONGPASS/);
      expect(wrong.stderr).not.toContain('guessed');
      expect(wrong.code).toBe(1);
      const untrusted = await scaleOut(['status'], { REDIS_URL: url('s3cret') });
      expect(untrusted.stderr).toContain('self-signed certificate');
      expect(untrusted.code).toBe(1);
    } finally {
      killAll();
      await guarded.stop();
    }
  });
});

function countBy(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
