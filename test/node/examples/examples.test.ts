import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FlagError, HELP, readFlags } from '../../../examples/experiment/flags.js';
import { ROOT } from '../../support/node/child.js';
import { experiment, node, runExample } from '../../support/node/examples.js';

describe('the quickstart', () => {
  const source = readFileSync(join(ROOT, 'examples/quickstart.mjs'), 'utf8');
  const firstCode = (page: string) =>
    /```js\n(.*?)```/s.exec(readFileSync(join(ROOT, page), 'utf8'))?.[1] ?? '';

  test('is identical to the first example of docs/start.md', () => {
    expect(firstCode('docs/start.md')).toBe(source);
  });

  test('begins with the first example of the README, which shows two lines of its output', () => {
    const first = firstCode('README.md');
    expect(first.match(/console.log/g)).toHaveLength(2);
    expect(source.startsWith(first)).toBe(true);
  });

  test('learns digits and prints one that it has not seen', () => {
    const { status, stdout, stderr } = node('examples/quickstart.mjs');
    expect(stderr).toBe('');
    expect(status).toBe(0);
    // Seed 0 ends at 0.0131, and the others are close to it; always drawing the mean digit would have an
    // error of 0.069.
    const [, error] = /mean squared error on unseen digits: (0\.\d+)/.exec(stdout) ?? [];
    expect(Number(error)).toBeGreaterThan(0.012);
    expect(Number(error)).toBeLessThan(0.015);
    expect(stdout).toMatch(/#.*#/);
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
    expect(readme).toContain(`\n${stdout.split('\n').slice(0, 2).join('\n')}\n`);
  });
});

// examples.slow.ts has the other examples.
describe('the examples of small tables', () => {
  test('anomalies: flags most malignant tumours, and as few benign ones as requested', () => {
    const { stdout, numberAfter } = runExample('anomalies');
    // Seeds 0 to 3 flag 173 to 176 of 212 malignant ones, and 6 of 71 benign ones, where 7 are expected.
    expect(numberAfter('flagged: ')).toBeGreaterThan(150);
    expect(numberAfter('malignant tumours\n')).toBeLessThan(12);
    expect(stdout).toMatch(/the oddest scores .*\n(.*, expected .*\n){5}/);
  });

  test('table: infers the columns, and imputes better than means and frequent values', () => {
    const { stdout, numberAfter } = runExample('table');
    expect(stdout).toContain('Species              category: Adelie, Chinstrap, Gentoo');
    expect(numberAfter("of the columns' means' error:")).toBeLessThan(0.6);
    expect(numberAfter('words right:')).toBeGreaterThan(
      1.5 * numberAfter('by the most frequent value:'),
    );
    expect(numberAfter('another species:')).toBeGreaterThan(2 * numberAfter('first penguin:'));
    expect(stdout).toContain('Species is Gentoo, expected Adelie');
  });

  test('impute: is closer than the column means', () => {
    const { numberAfter } = runExample('impute');
    const ours = numberAfter('of the filled cells:');
    expect(ours).toBeGreaterThan(0);
    expect(ours).toBeLessThan(numberAfter("of the columns' means instead:") / 2);
  });
});

test('the server example listens on loopback, and accepts requests of at most 1 MB', async () => {
  const env = { ...process.env, PORT: '0' };
  const server = spawn(process.execPath, ['examples/server.mjs'], { cwd: ROOT, env });
  try {
    const address = await new Promise<string>((resolve, reject) => {
      server.on('exit', (code) => reject(new Error(`it ended with ${code}`)));
      server.stdout.on('data', (text) => {
        const [, found] = /listening on (\S+)/.exec(`${text}`) ?? [];
        if (found) resolve(found);
      });
    });
    expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const post = (headers: Record<string, string>, bytes: number) =>
      new Promise<number | undefined>((resolve, reject) => {
        const asked = request(`${address}/score`, { method: 'POST', headers }, (response) => {
          response.resume();
          response.on('end', () => resolve(response.statusCode));
        });
        asked.on('error', reject);
        asked.write(Buffer.alloc(bytes, '['));
        if (headers['content-length'] === `${bytes}`) asked.end();
      });
    expect(await post({ 'content-length': '2000000' }, 10)).toBe(413);
    expect(await post({ 'transfer-encoding': 'chunked' }, 1_000_001)).toBe(413);
    expect(await post({ 'content-length': '10' }, 10)).toBe(400); // not JSON
  } finally {
    server.kill();
  }
});

// examples.slow.ts and report.slow.ts run it.
describe('the experiment', () => {
  test('--help lists every flag', () => {
    expect(readFlags(['--help'])).toBeUndefined();
    for (const flag of ['data', 'recipe', 'epochs', 'seed', 'seeds', 'threads', 'out']) {
      expect(HELP).toContain(`--${flag} `);
    }
  });

  test.each([
    [['--data', 'medium'], "--data must be one of full, small, got 'medium'"],
    [['--recipe', 'ours'], "--recipe must be one of paper, defaults, both, got 'ours'"],
    [['--epochs', '0'], "--epochs must be an integer from 1 to 2147483647, got '0'"],
    [['--seed', '1.5'], "--seed must be an integer from 0 to 4294967295, got '1.5'"],
    [['--seeds', '0'], "--seeds must be an integer from 1 to 4294967296, got '0'"],
    [['--seed', '4294967294', '--seeds', '3'], "--seeds must be an integer from 1 to 2, got '3'"],
    [['--threads=-1'], "--threads must be an integer from 1 to 256, got '-1'"],
    [['--out', ''], '--out must name a directory'],
    [['--epoch', '2'], "Unknown option '--epoch'"],
    [['small'], "Unexpected argument 'small'"],
  ])('%j is an error', (flags, message) => {
    expect(() => readFlags(flags)).toThrow(FlagError);
    expect(() => readFlags(flags)).toThrow(message);
  });

  test('an invalid flag ends it with exit code 2', () => {
    const { status, stdout, stderr } = experiment('--epochs', '0');
    expect(stderr).toContain('--epochs must be an integer from 1');
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });
});
