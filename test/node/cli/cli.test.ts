// The commands, run as from a shell.

import { spawn } from 'node:child_process';
import {
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { flagsOf } from '../../../src/cli/command.js';
import { COMMANDS } from '../../../src/cli/commands.js';
import { npyHeader } from '../../../src/cli/tables/npy-header.js';
import { Autoencoder } from '../../../src/index.js';
import { ROOT } from '../../support/node/child.js';
import { called, cli, PROGRAM } from '../../support/node/cli.js';

const WIDTH = 6;
const ROWS = 500;
let folder: string;
/** Rows with two underlying factors, which a code of two units can represent. */
const x = Float32Array.from({ length: ROWS * WIDTH }, (_, i) => {
  const [row, column] = [Math.floor(i / WIDTH), i % WIDTH];
  return 0.5 + 0.4 * Math.sin(row * 0.7 + column * ((row % 5) - 2) * 0.3);
});
const TRAIN = ['--layers', '6,3', '--epochs', '5', '--seed', '7', '--batch-size', '32'];
let model: Autoencoder;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'autoencoder-wasm-'));
  write('x.npy', Buffer.concat([npyHeader(ROWS, WIDTH), Buffer.from(x.buffer)]));
  write('x.csv', csvOf(x, WIDTH, ['a', 'b', 'c', 'd', 'e', 'f, g']));
  model = new Autoencoder({ layers: [6, 3], seed: 7 });
  await model.fit(x, { epochs: 5, batchSize: 32 });
  write('model.safetensors', model.save());
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, contents: string | Uint8Array): void {
  writeFileSync(join(folder, name), contents);
}

const read = (name: string) => readFileSync(join(folder, name));

function csvOf(data: Float32Array, width: number, names?: string[]): string {
  const header = names
    ? `${names.map((name) => (name.includes(',') ? `"${name}"` : name)).join()}\n`
    : '';
  const lines = Array.from({ length: data.length / width }, (_, i) =>
    data.subarray(i * width, (i + 1) * width).join(),
  );
  return `${header}${lines.join('\n')}\n`;
}

/** Runs a command that must succeed, and returns what it printed. */
async function ok(args: string[], input?: string | Uint8Array) {
  const { code, stdout, stderr } = await called(folder, args, input);
  expect(stderr === '' || code === 0 ? '' : stderr).toBe('');
  expect(code).toBe(0);
  return { text: stdout.toString(), stdout, stderr };
}

/** The rows of a CSV, without its header. */
const numbers = (text: string) =>
  text
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(',').map(Number));

