// The built library in difficult pages: restrictive headers, and workers that end. pages.slow.ts has more
// of each kind, and hidden tabs.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { ROOT } from '../../support/node/child.js';
import { ISOLATION } from '../../support/node/serve.js';
import {
  csp,
  expectFallback,
  expectWorkersUnder,
  FALLBACK,
  inChromium,
  livesOn,
  MODES,
  type Mode,
  mayBeLeft,
  NO_BLOB,
  openBrowser,
  play,
  trainsTwoAtOnce,
  withPage,
  withWorkers,
} from './pages/hard-pages.js';
import type { Loss, Trained } from './pages/scenarios.js';

openBrowser();

describe.each(Object.entries(MODES))('a page that trains %s', (_, { headers, workers }) => {
  inChromium('gives the same bits as Node', async () => {
    const { value, warnings } = await play<Trained>(headers, { scenario: 'train' });
    expect(value).toEqual(withWorkers(workers));
    expect(warnings).toHaveLength(workers === 0 ? 1 : 0);
  });
});

// pages.slow.ts has the other modes.
describe('a page that trains in threads', () => {
  const mode = MODES['in threads'] as Mode;
  trainsTwoAtOnce(mode);
  mayBeLeft(mode);
  livesOn(mode);
});

describe('a Content Security Policy', () => {
  inChromium('without blob: trains on the page, with a single warning', async () => {
    const { value, warnings } = await play<number[]>(NO_BLOB, { scenario: 'repeat' });
    expect(value).toEqual(Array(12).fill(0));
    expect(warnings).toEqual([FALLBACK]);
  });

  // The second policy has worker-src instead of its fallback, script-src.
  const policies = [
    "script-src 'self' 'wasm-unsafe-eval'",
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'",
  ];
  inChromium.each(policies)('%s: allows workers from a workerUrl', async (policy) => {
    await expectWorkersUnder(policy, MODES['in threads'] as Mode);
  });

  inChromium("of script-src 'self' alone: the error names 'wasm-unsafe-eval'", async () => {
    const policy = csp("script-src 'self'");
    const { value, warnings } = await play(policy, { scenario: 'withoutWasm' });
    const error = expect.stringMatching(/Content Security Policy.*'wasm-unsafe-eval'/);
    expect(value).toEqual({ fit: error, again: error, encode: error, summary: 4, same: true });
    expect(warnings).toEqual([]);
  });
});

describe('a workerUrl', () => {
  inChromium('with a syntax error: the page trains without workers', () =>
    expectFallback('/broken.js', { '/broken.js': 'this is no script' }),
  );
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
    // A sandboxed frame has an opaque origin, to which its own scripts are cross-origin.
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

  inChromium('in an insecure context, which has no locks, uses one worker', async () => {
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
