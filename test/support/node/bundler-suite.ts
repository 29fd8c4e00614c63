// The package in a user's project: built by bundlers with their default settings, opened in Chromium. Some
// bundlers are tested at every run of npm test, the others in the slow tier.

import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Script } from 'node:vm';
import type { Browser, Page } from 'playwright';
import { createLogger, createServer } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import packed from '../../../src/generated/binaries.js';
import { BUNDLERS, type Built, type BundlerName, buildApp } from './bundlers.js';
import { findChromium, launchChromium, openPage } from './chromium.js';
import { type Installed, installPackage } from './installed.js';
import { ISOLATION, serve } from './serve.js';
import { sizes } from './sizes.js';

const executablePath = findChromium();
if (!executablePath) {
  const missing = 'no Chromium found (CHROME_BIN can name one): no page of a bundler is opened';
  if (process.env.CI) throw new Error(missing);
  console.log(missing);
}

/** What test/bundlers/experiment.js reports. */
interface Outcome {
  losses: number[];
  threads: number[];
  codes: number[];
  hash: string;
}

type Name = BundlerName | 'script';

/** The tests for pages that are built by these bundlers, or that have a plain script. */
export function testBundlers(names: readonly Name[]): void {
  const bundlers = names.filter((name) => name !== 'script');
  let installed: Installed;
  let inNode: Outcome;

  beforeAll(async () => {
    installed = await installPackage();
    const fixtures = join(installed.project, 'bundlers');
    await cp(join(import.meta.dirname, '../../bundlers'), fixtures, { recursive: true });
    const entry = join(installed.project, 'node_modules/autoencoder-wasm/dist/index.js');
    const { Autoencoder } = await import(pathToFileURL(entry).href);
    const { experiment } = await import(pathToFileURL(join(fixtures, 'experiment.js')).href);
    inNode = await experiment(Autoencoder);
  });

  afterAll(() => installed?.remove());

  test('the experiment learns with two threads in Node', () => {
    const { losses, threads, codes } = inNode;
    expect(losses[2]).toBeLessThan(losses[0] as number);
    expect(threads).toEqual([2, 2, 2]);
    expect(codes).toEqual([2000, 64]);
  });

  describe('a page', () => {
    let browser: Browser;
    /** One page for all tests: opening it takes longer than the work in it. */
    let page: Page;
    const sites: Record<string, () => Promise<{ site: string; path: string }>> = {};
    for (const name of names) {
      if (name === 'script') {
        sites[name] = async () => ({ site: installed.project, path: '/bundlers/script/' });
        continue;
      }
      sites[name] = async () => {
        const { site, warnings } = await BUNDLERS[name](join(installed.project, 'bundlers', name));
        expect(warnings).toEqual([]);
        return { site, path: '/' };
      };
    }

    beforeAll(async () => {
      if (!executablePath) return;
      browser = await launchChromium(executablePath);
      page = await openPage(browser);
    });
    afterAll(() => browser?.close());

    /** Opens a page, waits for its outcome, and returns it with all errors and warnings of the page. */
    async function open(url: string) {
      const complaints: string[] = [];
      page.on('console', (message) => {
        if (/error|warning/.test(message.type())) complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(String(error)));
      try {
        await page.goto(url);
        const outcome = await page.evaluate('outcome');
        return { outcome, isolated: await page.evaluate('crossOriginIsolated'), complaints };
      } finally {
        await page.removeAllListeners();
        await page.goto('about:blank');
      }
    }

    async function serveAndOpen({ site, path }: { site: string; path: string }, isolated: boolean) {
      const server = await serve(site, isolated ? ISOLATION : {});
      try {
        return await open(server.url + path);
      } finally {
        await server.close();
      }
    }

    describe.each(Object.entries(sites))('of %s', (_name, build) => {
      let built: { site: string; path: string };
      beforeAll(async () => {
        built = await build();
      });

      test.runIf(executablePath)('isolated, it uses its threads, to the same bits', async () => {
        const opened = await serveAndOpen(built, true);
        expect(opened).toEqual({ outcome: inNode, isolated: true, complaints: [] });
      });

      test.runIf(executablePath)('not isolated, it works, to the same bits', async () => {
        const { outcome, isolated, complaints } = await serveAndOpen(built, false);
        const { threads, ...result } = outcome as Outcome;
        const { threads: _, ...expected } = inNode;
        expect(isolated).toBe(false);
        expect(complaints).toEqual([]);
        expect(result).toEqual(expected);
        // Threads cannot share memory here.
        expect(Math.max(...threads)).toBeLessThanOrEqual(1);
      });
    });

    if (names.includes('vite'))
      test.runIf(executablePath)("of Vite's development server: the same", async () => {
        const warnings: string[] = [];
        const warn = (message: string) => void warnings.push(message);
        const server = await createServer({
          root: join(installed.project, 'bundlers/vite'),
          configFile: false,
          customLogger: { ...createLogger('silent'), warn, warnOnce: warn, error: warn },
          server: {
            host: '127.0.0.1',
            port: 0,
            headers: ISOLATION,
            fs: { allow: [installed.project] }, // needed for ../experiment.js
          },
        });
        try {
          await server.listen();
          const opened = await open(server.resolvedUrls?.local[0] as string);
          expect(opened).toEqual({ outcome: inNode, isolated: true, complaints: [] });
          expect(warnings).toEqual([]);
        } finally {
          await server.close();
        }
      });
  });

  describe.each(bundlers)('with %s', (name) => {
    const app = (folder: string, main: string) =>
      buildApp(BUNDLERS[name], join(installed.project, folder, name), main);

    let built: Promise<Built> | undefined;
    /** An app that uses only the class. */
    const all = () => {
      built ??= app(
        'all',
        `
        import { Autoencoder } from 'autoencoder-wasm';
        globalThis.used = Autoencoder;`,
      );
      return built;
    };

    /** This text appears wherever both binaries are included, as packed by scripts/steps.mjs. */
    const BINARIES = packed.order;

    test('a page that uses only Matrix loads no WebAssembly', async () => {
      expect((await all()).code.split(BINARIES)).toHaveLength(2); // exactly one copy
      const { code } = await app(
        'matrix',
        `
        import { Matrix } from 'autoencoder-wasm';
        globalThis.used = Matrix;`,
      );
      expect(code).not.toContain(BINARIES);
      expect(code).not.toContain('WebAssembly');
      expect(code.length).toBeLessThan(5_000);
    });

    test('writing ONNX files adds a few KB, only to pages that do so', async () => {
      const { code: without } = await all();
      const { code, warnings } = await app(
        'onnx',
        `
        import { Autoencoder } from 'autoencoder-wasm';
        import { toOnnx } from 'autoencoder-wasm/onnx';
        globalThis.used = [Autoencoder, toOnnx];`,
      );
      expect(warnings).toEqual([]);
      expect(code).toContain('LeakyRelu');
      expect(without).not.toContain('LeakyRelu');
      // With Rollup, which does not minify, it is 11.0 KB; GELU, softplus and softmax have operators of
      // their own.
      expect(code.length - without.length).toBeLessThan(12_000);
    });

    // Rollup needs another plugin for require.
    if (name !== 'rollup')
      test('a library that is both required and imported is bundled once', async () => {
        const main = `
        import { Autoencoder } from 'autoencoder-wasm';
        import * as other from './other.cjs';
        globalThis.used = [Autoencoder, other];`;
        const folder = join(installed.project, 'both', name);
        await mkdir(folder, { recursive: true });
        await writeFile(join(folder, 'other.cjs'), `module.exports = require('autoencoder-wasm');`);
        const { code, warnings } = await buildApp(BUNDLERS[name], folder, main);
        expect(warnings).toEqual([]);
        expect(code.split(BINARIES)).toHaveLength(2);
      });

    test('an import of the worker survives tree shaking', async () => {
      const { code } = await app('effect', `import 'autoencoder-wasm/worker.js';`);
      expect(code).toContain('WebAssembly.Instance');
    });
  });

  describe('the worker file', () => {
    // Without `no-inline` Vite makes a file below 4 KB a data: URL, which worker-src 'self' refuses.
    const ways = {
      vite: `import url from 'autoencoder-wasm/worker.js?url&no-inline';`,
      webpack: `const url = new URL('autoencoder-wasm/worker.js', import.meta.url);`,
    };
    const tested = Object.entries(ways).filter(([name]) => names.includes(name as Name));
    test.each(tested)('%s writes it as a file of its own', async (name, way) => {
      const folder = join(installed.project, 'worker', name);
      const main = `${way}\nglobalThis.url = String(url);`;
      const built = await buildApp(BUNDLERS[name as keyof typeof ways], folder, main);
      expect(built.warnings).toEqual([]);
      const files = await readdir(join(folder, 'dist'), { recursive: true });
      const scripts = await Promise.all(
        files
          .filter((file) => file.endsWith('.js'))
          .map((file) => readFile(join(folder, 'dist', file), 'utf8')),
      );
      const [worker = '', ...others] = scripts.filter((script) => script !== built.code);
      expect(others).toEqual([]);
      expect(() => new Script(worker)).not.toThrow(); // still a classic script
      expect(worker).toContain('WebAssembly.Instance');
    });
  });

  // Rollup's output is the largest, with 74.8 KB.
  test('the library is at most 76 KB, minified and compressed', async () => {
    const all = await sizes(installed.project, bundlers);
    expect(Object.keys(all)).toEqual(['single file', ...bundlers]);
    for (const { gzip } of Object.values(all)) expect(gzip).toBeLessThanOrEqual(76_000);
  });
}
