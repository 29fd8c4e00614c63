import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FlagError, HELP, readFlags } from '../../../examples/experiment/flags.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const tsx = createRequire(import.meta.url).resolve('tsx/cli');

let out: string;
beforeAll(() => {
  out = mkdtempSync(join(tmpdir(), 'autoencoder-wasm-'));
});
afterAll(() => rmSync(out, { recursive: true }));

/** Runs a program with Node until it ends by itself. */
function node(...args: string[]) {
  return spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
}

function experiment(...flags: string[]) {
  return node(tsx, 'examples/experiment/main.ts', ...flags);
}

describe('the quickstart', () => {
  test('is the first example of the README, as it is', () => {
    const source = readFileSync(join(root, 'examples/quickstart.mjs'), 'utf8');
    const [, first] = /```js\n(.*?)```/s.exec(readFileSync(join(root, 'README.md'), 'utf8')) ?? [];
    expect(first).toBe(source);
  });

  test('learns digits and draws one that it has never seen', () => {
    const { status, stdout, stderr } = node('examples/quickstart.mjs');
    expect(stderr).toBe('');
    expect(status).toBe(0);
    // Seed 0 ends at 0.0131, and the others near it; drawing the mean digit every time would be 0.069.
    const [, error] = /mean squared error on unseen digits: (0\.\d+)/.exec(stdout) ?? [];
    expect(Number(error)).toBeGreaterThan(0.012);
    expect(Number(error)).toBeLessThan(0.015);
    expect(stdout).toMatch(/#.*#/);
  });
});

describe('the other examples', () => {
  /** What an example prints; the numbers in it by the texts that stand before them. */
  function run(name: string) {
    const { status, stdout, stderr } = node(`examples/${name}.mjs`);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const numberAfter = (text: string) => Number(stdout.split(text)[1]?.match(/^ *([\d.]+)/)?.[1]);
    return { stdout, numberAfter };
  }

  test('anomalies: most malignant tumours are flagged, as few benign ones as asked', () => {
    const { stdout, numberAfter } = run('anomalies');
    // Seeds 0 to 3 flag 163 to 179 of 212, and 6 of 71 where 7 are to be expected.
    expect(numberAfter('flagged: ')).toBeGreaterThan(150);
    expect(numberAfter('malignant tumours\n')).toBeLessThan(12);
    expect(stdout).toMatch(/the oddest scores .*\n(.*, expected .*\n){5}/);
  });

  test('denoise: far nearer to the clean digits', () => {
    const { stdout, numberAfter } = run('denoise');
    const cleaned = numberAfter('cleaned: ');
    expect(cleaned).toBeGreaterThan(0);
    expect(cleaned).toBeLessThan(numberAfter('noisy:   ') / 5);
    expect(stdout).toMatch(/#.*#/);
  });

  test('impute: nearer than the mean', () => {
    const { numberAfter } = run('impute');
    const ours = numberAfter('of the filled cells:');
    expect(ours).toBeGreaterThan(0);
    expect(ours).toBeLessThan(numberAfter("of the columns' means instead:") / 2);
  });

  test('neighbours: by codes they are as good as by pixels', () => {
    const { stdout, numberAfter } = run('neighbours');
    const [codes, pixels] = [numberAfter('by codes of 64 numbers: '), numberAfter('784 pixels: ')];
    // Of 300; chance would be 30.
    expect(pixels).toBeGreaterThan(250);
    expect(codes).toBeGreaterThan(pixels - 6);
    expect(stdout).toMatch(/#.*#/);
  });

  test('stream: every image has a code', () => {
    const { stdout, numberAfter } = run('stream');
    const [path] = /\S+\.f32/.exec(stdout) ?? [];
    try {
      expect(statSync(path as string).size).toBe(60_000 * 64 * 4);
    } finally {
      rmSync(path as string, { force: true });
    }
    expect(numberAfter('epoch 2: loss ')).toBeLessThan(numberAfter('epoch 1: loss '));
  });

  test('server: answers while it trains', () => {
    const { numberAfter } = run('server');
    expect(numberAfter('answered ')).toBeGreaterThan(3);
    expect(numberAfter('a 3 scores ')).toBeGreaterThan(0);
  });
});

test('the server: on loopback, and for requests of 1 MB at most', async () => {
  const env = { ...process.env, PORT: '0' };
  const server = spawn(process.execPath, ['examples/server.mjs'], { cwd: root, env });
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

describe('the experiment', () => {
  test('prints the table and writes results.json', () => {
    const flags = ['--data', 'small', '--epochs', '2', '--seed', '7', '--threads', '1'];
    const { status, stdout, stderr } = experiment(...flags, '--out', join(out, 'both'));
    expect(stderr).toBe('');
    expect(status).toBe(0);

    const results = readResults('both');
    expect(Object.keys(results)).toEqual(['paper', 'defaults', 'pca']);
    const { paper, defaults, pca } = results;
    for (const result of [paper, defaults]) {
      const units = expect.any(Number);
      const deadUnits = result === paper ? { deadUnits: { hidden: units, output: units } } : {};
      expect(result).toEqual({
        layers: [784, 64],
        seed: 7,
        epochs: 2,
        threads: 1,
        samples: { train: 8100, validation: 900, test: 1000 },
        mse: {
          train: expect.any(Number),
          validation: expect.any(Number),
          test: expect.any(Number),
        },
        history: [1, 2].map((epoch) => ({
          epoch,
          loss: expect.any(Number),
          validationLoss: expect.any(Number),
          seconds: expect.any(Number),
          samplesPerSecond: expect.any(Number),
          threads: 1,
          ...deadUnits,
          ...(epoch === 2 && { explained: expect.any(Number) }),
        })),
        seconds: expect.any(Number),
        samplesPerSecond: expect.any(Number),
      });
      // The last epoch's validation loss and `evaluate` are the same squares in different float32
      // sums: each adds at most 64 / 4 + 784 / 4 + 4 of them in a row, and the rest in float64.
      const last = result.history[1]?.validationLoss as number;
      expect(Math.abs(result.mse.validation / last - 1)).toBeLessThan(2 * 216 * 2 ** -24);
      expect(result.samplesPerSecond * result.seconds).toBeCloseTo(2 * 8100, 5);
    }

    const row = ({ mse }: Pick<Result, 'mse'>) =>
      [mse.train, mse.validation, mse.test].map((value) => value.toFixed(5));
    const rows = stdout.split('\n').map((line) => line.split(/ {2,}/));
    expect(rows).toContainEqual(['MSE', 'train', 'validation', 'test']);
    expect(rows).toContainEqual(['the paper', '0.0077', '0.0076', '0.0075']);
    expect(rows).toContainEqual(["this library, paper's configuration", ...row(paper)]);
    expect(rows).toContainEqual(['this library, defaults', ...row(defaults)]);
    expect(rows).toContainEqual(['PCA, 64 components', ...row(pca)]);
    // Away from a terminal: one line an epoch and a run.
    expect(stdout.match(/epoch \d\/2 {2}loss/g)).toHaveLength(4);
    expect(stdout).not.toContain('\x1b');
  });

  test('makes one run alone', () => {
    const flags = ['--data', 'small', '--epochs', '1', '--recipe', 'defaults'];
    const { status } = experiment(...flags, '--out', join(out, 'one'));
    expect(status).toBe(0);
    expect(Object.keys(readResults('one'))).toEqual(['defaults', 'pca']);
    expect(readFileSync(join(out, 'one', 'index.html'), 'utf8')).not.toContain(
      "this library, paper's configuration",
    );
  });

  test('--help lists every flag', () => {
    expect(readFlags(['--help'])).toBeUndefined();
    for (const flag of ['data', 'recipe', 'epochs', 'seed', 'seeds', 'threads', 'out']) {
      expect(HELP).toContain(`--${flag} `);
    }
    const { status, stdout } = experiment('--help');
    expect(stdout).toBe(`${HELP}\n`);
    expect(status).toBe(0);
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

  test('a flag that cannot be read ends it with exit code 2', () => {
    const { status, stdout, stderr } = experiment('--epochs', '0');
    expect(stderr).toContain('--epochs must be an integer from 1');
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });
});

interface Result {
  mse: { train: number; validation: number; test: number };
  history: { validationLoss: number }[];
  seconds: number;
  samplesPerSecond: number;
}

function readResults(folder: string): {
  paper: Result;
  defaults: Result;
  pca: Pick<Result, 'mse'>;
} {
  return JSON.parse(readFileSync(join(out, folder, 'results.json'), 'utf8'));
}
