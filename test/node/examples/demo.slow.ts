import { join } from 'node:path';
import { createServer } from 'vite';
import { describe, expect, test } from 'vitest';
import {
  barCount,
  box,
  configFile,
  correlation,
  demo,
  drawTwo,
  executablePath,
  expectMnistForm,
  expectVerticalLine,
  GOOD,
  ink,
  LONG,
  MARK,
  mainThreadTasks,
  painted,
  RESEMBLES,
  SHORT,
  squaredError,
  untilEpoch,
  untilState,
  variance,
} from '../../support/node/demo.js';

describe.skipIf(!executablePath)('the demo', () => {
  const site = demo();
  const open = site.open;

  /**
   * The durations of the main thread's tasks, in milliseconds, during a visit with training, a map and a
   * drawing.
   */
  async function tasksOfVisit(address: string): Promise<number[]> {
    const page = await open('about:blank');
    await site.browser.startTracing(page, { categories: ['toplevel', 'blink.user_timing'] });
    await page.goto(address);
    await untilState(page, 'done');
    await page.waitForSelector('#map[data-points="2000"]');
    await drawTwo(page);
    await painted(page);
    await page.evaluate((name) => performance.mark(name), MARK);
    const tasks = mainThreadTasks((await site.browser.stopTracing()).toString());
    expect(tasks.length).toBeGreaterThan(100);
    await page.close();
    return tasks;
  }

  test.each([true, false])(
    'trains to the end and accepts a drawing; isolated: %s',
    async (isIsolated) => {
      const page = await open((isIsolated ? site.isolated : site.plain) + SHORT);
      const untrained = await ink(page, '#gallery tr:nth-child(2) canvas >> nth=3');
      await untilState(page, 'done');
      expect(await page.evaluate(() => globalThis.crossOriginIsolated)).toBe(isIsolated);
      expect(await page.textContent('#stat-epoch')).toBe('6 / 6');
      const threads = await page.textContent('#stat-threads');
      if (isIsolated) expect(Number(threads)).toBeGreaterThan(0);
      else expect(threads).toBe('1');
      expect(Number((await page.textContent('#stat-speed'))?.replaceAll(',', ''))).toBeGreaterThan(
        0,
      );

      // The loss on unseen digits is below that of always drawing the mean digit, 0.069.
      expect(Number(await page.textContent('#stat-unseen'))).toBeLessThan(0.069);
      const original = await ink(page, '#gallery tr:nth-child(1) canvas >> nth=3');
      const now = await ink(page, '#gallery tr:nth-child(4) canvas >> nth=3');
      expect(correlation(original, now)).toBeGreaterThan(correlation(original, untrained));
      expect(correlation(original, now)).toBeGreaterThan(RESEMBLES);

      await drawTwo(page);
      await expect.poll(() => barCount(page)).toBe(64);
      await expect
        .poll(async () =>
          correlation(await ink(page, '#drawn-seen'), await ink(page, '#drawn-result')),
        )
        .toBeGreaterThan(RESEMBLES);
      await painted(page);
      const seen = await ink(page, '#drawn-seen');
      expectMnistForm(seen);
      const pad = await ink(page, '#pad', 10);
      expect(correlation(seen, pad)).toBeGreaterThan(0.5 * RESEMBLES); // apart from size and position

      // The model explains half of the variance, and its result is closer to the 2 that was drawn than to
      // other digits.
      const result = await ink(page, '#drawn-result');
      const error = squaredError(result, seen);
      expect(error).toBeLessThan(variance(seen) / 2);
      for (const digit of [0, 1, 3, 4, 5, 6, 7, 8, 9]) {
        const other = await ink(page, `#gallery tr:nth-child(1) canvas >> nth=${digit}`);
        expect(error).toBeLessThan(squaredError(result, other));
      }
      // Pixels are rounded to 1/255, and the displayed error to 1/10000.
      const rounding = (2 * Math.sqrt(error)) / 255 + 1 / 255 ** 2 + 0.00005;
      const told = Number(await page.textContent('#drawn-error'));
      expect(Math.abs(told - error)).toBeLessThan(rounding);

      await page.click('#pad-clear');
      await expect.poll(async () => Math.max(...(await ink(page, '#drawn-seen')))).toBe(0);
    },
  );

  test('is served by `npm run demo` with the headers that threads need', async () => {
    const server = await createServer({
      configFile,
      cacheDir: join(site.folder, 'cache'),
      logLevel: 'error',
      server: { host: '127.0.0.1', port: 0, hmr: false },
    });
    try {
      await server.listen();
      const page = await open((server.resolvedUrls?.local[0] as string) + SHORT);
      await untilState(page, 'done');
      expect(await page.evaluate(() => globalThis.crossOriginIsolated)).toBe(true);
    } finally {
      await server.close();
    }
  });

  test('can be paused, resumed, stopped and restarted', async () => {
    const page = await open(site.isolated + LONG);
    await untilEpoch(page, 1);
    await page.click('#pause');
    await untilState(page, 'paused');
    const paused = await page.textContent('#stat-epoch');
    // Meanwhile a second autoencoder draws the map, which takes long enough for an epoch to end if training
    // continued.
    await page.waitForSelector('#map[data-points="2000"]');
    expect(await page.textContent('#stat-epoch')).toBe(paused);
    expect(await page.textContent('#pause')).toBe('Resume');

    await page.click('#pause');
    await untilEpoch(page, Number.parseInt(paused ?? '', 10) + 1);
    expect(await page.getAttribute('#state', 'data-state')).toBe('running');

    await page.click('#stop');
    await untilState(page, 'stopped');
    expect(await page.isDisabled('#stop')).toBe(true);
    expect(await page.isDisabled('#pause')).toBe(true);
    await drawTwo(page); // with the current weights
    await expect
      .poll(async () => Math.max(...(await ink(page, '#drawn-result'))))
      .toBeGreaterThan(0);

    // Paused and then stopped: a run that waited for its end would never stop.
    await page.click('#restart');
    await untilEpoch(page, 1);
    await page.click('#pause');
    await untilState(page, 'paused');
    await page.click('#stop');
    await untilState(page, 'stopped');
  });

  test('saves the model as a file, and loads it in another run', async () => {
    const page = await open(site.isolated + SHORT);
    await untilState(page, 'done');
    await drawTwo(page);
    await painted(page);
    const before = await ink(page, '#drawn-result');
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#save')]);
    expect(download.suggestedFilename()).toBe('digits-784-64.safetensors');
    const file = join(site.folder, download.suggestedFilename());
    await download.saveAs(file);

    await page.selectOption('#layers', '784-16');
    await untilState(page, 'done');
    await expect.poll(() => barCount(page)).toBe(16);
    await painted(page);
    expect(await ink(page, '#drawn-result')).not.toEqual(before);
    await page.setInputFiles('#file', file);
    await untilState(page, 'loaded');
    await expect.poll(() => ink(page, '#drawn-result')).toEqual(before);
    expect(await barCount(page)).toBe(64);
    await page.waitForSelector('#map[data-points="2000"]');

    // A file that cannot be loaded is named, and the model is kept.
    const buffer = Buffer.from('a shopping list');
    await page.setInputFiles('#file', { name: 'list.txt', mimeType: 'text/plain', buffer });
    await expect.poll(() => page.textContent('#complaint')).toMatch(/^list\.txt: ./);
    expect(await page.getAttribute('#state', 'data-state')).toBe('loaded');
    expect(await ink(page, '#drawn-result')).toEqual(before);
  });

  test('trains other layers with the other recipe', async () => {
    const page = await open(site.isolated + SHORT);
    await page.selectOption('#layers', '784-128-32');
    await page.selectOption('#recipe', 'paper');
    await untilState(page, 'done');
    await expect.poll(() => barCount(page)).toBe(32);
    const [low, high] = await page.$$eval('#drawn-code i', (bars) => {
      const sizes = bars.map((bar) =>
        Number((bar as HTMLElement).style.getPropertyValue('--size')),
      );
      return [Math.min(...sizes), Math.max(...sizes)];
    });
    expect(low).toBe(0); // codes of a ReLU are never negative
    expect(high).toBeGreaterThan(0);
  });

  test('has sliders that change the drawing', async () => {
    const page = await open(site.isolated + GOOD);
    await untilState(page, 'done');
    const changes = async (slider: string, canvas: string, key: string) => {
      await painted(page);
      const before = await ink(page, canvas);
      await page.focus(slider);
      await page.keyboard.press(key);
      await expect.poll(async () => (await ink(page, canvas)).join()).not.toBe(before.join());
    };
    await changes('#between-slider', '#between-result', 'Home');
    const from = await ink(page, '#between-from canvas');
    const to = await ink(page, '#between-to canvas');
    const start = await ink(page, '#between-result');
    expect(correlation(start, from)).toBeGreaterThan(correlation(start, to));
    await changes('#between-slider', '#between-result', 'End');
    const end = await ink(page, '#between-result');
    expect(correlation(end, to)).toBeGreaterThan(correlation(end, from));

    const pushed = '#units label:nth-child(2) input';
    const original = await ink(page, '#units-result');
    await changes(pushed, '#units-result', 'End');
    await page.click('#units-reset');
    await expect.poll(async () => (await ink(page, '#units-result')).join()).toBe(original.join());
    await page.click('#units-all');
    expect(await page.locator('#units input').count()).toBe(64);

    await changes('#noise-slider', '#noise-result canvas >> nth=0', 'End');
    const [before, after] = await Promise.all(
      ['#noise-before', '#noise-after'].map(async (id) => Number(await page.textContent(id))),
    );
    expect(after).toBeLessThan(before as number);
    await changes('#noise-slider', '#noise-input canvas >> nth=0', 'Home');
    expect(await page.textContent('#noise-before')).toBe('0.0000');
  });

  test('removes more noise if trained on noise', async () => {
    const page = await open(site.isolated + GOOD);
    const errorWith = async (recipe: string) => {
      await page.selectOption('#recipe', recipe);
      await untilState(page, 'done');
      await painted(page);
      return Number(await page.textContent('#noise-after'));
    };
    const denoising = await errorWith('denoising');
    expect(await page.textContent('#noise-recipe')).toContain('trained on pictures with noise');
    const plain = await errorWith('defaults');
    expect(await page.textContent('#noise-recipe')).toContain('never shown noise');
    expect(denoising).toBeLessThan(plain); // with the same noise on the same digits
  });

  test('draws a map of codes to point at and to walk on', async () => {
    const page = await open(site.isolated + SHORT);
    await page.waitForSelector('#map[data-points="2000"]');
    expect(await page.isVisible('#map-empty')).toBe(false);
    const tip = page.locator('#map-tip');
    await page.focus('#map');
    await page.keyboard.press('ArrowRight');
    await tip.waitFor();
    expect(await tip.innerText()).toMatch(/^an? \d/);
    const first = await ink(page, '#map-tip-image');
    expect(Math.max(...first)).toBeGreaterThan(128);
    await page.keyboard.press('ArrowLeft');
    await expect
      .poll(async () => (await ink(page, '#map-tip-image')).join())
      .not.toBe(first.join());
    await page.keyboard.press('Escape');
    await tip.waitFor({ state: 'hidden' });

    const frame = await box(page, '#map');
    const near = page.locator('#map-tip-near');
    for (let x = 0.3; x < 0.7 && !(await near.isVisible()); x += 0.01) {
      await page.mouse.move(frame.x + x * frame.width, frame.y + 0.5 * frame.height);
    }
    expect(await tip.innerText()).toMatch(/^an? \d/);
    const shown = await box(page, '#map-tip');
    expect(shown.x).toBeGreaterThanOrEqual(frame.x);
    expect(shown.x + shown.width).toBeLessThanOrEqual(frame.x + frame.width);
  });

  test('can be used entirely by keyboard', async () => {
    const page = await open(site.isolated + LONG);
    await untilEpoch(page, 1);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    const focused = () => page.evaluate(() => document.activeElement?.id);
    expect(await focused()).toBe('play'); // by the skip link

    await page.focus('#theme');
    const met: (string | undefined)[] = [];
    do {
      await page.keyboard.press('Tab');
      met.push(await focused());
      if (met.at(-1) === 'pause') {
        await page.keyboard.press('Enter');
        await untilState(page, 'paused');
      }
    } while (met.at(-1) !== 'map' && met.length < 60);
    expect(met.filter(Boolean)).toEqual([
      ...['pad', 'pad-random', 'pad-clear', 'pause', 'step', 'pace', 'scrub'],
      ...['data', 'layers', 'recipe', 'epochs', 'threads', 'restart', 'stop', 'save', 'load'],
      ...['between-from', 'between-to', 'between-slider', 'noise-slider'],
      ...['units-digit', 'units-random', 'units-reset', 'units-all', 'map'],
    ]);
    // Those without an id: the sixteen sliders of units, and the ten keys of the map.
    expect(met.filter((id) => !id)).toHaveLength(26);
  });

  test('can be drawn on by keyboard', async () => {
    const page = await open(site.isolated + SHORT);
    await untilState(page, 'done');
    await page.focus('#pad');
    await page.keyboard.press('Space');
    for (let i = 0; i < 12; i++) await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Space');
    await expectVerticalLine(page);
  });

  test.each([true, false])(
    'never blocks the main thread for long; isolated: %s',
    async (isIsolated) => {
      const address = (isIsolated ? site.isolated : site.plain) + SHORT;
      const tasks = await tasksOfVisit(address);
      const all = tasks.reduce((sum, task) => sum + task, 0);
      // A share of the total, since machines differ: on one machine 45 to 90 ms of 1,500 to 1,950.
      expect(Math.max(...tasks)).toBeLessThan(all / 10);
    },
  );

  test("follows the system's theme, and its button", async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await open(site.isolated + SHORT, { colorScheme });
      const lightness = () =>
        page.evaluate(() => {
          const [red] =
            getComputedStyle(document.documentElement).backgroundColor.match(/\d+/) ?? [];
          return Number(red) > 128 ? 'light' : 'dark';
        });
      await page.waitForSelector('#theme');
      expect(await lightness()).toBe(colorScheme);
      await untilState(page, 'done');
      await page.click('#theme');
      expect(await lightness()).not.toBe(colorScheme);
      await page.click('#theme');
      expect(await lightness()).toBe(colorScheme);
    }
  });

  test('fits a phone, and can be used by touch', async () => {
    const viewport = { width: 390, height: 844 };
    const page = await open(site.isolated + SHORT, { viewport, hasTouch: true, isMobile: true });
    await untilState(page, 'done');
    const { x, y, width, height } = await box(page, '#pad');
    const scrolled = () => page.evaluate(() => scrollY);
    const before = await scrolled();
    const finger = await page.context().newCDPSession(page);
    const touch = (type: 'touchStart' | 'touchMove', down: number) =>
      finger.send('Input.dispatchTouchEvent', {
        type,
        touchPoints: [{ x: x + width / 2, y: y + down * height }],
      });
    await touch('touchStart', 0.8);
    for (let down = 0.7; down > 0.2; down -= 0.1) await touch('touchMove', down);
    await finger.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
    await expectVerticalLine(page);
    expect(await scrolled()).toBe(before); // the finger draws, and does not scroll

    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    await page.setViewportSize({ width: 320, height: 600 });
    // The plots follow in the next frame. Nothing exceeds the width of the page, or of its card.
    const pageWidth = () => page.evaluate(() => document.documentElement.scrollWidth);
    await expect.poll(pageWidth).toBe(320);
    const beyond = () =>
      page.$$eval('.card', (cards) =>
        cards.flatMap((card) => {
          const { right } = card.getBoundingClientRect();
          return [...card.querySelectorAll('*')]
            .filter((element) => element.getBoundingClientRect().right > right)
            .map((element) => element.outerHTML.slice(0, 80));
        }),
      );
    await expect.poll(beyond).toEqual([]);
  });
});
