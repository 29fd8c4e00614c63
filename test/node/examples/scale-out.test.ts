// examples/scale-out with broken data and with jobs that nobody submitted. scale-out.slow.ts has workers
// that are killed, a Redis that goes down, and one with a password.

import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { withoutContents } from '../../../examples/scale-out/jobs.js';
import {
  modelKey,
  type Run,
  runQueue,
  type Shard,
  sha256,
  shardQueue,
  shown,
} from '../../../examples/scale-out/queue.js';
import { planFiles } from '../../../examples/scale-out/shards.js';
import { DataError } from '../../../src/cli/errors.js';
import { npyHeader } from '../../../src/cli/tables/npy-header.js';
import { ROOT } from '../../support/node/child.js';
import { called, scaleOut, Worker } from '../../support/node/scale-out.js';
import {
  alone,
  at,
  beginsAnew,
  csv,
  env,
  isComplete,
  ONE,
  outputs,
  over,
  ROWS,
  small,
  startWorker,
  submit,
  TAKEOVER,
  table,
} from '../../support/node/scale-out-suite.js';

describe.skipIf(!isComplete)('scale-out', () => {
  beginsAnew();

  test('broken shards are set aside with file and line, and are done in the next run once repaired', async () => {
    const broken = csv(table, 6).split('\n');
    broken[40] = '0.1,0.2,n.a.,0.4,0.5,0.6';
    writeFileSync(at('tables', 'part-3.csv'), broken.join('\n'));
    writeFileSync(at('tables', 'part-6.npy'), npyHeader(ROWS, 6));
    appendFileSync(at('tables', 'part-6.npy'), new Uint8Array(table.buffer));
    truncateSync(at('tables', 'part-6.npy'), 128 + 24 * 17 + 3);
    const args = ['encode', '-m', at('small.safetensors'), at('tables/*'), '-o', at('codes')];
    const run = await submit(...args);
    const worker = startWorker('one', ONE);
    const { code, stdout, report } = await over(run, at('codes'));
    const errors = [
      `${at('tables/part-3.csv')}, line 41, column 3: '...' is not a number`,
      `${at('tables/part-6.npy')}, row 18: it ends here, and its header promises 50 rows`,
    ];
    expect(report.failed.map(({ error }) => error)).toEqual(errors);
    // Errors in the data are not retried.
    expect(report.failed.map(({ attempts }) => attempts)).toEqual([1, 1]);
    expect(stdout).toContain('5 of 7 shards done, 2 set aside, 250 rows\n');
    for (const error of errors) expect(stdout).toContain(`set aside: ${error}\n`);
    expect(code).toBe(1);
    // The contents of cells appear in the worker's log only.
    expect(worker.log).toContain("line 41, column 3: 'n.a.' is not a number");
    expect((await called(['status', run], env)).code).toBe(1);
    const connection = new Redis(at('redis.sock'));
    try {
      const failed = await shardQueue(connection).getFailed();
      expect(failed.map(({ failedReason }) => failedReason).sort()).toEqual(errors);
      expect(await (await runQueue(connection).getJob(run))?.getState()).toBe('completed');
    } finally {
      connection.disconnect();
    }
    const done = [0, 1, 2, 4, 5].map((i) => `part-${i}.npy`);
    expect(outputs(at('codes')).sort()).toEqual(done);

    const written = done.map((name) => statSync(at('codes', name)).ino);
    writeFileSync(at('tables/part-3.csv'), csv(table, 6));
    rmSync(at('tables/part-6.npy'));
    rmSync(at('codes/part-5.npy'));
    const next = await submit(...args);
    expect(next).not.toBe(run);
    const again = await over(next, at('codes'));
    expect(again.code).toBe(0);
    expect(again.stdout).toContain('6 of 6 shards done, 300 rows\n');
    const expected = await alone('encode', small, [at('tables/*')], 'npy');
    expect(outputs(at('codes')).sort()).toEqual([...expected.keys()].sort());
    for (const [name, bytes] of expected) expect(readFileSync(at('codes', name))).toEqual(bytes);
    // Shards that are done are not repeated, except the one whose output was deleted.
    expect(done.slice(0, 4).map((name) => statSync(at('codes', name)).ino)).toEqual(
      written.slice(0, 4),
    );
    expect(await worker.stop()).toBe(0);
  });

  test('a shard that cannot be read at the moment is retried', async () => {
    const gaps = table.map((value, i) => (i % 7 === 0 ? Number.NaN : value));
    writeFileSync(at('tables/part-2.csv'), csv(gaps, 6).replaceAll('NaN', ''));
    const expected = await alone('impute', small, [at('tables/*.csv')], 'csv');
    const args = ['-m', at('small.safetensors'), '-o', at('full'), '--output-format', 'csv'];
    const run = await submit('impute', at('tables/*.csv'), ...args);
    renameSync(at('tables/part-2.csv'), at('away.csv'));
    const worker = startWorker('one', ONE);
    await worker.says(`failed, to be tried again: ${at('tables/part-2.csv')}: `);
    expect(worker.log).toContain('no such file');
    renameSync(at('away.csv'), at('tables/part-2.csv'));
    const { code, report } = await over(run, at('full'));
    expect(code).toBe(0);
    expect(report.failed).toEqual([]);
    expect(worker.log).toMatch(/done .*part-2\.csv, attempt [2-5]: 50 rows/);
    expect(outputs(at('full')).sort()).toEqual([...expected.keys()].sort());
    for (const [name, bytes] of expected) expect(readFileSync(at('full', name))).toEqual(bytes);
    expect(await worker.stop()).toBe(0);
  });

  test('submitting the same files again is the same run, and a process loads the model once', async () => {
    const args = ['encode', '-m', at('small.safetensors'), at('tables/*'), '-o', at('codes')];
    const run = await submit(...args);
    expect(await submit(...args)).toBe(run);
    const worker = startWorker('one', ['--concurrency', '2', ...TAKEOVER]);
    expect((await over(run, at('codes'))).code).toBe(0);
    expect(worker.count('done ')).toBe(6);
    const connection = new Redis(at('redis.sock'));
    try {
      const calls = /cmdstat_getex:calls=(\d+)/.exec(await connection.info('commandstats'))?.[1];
      expect(Number(calls)).toBeGreaterThan(0);
      expect(Number(calls)).toBeLessThanOrEqual(2);
    } finally {
      connection.disconnect();
    }
    const written = outputs(at('codes')).map((name) => statSync(at('codes', name)).ino);
    expect(written.length).toBe(6);
    expect(await submit(...args)).toBe(run);
    const { code, stdout } = await over(run, at('codes'));
    expect(stdout).toContain('6 of 6 shards done, 300 rows');
    expect(code).toBe(0);
    expect(outputs(at('codes')).map((name) => statSync(at('codes', name)).ino)).toEqual(written);
    expect(await worker.stop()).toBe(0);
  });

  test('jobs that submit did not write are refused, and no file is read or written', async () => {
    mkdirSync(at('root/codes'), { recursive: true });
    mkdirSync(at('elsewhere'));
    writeFileSync(at('root/in.csv'), csv(table, 6));
    writeFileSync(at('elsewhere/secret.csv'), 'root:$6$secret,1\n');
    symlinkSync(at('elsewhere'), at('root/out'));
    symlinkSync(at('elsewhere/secret.csv'), at('root/link.csv'));
    symlinkSync('../../elsewhere/new/codes.npy', at('root/codes/dangling.npy'));
    symlinkSync('circle.csv', at('root/circle.csv'));
    const model = sha256(small.save({ optimizer: false }));
    const good = {
      run: '0123456789ab',
      task: 'encode',
      model,
      from: at('root/in.csv'),
      read: {},
      to: at('root/codes/in.npy'),
      format: 'npy',
      bytes: 1,
      identity: model,
    };
    const bad: [object, string][] = [
      [{ task: 'dispose' }, "the job is no shard: its 'task' is wrong"],
      [{ task: '__proto__' }, "its 'task' is wrong"],
      [{ format: 'sh' }, "its 'format' is wrong"],
      [{ model: '../model' }, "its 'model' is wrong"],
      [{ read: { format: 'exe' } }, "its 'read' is wrong"],
      [{ read: { missing: true } }, "its 'read' is wrong"],
      [{ extra: 1 }, "its 'extra' is wrong"],
      [{ from: 7 }, "its 'from' is wrong"],
      [{ from: 'in.csv' }, "its 'from' is wrong"],
      [{ from: at('elsewhere/secret.csv') }, 'is not below'],
      [{ from: at('root/../elsewhere/secret.csv') }, 'is not below'],
      [{ from: at('root/link.csv') }, 'is not below'],
      [{ from: at('root/circle.csv') }, 'a circle of links'],
      [{ from: at('root/codes') }, 'is not a file'],
      [{ from: at('rootless.csv') }, 'is not below'],
      [{ to: at('elsewhere/.bashrc') }, 'is not below'],
      [{ to: at('root/out/.bashrc') }, 'is not below'],
      [{ to: at('root/out/new/folder/.bashrc') }, 'is not below'],
      [{ to: at('root/codes/dangling.npy') }, 'is not below'],
    ];
    const connection = new Redis(at('redis.sock'));
    try {
      await connection.set(modelKey(model), Buffer.from(small.save({ optimizer: false })));
      const queue = shardQueue(connection);
      const all = bad.map(([change], i) => ({
        name: 'any',
        data: { ...good, ...change } as Shard,
        opts: { jobId: `bad-${i}`, attempts: 5 },
      }));
      await queue.addBulk(all);
      await queue.add('any', good as Shard, { jobId: 'good-0' });
      const report = { task: 'encode', model, shards: 0, bytes: 0 };
      const runs = runQueue(connection);
      const run = (folder: string) => ({ ...report, folder }) as Run;
      await runs.add('any', run(at('elsewhere')), { jobId: 'aaaaaaaaaaaa' });
      await runs.add('any', run(at('root/codes')), { jobId: '/../../../elsewhere/x' });
      const worker = new Worker('one', ['--root', at('root'), ...ONE], env);
      await worker.says('done ');
      await worker.says('the end of run ', 2);
      for (const [i, [, message]] of bad.entries()) {
        const job = await queue.getJob(`bad-${i}`);
        expect([await job?.getState(), job?.failedReason, job?.attemptsMade]).toEqual([
          'failed',
          expect.stringContaining(message),
          1,
        ]);
        expect(job?.failedReason).not.toContain('secret,');
      }
      expect(readdirSync(at('elsewhere'))).toEqual(['secret.csv']);
      expect(readdirSync(at('root/codes')).sort()).toEqual(['dangling.npy', 'in.npy']);
      expect(await worker.stop()).toBe(0);
    } finally {
      connection.disconnect();
    }
  });

  test.each([
    [[], 2, 'what to do is missing'],
    [['sumbit'], 2, "there is no command 'sumbit' (known: submit, work, status)"],
    [['submit', 'encod', 'x'], 2, "there is no task 'encod' (known: encode, decode,"],
    [['submit', 'encode', 'x', '-o', 'out'], 2, '--model is missing'],
    [['submit', 'encode', 'x', '-m', 'm'], 2, '--output is missing'],
    [['submit', 'encode', '-o', 'out', '-m', 'm'], 2, 'DATA is missing'],
    [['submit', 'encode', 'x', '-o', 'out', '-m', 'MODEL'], 2, "no file 'x', nor do any match"],
    [['submit', 'encode', 'FOLDER', '-o', 'out', '-m', 'MODEL'], 2, 'is a folder'],
    [['submit', 'encode', 'TABLE', '-o', 'out', '-m', 'TABLE'], 1, 'not a safetensors file'],
    [['work', '--concurrency', '0'], 2, '--concurrency must be an integer from 1'],
    [['work', '--redis', 'http://x'], 2, '--redis must be redis://'],
    [['work', '--redis', 'redis://:pa?ss@x'], 2, 'in a password, @ is %40'],
    [['work', '--root', 'TABLE'], 2, '--root must be a folder'],
    [['status', 'none'], 1, 'there is no run none'],
    [['status', '--redis', 'unix:///none.sock'], 1, 'no answer from Redis at unix:///none.sock: '],
  ])('%j ends with exit code %i', async (args, code, message) => {
    const names: Record<string, string> = {
      MODEL: at('small.safetensors'),
      FOLDER: at('tables'),
      TABLE: at('tables/part-0.csv'),
    };
    const outcome = await called(
      args.map((arg) => names[arg] ?? arg),
      env,
    );
    expect(outcome.stderr).toContain(message);
    expect(outcome.stdout).toBe('');
    expect(outcome.code).toBe(code);
  });

  test('the program ends with the exit code of its command', async () => {
    const { code, stdout, stderr } = await scaleOut(['sumbit'], env);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain("there is no command 'sumbit'");
  });
});

