// examples/pytorch-ddp compared with fit of this library: the same weights, rows and order, on two
// processes.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mnist, PIXELS } from '../../../bench/quality/data.js';
import { npyHeader } from '../../../src/cli/tables/npy-header.js';
import { Autoencoder, type AutoencoderOptions, type FitOptions } from '../../../src/index.js';
import { factored, rowsOf } from '../../support/data.js';
import { hasPython, PYTHON } from '../../support/node/require.js';
import { ended, freePort, within } from '../../support/node/wait.js';

const PROGRAM = fileURLToPath(new URL('../../../examples/pytorch-ddp/train.py', import.meta.url));
/** For losses: float32 sums in another order may differ this much after some dozen steps. */
const TOLERANCE = 1e-4;

let folder: string;
const at = (name: string) => join(folder, name);

interface Outcome {
  code: number | string;
  stdout: string;
  stderr: string;
}

/** Runs train.py as torchrun does: in processes that find each other through environment variables. */
async function ddp(world: number, args: readonly string[]): Promise<Outcome[]> {
  const port = await freePort();
  const ranks: ChildProcess[] = [];
  try {
    const outcomes = Array.from({ length: world }, async (_, rank): Promise<Outcome> => {
      const child = spawn(PYTHON, [PROGRAM, ...args, '--timeout', '60'], {
        env: {
          ...process.env,
          ...{ RANK: `${rank}`, WORLD_SIZE: `${world}`, OMP_NUM_THREADS: '1' },
          // On loopback only, since the host name may resolve to any address.
          ...{ MASTER_ADDR: '127.0.0.1', MASTER_PORT: `${port}`, GLOO_SOCKET_IFNAME: 'lo' },
        },
      });
      ranks.push(child);
      const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
      child.stdout.on('data', (chunk) => stdout.push(chunk));
      child.stderr.on('data', (chunk) => stderr.push(chunk));
      const code = await ended(child);
      return {
        code,
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
      };
    });
    return await within('train.py to end', Promise.all(outcomes));
  } finally {
    for (const child of ranks) child.kill('SIGKILL');
  }
}

