// The package as users get it: packed, installed into an empty project, imported, required and
// type-checked.

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Script } from 'node:vm';
import { instantiateSync } from '@assemblyscript/loader';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Kernels } from '../../../src/engine/kernels.js';
import { ROOT, runIn } from '../../support/node/child.js';
import { type Installed, installPackage, type Packed } from '../../support/node/installed.js';

let installed: Installed;
let project: string;
let packed: Packed;

beforeAll(async () => {
  installed = await installPackage();
  ({ project, packed } = installed);
});

afterAll(() => installed?.remove());

describe('the package contains', () => {
  test('only what its users need', () => {
    const paths = packed.files.map(({ path }) => path).sort();
    expect(paths.filter((path) => !path.startsWith('dist/'))).toEqual([
      'LICENSE',
      'README.md',
      'anomalies/package.json',
      'data/package.json',
      'node/package.json',
      'onnx/package.json',
      'package.json',
      'series/package.json',
      'table/package.json',
    ]);
    const built = paths.filter((path) => path.startsWith('dist/'));
    expect(built).toContain('dist/index.js');
    expect(built).toContain('dist/index.d.ts');
    expect(built.filter((path) => !/\.(d\.ts|d\.cts|js|mjs|cjs)$/.test(path))).toEqual([
      'dist/strict.wasm', // for the conditions workerd and edge-light
    ]);
    expect(built.filter((path) => /test|bench|example/.test(path))).toEqual([]);
  });

  // The binaries are in the package three times, for bundlers, for Node, and in the single file for pages
  // without a bundler; one of them is also a file, for platforms that cannot compile bytes. Leaving one out
  // would make its users configure something. Some 220 KB of the rest are the command line and its readers,
  // as a program and as an entry, which pages never load.
  test('at most 2.6 MB unpacked', () => {
    expect(packed.unpackedSize).toBeLessThanOrEqual(2_600_000);
  });

  // npm warns about scripts in packages that are installed from a file.
  test('a manifest without scripts and dependencies', async () => {
    const path = join(project, 'node_modules/autoencoder-wasm/package.json');
    const manifest = JSON.parse(await readFile(path, 'utf8'));
    expect(Object.keys(manifest)).not.toContain('scripts');
    expect(Object.keys(manifest).filter((key) => /ependencies|private/.test(key))).toEqual([]);
    expect(installed.warnings).toBe('');
    // All three follow from the one address in package.json.
    const url = manifest.repository.url.replace(/^git\+|\.git$/g, '');
    expect(manifest).toMatchObject({ homepage: `${url}#readme`, bugs: `${url}/issues` });
  });

  test('the command line, with the licences of the code bundled in it', async () => {
    const npx = ['--no-install', 'autoencoder-wasm', 'train', '--help'];
    const { stdout, stderr } = await runIn(project, 'npx', npx);
    expect(stdout).toContain('--layers');
    expect(stderr.replace(/^npm .*\n/gm, '')).toBe('');
    const text = await readFile(join(project, 'node_modules/autoencoder-wasm/dist/cli.js'), 'utf8');
    for (const name of ['yauzl', 'pend', 'hyparquet']) {
      const licence = await readFile(join(ROOT, 'node_modules', name, 'LICENSE'), 'utf8');
      expect(text).toContain(licence.trim());
    }
  });

  test('the worker as a classic script, identical to the one embedded as text', async () => {
    const dist = join(project, 'node_modules/autoencoder-wasm/dist');
    const text = await readFile(join(dist, 'worker.js'), 'utf8');
    expect(() => new Script(text)).not.toThrow(); // import and export would be syntax errors
    const { default: brought } = await import(
      pathToFileURL(join(dist, 'generated/worker.js')).href
    );
    expect(text).toBe(brought);
  });

  test('a single file that imports nothing, where pages without a bundler look for it', async () => {
    const root = join(project, 'node_modules/autoencoder-wasm');
    const { unpkg, jsdelivr } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    expect(unpkg).toBe('./dist/autoencoder-wasm.min.js');
    expect(jsdelivr).toBe(unpkg);
    const copy = join(project, 'copy.mjs'); // where no package can be found by accident
    await writeFile(copy, await readFile(join(root, unpkg), 'utf8'));
    const all = await import(pathToFileURL(copy).href);
    expect(Object.keys(all).sort()).toEqual(OUTCOME.names);
  });

  test('everything it needs: no other package is installed', async () => {
    const installed = await readdir(join(project, 'node_modules'));
    expect(installed.filter((name) => !name.startsWith('.'))).toEqual(['autoencoder-wasm']);
  });

  // Every instantiation writes the data segments of a module into its memory, and would overwrite the data
  // of threads that already use it.
  test('binaries without a data section', async () => {
    const file = join(project, 'node_modules/autoencoder-wasm/dist/engine/binaries.js');
    const { unpackBinaries } = await import(pathToFileURL(file).href);
    const binaries = Object.entries<Uint8Array>(unpackBinaries());
    expect(binaries.map(([name]) => name)).toEqual(['strict', 'fast']);
    for (const [name, binary] of binaries) {
      const built = await readFile(join(ROOT, `build/${name}.wasm`));
      expect(Buffer.compare(built, binary)).toBe(0);
      const ids = sectionIds(Buffer.from(binary));
      expect(ids).toContain(SECTION.code);
      expect(ids).not.toContain(SECTION.data);
      expect(ids).not.toContain(SECTION.dataCount);
    }
  });

  // The loader provides all imports that AssemblyScript's runtime may need; this binary uses none of them.
  test("a binary that AssemblyScript's loader can run, and that imports only a memory", async () => {
    const file = join(project, 'node_modules/autoencoder-wasm/dist/engine/binaries.js');
    const { unpackBinaries } = await import(pathToFileURL(file).href);
    const module = new WebAssembly.Module(unpackBinaries().strict);
    expect(WebAssembly.Module.imports(module)).toEqual([
      { module: 'env', name: 'memory', kind: 'memory' },
    ]);
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });
    new Float32Array(memory.buffer, 64, 8).set([1, 2, 3, 4, 5, Number.NaN]);
    const imports = { env: { memory } };
    const { exports } = instantiateSync<Pick<Kernels, 'firstNonFinite'>>(module, imports);
    expect(exports.firstNonFinite(64, 8)).toBe(5);
  });
});

