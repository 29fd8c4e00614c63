// Long training runs on the command line, which are killed and resumed, and rows that are read again for
// each epoch.

import { spawn } from 'node:child_process';
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { npyHeader } from '../../../src/cli/tables/npy-header.js';
import { Autoencoder, type FitOptions, type MatrixInput } from '../../../src/index.js';
import { unpack } from '../../support/files.js';
import { called, PROGRAM } from '../../support/node/cli.js';
import { ended, within } from '../../support/node/wait.js';

const [WIDTH, ROWS] = [6, 500];
const x = Float32Array.from({ length: ROWS * WIDTH }, (_, i) => {
  const [row, column] = [Math.floor(i / WIDTH), i % WIDTH];
  return 0.5 + 0.4 * Math.sin(row * 0.7 + column * ((row % 5) - 2) * 0.3);
});
/** More epochs than pass before the process is stopped. */
const EPOCHS = 100;
const MODEL = ['--layers', '6,3', '--scale', 'minmax', '--seed', '7'];
const FIT = ['--epochs', String(EPOCHS), '--batch-size', '32', '--noise', 'gaussian'].concat(
  ...['--noise-amount', '0.05', '--validation-split', '0.2'],
);
const fit: FitOptions<MatrixInput> = {
  epochs: EPOCHS,
  batchSize: 32,
  noise: { type: 'gaussian', amount: 0.05 },
  validationSplit: 0.2,
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'autoencoder-wasm-'));
  const rows = Array.from({ length: ROWS }, (_, i) => x.subarray(i * WIDTH, (i + 1) * WIDTH));
  writeFileSync(join(folder, 'x.csv'), `a,b,c,d,e,f\n${rows.map(String).join('\n')}\n`);
  const npy = Buffer.concat([npyHeader(ROWS, WIDTH), Buffer.from(x.buffer)]);
  writeFileSync(join(folder, 'x.npy'), npy);
});
afterAll(() => rmSync(folder, { recursive: true }));

const read = (name: string) => readFileSync(join(folder, name));
/** The number of epochs of the run in a file. */
function epochsIn(name: string): number {
  const { state } = Object.fromEntries(unpack(read(name)).metadata);
  return JSON.parse(state as string).run.epochs;
}

/** The file of an uninterrupted run. */
async function whole(options: FitOptions<MatrixInput> = fit, rows = () => x as never) {
  const columns = { names: ['a', 'b', 'c', 'd', 'e', 'f'] };
  const ae = new Autoencoder({ layers: [6, 3], scale: 'minmax', seed: 7, columns });
  await ae.fit(rows(), options);
  return Buffer.from(ae.save());
}

async function ok(...args: string[]) {
  const { code, stdout, stderr } = await called(folder, args);
  expect(code === 0 ? '' : stderr).toBe('');
  return { stderr, text: stdout.toString() };
}

/**
 * Runs train with --json in a process that sends itself a signal when it prints this epoch. A signal from
 * outside would arrive some epochs later or, on a busy machine, after the last one.
 */
async function trainUntil(signal: NodeJS.Signals, epoch: number, ...args: string[]) {
  const hook = `
    let told = '\\n';
    for (const stream of [process.stdout, process.stderr]) {
      const { write } = stream;
      stream.write = function (text, ...others) {
        const isWritten = write.call(this, text, ...others);
        if (told === undefined) return isWritten;
        told += text;
        if (/\\nepoch +${epoch}\\/|"epoch":${epoch}\\b/.test(told)) {
          told = undefined;
          process.kill(process.pid, '${signal}');
        }
        return isWritten;
      };
    }`;
  const hooked = ['--import', `data:text/javascript,${encodeURIComponent(hook)}`];
  const child = spawn(process.execPath, [...hooked, PROGRAM, 'train', ...args], { cwd: folder });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  child.stdout.resume();
  return { ended: await within('the end of a training', ended(child)), stderr };
}