/** Trains on two processes, and returns the records of the epochs. */
async function train(...args: string[]): Promise<{ loss: number; validationLoss?: number }[]> {
  const [first, second] = (await ddp(2, args)) as [Outcome, Outcome];
  expect([first.stderr, second.stderr].join('')).toBe('');
  expect([first.code, second.code]).toEqual([0, 0]);
  expect(second.stdout).toBe('');
  return first.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** The largest relative difference between two lists of numbers. */
function apart(theirs: readonly number[], ours: readonly number[]): number {
  expect(theirs.length).toBe(ours.length);
  return Math.max(...ours.map((value, i) => Math.abs((theirs[i] as number) / value - 1)));
}

/** The largest difference between the outputs of two models. */
function outputsApart(a: Autoencoder, b: Autoencoder, x: Float32Array | Uint8Array): number {
  const [left, right] = [a.reconstructSync(x).data, b.reconstructSync(x).data];
  return left.reduce((most, value, i) => Math.max(most, Math.abs(value - (right[i] as number))), 0);
}

describe.skipIf(!hasPython('torch'))('PyTorch DDP', () => {
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'autoencoder-ddp-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('two ranks with batch size 32 take the same steps as fit with batch size 64', async () => {
    const [steps, batch] = [50, 64];
    const x = mnist().train.images.slice(0, steps * batch * PIXELS);
    const header = Buffer.from([0, 0, 8, 3, 0, 0, 0, 0, 0, 0, 0, 28, 0, 0, 0, 28]);
    header.writeUInt32BE(steps * batch, 4);
    writeFileSync(at('x-idx3-ubyte'), Buffer.concat([header, x]));
    const ae = new Autoencoder({ layers: [PIXELS, 64], scale: 'none', seed: 3 });
    writeFileSync(at('fresh.safetensors'), ae.save());
    const ours: number[] = [];
    for (const rows of rowsOf(x, batch * PIXELS)) {
      const options = {
        epochs: 1,
        batchSize: batch,
        shuffle: false,
        schedule: 'constant',
      } as const;
      const [record] = await ae.fit(rows, options);
      ours.push(record?.loss as number);
    }
    const files = [
      at('x-idx3-ubyte'),
      '-m',
      at('fresh.safetensors'),
      '-o',
      at('trained.safetensors'),
    ];
    const options = ['--batch-size', '32', '--epochs', '1', '--schedule', 'constant'];
    await train(...files, ...options, '--no-shuffle', '--losses', at('losses'));
    const theirs = readFileSync(at('losses'), 'utf8').trim().split('\n').map(Number);
    const losses = apart(theirs, ours);
    const trained = Autoencoder.load(readFileSync(at('trained.safetensors')));
    const outputs = outputsApart(trained, ae, x.subarray(0, 100 * PIXELS));
    console.log(
      `50 steps, loss ${ours[0]?.toPrecision(4)} to ${ours[49]?.toPrecision(4)}: ` +
        `losses differ by ${losses.toExponential(1)}, outputs by ${outputs.toExponential(1)}`,
    );
    expect(ours[49] as number).toBeLessThan((ours[0] as number) / 2);
    expect(losses).toBeLessThan(TOLERANCE);
    expect(outputs).toBeLessThan(1e-3);
    expect(trained.options).toEqual(ae.options);
  });

  const width = 12;
  // The last step of an epoch has a single row, so the second rank has none of it.
  const rows = 3 * 64 * 4 + 1;
  const x = factored(rows, width, 4, 5);

  test.each<[string, AutoencoderOptions, FitOptions, string[]]>([
    [
      'adamw, step, warm-up, clipping, huber; tied, tanh, standard scale',
      { layers: [width, 8, 4], activation: 'tanh', tied: true, scale: 'standard' },
      {
        optimizer: 'adamw',
        learningRate: 0.01,
        schedule: { type: 'step', every: 2, factor: 0.5, warmup: 0.5 },
        weightDecay: 0.1,
        clipNorm: 0.1,
        loss: 'huber',
        huberDelta: 0.5,
      },
      [
        ...['--optimizer', 'adamw', '--learning-rate', '0.01', '--schedule', 'step'],
        ...['--step-every', '2', '--step-factor', '0.5', '--warmup', '0.5'],
        ...[
          '--weight-decay',
          '0.1',
          '--clip-norm',
          '0.1',
          '--loss',
          'huber',
          '--huber-delta',
          '0.5',
        ],
      ],
    ],
    [
      'sgd, cosine, bce, a sparse code; elu, minmax scale',
      { layers: [width, 6], activation: 'elu', codeActivation: 'sigmoid', scale: 'minmax' },
      {
        ...{ optimizer: 'sgd', momentum: 0.8, loss: 'bce', weightDecay: 1e-4 },
        sparsity: { type: 'kl', weight: 0.05, target: 0.1 },
      },
      [
        ...['--optimizer', 'sgd', '--momentum', '0.8', '--loss', 'bce', '--weight-decay', '1e-4'],
        ...['--sparsity', 'kl', '--sparsity-weight', '0.05', '--sparsity-target', '0.1'],
      ],
    ],
    [
      'adam, mae, l1; leaky ReLU, linear output',
      { layers: [width, 6], outputActivation: 'linear', scale: 'none' },
      {
        beta1: 0.8,
        beta2: 0.99,
        epsilon: 1e-6,
        loss: 'mae',
        sparsity: { type: 'l1', weight: 0.01 },
      },
      [
        ...['--beta1', '0.8', '--beta2', '0.99', '--epsilon', '1e-6', '--loss', 'mae'],
        ...['--sparsity', 'l1', '--sparsity-weight', '0.01'],
      ],
    ],
    [
      'adam, logcosh; tanh, linear output',
      { layers: [width, 6], activation: 'tanh', scale: 'standard' },
      { loss: 'logcosh' },
      ['--loss', 'logcosh'],
    ],
  ])('the options have the same meaning: %s', async (_, model, options, flags) => {
    const fresh = new Autoencoder({ ...model, seed: 1 });
    if (model.scale !== 'none') await fresh.fit(x, { epochs: 1 }); // learns the scale
    writeFileSync(at('fresh.safetensors'), fresh.save({ optimizer: false }));
    const data = new Uint8Array(x.buffer);
    writeFileSync(at('x.npy'), Buffer.concat([npyHeader(rows, width), data]));
    const lines = rowsOf(x, width).map((row) => row.join(','));
    writeFileSync(at('x.csv'), `${lines[0]?.replace(/[^,]+/g, 'name')}\n${lines.join('\n')}\n`);

    const ae = Autoencoder.load(readFileSync(at('fresh.safetensors')));
    const history = await ae.fit(x, { ...options, epochs: 4, shuffle: false, validationData: x });
    const files = [at('x.npy'), '-m', at('fresh.safetensors'), '-o', at('trained.safetensors')];
    const run = ['--epochs', '4', '--batch-size', '32', '--no-shuffle'];
    const records = await train(...files, ...run, ...flags, '--validation-data', at('x.csv'));
    const losses = (all: { loss: number; validationLoss?: number }[]) =>
      all.flatMap(({ loss, validationLoss }) => [loss, validationLoss as number]);
    const trained = Autoencoder.load(readFileSync(at('trained.safetensors')));
    expect(apart(losses(records), losses(history))).toBeLessThan(TOLERANCE);
    expect(outputsApart(trained, ae, x)).toBeLessThan(1e-3);
    expect(outputsApart(fresh, ae, x)).toBeGreaterThan(1e-2); // it has learned
  });

  test('unsuitable data are reported with their place', async () => {
    writeFileSync(at('wide.npy'), Buffer.concat([npyHeader(1, 3), Buffer.alloc(12)]));
    const nan = new Uint8Array(Float32Array.of(0, 1, 0, Number.NaN).buffer);
    writeFileSync(at('nan.npy'), Buffer.concat([npyHeader(2, 2), nan]));
    writeFileSync(
      at('model.safetensors'),
      new Autoencoder({ layers: [2, 1], scale: 'none' }).save(),
    );
    const files = ['-m', at('model.safetensors'), '-o', at('trained.safetensors')];
    const [[wide], [bad]] = [
      await ddp(1, [at('wide.npy'), ...files]),
      await ddp(1, [at('nan.npy'), ...files]),
    ];
    expect(wide?.stderr).toContain('wide.npy has 3 columns, and the model takes 2');
    expect(bad?.stderr).toContain('nan.npy, row 2, column 2: nan is not a finite number');
    expect([wide?.code, bad?.code]).toEqual([1, 1]);
  });
});
