// The built library in difficult pages, each of which runs one of the scenarios; shared by pages.test.ts
// and pages.slow.ts.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright';
import { launch } from 'puppeteer-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Autoencoder } from '../../../../src/index.js';
import { ROOT } from '../../../support/node/child.js';
import {
  CHROMIUM_ARGS,
  findChromium,
  launchChromium,
  openPage,
} from '../../../support/node/chromium.js';
import { type Headers, ISOLATION, pageOf, serve } from '../../../support/node/serve.js';
import { PATIENCE_MS } from '../../../support/node/wait.js';
import { hide, type Loss, type Trained, train } from './scenarios.js';

const executablePath = findChromium() as string;
export const inChromium = test.runIf(executablePath);
if (!executablePath) {
  const none = 'no Chromium found (CHROME_BIN can name one): no hard page is opened';
  if (process.env.CI) throw new Error(none);
  console.warn(none);
}

/** Allows scripts from the host only, and so no workers from a blob:. */
export const NO_BLOB = { 'Content-Security-Policy': "worker-src 'self'" };
/** How a page is served, and how many workers it then uses for training. */
export interface Mode {
  readonly headers: Headers;
  readonly workers: number;
}
export const MODES: Record<string, Mode> = {
  'in threads': { headers: ISOLATION, workers: 2 },
  'in one worker': { headers: {}, workers: 1 },
  'on its own thread': { headers: NO_BLOB, workers: 0 },
};

let browser: Browser;
/** One page for all tests of a file, since opening one takes longer than most of them. */
let page: Page;
let files: Record<string, string>;
let inNode: Trained;

/** The expected results of a page with this many workers. */
export const withWorkers = (workers: number, trained = inNode): Trained => ({
  ...trained,
  threads: trained.threads.map(() => workers),
});

/** Opens the browser before the tests of a file, and closes it after them. */
export function openBrowser(): void {
  beforeAll(async () => {
    inNode = await train(Autoencoder, undefined);
    const contents = `
      import { Autoencoder } from './dist/autoencoder-wasm.min.js';
      import { play } from './test/node/engines/pages/scenarios.ts';
      play(Autoencoder);`;
    const stdin = { contents, resolveDir: ROOT };
    const { outputFiles } = await build({ stdin, bundle: true, format: 'esm', write: false });
    files = {
      ...pageOf(outputFiles[0]?.text as string),
      '/worker.js': await readFile(join(ROOT, 'dist/worker.js'), 'utf8'),
      '/mortal.js': await readFile(join(import.meta.dirname, 'mortal.js'), 'utf8'),
    };
    if (executablePath) {
      // A name other than this machine's: browsers treat a page from there without TLS as insecure.
      const args = ['--host-resolver-rules=MAP insecure.test 127.0.0.1'];
      browser = await launchChromium(executablePath, args);
      page = await openPage(browser);
    }
  });
  afterAll(() => browser?.close());
}

/**
 * Serves the pages with these headers, calls `use` with a page, and returns its result with the library's
 * warnings.
 */
export async function withPage<T>(
  headers: Headers,
  use: (page: Page, url: string) => Promise<T>,
  more: Record<string, string> = {},
): Promise<{ value: T; warnings: string[] }> {
  const server = await serve({ ...files, ...more }, headers);
  const warnings: string[] = [];
  const errors: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'warning') warnings.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(String(error)));
  try {
    const value = await use(page, `${server.url}/?`);
    expect(errors).toEqual([]);
    return { value, warnings };
  } finally {
    await page.removeAllListeners();
    // Ends everything that still runs in the page.
    await page.goto('about:blank');
    await server.close();
  }
}

/** The outcome of a scenario in a page with these headers. */
export function play<T>(headers: Headers, query: Record<string, string>) {
  return withPage(headers, async (page, url) => {
    await page.goto(url + new URLSearchParams(query));
    return (await page.evaluate('outcome')) as T;
  });
}

export const csp = (policy: string) => ({ 'Content-Security-Policy': policy });
export const FALLBACK = expect.stringMatching(/^autoencoder-wasm: .*calling thread.*worker-src/);

/** A page whose policy allows workers from the host trains with them in this mode. */
export async function expectWorkersUnder(policy: string, { headers, workers }: Mode) {
  const query = { scenario: 'train', workerUrl: '/worker.js' };
  const { value, warnings } = await play({ ...headers, ...csp(policy) }, query);
  expect(value).toEqual(withWorkers(workers));
  expect(warnings).toEqual([]);
}

