// The demo as its tests open it: built once per file, served with and without the headers for threads.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { findChromium, launchChromium, openPage } from './chromium.js';
import { ISOLATION, type Server, serve } from './serve.js';

const root = fileURLToPath(new URL('../../../examples/browser', import.meta.url));
export const configFile = join(root, 'vite.config.ts');

/** A run of about a second, with workers if they are available. */
export const SHORT = '?epochs=6&rows=2000&pace=fast';
/** A run on all digits, long enough to tell a five from a three. */
export const GOOD = '?epochs=10&pace=fast';
/** A run that does not end before the test does. */
export const LONG = '?epochs=1000&rows=2000&pace=calm';

export const executablePath = findChromium();
if (!executablePath && process.env.CI) throw new Error('no Chromium was found; CI needs one');
if (!executablePath) console.warn('no Chromium was found (see CHROME_BIN): the demo is not tested');

export interface Demo {
  /** A folder for the files of the tests and the built demo. */
  readonly folder: string;
  readonly browser: Browser;
  /** The addresses where pages may share memory with their workers, and where they may not. */
  readonly isolated: string;
  readonly plain: string;
  /** Opens a page; any of its errors or warnings fail the test. */
  open(address: string, options?: BrowserContextOptions): Promise<Page>;
}

/** Sets up the demo for the tests of the calling `describe`. The result is only complete while they run. */
export function demo(): Demo {
  let folder: string;
  let browser: Browser;
  let urls: [isolated: string, plain: string];
  const servers: Server[] = [];
  const complaints: string[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'autoencoder-wasm-demo-'));
    await build({ configFile, logLevel: 'error', build: { outDir: folder } });
    for (const headers of [ISOLATION, {}]) servers.push(await serve(folder, headers));
    urls = servers.map(({ url }) => `${url}/`) as [string, string];
    browser = await launchChromium(executablePath as string);
  });

  afterAll(async () => {
    await browser?.close();
    await Promise.all(servers.map((server) => server.close()));
    rmSync(folder, { recursive: true, force: true });
  });

  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    expect(complaints.splice(0)).toEqual([]);
  });

  return {
    get folder() {
      return folder;
    },
    get browser() {
      return browser;
    },
    get isolated() {
      return urls[0];
    },
    get plain() {
      return urls[1];
    },
    async open(address, options = {}) {
      const page = await openPage(browser, options);
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
      });
      await page.goto(address);
      return page;
    },
  };
}

/** Two images resemble each other when one explains at least half of the other's variance: r^2. */
export const RESEMBLES = Math.sqrt(0.5);

export function untilState(page: Page, state: string): Promise<unknown> {
  return page.waitForSelector(`#state[data-state="${state}"]`);
}

/** Waits for an epoch and its pictures, which replace those of the previous epoch. */
export function untilEpoch(page: Page, epoch: number): Promise<unknown> {
  return page.waitForFunction(
    (least) =>
      !document.querySelector('#state[data-state="rehearsing"]') &&
      Number.parseInt(document.querySelector('#stat-epoch')?.textContent ?? '', 10) >= least,
    epoch,
  );
}

/** Waits until the page has painted its latest changes: the current frame, and the next. */
export function painted(page: Page): Promise<unknown> {
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  return page.evaluate(frame).then(() => page.evaluate(frame));
}

export function barCount(page: Page): Promise<number> {
  return page.locator('#drawn-code i').count();
}

export async function box(page: Page, selector: string) {
  const element = page.locator(selector);
  await element.scrollIntoViewIfNeeded();
  const found = await element.boundingBox();
  if (!found) throw new Error(`${selector} is not shown`);
  return found;
}

/** Tells the page's main thread from those of the browser's own pages. */
export const MARK = 'this page';

/**
 * The milliseconds that each task took on the page's main thread, without the time in which the thread
 * waited for a processor: on a busy machine that time depends mostly on other programs.
 */
export function mainThreadTasks(trace: string): number[] {
  const { traceEvents } = JSON.parse(trace) as { traceEvents: TraceEvent[] };
  const mark = traceEvents.find(({ name }) => name === MARK);
  return traceEvents
    .filter(({ name, pid, tid }) => {
      return name.endsWith('RunTask') && pid === mark?.pid && tid === mark.tid;
    })
    .map(({ dur = 0, tdur = 0 }) => Math.min(dur, tdur) / 1000);
}

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds of wall-clock time, and of processor time, which comes in coarse steps. */
  readonly dur?: number;
  readonly tdur?: number;
}

