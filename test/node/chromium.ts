// The Chromium that the tests drive: one that is installed, never one that is downloaded.

import { existsSync } from 'node:fs';
import { chromium } from 'playwright';

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