/** A page that cannot load workers from this address trains without, and warns once. */
export async function expectFallback(workerUrl: string, more: Record<string, string> = {}) {
  const query = new URLSearchParams({ scenario: 'train', workerUrl });
  const { value, warnings } = await withPage(
    ISOLATION,
    async (page, url) => {
      await page.goto(url + query);
      return page.evaluate('outcome');
    },
    more,
  );
  expect(value).toEqual(withWorkers(0));
  expect(warnings).toEqual([FALLBACK]);
  expect(warnings[0]).toContain(`${workerUrl}`);
}

/** Two models train at once in a page of this mode. */
export function trainsTwoAtOnce({ headers, workers }: Mode): void {
  inChromium('trains two models at once, to the same bits as alone', async () => {
    const other = await train(Autoencoder, undefined, 2);
    const { value, warnings } = await play<Trained[]>(headers, { scenario: 'together' });
    expect(value).toEqual([withWorkers(workers), withWorkers(workers, other)]);
    expect(warnings).toHaveLength(workers === 0 ? 1 : 0);
  });
}

/** A page of this mode is left during fit, and loaded again. */
export function mayBeLeft({ headers, workers }: Mode): void {
  inChromium('can be left during fit', async () => {
    await withPage(headers, async (page, url) => {
      await page.goto(`${url}scenario=endless`);
      await page.evaluate('begun');
      expect(page.workers()).toHaveLength(workers);
      await page.goto(`${url}scenario=train`);
      expect(await page.evaluate('outcome')).toEqual(withWorkers(workers));
      expect(page.workers()).toHaveLength(workers);
    });
  });
}

/** Workers end in a page of this mode. */
export function livesOn({ headers, workers }: Mode): void {
  const ENDED = 'a worker ended';
  const FAILED = 'Uncaught Error: an error of its own';
  const lost = async (query: Record<string, string>) => {
    const played = await play<Loss>(headers, { workerUrl: '/mortal.js', ...query });
    expect(played.warnings).toEqual([]);
    return played.value;
  };
  const usable = { goesOn: true, next: expect.anything() };

  inChromium.each([
    ['closes itself', 'closing', ENDED],
    ['fails', 'with an error', FAILED],
  ])('stays usable if a worker %s during fit', async (_, end, message) => {
    const value = await lost({ scenario: 'lostInFit', end });
    expect(value).toEqual({ ...usable, message, next: withWorkers(workers) });
  });

  inChromium('stays usable if a worker closes itself between two fits', async () => {
    const value = await lost({ scenario: 'lostIdle' });
    expect(value).toEqual({ ...usable, next: withWorkers(workers) });
  });
}

/** A tab is hidden and shown during fit, in these modes. */
export function hiddenTabs(modes: readonly [string, Mode][]): void {
  /** Flags of browser automation that keep hidden tabs as fast as visible ones. */
  const ALWAYS_AWAKE = [
    '--disable-background-timer-throttling',
    '--disable-backgrounding-occluded-windows',
    '--disable-renderer-backgrounding',
  ];
  // Started without Playwright, in whose pages every tab counts as visible.
  let tabs: Awaited<ReturnType<typeof launch>>;
  let expected: Trained;

  beforeAll(async () => {
    if (!executablePath) return;
    expected = await hide(Autoencoder, undefined);
    const ignoreDefaultArgs = ALWAYS_AWAKE;
    tabs = await launch({
      executablePath,
      args: CHROMIUM_ARGS,
      ignoreDefaultArgs,
      timeout: PATIENCE_MS,
      protocolTimeout: PATIENCE_MS,
    });
  });
  afterAll(() => tabs?.close());

  inChromium.each(modes)('%s: training continues', async (_, { headers, workers }) => {
    const server = await serve(files, headers);
    const page = await tabs.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    try {
      await page.goto(`${server.url}/?scenario=hide`);
      await page.evaluate('begun');
      const other = await tabs.newPage();
      await other.bringToFront();
      await page.evaluate('hidden');
      expect(await page.evaluate('document.visibilityState')).toBe('hidden');
      await page.bringToFront();
      expect(await page.evaluate('outcome')).toEqual({ ...expected, threads: [workers] });
      await other.close();
    } finally {
      await page.close();
      await server.close();
    }
  });
}
