// The slower tests of examples/scale-out: workers that are stopped and killed, a Redis that goes down, and
// one with a password.

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
import {
  called,
  killAll,
  scaleOut,
  signalGroup,
  type Worker,
} from '../../support/node/scale-out.js';
import {
  alone,
  at,
  beginsAnew,
  csv,
  env,
  folder,
  isComplete,
  ONE,
  outputs,
  over,
  restartRedis,
  small,
  startWorker,
  submit,
  submitted,
  TAKEOVER,
  table,
} from '../../support/node/scale-out-suite.js';
import { freePort, PATIENCE_MS, within } from '../../support/node/wait.js';

describe.skipIf(!isComplete)('scale-out', () => {
  beginsAnew();

  test('a worker is killed in a shard and Redis is restarted: every shard is done once, with the same bytes', async () => {
    // Fashion-MNIST and MNIST alternate, in all formats; enough rows for several batches.
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
    // In a process of its own, since Redis goes down while it waits.
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
    // The unfinished shard was done by another worker.
    const of = report.done.find(({ to }) => to === shard);
    expect(survivors.map(({ name }) => name)).toContain(of?.by);
    expect(log).toContain('left by a worker that is gone');
    for (const worker of survivors) {
      expect(worker.log).toContain('Redis is back');
      expect(await worker.stop()).toBe(0);
    }
    console.log(`shards by worker: ${JSON.stringify(countBy(report.done.map(({ by }) => by)))}`);
  });

  /** Waits until Redis has a client; one whose connection is closed before that would give up. */
  async function connected() {
    const connection = new Redis(at('redis.sock'));
    const clients = async () => `${await connection.client('LIST')}`.trim().split('\n').length;
    await vi.waitFor(async () => expect(await clients()).toBeGreaterThan(1), {
      timeout: PATIENCE_MS,
    });
    connection.disconnect();
  }

  /**
   * Kills a worker with -9 while one of its shards is half written. Meanwhile all workers are stopped, so
   * that this is certain.
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
          // The logs do not tell: a shard that took longer than the timeout has been started twice.
          const writer = workers
            .flatMap((victim) => childrenOf(victim.pid).map((sandbox) => ({ victim, sandbox })))
            .find(({ sandbox }) => hasOpen(sandbox, join(output, filename as string)));
          if (!writer) continue; // everything is written, or nothing yet
          // Kills the worker before its child continues, which could finish the shard otherwise.
          await writer.victim.kill();
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

  /** Whether a process has ended, even if its exit code has not been collected. */
  function isGone(pid: number): boolean {
    try {
      return /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    } catch {
      return true;
    }
  }

  test('SIGTERM: the worker finishes its shard, and leaves the others to other workers', async () => {
    // So many shards that the first worker cannot finish before the signal.
    const all = 100;
    for (let i = 6; i < all; i++) writeFileSync(at('tables', `part-${i}.csv`), csv(table, 6));
    const args = ['-m', at('small.safetensors'), '-o', at('scores')];
    const run = await submit('score', at('tables/part-*.csv'), ...args);
    const first = startWorker('one', ONE);
    await first.says('began ');
    expect(await first.stop()).toBe(0);
    const done = first.count('done ');
    expect(done).toBe(first.count('began '));
    expect(done).toBeLessThan(all);
    const { code, stdout } = await called(['status', run, '--json'], env);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ isOver: false, shards: all, done, active: 0 });
    expect((await called(['status'], env)).stdout).toContain('no worker is at it');

    const second = startWorker('two', ONE);
    expect((await over(run, at('scores'))).code).toBe(0);
    expect(second.count('done ')).toBe(all - done);
    const expected = await alone('score', small, [at('tables/*')], 'npy');
    for (const [name, bytes] of expected) expect(readFileSync(at('scores', name))).toEqual(bytes);
    expect(await second.stop()).toBe(0);
  });

  test('the unfinished file of a killed worker is removed', async () => {
    mkdirSync(at('codes'));
    const left = '.part-1.npy.11111111-2222-3333-4444-555555555555.tmp';
    const other = '.part-9.npy.11111111-2222-3333-4444-555555555555.tmp';
    for (const name of [left, other]) writeFileSync(at('codes', name), 'half');
    const args = ['encode', '-m', at('small.safetensors'), at('tables/*'), '-o', at('codes')];
    const run = await submit(...args);
    const worker = startWorker('one', TAKEOVER);
    expect((await over(run, at('codes'))).code).toBe(0);
    const names = Array.from({ length: 6 }, (_, i) => `part-${i}.npy`);
    expect(outputs(at('codes')).sort()).toEqual([other, ...names]); // the other one may still be in use by another run
    expect(await worker.stop()).toBe(0);
  });

  test('a Redis with password and TLS can be used', async () => {
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
      const guardedEnv = { REDIS_URL: url('s3cret'), ...trusted };
      // In processes of their own, which read the trusted certificates from the environment when they
      // start.
      const run = submitted(await scaleOut(['submit', 'encode', ...files], guardedEnv));
      const worker = startWorker('one', TAKEOVER, guardedEnv);
      expect((await over(run, at('codes'), scaleOut, guardedEnv)).code).toBe(0);
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