/** https://webassembly.github.io/spec/core/binary/modules.html#sections */
const SECTION = { code: 10, data: 11, dataCount: 12 };

/** The ids of a binary's sections: after a header of 8 bytes, each section is an id, a size and its bytes. */
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

/** A program that trains and ends without dispose() or exit(). */
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
    const { stdout, stderr } = await runIn(project, process.execPath, ['main.mjs']);
    expect(JSON.parse(stdout)).toEqual(OUTCOME);
    expect(stderr).toBe('');
  });

  // Node 20.19 and 22.12 were the first to require ES modules; Jest and others still do not.
  const { require_module: canRequire } = process.features as { require_module?: boolean };
  const asBefore = canRequire ? ['--no-experimental-require-module'] : [];

  test('required, it works the same, also where ES modules cannot be required', async () => {
    const program = `
      const { Autoencoder } = require('autoencoder-wasm');
      const names = Object.keys(require('autoencoder-wasm')).sort();
      ${EXPERIMENT}`;
    await writeFile(join(project, 'main.cjs'), program);
    const { stdout, stderr } = await runIn(project, process.execPath, [...asBefore, 'main.cjs']);
    expect(JSON.parse(stdout)).toEqual(OUTCOME);
    expect(stderr).toBe('');
  });

  test('required and imported in one process, through all entries, it is a single library', async () => {
    const program = `
      const required = require('autoencoder-wasm');
      const files = require('autoencoder-wasm/node');
      const { toOnnx } = require('autoencoder-wasm/onnx');
      const { readCsv } = require('autoencoder-wasm/data');
      const { TableAutoencoder } = require('autoencoder-wasm/table');
      const { AnomalyDetector } = require('autoencoder-wasm/anomalies');
      (async () => {
        const imported = await import('autoencoder-wasm');
        const importedFiles = await import('autoencoder-wasm/node');
        const ae = new required.Autoencoder({ layers: [4, 2], seed: 1 });
        await importedFiles.saveFile(ae, 'either.safetensors');
        const loaded = await files.loadFile('either.safetensors');
        const rows = await readCsv(Buffer.from('1,2\\n3,4\\n'));
        console.log(JSON.stringify([
          Object.keys(imported).map((name) => imported[name] === required[name]),
          loaded instanceof imported.Autoencoder,
          toOnnx(ae).length === (await import('autoencoder-wasm/onnx')).toOnnx(loaded).length,
          (await rows.readAll()).shape,
          TableAutoencoder === (await import('autoencoder-wasm/table')).TableAutoencoder,
          AnomalyDetector === (await import('autoencoder-wasm/anomalies')).AnomalyDetector,
        ]));
      })();`;
    await writeFile(join(project, 'both.cjs'), program);
    const { stdout } = await runIn(project, process.execPath, [...asBefore, 'both.cjs']);
    expect(JSON.parse(stdout)).toEqual([[true, true, true], true, true, [2, 2], true, true]);
  });

  test('imported with frozen intrinsics, it works the same', async () => {
    const program = `
      const { Autoencoder, ...others } = await import('autoencoder-wasm');
      const names = ['Autoencoder', ...Object.keys(others)].sort();
      ${EXPERIMENT}`;
    await writeFile(join(project, 'frozen.mjs'), program);
    const args = ['--frozen-intrinsics', '--no-warnings', 'frozen.mjs'];
    const { stdout } = await runIn(project, process.execPath, args);
    expect(JSON.parse(stdout)).toEqual(OUTCOME);
  });

  test('in a test runner that hides globals of Node and of pages, it works the same, and saves', async () => {
    const program = `
      const hidden = ['crypto', 'TextDecoder', 'TextEncoder', 'MessageChannel', 'setImmediate'];
      for (const name of hidden) delete globalThis[name];
      // On the calling thread, so that it has to let others run.
      const { getBuiltinModule } = process;
      process.getBuiltinModule = (name) => /threads/.test(name) ? undefined : getBuiltinModule(name);
      const { Autoencoder } = require('autoencoder-wasm');
      const { saveFile, loadFile } = require('autoencoder-wasm/node');
      const { toOnnx } = require('autoencoder-wasm/onnx');
      const x = new Float32Array(784 * 2000).map((_, i) => (i % 7) / 7);
      const ae = new Autoencoder({ layers: [784, 64] });
      ae.fit(x, { epochs: 1 }).then(async () => {
        await saveFile(ae, 'hidden.safetensors');
        const { epochs, options } = await loadFile('hidden.safetensors');
        const names = hidden.map((name) => typeof globalThis[name]).join(' ');
        console.log(JSON.stringify([epochs, options.layers, toOnnx(ae).length > 784 * 64, names]));
      });`;
    await writeFile(join(project, 'hidden.cjs'), program);
    const { stdout } = await runIn(project, process.execPath, ['hidden.cjs']);
    const names = Array(5).fill('undefined').join(' ');
    expect(JSON.parse(stdout)).toEqual([1, [784, 64], true, names]);
  });

  test('imported, it adds nothing to global objects', async () => {
    // Removes Object.hasOwn and everything else that older engines lack, to see that no polyfill adds it.
    const program = `
      delete Object.hasOwn;
      const keys = (o) => Reflect.ownKeys(o).map(String);
      const all = () => keys(globalThis).map((name) => {
        const { value } = Object.getOwnPropertyDescriptor(globalThis, name) ?? {};
        const own = typeof value === 'function' || name === 'Math' || name === 'WebAssembly';
        return [name, own && keys(value), own && value.prototype && keys(value.prototype)];
      });
      const before = JSON.stringify(all());
      await import('autoencoder-wasm');
      console.log(JSON.stringify(all()) === before, typeof Object.hasOwn);`;
    await writeFile(join(project, 'globals.mjs'), program);
    const { stdout } = await runIn(project, process.execPath, ['globals.mjs']);
    expect(stdout).toBe('true undefined\n');
  });

  test('its entries for files and for ONNX work', async () => {
    const program = `
      import { Autoencoder } from 'autoencoder-wasm';
      import { loadFile, saveFile } from 'autoencoder-wasm/node';
      import { toOnnx } from 'autoencoder-wasm/onnx';
      const ae = new Autoencoder({ layers: [4, 2], seed: 1 });
      await saveFile(ae, 'model.safetensors');
      const loaded = await loadFile('model.safetensors');
      console.log(JSON.stringify([
        loaded instanceof Autoencoder,
        Buffer.compare(loaded.save(), ae.save()),
        Buffer.from(toOnnx(loaded)).includes('autoencoder-wasm'),
      ]));`;
    await writeFile(join(project, 'files.mjs'), program);
    const { stdout } = await runIn(project, process.execPath, ['files.mjs']);
    expect(JSON.parse(stdout)).toEqual([true, 0, true]);
  });

  test('only its entries, its worker and its manifest can be imported', async () => {
    const program = `
      const code = (name) => import(name, { with: { type: 'json' } }).then(() => 'ok', (e) => e.code);
      console.log(JSON.stringify([
        await code('autoencoder-wasm/package.json'),
        import.meta.resolve('autoencoder-wasm/worker.js').split('/').slice(-2).join('/'),
        await import('autoencoder-wasm/dist/index.js').catch((e) => e.code),
      ]));`;
    await writeFile(join(project, 'deep.mjs'), program);
    const { stdout } = await runIn(project, process.execPath, ['deep.mjs']);
    expect(JSON.parse(stdout)).toEqual(['ok', 'dist/worker.js', 'ERR_PACKAGE_PATH_NOT_EXPORTED']);
  });
});

