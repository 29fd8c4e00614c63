// The package as users get it: packed, installed into an empty project, imported, required,
// type-checked.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MINUTE = 60_000;

const execute = promisify(execFile);
/** Runs a program to its end; rejects unless it exits with code 0. */
const run = (program: string, args: string[], cwd: string) =>
  // Anything that hangs is killed, and so fails.
  execute(program, args, { cwd, timeout: MINUTE, maxBuffer: 2 ** 24 });

interface Packed {
  filename: string;
  unpackedSize: number;
  files: { path: string }[];
}

let project: string;
let packed: Packed;

beforeAll(async () => {
  if (!existsSync(join(ROOT, 'dist/index.js'))) {
    await run(process.execPath, ['scripts/build.mjs'], ROOT);
  }
  project = await mkdtemp(join(tmpdir(), 'autoencoder-wasm-'));
  // Without scripts: `prepare` would build once more.
  const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', project];
  [packed] = JSON.parse((await run('npm', pack, ROOT)).stdout);
  await writeFile(join(project, 'package.json'), '{ "name": "empty", "private": true }\n');
  const quiet = ['--prefer-offline', '--no-audit', '--no-fund'];
  // Inside `npm test`, npm's environment names this repository as the prefix.
  await run('npm', ['install', '--prefix', project, ...quiet, `./${packed.filename}`], project);
}, 3 * MINUTE);

afterAll(async () => {
  if (project) await rm(project, { recursive: true });
});

describe('what is in it', () => {
  test('only what is needed to use it', () => {
    const paths = packed.files.map(({ path }) => path).sort();
    expect(paths.filter((path) => !path.startsWith('dist/'))).toEqual([
      'LICENSE',
      'README.md',
      'package.json',
    ]);
    const built = paths.filter((path) => path.startsWith('dist/'));
    expect(built).toContain('dist/index.js');
    expect(built).toContain('dist/index.d.ts');
    expect(built.filter((path) => !/\.(d\.ts|js)$/.test(path))).toEqual([]);
    expect(built.filter((path) => /test|bench|example/.test(path))).toEqual([]);
  });

  test('at most 200 KB unpacked', () => {
    expect(packed.unpackedSize).toBeLessThanOrEqual(200_000);
  });

  test('one dependency, which has none', async () => {
    const installed = await readdir(join(project, 'node_modules'));
    expect(installed.filter((name) => !name.startsWith('.')).sort()).toEqual([
      '@assemblyscript',
      'autoencoder-wasm',
    ]);
    expect(await readdir(join(project, 'node_modules/@assemblyscript'))).toEqual(['loader']);
  });

  // Every instantiation writes a module's data segments into the memory it is given: over the
  // data of whoever already works there.
  test('no data section in the binary', async () => {
    const generated = join(project, 'node_modules/autoencoder-wasm/dist/generated');
    const names = (await readdir(generated)).filter(
      (name) => name.endsWith('.js') && name !== 'worker.js',
    );
    expect(names).toContain('strict.js');
    for (const name of names) {
      const { default: base64 } = await import(pathToFileURL(join(generated, name)).href);
      const ids = sectionIds(Buffer.from(base64, 'base64'));
      expect(ids).toContain(SECTION.code);
      expect(ids).not.toContain(SECTION.data);
      expect(ids).not.toContain(SECTION.dataCount);
    }
  });
});

/** https://webassembly.github.io/spec/core/binary/modules.html#sections */
const SECTION = { code: 10, data: 11, dataCount: 12 };

/** The ids of a binary's sections: after the 8 bytes of its header, each an id, a size, its bytes. */
function sectionIds(binary: Uint8Array): number[] {
  expect([...binary.subarray(0, 4)]).toEqual([0, ...Buffer.from('asm')]);
  const ids: number[] = [];
  let at = 8;
  const unsigned = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = binary[at++] as number;
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (at < binary.length) {
    ids.push(binary[at++] as number);
    at = unsigned() + at;
  }
  expect(at).toBe(binary.length);
  return ids;
}

/** A program that trains, and leaves everything to the process's end: no dispose(), no exit(). */
const EXPERIMENT = `
  const x = Float32Array.from({ length: 400 }, (_, i) => ((i * 7) % 10) / 10);
  const ae = new Autoencoder({ layers: [4, 2], seed: 0 });
  ae.fit(x, { epochs: 5, batchSize: 10 }).then(async (history) => {
    const codes = await ae.encode(x);
    console.log(JSON.stringify({
      epochs: history.length,
      falls: history[4].loss < history[0].loss,
      shape: codes.shape,
      names,
    }));
  });
`;
const OUTCOME = {
  epochs: 5,
  falls: true,
  shape: [100, 2],
  names: ['Autoencoder', 'DivergenceError', 'Matrix'],
};

