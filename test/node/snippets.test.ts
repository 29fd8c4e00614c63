// Every piece of code in docstrings, README and docs/ runs; every command of the command line too.

import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.js';
import { npyHeader } from '../../src/cli/npy.js';
import { Autoencoder } from '../../src/index.js';
import { ROOT } from './child.js';
import { PROGRAM } from './cli.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'autoencoder-wasm-'));
  // As npm would have installed them.
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(ROOT, join(folder, 'node_modules/autoencoder-wasm'));
});
afterAll(() => rmSync(folder, { recursive: true }));

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
  .map((name) => `src/${name}`);
const pages = readdirSync(join(ROOT, 'docs'))
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/${name}`);
const fences = ['README.md', ...pages].flatMap(fencesIn);

const GLOBALS = new URL('snippets/globals.mjs', import.meta.url).href;

/** Runs a module where the library is installed, with the data there that it takes for granted. */
function runModule(code: string) {
  const args = ['--import', GLOBALS, '--input-type=module', '-e', code];
  return spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8', timeout: 50_000 });
}

test('no page has code that nobody runs', () => {
  const known = ['js', 'ts', 'html', 'python', 'sh', 'text', ''];
  for (const { place, language } of fences) expect(known, place).toContain(language);
  // Those that this file does not run, and what does: pages.test.ts, pytorch.test.ts, scaling.test.ts.
  // For the line of Python in scaling.md it would take Spark, for one of sh GNU parallel.
  const pagesWith = (language: string) => [
    ...new Set(
      fences.filter((fence) => fence.language === language).map(({ place }) => place.split(':')[0]),
    ),
  ];
  expect(pagesWith('html')).toEqual(['README.md']);
  expect(pagesWith('python')).toEqual(['README.md', 'docs/scaling.md']);
  expect(pagesWith('sh')).toEqual(['docs/scaling.md']);
});

describe('docstrings', () => {
  const snippets = sources.flatMap(examplesIn);

  test('every method of the class has an example', () => {
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

  test.each(snippets.map(({ place, code }) => [place, code]))('%s', (_, code) => {
    const { status, stderr } = runModule(code);
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });
});

describe('pages', () => {
  // The first one of the README is the quickstart: examples.test.ts.
  const snippets = fences.filter(({ language }) => ['js', 'ts'].includes(language)).slice(1);

  test.each(snippets.map(({ place, code }) => [place, code]))('%s', (_, code) => {
    const { status, stderr } = runModule(code);
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });
});

describe('commands', () => {
  let digits: Uint8Array;
  const inPages = fences
    .flatMap(({ code }) => code.split('\n'))
    .filter((line) => line.startsWith('npx autoencoder-wasm'));
  const inHelp = COMMANDS.flatMap(({ examples }) => examples);

  beforeAll(async () => {
    const csv = readFileSync(join(ROOT, 'examples/data/breast-cancer.csv'), 'utf8').trim();
    // As the commands have it: a name, then 30 measures, of which some are missing.
    const patients = csv.split('\n').map((line, i) => {
      const cells = line.split(',').slice(0, 30);
      if (i > 0 && i % 5 === 0) cells[i % 30] = '';
      return [i === 0 ? 'name' : `patient ${i}`, ...cells].join();
    });
    for (const name of ['patients.csv', 'people.csv']) {
      writeFileSync(join(folder, name), patients.join('\n'));
    }
    const pixels = Uint8Array.from({ length: 500 * 784 }, (_, i) => (i * 7919) % 256);
    const idx = Buffer.concat([
      Buffer.from([0, 0, 8, 3, 0, 0, 1, 244, 0, 0, 0, 28, 0, 0, 0, 28]),
      pixels,
    ]);
    for (const name of ['train', 't10k']) {
      writeFileSync(join(folder, `${name}-images-idx3-ubyte.gz`), gzipSync(idx));
    }
    const floats = Float32Array.from(pixels, (value) => value / 255);
    const npy = Buffer.concat([npyHeader(500, 784), Buffer.from(floats.buffer)]);
    writeFileSync(join(folder, 'digits.npy'), npy);
    const ae = new Autoencoder({ layers: [784, 64], seed: 0 });
    await ae.fit(floats, { epochs: 1 });
    digits = ae.save();
    writeFileSync(join(folder, 'digits.safetensors'), digits);
  });

  /** Runs it as a shell does, with the program of this repository. */
  function shell(command: string) {
    const program = `${JSON.stringify(process.execPath)} ${JSON.stringify(PROGRAM)}`;
    const line = command.replaceAll(/(npx )?autoencoder-wasm (?=[a-z])/g, `${program} `);
    const script = `set -o pipefail; ${line}`;
    return spawnSync('bash', ['-c', script], { cwd: folder, encoding: 'utf8', timeout: 50_000 });
  }

  test('those of the pages, in their order', () => {
    expect(inPages.length).toBeGreaterThan(4);
    for (const command of inPages) {
      const { status, stderr } = shell(`${command} 2>&1 >result`);
      expect(status, `${command}\n${stderr}`).toBe(0);
    }
  });

  // Some of them train for hundreds of epochs.
  test('those of the help, in their order', { timeout: 300_000 }, () => {
    for (const command of inHelp) {
      // A run that is over does not go on; one that was killed after an epoch does.
      if (command.includes('--resume')) writeFileSync(join(folder, 'digits.safetensors'), digits);
      const { status, stderr } = shell(`${command} 2>&1 >result`);
      expect(status, `${command}\n${stderr}`).toBe(0);
    }
  });
});
