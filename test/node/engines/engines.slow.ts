// The built library in engines other than V8, Firefox's SpiderMonkey and WebKitGTK's JavaScriptCore, and in
// a V8 that combines pairs of vectors.

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { launch } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WIDE_SIMD } from '../../../src/base/platform.js';
import { Autoencoder } from '../../../src/index.js';
import {
  expectedThreads,
  type Outcome,
  outcomes,
  WORKERS_WITHOUT_SHARED_MEMORY,
} from '../../support/bits.js';
import { findChromium, launchChromium, openPage } from '../../support/node/chromium.js';
import { ISOLATION, pageOf, type Server, serve } from '../../support/node/serve.js';
import { PATIENCE_MS } from '../../support/node/wait.js';
import { findWebKit, startWebKit } from '../../support/node/webkit.js';
import type { Answer } from './engine-page.js';

interface Engine {
  readonly packages: string;
  /** The path of the browser, if it is installed. */
  find(): string | undefined;
  start(path: string): Promise<{
    /** Opens a page, and returns what its global promise of this name resolves to. */
    read(url: string, promise: string): Promise<unknown>;
    close(): Promise<void>;
    /** Whether this version has relaxed SIMD; undefined if we cannot tell. */
    readonly hasRelaxedSimd?: boolean;
  }>;
  /** Whether every version has shared memory in isolated pages. */
  readonly sharesMemory: boolean;
}

const FIREFOX = '/usr/bin/firefox-esr';
/** The first version with relaxed SIMD (https://webassembly.org/features/). */
const FIREFOX_RELAXED_SIMD = 145;

const engines: Record<string, Engine> = {
  Firefox: {
    packages: 'firefox-esr',
    find: () => (existsSync(FIREFOX) ? FIREFOX : undefined),
    async start(executablePath) {
      const browser = await launch({
        browser: 'firefox',
        executablePath,
        headless: true,
        timeout: PATIENCE_MS,
        protocolTimeout: PATIENCE_MS,
      });
      const [, version] = /(\d+)/.exec(await browser.version()) ?? [];
      return {
        hasRelaxedSimd: Number(version) >= FIREFOX_RELAXED_SIMD,
        async read(url, promise) {
          const page = await browser.newPage();
          page.setDefaultTimeout(PATIENCE_MS);
          await page.goto(url);
          return page.evaluate(
            (name) => (window as unknown as Record<string, unknown>)[name],
            promise,
          );
        },
        close: () => browser.close(),
      };
    },
    sharesMemory: true,
  },
  WebKitGTK: {
    packages: 'webkit2gtk-driver xvfb',
    find: findWebKit,
    start: startWebKit,
    sharesMemory: false, // 2.50 does not, nor has it relaxed SIMD
  },
  'Chromium with wide SIMD': {
    packages: 'chromium',
    find: findChromium,
    async start(path) {
      const browser = await launchChromium(path, ['--js-flags=--wasm-revectorize']);
      return {
        hasRelaxedSimd: true,
        async read(url, promise) {
          const page = await openPage(browser);
          // Set as by enableWideSimd(), so that the kernels for wide vectors run.
          await page.addInitScript(`globalThis[Symbol.for('${WIDE_SIMD.description}')] = true`);
          await page.goto(url);
          return page.evaluate(
            (name) => (window as unknown as Record<string, unknown>)[name],
            promise,
          );
        },
        close: () => browser.close(),
      };
    },
    sharesMemory: true,
  },
};

const PAGE = `
  import { Autoencoder } from './dist/index.js';
  import { answer } from './test/node/engines/engine-page.ts';
  window.answer = answer(Autoencoder);
`;

let inNode: Record<string, Outcome>;
let isolated: Server;
let plain: Server;

beforeAll(async () => {
  inNode = await outcomes(Autoencoder);
  const { outputFiles } = await build({
    stdin: { contents: PAGE, resolveDir: fileURLToPath(new URL('../../..', import.meta.url)) },
    bundle: true,
    format: 'esm',
    write: false,
  });
  const module = outputFiles[0]?.text as string;
  isolated = await serve(pageOf(module), ISOLATION);
  plain = await serve(pageOf(module));
});

afterAll(() => Promise.all([isolated?.close(), plain?.close()]));

describe.each(Object.entries(engines))('%s', (name, engine) => {
  const path = engine.find();
  if (!path) {
    const none = `no ${name} to test in: apt-get install ${engine.packages}`;
    test.runIf(process.env.CI)('is installed', () => expect.fail(none));
    if (!process.env.CI) console.warn(none);
    return;
  }
  let browser: Awaited<ReturnType<Engine['start']>>;

  beforeAll(async () => {
    browser = await engine.start(path);
  });
  afterAll(() => browser?.close());

  test.each(['isolated', 'not isolated'])('%s: the same bits as in Node', async (mode) => {
    const page = mode === 'isolated' ? isolated : plain;
    const answer = (await browser.read(page.url, 'answer')) as Answer;
    if ('error' in answer) expect.fail(answer.error);
    const { outcomes: inEngine, ...facts } = answer;
    expect(facts.isolated).toBe(mode === 'isolated');
    if (engine.sharesMemory) expect(facts.sharedArrayBuffer).toBe(facts.isolated);
    if (browser.hasRelaxedSimd !== undefined) expect(facts.fastMath).toBe(browser.hasRelaxedSimd);
    const shares = facts.isolated && facts.sharedArrayBuffer;
    const threads = expectedThreads(shares ? 2 : WORKERS_WITHOUT_SHARED_MEMORY);
    const expected = Object.entries(inNode).map(([model, outcome]) => [
      model,
      { ...outcome, threads: threads[model] },
    ]);
    expect(inEngine).toEqual(Object.fromEntries(expected));
  });
});
