// The built library in pages that make it hard: headers that forbid this or that, workers that die,
// tabs that nobody looks at. Each page plays one of the scenarios.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright';
import { launch } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Autoencoder } from '../../../src/index.js';
import { ROOT } from '../../support/node/child.js';
import {
  CHROMIUM_ARGS,
  findChromium,
  launchChromium,
  openPage,
} from '../../support/node/chromium.js';
import { type Headers, ISOLATION, pageOf, serve } from '../../support/node/serve.js';
import { PATIENCE_MS } from '../../support/node/wait.js';
import { hide, type Loss, type Trained, train } from './pages/scenarios.js';

const executablePath = findChromium() as string;
const inChromium = test.runIf(executablePath);
if (!executablePath) {
  const none = 'no Chromium found (CHROME_BIN can name one): no hard page is opened';
  if (process.env.CI) throw new Error(none);
  console.warn(none);
}

/** A page whose scripts need to be the host's own, which a worker from a blob: is not. */
const NO_BLOB = { 'Content-Security-Policy': "worker-src 'self'" };
/** How a page is served, and how many workers it then trains with. */
interface Mode {
  readonly headers: Headers;
  readonly workers: number;
}
const MODES: Record<string, Mode> = {
  'in threads': { headers: ISOLATION, workers: 2 },
  'in one worker': { headers: {}, workers: 1 },
  'on its own thread': { headers: NO_BLOB, workers: 0 },
};
const WITH_WORKERS = Object.entries(MODES).filter(([, { workers }]) => workers > 0);

let browser: Browser;
let files: Record<string, string>;
let inNode: Trained;

/** What a page with so many workers computes. */
const withWorkers = (workers: number, trained = inNode): Trained => ({
  ...trained,
  threads: trained.threads.map(() => workers),
});

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
    '/mortal.js': await readFile(join(import.meta.dirname, 'pages/mortal.js'), 'utf8'),
  };
  if (executablePath) {
    // A name that is not this machine's: to browsers, a page from there is insecure without TLS.
    const args = ['--host-resolver-rules=MAP insecure.test 127.0.0.1'];
    browser = await launchChromium(executablePath, args);
  }
});
afterAll(() => browser?.close());

/** Serves the pages with these headers, has `use` open one, and says what the library warned of. */
async function withPage<T>(
  headers: Headers,
  use: (page: Page, url: string) => Promise<T>,
  more: Record<string, string> = {},
): Promise<{ value: T; warnings: string[] }> {
  const server = await serve({ ...files, ...more }, headers);
  const page = await openPage(browser);
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
    await page.close();
    await server.close();
  }
}

/** What comes of a scenario on a page with these headers. */
function play<T>(headers: Headers, query: Record<string, string>) {
  return withPage(headers, async (page, url) => {
    await page.goto(url + new URLSearchParams(query));
    return (await page.evaluate('outcome')) as T;
  });
}

describe.each(Object.entries(MODES))('a page that trains %s', (_, { headers, workers }) => {
  inChromium('computes what Node does', async () => {
    const { value, warnings } = await play<Trained>(headers, { scenario: 'train' });
    expect(value).toEqual(withWorkers(workers));
    expect(warnings).toHaveLength(workers === 0 ? 1 : 0);
  });

  inChromium('trains two models at once, to the same bits as alone', async () => {
    const other = await train(Autoencoder, undefined, 2);
    const { value, warnings } = await play<Trained[]>(headers, { scenario: 'together' });
    expect(value).toEqual([withWorkers(workers), withWorkers(workers, other)]);
    expect(warnings).toHaveLength(workers === 0 ? 1 : 0);
  });

  inChromium('may be left in the midst of fit', async () => {
    await withPage(headers, async (page, url) => {
      await page.goto(`${url}scenario=endless`);
      await page.evaluate('begun');
      expect(page.workers()).toHaveLength(workers);
      await page.goto(`${url}scenario=train`);
      expect(await page.evaluate('outcome')).toEqual(withWorkers(workers));
      expect(page.workers()).toHaveLength(workers);
    });
  });
});

const csp = (policy: string) => ({ 'Content-Security-Policy': policy });
const FALLBACK = expect.stringMatching(/^autoencoder-wasm: .*calling thread.*worker-src/);

describe('a Content Security Policy', () => {
  inChromium('without blob: trains on the page, and says so once', async () => {
    const { value, warnings } = await play<number[]>(NO_BLOB, { scenario: 'repeat' });
    expect(value).toEqual(Array(12).fill(0));
    expect(warnings).toEqual([FALLBACK]);
  });

  // What is named in the one is the fallback of what the other names.
  const policies = [
    "worker-src 'self'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'",
  ];
  describe.each(policies)('%s', (policy) => {
    inChromium('allows workers from a workerUrl', async () => {
      for (const { headers, workers } of [MODES['in threads'], MODES['in one worker']] as Mode[]) {
        const query = { scenario: 'train', workerUrl: '/worker.js' };
        const { value, warnings } = await play({ ...headers, ...csp(policy) }, query);
        expect(value).toEqual(withWorkers(workers));
        expect(warnings).toEqual([]);
      }
    });
  });

  inChromium("of script-src 'self' alone: an error names 'wasm-unsafe-eval'", async () => {
    const policy = csp("script-src 'self'");
    const { value, warnings } = await play(policy, { scenario: 'withoutWasm' });
    const error = expect.stringMatching(/Content Security Policy.*'wasm-unsafe-eval'/);
    expect(value).toEqual({ fit: error, again: error, encode: error, summary: 4, same: true });
    expect(warnings).toEqual([]);
  });
});