/** Uses the public types; each expected error occurs only if the types are not `any`. */
const CONSUMER = `
  import {
    type Activation, Autoencoder, type AutoencoderOptions, DivergenceError, type EpochRecord,
    type FitOptions, type History, Matrix, type MatrixInput, type Parameter,
    type LoadOptions, type ModelOptions,
  } from 'autoencoder-wasm';
  import { loadFile, saveFile } from 'autoencoder-wasm/node';
  import { type OnnxOptions, type OnnxPart, toOnnx } from 'autoencoder-wasm/onnx';

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
    const file: Uint8Array = ae.save();
    const how: LoadOptions = { threads: 1 };
    const { layers }: ModelOptions = Autoencoder.load(file, how).options;
    const saved: Promise<void> = saveFile(ae, 'model');
    void saveFile(ae, new URL('file:///tmp/model'));
    const loaded: Autoencoder = await loadFile('model', how);
    const part: OnnxPart = 'encoder';
    const onnx: OnnxOptions = { part };
    const bytes: Uint8Array = toOnnx(loaded, onnx);
    ae.dispose();

    // @ts-expect-error
    toOnnx(ae, { part: 'half' });
    // @ts-expect-error
    Autoencoder.load(file, { layers: [4, 2] });
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
    void [error, errors, parameters, text, layers, saved, bytes, wrong];
  }
`;