describe('train', () => {
  test('writes the same model as the library, from any format', async () => {
    const { stderr } = await ok(['train', 'x.csv', ...TRAIN, '-o', 'trained.safetensors']);
    const columns = { names: ['a', 'b', 'c', 'd', 'e', 'f, g'] };
    const named = new Autoencoder({ layers: [6, 3], seed: 7, columns });
    await named.fit(x, { epochs: 5, batchSize: 32 });
    expect(read('trained.safetensors')).toEqual(Buffer.from(named.save()));
    const lines = stderr.trim().split('\n');
    expect(lines[0]).toBe('500 rows of 6 numbers; network 6-3-6, seed 7');
    expect(lines[1]).toContain('scale none: columns are not scaled');
    // The first epoch and the last; in between at most one line per second.
    for (const [at, epoch] of [
      [2, 1],
      [-3, 5],
    ] as const)
      expect(lines.at(at)).toMatch(RegExp(`^epoch ${epoch}/5  loss 0\\.\\d+, [\\d,.]+ samples/s$`));
    expect(lines.at(-2)).toMatch(/^trained\.safetensors: trained for 5 epochs in \d+\.\d s$/);
    expect(stderr).not.toContain('\x1b');
    await ok(['train', '-', ...TRAIN, '-o', 'trained.safetensors', '-q'], read('x.npy'));
    expect(read('trained.safetensors')).toEqual(Buffer.from(model.save()));
  });

  test('--json: prints one line per epoch, and one for the model', async () => {
    const { text, stderr } = await ok([
      'train',
      'x.csv',
      ...TRAIN,
      '-o',
      'j.safetensors',
      '--json',
      '--validation-split',
      '0.2',
    ]);
    expect(stderr).toBe('');
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.slice(0, 5)).toMatchObject(
      [1, 2, 3, 4, 5].map((epoch) => ({
        epoch,
        loss: expect.any(Number),
        validationLoss: expect.any(Number),
      })),
    );
    expect(lines[5]).toEqual({
      model: 'j.safetensors',
      epoch: 5,
      loss: lines[4].loss,
      validationLoss: lines[4].validationLoss,
      explained: expect.any(Number),
      scale: 'none',
      seed: 7,
      seconds: expect.any(Number),
      interrupted: false,
    });
  });

  test('passes every flag to the library', async () => {
    const flags = {
      layers: '6,4,2',
      activation: 'tanh',
      'code-activation': 'linear',
      'output-activation': 'sigmoid',
      init: 'he',
      seed: '3',
      threads: '1',
      epochs: '3',
      'batch-size': '50',
      'learning-rate': '0.01',
      schedule: 'step',
      warmup: '0.5',
      'step-every': '2',
      'step-factor': '0.5',
      'clip-norm': '0.5',
      noise: 'mask',
      'noise-amount': '0.1',
      sparsity: 'l1',
      'sparsity-weight': '0.01',
      'sample-weight': 'weights.csv',
      optimizer: 'adamw',
      'huber-delta': '0.2',
      'early-stopping': '2',
      'min-delta': '0.001',
      'weight-decay': '0.001',
      beta1: '0.8',
      beta2: '0.99',
      epsilon: '1e-7',
      loss: 'huber',
    };
    write('weights.csv', Array.from({ length: ROWS }, (_, i) => `${i % 3}\n`).join(''));
    const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]);
    await ok([
      'train',
      'x.npy',
      ...args,
      '--no-shuffle',
      '--no-restore-best',
      '--revive-dead-units',
      '--tied',
      '--validation-data',
      'x.csv',
      '-q',
      '-o',
      'all.safetensors',
    ]);
    const ae = new Autoencoder({
      layers: [6, 4, 2],
      activation: 'tanh',
      codeActivation: 'linear',
      outputActivation: 'sigmoid',
      init: 'he',
      tied: true,
      seed: 3,
      threads: 1,
    });
    await ae.fit(x, {
      epochs: 3,
      batchSize: 50,
      learningRate: 0.01,
      schedule: { type: 'step', warmup: 0.5, every: 2, factor: 0.5 },
      earlyStopping: { patience: 2, minDelta: 0.001, restoreBest: false },
      weightDecay: 0.001,
      beta1: 0.8,
      beta2: 0.99,
      epsilon: 1e-7,
      loss: 'huber',
      huberDelta: 0.2,
      optimizer: 'adamw',
      clipNorm: 0.5,
      noise: { type: 'mask', amount: 0.1 },
      sparsity: { type: 'l1', weight: 0.01 },
      reviveDeadUnits: true,
      sampleWeight: Array.from({ length: ROWS }, (_, i) => i % 3),
      shuffle: false,
      validationData: x,
    });
    expect(read('all.safetensors')).toEqual(Buffer.from(ae.save()));
  });

  test('reports the scale chosen, and the share the model explains', async () => {
    const wide = Array.from({ length: 60 }, (_, i) => `${1e4 * i},${Math.sin(i) - 7},${-i}`);
    write('wide.csv', `${wide.join('\n')}\n`);
    const fit = ['--batch-size', '16', '--seed', '1', '-o', 'wide.safetensors'];
    const train = ['train', 'wide.csv', '--layers', '3,2', ...fit];
    const { stderr } = await ok(train);
    expect(stderr).toContain(
      'scale standard: columns are scaled to mean 0 and standard deviation 1',
    );
    expect(stderr).toMatch(/explains [\d.]+ % of the variance/);
    const { text } = await ok([...train, '--json']);
    const result = JSON.parse(text.trim().split('\n').at(-1) as string);
    expect(result).toMatchObject({ scale: 'standard' });
    expect(result.explained).toBeGreaterThan(0);
    // The library gives the same share.
    const ae = new Autoencoder({ layers: [3, 2], seed: 1 });
    const values = wide.map((line) => line.split(',').map(Number));
    const history = await ae.fit(values, { batchSize: 16 });
    expect(result.explained).toBe(history.at(-1)?.explained);
  });

  test('columns of different scales are learned with the defaults, by command and by API', async () => {
    const data = join(ROOT, 'examples/data/breast-cancer.csv');
    const { text } = await ok(['train', data, '--code', '6', '--json', '-o', 'm.safetensors']);
    expect(JSON.parse(text.trim().split('\n').at(-1) as string).explained).toBeGreaterThan(0.8);
    const lines = readFileSync(data, 'utf8').trim().split('\n').slice(1);
    const history = await new Autoencoder({ code: 6 }).fit(
      lines.map((line) => line.split(',').map(Number)),
    );
    expect(history.at(-1)?.explained).toBeGreaterThan(0.8);
  });

  test('--code takes the input width from the data', async () => {
    const flags = ['--epochs', '5', '--seed', '7', '--batch-size', '32', '-o', 'code.safetensors'];
    for (const more of [[], ['--stream']]) {
      await ok(['train', 'x.csv', '--code', '3', ...flags, ...more]);
      const told = ['train', 'x.csv', '--layers', '6,3', ...flags.slice(0, -1)];
      await ok([...told, 'told.safetensors', ...more]);
      expect(read('code.safetensors')).toEqual(read('told.safetensors'));
    }
  });

  test('warns if a model is no better than the column means', async () => {
    write('flat.csv', '1,20\n3,-4\n');
    const flat = ['train', 'flat.csv', '--layers', '2,1', '-o', 'flat.safetensors'];
    const { stderr } = await ok([...flat, '--scale', 'none', '--epochs', '1']);
    expect(stderr).toContain('no better than the column means');
    expect(stderr).not.toContain('scale none');
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s stops training, and the best model is written', async (signal, expected) => {
    const child = spawn(
      process.execPath,
      [
        PROGRAM,
        'train',
        'x.csv',
        ...TRAIN.slice(0, 2),
        '--epochs',
        '1000000',
        '--seed',
        '7',
        '-o',
        'stopped.safetensors',
        '--json',
      ],
      { cwd: folder },
    );
    let stdout = '';
    child.stdout.once('data', () => child.kill(signal));
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect(code).toBe(expected);
    const lines = stdout.trim().split('\n');
    const { epoch, loss, interrupted } = JSON.parse(lines.pop() as string);
    const losses = lines.map((line) => JSON.parse(line).loss);
    expect([losses[epoch - 1], interrupted]).toEqual([Math.min(...losses), true]);
    expect(loss).toBe(losses[epoch - 1]);
    expect(Autoencoder.load(read('stopped.safetensors')).options.layers).toEqual([6, 3]);
    rmSync(join(folder, 'stopped.safetensors'));
  });
});