describe('a workerUrl', () => {
  const failing: Record<string, [workerUrl: string, more: Record<string, string>]> = {
    'that is not found': ['/missing.js', {}],
    'that is not a script': ['/page.html', { '/page.html': '<p>not a script</p>' }],
    'that has an error': ['/broken.js', { '/broken.js': 'this is no script' }],
    'of another origin': ['https://example.invalid/worker.js', {}],
    'that is no address': ['https://:x', {}],
  };
  inChromium.each(Object.entries(failing))('%s: the page trains', async (_, [workerUrl, more]) => {
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
  });
});

describe.each(WITH_WORKERS)('a page that trains %s', (_, { headers, workers }) => {
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
  ])('lives on when a worker %s in the midst of fit', async (_, end, message) => {
    const value = await lost({ scenario: 'lostInFit', end });
    expect(value).toEqual({ ...usable, message, next: withWorkers(workers) });
  });

  inChromium('lives on when a worker closes itself between two fits', async () => {
    const value = await lost({ scenario: 'lostIdle' });
    expect(value).toEqual({ ...usable, next: withWorkers(workers) });
  });
});

describe('encode in threads', () => {
  inChromium('rejects when a worker closes itself', async () => {
    const query = { scenario: 'lostInEncode', end: 'closing', workerUrl: '/mortal.js' };
    const { value } = await play<Loss>(ISOLATION, query);
    expect(value).toEqual({ message: 'a worker ended', goesOn: true, next: withWorkers(2) });
  });
});

describe('a page', () => {
  inChromium('that is isolated by COEP: credentialless uses its threads', async () => {
    const headers = { ...ISOLATION, 'Cross-Origin-Embedder-Policy': 'credentialless' };
    for (const more of [{}, { workerUrl: '/worker.js' }]) {
      const { value, warnings } = await play(headers, { scenario: 'train', ...more });
      expect(value).toEqual(withWorkers(2));
      expect(warnings).toEqual([]);
    }
  });

  inChromium('in a sandboxed iframe uses one worker', async () => {
    // Its origin is nobody's, so that its own scripts are foreign to it.
    const headers = { 'Access-Control-Allow-Origin': '*' };
    const frame = '<iframe sandbox="allow-scripts" src="/?scenario=train"></iframe>';
    const { value, warnings } = await withPage(
      headers,
      async (page, url) => {
        await page.goto(new URL('/frame.html', url).href);
        const [, inner] = page.frames();
        return inner?.evaluate('outcome');
      },
      { '/frame.html': `<!doctype html>${frame}` },
    );
    expect(value).toEqual(withWorkers(1));
    expect(warnings).toEqual([]);
  });

  inChromium('that is insecure, and so has no locks, uses one worker', async () => {
    const { value, warnings } = await withPage({}, async (page, url) => {
      await page.goto(`${url.replace('127.0.0.1', 'insecure.test')}scenario=train`);
      expect(await page.evaluate('isSecureContext')).toBe(false);
      return page.evaluate('outcome');
    });
    expect(value).toEqual(withWorkers(1));
    expect(warnings).toEqual([]);
  });
});

inChromium('the page of docs/start.md trains and shows a code', async () => {
  const start = await readFile(join(ROOT, 'docs/start.md'), 'utf8');
  const [, html = ''] = /```html\n(.*?)```/s.exec(start) ?? [];
  const more = {
    '/start.html': html.replace(/https:[^']*/, '/library.js'),
    '/library.js': await readFile(join(ROOT, 'dist/autoencoder-wasm.min.js'), 'utf8'),
  };
  const { value, warnings } = await withPage(
    {},
    async (page, url) => {
      await page.goto(new URL('/start.html', url).href);
      await page.waitForSelector('text=64 numbers');
      return { title: await page.title(), text: await page.innerText('body') };
    },
    more,
  );
  expect(value.title).toMatch(/^epoch \d+: 0\.00\d+$/);
  const numbers = value.text.split(': ')[1]?.split(', ').map(Number) as number[];
  expect(numbers).toHaveLength(3);
  expect(numbers.every(Number.isFinite)).toBe(true);
  expect(warnings).toEqual([]);
});

describe('a tab that is hidden and shown during fit', () => {
  /** Of what automation asks of Chromium, what keeps hidden tabs as fast as others. */
  const ALWAYS_AWAKE = [
    '--disable-background-timer-throttling',
    '--disable-backgrounding-occluded-windows',
    '--disable-renderer-backgrounding',
  ];
  // Not Playwright's: to its pages the tab is always the one that is looked at.
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

  inChromium.each(Object.entries(MODES))('%s: trains on', async (_, { headers, workers }) => {
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
});