/** Draws a two on the pad with the mouse: an arc, a slope and a line. */
export async function drawTwo(page: Page): Promise<void> {
  const { x, y, width, height } = await box(page, '#pad');
  const arch = Array.from({ length: 9 }, (_, i) => {
    const angle = Math.PI * (1 + i / 8);
    return [0.5 + 0.17 * Math.cos(angle), 0.37 + 0.17 * Math.sin(angle)];
  });
  const points = [...arch, [0.6, 0.55], [0.34, 0.8], [0.5, 0.8], [0.7, 0.8]];
  for (const [i, [across, down]] of (points as [number, number][]).entries()) {
    await page.mouse.move(x + across * width, y + down * height);
    if (i === 0) await page.mouse.down();
  }
  await page.mouse.up();
}

/** Waits until the network receives a vertical line, as in a drawing of a one. */
export async function expectVerticalLine(page: Page): Promise<void> {
  const extent = async (axis: (i: number) => number) => {
    const image = await ink(page, '#drawn-seen');
    const inked = image.flatMap((value, i) => (value > 128 ? [axis(i)] : []));
    return Math.max(...inked) - Math.min(...inked);
  };
  await expect.poll(() => extent((i) => i % 28)).toBeLessThan(4);
  await expect.poll(() => extent((i) => Math.floor(i / 28))).toBeGreaterThan(16);
}

/** The ink, 0 to 255, of every `step`-th pixel of a canvas in each direction. */
export async function ink(page: Page, selector: string, step = 1): Promise<number[]> {
  const canvas = page.locator(selector);
  await canvas.waitFor();
  return canvas.evaluate((element, step) => {
    const { width, height } = element as HTMLCanvasElement;
    const context = (element as HTMLCanvasElement).getContext('2d');
    const { data } = context?.getImageData(0, 0, width, height) ?? { data: [] };
    const [columns, rows] = [width / step, height / step];
    return Array.from({ length: columns * rows }, (_, i) => {
      const [x, y] = [(i % columns) * step, Math.floor(i / columns) * step];
      return data[4 * (y * width + x) + 3] ?? 0;
    });
  }, step);
}

/** The mean of (a - b)^2, with pixels from 0 to 255 taken as numbers from 0 to 1. */
export function squaredError(a: number[], b: number[]): number {
  return a.reduce((sum, value, i) => sum + ((value - (b[i] as number)) / 255) ** 2, 0) / a.length;
}

export function variance(image: number[]): number {
  const mean = image.reduce((sum, value) => sum + value, 0) / image.length;
  return squaredError(image, Array(image.length).fill(mean));
}

export function correlation(a: number[], b: number[]): number {
  const centred = (values: number[]) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return values.map((value) => value - mean);
  };
  const [x, y] = [centred(a), centred(b)];
  const dot = (p: number[], q: number[]) =>
    p.reduce((sum, value, i) => sum + value * (q[i] as number), 0);
  return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
}

/** Expects MNIST's form: a bounding box of 20 pixels, and the centre of mass in the middle. */
export function expectMnistForm(image: number[]): void {
  const inked = image.flatMap((value, i) =>
    value > 128 ? [{ x: i % 28, y: Math.floor(i / 28) }] : [],
  );
  const extent = (values: number[]) => Math.max(...values) - Math.min(...values) + 1;
  const longer = Math.max(extent(inked.map(({ x }) => x)), extent(inked.map(({ y }) => y)));
  // Half covered pixels at either end may count or not.
  expect(Math.abs(longer - 20)).toBeLessThanOrEqual(1);
  const sum = image.reduce((total, value) => total + value, 0);
  const mean = (at: (i: number) => number) =>
    image.reduce((total, value, i) => total + value * (at(i) + 0.5), 0) / sum;
  // The drawing is shifted by a fraction of a pixel, and its edges are rounded anew.
  expect(Math.abs(mean((i) => i % 28) - 14)).toBeLessThan(0.25);
  expect(Math.abs(mean((i) => Math.floor(i / 28)) - 14)).toBeLessThan(0.25);
}