describe('the address of Redis is shown without password', () => {
  test.each([
    ['redis://127.0.0.1:6379', 'redis://127.0.0.1:6379'],
    ['rediss://user:s3cret@redis.example:6379/2', 'rediss://redis.example:6379/2'],
    ['redis://:s3@cret@host', 'redis://host'],
    ['redis://host?password=s3cret', 'redis://host'],
    ['redis://host/0?password=a@s3cret', 'redis://host/0'],
    ['redis://:1/s3cret@host', 'redis://...'],
    ['redis://:s3?cret@host', 'redis://...'],
    ['redis://user/s3cret@host', 'redis://user'],
    ['unix:///run/r@b.sock?password=s3cret', 'unix:///run/r@b.sock'],
    ['unix://:s3cret@/run/redis.sock', 'unix://...'],
    ['http://:s3cret@host', 'http://...'],
    [':s3cret@host', '...'],
  ])('%s', (address, expected) => {
    expect(shown(address)).toBe(expected);
  });
});

test('the folder can be copied: it imports packages only, and nothing from this repository', () => {
  const sources = join(ROOT, 'examples/scale-out');
  const imported = readdirSync(sources)
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => [
      ...readFileSync(join(sources, name), 'utf8').matchAll(/(?:from|import\() ?'([^']+)'/g),
    ])
    .map(([, from]) => from as string);
  expect(imported).toContain('autoencoder-wasm/data');
  expect(imported.filter((from) => from.startsWith('..'))).toEqual([]);
});