describe('commands that convert rows', () => {
  test('encode, decode and reconstruct give the same results as the library', async () => {
    const codes = await model.encode(x);
    const { text } = await ok(['encode', '--model', 'model.safetensors', 'x.csv']);
    expect(text.split('\n')[0]).toBe('code1,code2,code3');
    expect(numbers(text).map((row) => row.map(Math.fround))).toEqual(
      [...codes].map((row) => [...row]),
    );
    const decoded = await ok(['decode', '--model', 'model.safetensors', '-'], text);
    const back = [...(await model.decode(codes))].map((row) => [...row]);
    expect(decoded.text.split('\n')[0]).toBe('x1,x2,x3,x4,x5,x6');
    expect(numbers(decoded.text).map((row) => row.map(Math.fround))).toEqual(back);
    const reconstructed = await ok(['reconstruct', '-m', 'model.safetensors', 'x.csv']);
    expect(reconstructed.text.split('\n')[0]).toBe('a,b,c,d,e,"f, g"');
    expect(numbers(reconstructed.text).map((row) => row.map(Math.fround))).toEqual(back);
  });

  test('a file has the same codes in every format, and a line reports it', async () => {
    const codes = await model.encode(x);
    const npy = Buffer.concat([npyHeader(ROWS, 3), Buffer.from(codes.data.buffer)]);
    const { text, stderr } = await ok([
      'encode',
      '-m',
      'model.safetensors',
      'x.csv',
      '-o',
      'codes.npy',
    ]);
    expect(text).toBe('');
    expect(stderr).toMatch(/^codes\.npy: 500 rows of 3 numbers, in \d+\.\d s\n$/);
    expect(read('codes.npy')).toEqual(npy);
    await ok(['encode', '-m', 'model.safetensors', 'x.csv', '-o', 'codes.npy.gz', '-q']);
    expect(gunzipSync(read('codes.npy.gz'))).toEqual(npy);
    for (const input of ['x.csv', 'x.npy']) {
      const piped = await ok([
        'encode',
        '-m',
        'model.safetensors',
        input,
        '--output-format',
        'npy',
      ]);
      expect(piped.stdout).toEqual(npy);
    }
    const json = await ok(
      ['encode', '-m', 'model.safetensors', 'codes.npy', '-o', 'x', '--json'].with(3, 'x.npy'),
    );
    expect(JSON.parse(json.text)).toEqual({
      output: 'x',
      rows: 500,
      columns: 3,
      seconds: expect.any(Number),
    });
    const lines = (await ok(['encode', '-m', 'model.safetensors', 'x.npy', '--json'])).text
      .trim()
      .split('\n');
    expect(lines.map((line) => JSON.parse(line).map(Math.fround))).toEqual(
      [...codes].map((row) => [...row]),
    );
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  test('a symbolic link as output is followed, and permissions are kept', async () => {
    mkdirSync(join(folder, 'far'));
    write('far/codes.csv', 'old');
    symlinkSync('far/codes.csv', join(folder, 'link.csv'));
    await ok(['encode', '-m', 'model.safetensors', 'x.csv', '-o', 'link.csv', '-q']);
    expect(read('far/codes.csv').toString()).toContain('code1');
    expect(statSync(join(folder, 'far/codes.csv')).mode & 0o777).toBe(0o644);
    await ok(['encode', '-m', 'model.safetensors', 'x.csv', '-o', '/dev/null', '-q']);
  });

  test('a dangling link creates its target, and a link to itself is an error', async () => {
    mkdirSync(join(folder, 'later'));
    symlinkSync('later/codes.csv', join(folder, 'dangling.csv'));
    symlinkSync('circle.csv', join(folder, 'circle.csv'));
    await ok(['encode', '-m', 'model.safetensors', 'x.csv', '-o', 'dangling.csv', '-q']);
    expect(lstatSync(join(folder, 'dangling.csv')).isSymbolicLink()).toBe(true);
    expect(read('later/codes.csv').toString()).toContain('code1');
    const args = ['encode', '-m', 'model.safetensors', 'x.csv', '-o', 'circle.csv'];
    const { code, stderr } = await called(folder, args);
    expect(stderr).toBe('autoencoder-wasm: circle.csv: its links form a loop\n');
    expect(code).toBe(1);
  });

  test('evaluate', async () => {
    const mse = await model.evaluate(x);
    expect((await ok(['evaluate', '-m', 'model.safetensors', 'x.csv'])).text).toBe(
      `mean squared error ${mse.toPrecision(5)} over 500 rows\n`,
    );
    expect(
      JSON.parse((await ok(['evaluate', '-m', 'model.safetensors', 'x.npy', '--json'])).text),
    ).toEqual({ mse, rows: 500 });
  });

  test('a reader that stops early causes no error and no message', async () => {
    const program = `${JSON.stringify(process.execPath)} ${JSON.stringify(PROGRAM)}`;
    const big = `for i in $(seq 200); do tail -n +2 x.csv; done`;
    const shell = spawn(
      'bash',
      ['-c', `set -o pipefail; (${big}) | ${program} encode -m model.safetensors - | head -n 2`],
      { cwd: folder },
    );
    let [out, err] = ['', ''];
    shell.stdout.on('data', (chunk) => {
      out += chunk;
    });
    shell.stderr.on('data', (chunk) => {
      err += chunk;
    });
    await new Promise((resolve) => shell.on('close', resolve));
    expect(out.split('\n')).toHaveLength(3);
    expect(err.replace(/^tail: .*\n/gm, '')).toBe('');
  });

  test('an interrupted command leaves no file behind', async () => {
    mkdirSync(join(folder, 'half'));
    const child = spawn(
      process.execPath,
      [PROGRAM, 'encode', '-m', 'model.safetensors', '-', '-o', 'half/codes.csv'],
      { cwd: folder },
    );
    const closed = new Promise((resolve) => child.on('close', resolve));
    const text = read('x.csv');
    child.stdin.on('error', () => {});
    child.stdin.write(text);
    const temporary = () => readdirSync(join(folder, 'half'));
    while (temporary().length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill('SIGINT');
    expect(await closed).toBe(130);
    expect(temporary()).toEqual([]);
  });
});

describe('a table with columns of any size, missing cells and anomalies', () => {
  /** Column i is of the order of 10^i; every 7th cell is missing; rows 101 and 301 are anomalous. */
  const table = Float32Array.from(x, (value, i) => {
    if (i % 7 === 6) return Number.NaN;
    const row = Math.floor(i / WIDTH);
    return (row === 100 || row === 300 ? 9 * (i % 2) - 4 : value) * 10 ** (i % WIDTH);
  });
  const flags = ['--scale', 'standard', '--missing', 'mask'];
  let ae: Autoencoder;

  beforeAll(async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f, g'];
    write('table.csv', csvOf(table, WIDTH, names).replaceAll('NaN', ''));
    const options = { scale: 'standard', missing: 'mask', columns: { names } } as const;
    ae = new Autoencoder({ layers: [6, 3], seed: 7, ...options });
    await ae.fit(table, { epochs: 5, batchSize: 32 });
    await ae.fitThreshold(table, { contamination: 0.01 });
    const { stderr } = await ok([
      ...['train', 'table.csv', ...TRAIN, ...flags, '--contamination', '0.01'],
      ...['-o', 'table.safetensors'],
    ]);
    expect(stderr).not.toContain('note:');
  });

  test('train learns a scale, masks missing cells and stores the threshold in the model', async () => {
    expect(read('table.safetensors')).toEqual(Buffer.from(ae.save()));
    const { threshold } = JSON.parse((await ok(['info', 'table.safetensors', '--json'])).text);
    expect(threshold).toBe(ae.threshold);
    expect((await ok(['info', 'table.safetensors'])).text).toContain(
      `threshold         ${threshold.toPrecision(5)}`,
    );
  });

  test('evaluate uses the observed cells only', async () => {
    const { text } = await ok(['evaluate', '-m', 'table.safetensors', 'table.csv', '--json']);
    const expected = await ae.evaluate(table);
    // The library adds the 500 rows in another order, in float64.
    expect(Math.abs(JSON.parse(text).mse / expected - 1)).toBeLessThan(500 * 2 ** -52);
  });

  test('impute fills missing cells, and leaves the others unchanged', async () => {
    const { text } = await ok(['impute', '-m', 'table.safetensors', 'table.csv']);
    expect(text.split('\n')[0]).toBe('a,b,c,d,e,"f, g"');
    const filled = numbers(text).map((row) => row.map(Math.fround));
    expect(filled).toEqual([...(await ae.impute(table))].map((row) => [...row]));
    for (const [i, value] of filled.flat().entries()) {
      if (!Number.isNaN(table[i])) expect(value).toBe(table[i]);
    }
  });

  test('score prints one number per row', async () => {
    const { text } = await ok(['score', '-m', 'table.safetensors', 'table.csv']);
    expect(text.split('\n')[0]).toBe('score');
    expect(numbers(text).flat().map(Math.fround)).toEqual([...(await ae.score(table))]);
  });

  test('anomalies prints the anomalous rows, their scores and the columns to blame', async () => {
    const args = ['anomalies', '-m', 'table.safetensors', 'table.csv'];
    const { text, stderr } = await ok(args);
    const [header, ...lines] = text.trim().split('\n');
    const reasons = [1, 2, 3].map((i) => `column${i},value${i},expected${i}`);
    expect(header).toBe(`row,score,anomaly,${reasons.join(',')}`);
    const found = lines.map((line) => Number(line.split(',')[0]));
    const flagged = [...(await ae.isAnomaly(table)).entries()].filter(([, is]) => is);
    expect(found).toEqual(flagged.map(([i]) => i + 1));
    expect(found).toContain(101);
    expect(found).toContain(301);
    const threshold = Number((ae.threshold as number).toPrecision(5));
    expect(stderr).toBe(`${found.length} rows of 500: score above ${threshold}\n`);

    const all = await ok([...args, '--all', '--top', '2', '--json']);
    const rows = all.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const [scores, why] = [await ae.score(table), await ae.explain(table, { top: 2 })];
    const names = ['a', 'b', 'c', 'd', 'e', 'f, g'];
    // Printed with the fewest digits that identify the float32.
    for (const feature of [...rows.flatMap(({ features }) => features), ...why.flat()]) {
      feature.value = Math.fround(feature.value);
      feature.expected = Math.fround(feature.expected);
    }
    expect(rows).toEqual(
      Array.from(scores, (score, i) => ({
        row: i + 1,
        score,
        anomaly: found.includes(i + 1),
        features: why[i]?.map(({ feature, name: _, ...rest }) => ({
          column: names[feature],
          ...rest,
        })),
      })),
    );
  });

  test('anomalies accepts a threshold, or the share of rows to report', async () => {
    const args = ['anomalies', '-m', 'table.safetensors', 'table.csv', '-q'];
    const none = await ok([...args, '--threshold', '1e9']);
    expect(none.text.trim().split('\n')).toHaveLength(1);
    const tenth = await ok([...args, '--contamination', '0.1', '-o', 'odd.jsonl']);
    expect(tenth.text).toBe('');
    expect(read('odd.jsonl').toString().trim().split('\n')).toHaveLength(50);
  });

  test.each([
    [['anomalies', '-m', 'model.safetensors', 'x.csv'], 'the model has no threshold: give'],
    [
      ['anomalies', '-m', 'table.safetensors', '-', '--contamination', '0.1'],
      '--contamination reads DATA twice',
    ],
    [
      ['anomalies', '-m', 'table.safetensors', 'x.csv', '--contamination', '2'],
      '--contamination must be a number above 0',
    ],
    [['anomalies', '-m', 'table.safetensors', 'x.csv', '--top', '0'], '--top must be an integer'],
    [['anomalies', '-m', 'table.safetensors', 'x.csv', '-o', 'a.npy'], 'anomalies are written as'],
    [['impute', '-m', 'model.safetensors', 'x.csv'], 'trained with --missing mask'],
    [
      ['train', 'x.csv', '--layers', '6,3', '-o', 'm', '--contamination', '0'],
      '--contamination must be a number above 0',
    ],
  ])('%j ends with exit code 2', async (args, message) => {
    const { code, stdout, stderr } = await called(folder, args);
    expect(stderr).toContain(message);
    expect(stdout.toString()).toBe('');
    expect(code).toBe(2);
  });
});

describe('model files', () => {
  test('info describes a model', async () => {
    const { text } = await ok(['info', 'model.safetensors']);
    expect(text).toContain(model.summary());
    expect(text).toMatch(/\nlayers +6-3\n/);
    expect(text).toMatch(/\nseed +7\n/);
    const json = JSON.parse((await ok(['info', 'model.safetensors', '--json'])).text);
    expect(json).toMatchObject({
      file: 'model.safetensors',
      bytes: read('model.safetensors').length,
      parameters: 45,
      options: model.options,
    });
    expect(json.tensors['encoder.0.weight']).toEqual([3, 6]);
  });

  test('export writes the ONNX file that toOnnx returns', async () => {
    const { toOnnx } = await import('../../../src/onnx.js');
    await ok(['export', 'model.safetensors', '--part', 'encoder', '--onnx', 'encoder.onnx', '-q']);
    expect(read('encoder.onnx')).toEqual(Buffer.from(toOnnx(model, { part: 'encoder' })));
    await ok(['export', 'model.safetensors', '--onnx', 'full.onnx', '-q']);
    expect(read('full.onnx')).toEqual(Buffer.from(toOnnx(model)));
  });
});

describe('usage', () => {
  test('--help lists every command, and the help of a command every flag and an example', async () => {
    const { text } = await ok(['--help']);
    for (const command of COMMANDS) {
      expect(text).toContain(`\n  ${command.name} `);
      const help = (await ok([command.name, '--help'])).text;
      for (const { name } of flagsOf(command)) expect(help).toMatch(new RegExp(`--${name}[ \n]`));
      expect(help).toMatch(new RegExp(`\n  .*autoencoder-wasm ${command.name} `));
      expect(help.split('\n').filter((line) => line.length > 120)).toEqual([]);
    }
    const train = (await ok(['train', '--help'])).text;
    const [first] = /^Essentials:\n( {2}.*\n)+\n/m.exec(train) ?? [''];
    expect([...first.matchAll(/^ .{5}--([\w-]+)/gm)].map(([, name]) => name).slice(0, 4)).toEqual([
      ...['output', 'layers', 'code', 'hidden'],
    ]);
    expect((await ok(['help', 'train'])).text).toBe((await ok(['train', '-h'])).text);
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect((await ok(['--version'])).text).toBe(`${version}\n`);
  });

  test('the help is printed without loading the library', async () => {
    // Only the files that the help needs are copied, so that no others can be loaded.
    const alone = join(folder, 'alone/dist');
    mkdirSync(alone, { recursive: true });
    writeFileSync(join(folder, 'alone/package.json'), '{ "type": "module" }');
    const needed = ['checks', 'option-names', 'option-table', 'kinds', 'losses', 'synonyms'];
    const model = [...needed, 'activations'].map((name) => `model/${name}`);
    const base = [
      'cpu-quota',
      'missing-words',
      'platform',
      'printable',
      'wide-simd',
      'wording',
    ].map((name) => `base/${name}`);
    for (const name of ['cli', ...model, ...base, 'generated/abi'])
      cpSync(join(dirname(PROGRAM), `${name}.js`), join(alone, `${name}.js`));
    const { code, stdout } = await cli(folder, ['train', '--help'], '', {
      program: join(alone, 'cli.js'),
    });
    expect(code).toBe(0);
    expect(stdout.toString()).toContain('--layers');
  });

  test.each([
    [[], /^Train autoencoders and apply them/],
    [['trian', 'x.csv'], "there is no command 'trian'; did you mean train?"],
    [['train', 'x.csv', '--epocs', '3'], 'there is no flag --epocs; did you mean --epochs?'],
    [['train', 'x.csv', '-x'], 'there is no flag -x'],
    [['train'], 'DATA is missing'],
    [['train', 'x.npy', '-o', 'm'], '--layers is missing'],
    [['train', 'x.csv', '--layers', '6,3'], '--output is missing'],
    [
      ['train', 'x.csv', '--layers', '6,3', '-o', 'm.gz'],
      '--output must not end in .gz: models are not compressed, got m.gz',
    ],
    [
      ['train', 'x.csv', '--layers', '6,three', '-o', 'm'],
      "--layers must be numbers separated by commas, got '6,three'",
    ],
    [['train', 'x.csv', '--layers', '6', '-o', 'm'], '--layers must have at least 2 widths'],
    [['train', 'x.csv', '--layers', '6,0', '-o', 'm'], '--layers[1] must be a positive integer'],
    [['train', 'x.csv', ...TRAIN, '-o', 'm', '--epochs', '4'], '--epochs is given twice'],
    [
      ['train', 'x.csv', '--layers', '6,3', '-o', 'm', '--epochs', '0'],
      '--epochs must be an integer from 1',
    ],
    [
      ['train', 'x.csv', '--layers', '6,3', '-o', 'm', '--epochs', 'ten'],
      "--epochs must be a number, got 'ten'",
    ],
    [['train', 'x.csv', '--layers', '6,3', '-o', 'm', '--epochs'], '--epochs needs a value (N)'],
    [
      ['train', 'x.csv', '--layers', '6,3', '-o', '--quiet'],
      "-o needs a value (FILE), got '--quiet'",
    ],
    [
      ['train', 'x.csv', '--layers', '6,3', '-o', 'm', '--quiet=no'],
      "--quiet takes no value, got 'no'",
    ],
    [
      ['train', 'x.csv', '--layers', '6,3', '-o', 'm', '--batch-size', '-1'],
      '--batch-size must be an integer from 1',
    ],
    [
      ['train', 'x.csv', '--layers', '6,3', '-o', 'm', '--activation', 'rellu'],
      "--activation must be one of 'linear', 'relu'",
    ],
    [
      [
        'train',
        'x.csv',
        '--layers',
        '6,3',
        '-o',
        'm',
        '--loss',
        'bce',
        '--output-activation',
        'relu',
      ],
      "--loss bce needs the model's --output-activation to be 'sigmoid'",
    ],
    [
      [
        'train',
        'x.csv',
        '--layers',
        '6,3',
        '-o',
        'm',
        '--validation-split',
        '0.1',
        '--validation-data',
        'x.csv',
      ],
      '--validation-split and --validation-data cannot be combined, got both',
    ],
    [
      ['train', 'x.csv', '--layers', '6,3', '-o', 'm', '--header', '--no-header'],
      '--header and --no-header cannot be combined',
    ],
    [
      ['train', 'x.csv', '--layers', '6,3', '-o', 'm', '--delimiter', 'ab'],
      "--delimiter must be a single character that cannot be part of a number, got 'ab'",
    ],
    [
      ['train', 'x.csv', '--layers', '6,3', '-o', 'm', '--format', 'cvs'],
      "--format must be one of csv, tsv, jsonl, npy, npz, idx, parquet, got 'cvs'; did you mean csv?",
    ],
    [
      ['train', 'x.csv', '--layers', '2,1', '-o', 'm', '--columns', 'a,h'],
      "x.csv has no column 'h'",
    ],
    [['encode', 'x.csv'], '--model is missing'],
    [
      ['encode', '-m', 'model.safetensors', 'x.csv', '--threads', '0'],
      '--threads must be an integer from 1 to 256',
    ],
    [
      ['encode', '-m', 'model.safetensors', 'x.csv', '-o', 'codes.idx'],
      'idx can be read but not written',
    ],
    [
      ['encode', '-m', 'model.safetensors', 'x.csv', '--output-format', 'npz'],
      "--output-format must be one of csv, tsv, jsonl, npy, got 'npz'",
    ],
    [['export', 'model.safetensors'], '--onnx is missing'],
    [
      ['export', 'model.safetensors', '--onnx', 'm', '--part', 'half'],
      '--part must be one of encoder, decoder, full',
    ],
  ])('%j ends with exit code 2', async (args, message) => {
    const { code, stdout, stderr } = await called(folder, args);
    expect(stderr).toMatch(message);
    expect(stdout.toString()).toBe('');
    expect(code).toBe(2);
    expect(readdirSync(folder)).not.toContain('m');
  });
});
