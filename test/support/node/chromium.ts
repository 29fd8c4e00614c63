// The Chromium that the tests drive: an installed one, never a downloaded one. Its time limits are long
// enough for a busy machine.

import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright';
import { PATIENCE_MS } from './wait.js';

/** Where systems install it. */
const USUAL_PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** The path of Chromium: CHROME_BIN if it is set, otherwise the first one found, otherwise undefined. */
export function findChromium(): string | undefined {
  const { CHROME_BIN } = process.env;
  const places = CHROME_BIN ? [CHROME_BIN] : [...USUAL_PLACES, chromium.executablePath()];
  return places.find(existsSync);
}

/** Headless, works as root too, and never uses the network on its own. */
export const CHROMIUM_ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts Chromium. */
export function launchChromium(executablePath: string, args: string[] = []): Promise<Browser> {
  const all = [...CHROMIUM_ARGS, ...args];
  return chromium.launch({ executablePath, args: all, timeout: PATIENCE_MS });
}

/** Opens a page in a profile of its own, which is deleted when the page closes. */
export async function openPage(browser: Browser, options?: BrowserContextOptions): Promise<Page> {
  const page = await browser.newPage(options);
  page.setDefaultTimeout(PATIENCE_MS);
  return page;
}