test.each([
  ['the model itself', ['-o', 'a.safetensors', '--checkpoint'], '--resume', 'a.safetensors'],
  [
    'a file of its own',
    ['-o', 'b.safetensors', '--checkpoint=run.safetensors', '--checkpoint-every', '3'],
    '--resume=run.safetensors',
    'run.safetensors',
  ],
])(
  'a run that is killed and resumed ends with the same bytes: %s',
  async (_, output, resume, kept) => {
    const killed = await trainUntil('SIGKILL', 7, 'x.csv', ...MODEL, ...FIT, ...output, '--json');
    expect(killed.ended).toBe('SIGKILL');
    const reached = epochsIn(kept);
    expect(reached).toBeGreaterThanOrEqual(6);
    expect(reached).toBeLessThan(EPOCHS);
    if (output.includes('--checkpoint-every')) {
      expect(reached % 3).toBe(0);
      expect(readdirSync(folder)).not.toContain('b.safetensors');
    }
    // The model's options are in the file, but may be given again.
    const { stderr } = await ok('train', 'x.csv', ...FIT, ...output, resume, '--code', '3');
    expect(stderr).toContain(`${kept} goes on after epoch ${reached} of ${EPOCHS}\n`);
    expect(stderr).toContain(`epoch ${String(reached + 1).padStart(3)}/${EPOCHS} `);
    expect(stderr).not.toContain(`epoch ${String(reached).padStart(3)}/${EPOCHS} `);
    expect(read(output[1] as string).equals(await whole())).toBe(true);
  },
);

test.each([
  ['', [], fit],
  [
    ', with early stopping',
    ['--early-stopping', '100'],
    { ...fit, earlyStopping: { patience: 100 } },
  ],
] as const)(
  'a run that is stopped by Ctrl-C and resumed ends with the same bytes%s',
  async (_, early, options) => {
    const all = ['x.csv', ...MODEL, ...FIT, ...early, '-o', 'c.safetensors'];
    const { stderr, ended: code } = await trainUntil(
      'SIGINT',
      1,
      ...all,
      '--checkpoint=kept.safetensors',
    );
    expect(code).toBe(130);
    // The last epoch is always printed.
    const epochs = Number([...stderr.matchAll(/^epoch +(\d+)/gm)].at(-1)?.[1]);
    expect(stderr).toMatch(
      /stopped; c\.safetensors has the weights of epoch \d+, the best of \d+\n/,
    );
    expect(stderr).toContain(`\n--resume=kept.safetensors goes on after epoch ${epochs}\n`);
    expect(epochsIn('kept.safetensors')).toBe(epochs);
    for (const file of ['kept', 'c']) {
      copyFileSync(join(folder, `${file}.safetensors`), join(folder, 'd.safetensors'));
      await ok('train', ...all.with(-1, 'd.safetensors'), '--resume', '-q');
      expect(read('d.safetensors').equals(await whole(options))).toBe(true);
    }
  },
);

test('a run that early stopping has ended is not continued', async () => {
  const early = { ...fit, epochs: 20, earlyStopping: { patience: 1, minDelta: 0.5 } };
  const args = ['x.csv', ...FIT.with(1, '20'), '--early-stopping', '1', '--min-delta', '0.5'];
  await ok('train', ...args, ...MODEL, '-o', 'e.safetensors', '-q');
  const { stderr } = await ok('train', ...args, '-o', 'e.safetensors', '--resume');
  expect(stderr).toMatch(
    /e\.safetensors: trained for 2 epochs in \d+\.\d s; it has the weights of epoch 1\n$/,
  );
  expect(read('e.safetensors').equals(await whole(early))).toBe(true);
});

/** A little more than a piece of 16 MB. */
const [WIDE, MANY] = [784, 5500];

test('--stream trains as the library does on a stream', async () => {
  const wide = Float32Array.from({ length: WIDE * MANY }, (_, i) => ((i * 7919) % 97) / 97);
  const npy = Buffer.concat([npyHeader(MANY, WIDE), Buffer.from(wide.buffer)]);
  writeFileSync(join(folder, 'wide.npy'), npy);
  const args = ['wide.npy', '--layers', '784,2', '--seed', '7', '--epochs', '2'];
  await ok('train', ...args, '--batch-size', '256', '--stream', '-o', 's.safetensors');
  const options = { epochs: 2, batchSize: 256 };
  const trained = async (...[x, more]: Parameters<Autoencoder['fit']>) => {
    const ae = new Autoencoder({ layers: [784, 2], seed: 7 });
    await ae.fit(x, { ...options, ...more });
    return Buffer.from(ae.save());
  };
  const expected = await trained(() => [wide], { rows: MANY });
  expect(read('s.safetensors').equals(expected)).toBe(true);
  // In memory, all rows are shuffled together.
  expect(expected.equals(await trained(wide))).toBe(false);
});

