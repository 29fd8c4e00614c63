// The examples that take about a minute on a busy machine; npm run test:slow.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HELP } from '../../../examples/experiment/flags.js';
import { ROOT } from '../../support/node/child.js';
import { experiment, runExample } from '../../support/node/examples.js';

let out: string;
beforeAll(() => {
  out = mkdtempSync(join(tmpdir(), 'autoencoder-wasm-'));
});
afterAll(() => rmSync(out, { recursive: true }));

describe('the examples', () => {
  test('monitor: detects a process that is kept busy', () => {
    const env = { ...process.env, MONITOR_MS: '10', MONITOR_LEARN: '200' };
    const { status, stdout, stderr } = spawnSync(process.execPath, ['examples/monitor.mjs'], {
      ...{ cwd: ROOT, encoding: 'utf8', env },
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^learned 200 moments; alarms are scores above \d/);
    const [, after = ''] = stdout.split('now busy for 400 ms\n');
    const delays = Array.from(after.matchAll(/odd: .* delay ([\d.]+) ms/g), ([, ms]) => Number(ms));
    expect(Math.max(...delays)).toBeGreaterThan(390);
  });

  test('denoise: results are much closer to the clean digits', () => {
    const { stdout, numberAfter } = runExample('denoise');
    const cleaned = numberAfter('cleaned: ');
    expect(cleaned).toBeGreaterThan(0);
    expect(cleaned).toBeLessThan(numberAfter('noisy:   ') / 5);
    expect(stdout).toMatch(/#.*#/);
  });

  test('neighbours: codes find them as well as pixels do', () => {
    const { stdout, numberAfter } = runExample('neighbours');
    const [codes, pixels] = [numberAfter('by codes of 64 numbers: '), numberAfter('784 pixels: ')];
    // Of 300; random choices would give 30.
    expect(pixels).toBeGreaterThan(250);
    expect(codes).toBeGreaterThan(pixels - 6);
    expect(stdout).toMatch(/#.*#/);
  });

  test('stream: computes a code for every image', () => {
    const { stdout, numberAfter } = runExample('stream');
    const [path] = /\S+\.f32/.exec(stdout) ?? [];
    try {
      expect(statSync(path as string).size).toBe(60_000 * 64 * 4);
    } finally {
      rmSync(path as string, { force: true });
    }
    expect(numberAfter('epoch 2: loss ')).toBeLessThan(numberAfter('epoch 1: loss '));
  });

  test('server: answers requests while it trains', () => {
    const { numberAfter } = runExample('server');
    expect(numberAfter('answered ')).toBeGreaterThan(3);
    expect(numberAfter('a 3 scores ')).toBeGreaterThan(0);
  });
});

describe('the experiment', () => {
  test('--help prints all flags', () => {
    const { status, stdout } = experiment('--help');
    expect(stdout).toBe(`${HELP}\n`);
    expect(status).toBe(0);
  });

  test('prints the table and writes results.json', () => {
    const flags = [
      ...['--data', 'small', '--epochs', '2', '--seed', '7', '--seeds', '1'],
      ...['--threads', '1'],
    ];
    const { status, stdout, stderr } = experiment(...flags, '--out', join(out, 'both'));
    expect(stderr).toBe('');
    expect(status).toBe(0);

    const results = readResults('both');
    expect(Object.keys(results)).toEqual([...['paper', 'defaults', 'pca', 'ablation', 'report']]);
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
      // The last epoch's validation loss and `evaluate` add the same squares in different float32 sums:
      // each adds at most 64 / 4 + 784 / 4 + 4 of them in sequence, and the rest in float64.
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
    // Outside a terminal: one line per epoch and run.
    expect(stdout.match(/epoch \d\/2 {2}loss/g)).toHaveLength(4);
    expect(stdout).not.toContain('\x1b');
  });

  test('performs a single run if asked to', () => {
    const flags = ['--data', 'small', '--epochs', '1', '--recipe', 'defaults'];
    const { status } = experiment(...flags, '--out', join(out, 'one'));
    expect(status).toBe(0);
    // Three seeds by default, since these runs take only a second.
    const { seeds, ...rest } = readResults('one');
    expect(Object.keys(rest)).toEqual(['defaults', 'pca', 'report']);
    expect(seeds?.defaults.map(({ seed }) => seed)).toEqual([0, 1, 2]);
    expect(readFileSync(join(out, 'one', 'index.html'), 'utf8')).not.toContain(
      'this library, paper’s configuration',
    );
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
  seeds?: { defaults: { seed: number }[] };
} {
  return JSON.parse(readFileSync(join(out, folder, 'results.json'), 'utf8'));
}