test.each([
  [
    "x.csv, line 3, column 2: '...' is not a number",
    new DataError('x.csv', "'a'b' is not a number", { line: 3, column: 2, name: 'pin' }),
  ],
  ['x.npy: its header cannot be read', new DataError('x.npy', 'its header cannot be read: root:x')],
  ['x: permission denied', new DataError('x', 'permission denied')],
])('failures are stored without contents of files: %s', (expected, error) => {
  expect(withoutContents(error)).toBe(expected);
});

describe('the files of a run', () => {
  let folder: string;
  const at = (...path: string[]) => join(folder, ...path);
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'scale-out-'));
    mkdirSync(at('in/a'), { recursive: true });
    mkdirSync(at('in/b'));
    for (const name of ['a/x.csv.gz', 'b/x.npy', 'b/[y].idx']) writeFileSync(at('in', name), 'x');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const plan = async (...operands: string[]) =>
    (await planFiles(operands, at('out'), 'npy')).map(({ from, to }) => [
      relative(folder, from),
      relative(folder, to),
    ]);

  test('keep their places below their common folder', async () => {
    const all = [
      ['in/a/x.csv.gz', 'out/a/x.npy'],
      ['in/b/[y].idx', 'out/b/[y].npy'],
      ['in/b/x.npy', 'out/b/x.npy'],
    ];
    expect(await plan(at('in/**/*'))).toEqual(all);
    // Each file once; a name is taken literally before it is a pattern.
    expect(await plan(at('in/b/[y].idx'), at('in/b/x.npy'), at('in/b/*'))).toEqual([
      ['in/b/[y].idx', 'out/[y].npy'],
      ['in/b/x.npy', 'out/x.npy'],
    ]);
    expect(await plan(at('in/a/x.csv.gz'))).toEqual([['in/a/x.csv.gz', 'out/x.npy']]);
  });

  test('must not share an output, nor be overwritten', async () => {
    writeFileSync(at('in/b/x.csv'), 'x');
    await expect(plan(at('in/b/*'))).rejects.toThrow('would both become');
    const over = planFiles([at('in/b/x.npy')], at('in/b'), 'npy');
    await expect(over).rejects.toThrow('would be read and written');
  });
});
