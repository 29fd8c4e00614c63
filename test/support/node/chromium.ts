// The Chromium that the tests drive: one that is installed, never one that is downloaded. What it is
// asked for it may take its time over, on a busy machine too.

import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright';
import { PATIENCE_MS } from './wait.js';

/** Where systems put it. */
const USUAL_PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** The path of CHROME_BIN, which decides if it is set; else of the first found; else undefined. */
export function findChromium(): string | undefined {
  const { CHROME_BIN } = process.env;
  const places = CHROME_BIN ? [CHROME_BIN] : [...USUAL_PLACES, chromium.executablePath()];
  return places.find(existsSync);
}

/** Headless, as root too, and without a word to the network of its own accord. */
export const CHROMIUM_ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts it. */
export function launchChromium(executablePath: string, args: string[] = []): Promise<Browser> {
  const all = [...CHROMIUM_ARGS, ...args];
  return chromium.launch({ executablePath, args: all, timeout: PATIENCE_MS });
}

/** A page in a profile of its own, which goes with it. */
export async function openPage(browser: Browser, options?: BrowserContextOptions): Promise<Page> {
  const page = await browser.newPage(options);
  page.setDefaultTimeout(PATIENCE_MS);
  return page;
}
