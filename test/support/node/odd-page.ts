// The built page of examples/odd, served at a sub-path, and without a network once it has loaded.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { findChromium, launchChromium, openPage } from './chromium.js';
import { type Server, serve } from './serve.js';

const configFile = fileURLToPath(new URL('../../../examples/odd/vite.config.ts', import.meta.url));

const executablePath = findChromium();
if (!executablePath && process.env.CI) throw new Error('no Chromium was found; CI needs one');
if (!executablePath) console.warn('no Chromium was found (see CHROME_BIN): the page is not tested');

/** Whether there is no Chromium to test it in. */
export const hasNoChromium = !executablePath;

/** The page for the tests of a file: built once, and opened for each test. Its errors fail the test. */
export function oddPage() {
  const at = {} as { folder: string; browser: Browser; server: Server };
  const complaints: string[] = [];

  beforeAll(async () => {
    at.folder = mkdtempSync(join(tmpdir(), 'autoencoder-wasm-odd-'));
    const outDir = join(at.folder, 'some', 'where', 'odd');
    await build({ configFile, logLevel: 'error', build: { outDir } });
    at.server = await serve(at.folder);
    at.browser = await launchChromium(executablePath as string);
  });

  afterAll(async () => {
    await at.browser?.close();
    await at.server?.close();
    rmSync(at.folder, { recursive: true, force: true });
  });

  afterEach(async () => {
    await Promise.all(at.browser.contexts().map((context) => context.close()));
    expect(complaints.splice(0)).toEqual([]);
  });

  return {
    ...{ at, complaints },
    async open(options: BrowserContextOptions = {}): Promise<Page> {
      const page = await openPage(at.browser, options);
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
      });
      await page.goto(`${at.server.url}/some/where/odd/`);
      await page.waitForSelector('[data-state=ready]');
      await page.context().setOffline(true);
      return page;
    },
    /** The file that a button downloads. */
    async saved(page: Page, what: string): Promise<Buffer> {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.click(`[data-save=${what}]`),
      ]);
      const file = join(at.folder, download.suggestedFilename());
      await download.saveAs(file);
      return readFileSync(file);
    },
  };
}

/** Drops files on the page. */
export async function drop(
  page: Page,
  ...files: readonly { name: string; text: string }[]
): Promise<void> {
  const dataTransfer = await page.evaluateHandle((files) => {
    const transfer = new DataTransfer();
    for (const { name, text } of files) transfer.items.add(new File([text], name));
    return transfer;
  }, files);
  await page.dispatchEvent('#drop', 'drop', { dataTransfer });
}

/** How many rows the page says are above the threshold. */
export async function above(page: Page): Promise<number> {
  return Number.parseInt((await page.textContent('#above'))?.replaceAll(',', '') ?? '', 10);
}

export async function boxOf(page: Page, selector: string) {
  const element = page.locator(selector);
  await element.scrollIntoViewIfNeeded();
  const found = await element.boundingBox();
  if (!found) throw new Error(`${selector} is not shown`);
  return found;
}