test('--stream counts the rows of text files, and resumes exactly', async () => {
  // The file is read again for each epoch.
  const epochs = 15;
  const fit = ['--epochs', String(epochs), '--batch-size', '32'];
  const args = ['x.csv', ...fit, '--stream', '-o', 't.safetensors', '--checkpoint'];
  await trainUntil('SIGKILL', 7, ...args, ...MODEL, '--json');
  expect(epochsIn('t.safetensors')).toBeLessThan(epochs);
  await ok('train', ...args, '--resume');
  const options = { epochs, batchSize: 32, rows: ROWS };
  const expected = await whole(options, () => (() => [x]) as never);
  expect(read('t.safetensors').equals(expected)).toBe(true);
});

test('info shows the progress of training', async () => {
  const ae = new Autoencoder({ layers: [6, 3], seed: 7 });
  await ae.fit(x, { epochs: 2 });
  await ae.fit(x, { epochs: 3, validationSplit: 0.2, earlyStopping: true });
  writeFileSync(join(folder, 'i.safetensors'), ae.save());
  const { text } = await ok('info', 'i.safetensors');
  expect(text).toMatch(
    /^training +5 epochs, 37 steps; 3 of them in the last run; best epoch \d, loss 0/m,
  );
  const { training } = JSON.parse((await ok('info', 'i.safetensors', '--json')).text);
  expect(training).toMatchObject({ steps: 37, epochs: 5, run: { epochs: 3 } });
  writeFileSync(join(folder, 'i.safetensors'), ae.save({ optimizer: false }));
  expect((await ok('info', 'i.safetensors')).text).toMatch(
    /^training +none, or saved without it$/m,
  );
});

test.each([
  [
    ['--resume'],
    2,
    '--epochs must be more than the 2 epochs that the run in old.safetensors has finished',
  ],
  [['--resume=new.safetensors'], 1, 'new.safetensors: no such file or folder'],
  [['--resume=bare.safetensors'], 1, 'bare.safetensors: it contains no run to resume'],
  [['--resume=x.csv'], 1, 'x.csv: it is not a safetensors file'],
  [['--resume='], 2, '--resume needs a value (FILE)'],
  [['--resume', '--layers', '6,4'], 2, '--layers is 6,3 in old.safetensors, got 6,4'],
  [['--resume', '--code', '2'], 2, '--code asks for the layers 6,2, but the run in old.safe'],
  [['--resume', '--hidden', '4'], 2, '--hidden asks for the layers 6,4,3, but the run in old.safe'],
  [['--resume', '--code', '0'], 2, '--code must be a positive integer'],
  [['--resume', '--seed', '8'], 2, '--seed is 7 in old.safetensors, got 8'],
  [['--resume', '--tied'], 2, '--tied is false in old.safetensors, got true'],
  [['--resume', '--layers', '6,0'], 2, '--layers[1] must be a positive integer'],
  [['--layers', '6,3', '--checkpoint-every', '0'], 2, '--checkpoint-every must be an integer'],
  [['--layers', '6,3', '--checkpoint=no/where'], 1, 'no/where: no such file or folder'],
  [['--layers', '6,3', '--stream', '--validation-split', '0.1'], 2, '--validation-split needs all'],
  [['--layers', '6,3', '--stream', '--sample-weight', 'x.csv'], 2, '--sample-weight needs all'],
  [['--layers', '6,3', '--stream', '--contamination', '0.1'], 2, '--contamination needs all rows'],
])('%j is an error, and the model stays as it was', async (args, expected, message) => {
  const ae = new Autoencoder({ layers: [6, 3], seed: 7 });
  await ae.fit(x, { epochs: 2 });
  const bytes = Buffer.from(ae.save());
  writeFileSync(join(folder, 'old.safetensors'), bytes);
  writeFileSync(join(folder, 'bare.safetensors'), ae.save({ optimizer: false }));
  const all = ['train', 'x.csv', '--epochs', '2', '-o', 'old.safetensors', ...args];
  const { code, stderr } = await called(folder, all);
  expect(stderr).toContain(message);
  expect(code).toBe(expected);
  expect(read('old.safetensors').equals(bytes)).toBe(true);
});

test('--stream requires a file', async () => {
  const args = ['train', '-', ...MODEL, '--stream', '-o', 'm'];
  const { code, stderr } = await called(folder, args, read('x.csv'));
  expect(stderr).toContain('--stream reads DATA once per epoch: give a file');
  expect(code).toBe(2);
});