/** Results of methods are backed by an ArrayBuffer, which these calls require since TypeScript 5.9. */
const PAGE = `
  import { Autoencoder, Matrix } from 'autoencoder-wasm';
  import { toOnnx } from 'autoencoder-wasm/onnx';
  export async function main(ae: Autoencoder, numbers: Float32Array): Promise<void> {
    const codes = await ae.encode(numbers);
    new Blob([codes.data, codes.row(0), ae.save(), toOnnx(ae), await ae.score(codes)]);
    for (const row of codes) await crypto.subtle.digest('SHA-256', row);
    for (const { data } of Object.values(ae.parameters)) new Blob([data]);
    new Matrix(numbers, [1, 4]);
  }
`;

describe('used from TypeScript', () => {
  const flavours: Record<string, { lib: string[]; types: string[]; [option: string]: unknown }> = {
    // A project for Node has no DOM library, and one for pages has no Node types.
    NodeNext: {
      module: 'NodeNext',
      moduleResolution: 'NodeNext',
      lib: ['ES2022'],
      types: ['node'],
      typeRoots: [join(ROOT, 'node_modules/@types')],
    },
    Node16: {
      module: 'Node16',
      moduleResolution: 'Node16',
      lib: ['ES2022', 'DOM', 'DOM.Iterable'],
      types: [],
    },
    'Node16 without the types of pages and of Node': {
      module: 'Node16',
      moduleResolution: 'Node16',
      lib: ['ES2022'],
      types: [],
    },
    Bundler: {
      module: 'ESNext',
      moduleResolution: 'Bundler',
      lib: ['ES2022', 'DOM', 'DOM.Iterable'],
      types: [],
    },
  };
  test.each(Object.entries(flavours))('its types compile with %s', async (name, options) => {
    const files = name === 'Bundler' ? ['consumer.mts'] : ['consumer.mts', 'consumer.cts'];
    const { lib, types } = options;
    // Without both, the types URL and AbortController do not exist.
    const isBare = !lib.includes('DOM') && types.length === 0;
    const consumer = isBare ? CONSUMER.replace(/^.*new (URL|AbortController).*$/gm, '') : CONSUMER;
    for (const file of files) await writeFile(join(project, file), consumer);
    if (lib.includes('DOM')) {
      files.push('page.mts');
      await writeFile(join(project, 'page.mts'), PAGE);
    }
    const compilerOptions = {
      target: 'ES2022',
      strict: true,
      noEmit: true,
      skipLibCheck: false, // the package's declarations are what is checked
      ...options,
    };
    const config = join(project, `tsconfig.${name}.json`);
    await writeFile(config, JSON.stringify({ compilerOptions, files }));
    const manifest = createRequire(import.meta.url).resolve('typescript/package.json');
    const { bin } = JSON.parse(await readFile(manifest, 'utf8'));
    const tsc = join(dirname(manifest), bin.tsc);
    const { stdout } = await runIn(project, process.execPath, [tsc, '-p', config]).catch(
      (error: { stdout?: string }) => ({ stdout: error.stdout || String(error) }),
    );
    expect(stdout).toBe('');
  });
});