describe('used from JavaScript', () => {
  test('imported, it trains, and the process ends by itself', async () => {
    const program = `
      import { Autoencoder } from 'autoencoder-wasm';
      import * as all from 'autoencoder-wasm';
      const names = Object.keys(all).sort();
      ${EXPERIMENT}`;
    await writeFile(join(project, 'main.mjs'), program);
    const { stdout, stderr } = await run(process.execPath, ['main.mjs'], project);
    expect(JSON.parse(stdout)).toEqual(OUTCOME);
    expect(stderr).toBe('');
  });

  // Node 20.19 and 22.12 were the first to require ES modules without a flag.
  const { require_module: canRequire } = process.features as { require_module?: boolean };
  test.runIf(canRequire)('required, it does the same', async () => {
    const program = `
      const { Autoencoder } = require('autoencoder-wasm');
      const names = Object.keys(require('autoencoder-wasm')).filter((n) => n !== '__esModule').sort();
      ${EXPERIMENT}`;
    await writeFile(join(project, 'main.cjs'), program);
    const { stdout } = await run(process.execPath, ['main.cjs'], project);
    expect(JSON.parse(stdout)).toEqual(OUTCOME);
  });

  test('nothing but its entry and its manifest can be reached', async () => {
    const program = `
      const code = (name) => import(name, { with: { type: 'json' } }).then(() => 'ok', (e) => e.code);
      console.log(JSON.stringify([
        await code('autoencoder-wasm/package.json'),
        await import('autoencoder-wasm/dist/index.js').catch((e) => e.code),
      ]));`;
    await writeFile(join(project, 'deep.mjs'), program);
    const { stdout } = await run(process.execPath, ['deep.mjs'], project);
    expect(JSON.parse(stdout)).toEqual(['ok', 'ERR_PACKAGE_PATH_NOT_EXPORTED']);
  });
});

/** Uses the public types; each expected error is one that only real types (no `any`) give. */
const CONSUMER = `
  import {
    type Activation, Autoencoder, type AutoencoderOptions, DivergenceError, type EpochRecord,
    type FitOptions, type History, Matrix, type MatrixInput, type Parameter,
  } from 'autoencoder-wasm';

  const activation: Activation = 'tanh';
  const options: AutoencoderOptions = { layers: [4, 2], activation, seed: 1 };
  const ae = new Autoencoder(options);
  const x: MatrixInput = [[0, 1, 2, 3], new Float32Array(4)];
  const fit: FitOptions<MatrixInput> = {
    epochs: 2,
    validationData: new Uint8Array(8),
    signal: new AbortController().signal,
    onEpochEnd: (record: EpochRecord) => { record.validationLoss?.toFixed(3); },
  };
  export async function main(): Promise<void> {
    const history: History = await ae.fit(x, fit).catch((error: unknown) => {
      if (error instanceof DivergenceError) error.epoch.toFixed(error.step);
      throw error;
    });
    const codes: Matrix = await ae.encode(x);
    const back: Matrix = ae.decodeSync(codes);
    const [rows, width]: readonly [number, number] = back.shape;
    for (const row of back) row.fill(rows * width);
    const error: number = await ae.evaluate({ data: back.data, shape: back.shape });
    const errors: Float32Array = await ae.reconstructionError([...back]);
    const parameters: Record<string, Parameter> = ae.parameters;
    const text: string = ae.summary();
    ae.dispose();

    // @ts-expect-error
    const wrong: string = history[0]?.loss;
    // @ts-expect-error
    new Autoencoder({ layers: [4, 2], activation: 'rellu' });
    // @ts-expect-error
    new Autoencoder({ layers: [4, 2], layer: 3 });
    // @ts-expect-error
    await ae.fit('pixels');
    // @ts-expect-error
    await ae.fit(x, { epoch: 2 });
    void [error, errors, parameters, text, wrong];
  }
`;

describe('used from TypeScript', () => {
  const flavours: Record<string, object> = {
    // A Node project has no DOM library; a page's has no Node types.
    NodeNext: {
      module: 'NodeNext',
      moduleResolution: 'NodeNext',
      lib: ['ES2022'],
      types: ['node'],
      typeRoots: [join(ROOT, 'node_modules/@types')],
    },
    Bundler: {
      module: 'ESNext',
      moduleResolution: 'Bundler',
      lib: ['ES2022', 'DOM', 'DOM.Iterable'],
      types: [],
    },
  };
  test.each(Object.entries(flavours))('its types hold under %s', async (name, options) => {
    await writeFile(join(project, 'consumer.mts'), CONSUMER);
    const compilerOptions = {
      target: 'ES2022',
      strict: true,
      noEmit: true,
      skipLibCheck: false, // our declarations are what is checked
      ...options,
    };
    const config = join(project, `tsconfig.${name}.json`);
    await writeFile(config, JSON.stringify({ compilerOptions, files: ['consumer.mts'] }));
    const manifest = createRequire(import.meta.url).resolve('typescript/package.json');
    const { bin } = JSON.parse(await readFile(manifest, 'utf8'));
    const tsc = join(dirname(manifest), bin.tsc);
    const { stdout } = await run(process.execPath, [tsc, '-p', config], project).catch(
      (error: { stdout?: string }) => ({ stdout: error.stdout || String(error) }),
    );
    expect(stdout).toBe('');
  });
});
