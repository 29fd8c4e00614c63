import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { axeViolations } from '../../support/node/axe.js';
import {
  box,
  demo,
  drawTwo,
  executablePath,
  GOOD,
  ink,
  LONG,
  painted,
  SHORT,
  untilEpoch,
  untilState,
} from '../../support/node/demo.js';

describe.skipIf(!executablePath)('the demo', () => {
  const site = demo();
  const open = site.open;

  test.each([
    [390, 844],
    [1440, 900],
  ])(
    'shows the hourglass and the playback controls without scrolling at %i x %i',
    async (width, height) => {
      const page = await open(site.isolated + SHORT, { viewport: { width, height } });
      await untilState(page, 'done');
      const bottoms = await page.$$eval('#pad, #drawn-code, #drawn-result, #pause, #scrub', (all) =>
        all.map((element) => element.getBoundingClientRect().bottom),
      );
      expect(bottoms).toHaveLength(5);
      expect(Math.max(...bottoms)).toBeLessThanOrEqual(height);
    },
  );

  test('steps forward, and shows earlier epochs again', async () => {
    const page = await open(site.isolated + LONG);
    await untilEpoch(page, 1);
    await page.click('#pause');
    await untilState(page, 'paused');
    const paused = Number.parseInt((await page.textContent('#stat-epoch')) ?? '', 10);
    for (const more of [1, 2]) {
      await page.click('#step');
      await untilEpoch(page, paused + more);
      await untilState(page, 'paused');
      expect(Number.parseInt((await page.textContent('#stat-epoch')) ?? '', 10)).toBe(
        paused + more,
      );
    }
    const row = (n: number) => ink(page, `#gallery tr:nth-child(${n}) canvas >> nth=3`);
    await painted(page);
    const last = await row(4);
    await page.focus('#scrub');
    await page.keyboard.press('Home');
    await expect.poll(() => row(4)).toEqual(await row(2));
    expect(await page.textContent('#scrub-value')).toBe('untrained');
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => row(4)).toEqual(await row(3));
    expect(await page.textContent('#chart-readout')).toMatch(/^epoch 1:/);
    // Epochs that have not been trained cannot be shown.
    await page.keyboard.press('End');
    await expect.poll(() => row(4)).toEqual(last);
    expect(await page.textContent('#scrub-value')).toBe(`epoch ${paused + 2}`);
    // Training continues from the last epoch, not from the one that is shown.
    await page.keyboard.press('Home');
    await page.click('#pause');
    await untilEpoch(page, paused + 3);
    await expect.poll(() => page.inputValue('#scrub')).not.toBe('0');
  });

  test('pauses while earlier epochs are shown, and slows down without a new run', async () => {
    const page = await open(site.isolated + LONG);
    await untilEpoch(page, 2);
    await page.selectOption('#pace', 'slow');
    await untilEpoch(page, 3);
    await page.focus('#scrub');
    await page.keyboard.press('ArrowLeft');
    await untilState(page, 'paused');
    expect(new URL(page.url()).searchParams.get('pace')).toBe('slow');
  });

  test('keeps the settings in the address', async () => {
    const page = await open(site.isolated + SHORT);
    await untilState(page, 'done');
    await page.selectOption('#layers', '784-16');
    await page.selectOption('#recipe', 'paper');
    await page.click('#theme');
    const query = new URL(page.url()).searchParams;
    expect([query.get('layers'), query.get('recipe'), query.get('rows')]).toEqual([
      ...['784-16', 'paper', '2000'],
    ]);
    expect(query.get('theme')).toMatch(/^(light|dark)$/);
    await page.reload();
    await untilState(page, 'done');
    expect(await page.inputValue('#layers')).toBe('784-16');
    expect(await page.locator('#drawn-code i').count()).toBe(16);
    await page.selectOption('#layers', '784-64');
    expect(new URL(page.url()).searchParams.has('layers')).toBe(false);
  });

  test('asks for a drawing if there is none', async () => {
    const page = await open(site.isolated + SHORT);
    await untilState(page, 'done');
    await page.click('#pad-clear');
    await expect.poll(async () => Math.max(...(await ink(page, '#drawn-result')))).toBe(0);
    expect(await page.textContent('#drawn-error')).toBe('–');
    expect(await page.textContent('#pad-hint')).toBe('draw here');
    await drawTwo(page);
    await expect.poll(() => page.isVisible('#pad-hint')).toBe(false);
    await expect
      .poll(async () => Math.max(...(await ink(page, '#drawn-result'))))
      .toBeGreaterThan(0);
    const two = await ink(page, '#drawn-seen');
    await page.click('#pad-random');
    await expect.poll(() => ink(page, '#drawn-seen')).not.toEqual(two);
  });

  test('says that a model from a file has no history', async () => {
    const page = await open(site.isolated + SHORT);
    await untilState(page, 'done');
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#save')]);
    const file = join(site.folder, 'model.safetensors');
    await download.saveAs(file);
    await page.setInputFiles('#file', file);
    await untilState(page, 'loaded');
    expect(await page.textContent('#stat-epoch')).toBe('–');
    expect(await page.textContent('#chart-readout')).toBe('a file has no curves');
    expect(await page.isDisabled('#scrub')).toBe(true);
  });

  test('marks the chart after the first epoch', async () => {
    const page = await open(`${site.isolated}?epochs=1&rows=1000&pace=fast`);
    await untilState(page, 'done');
    await painted(page);
    const coloured = await page.$eval('#chart canvas', (element) => {
      const { width, height } = element as HTMLCanvasElement;
      const context = (element as HTMLCanvasElement).getContext('2d');
      const { data } = context?.getImageData(0, 0, width, height) ?? { data: [] };
      let count = 0;
      for (let i = 0; i < data.length; i += 4) {
        const [red = 0, green = 0, blue = 0, alpha] = data.slice(i, i + 4);
        if (alpha === 255 && Math.max(red, green, blue) - Math.min(red, green, blue) > 80) count++;
      }
      return count;
    });
    // Two dots, 7 pixels across.
    expect(coloured).toBeGreaterThan(30);
  });

  test('draws the decoded code wherever one points at the map', async () => {
    for (const layers of ['784-64', '784-256-64-2']) {
      const page = await open(`${site.isolated}${SHORT}&layers=${layers}`);
      await page.waitForSelector('#map[data-settled]');
      const frame = await box(page, '#map');
      const drawnAt = async (across: number, down: number) => {
        await page.mouse.move(frame.x + across * frame.width, frame.y + down * frame.height);
        await page.locator('#map-tip').waitFor();
        return ink(page, '#map-tip-here');
      };
      const here = await drawnAt(0.2, 0.7);
      expect(Math.max(...here)).toBeGreaterThan(64);
      expect(await drawnAt(0.8, 0.2)).not.toEqual(here);
      expect(await drawnAt(0.2, 0.7)).toEqual(here);
      await page.close();
    }
  });

  test('removes more noise with the second model, which is trained on noise', async () => {
    const page = await open(site.isolated + GOOD);
    await untilState(page, 'done');
    await page.locator('#noise-beside').scrollIntoViewIfNeeded();
    await expect.poll(() => page.textContent('#noise-better')).toMatch(/^0\.\d+$/);
    await expect.poll(() => page.textContent('#noise-state')).toBe('');
    await painted(page);
    const [plain, better] = await Promise.all(
      ['#noise-after', '#noise-better'].map(async (id) => Number(await page.textContent(id))),
    );
    expect(better).toBeLessThan(plain as number);
  });

  test('shows what each slider changes, and generates digits', async () => {
    const page = await open(site.isolated + SHORT);
    await untilState(page, 'done');
    await painted(page);
    const thumbnails = page.locator('#units .change');
    expect(await thumbnails.count()).toBe(16);
    const seen = await Promise.all([0, 7, 15].map((i) => ink(page, `#units .change >> nth=${i}`)));
    for (const image of seen) expect(Math.max(...image)).toBeGreaterThan(30);
    expect(seen[0]).not.toEqual(seen[1]);
    const before = await ink(page, '#units-result');
    await page.click('#units-random');
    await expect.poll(() => ink(page, '#units-result')).not.toEqual(before);
    // Not a digit of the data, but an image decoded from a code.
    expect(await ink(page, '#units-original')).toEqual(await ink(page, '#units-result'));
  });

  test('learns images of clothes', async () => {
    const page = await open(`${site.isolated}?data=fashion&epochs=6&pace=fast`);
    await untilState(page, 'done');
    expect(await page.textContent('#pad-random')).toBe('Random garment');
    expect(await page.textContent('#map-legend')).toContain('trousers');
    // Always drawing the mean garment would have an error of some 0.09.
    expect(Number(await page.textContent('#stat-unseen'))).toBeLessThan(0.05);
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#save')]);
    expect(download.suggestedFilename()).toBe('garments-784-64.safetensors');
    await page.selectOption('#data', 'digits');
    await page.waitForURL((url) => !url.searchParams.has('data'));
    await page.waitForFunction(
      () => document.querySelector('#pad-random')?.textContent === 'Random digit',
    );
  });

  test.each(['light', 'dark'] as const)('has no axe violations, %s', async (colorScheme) => {
    for (const width of [390, 1440]) {
      const viewport = { width, height: 900 };
      const page = await open(site.isolated + SHORT, { colorScheme, viewport });
      await untilState(page, 'done');
      await page.waitForSelector('#map[data-points="2000"]');
      expect(await axeViolations(page)).toEqual([]);
      await page.close();
    }
  });

  test.each([901, 960, 1024, 1080, 1440, 2560])('fits a width of %i pixels', async (width) => {
    const page = await open(site.isolated + SHORT, { viewport: { width, height: 900 } });
    await untilState(page, 'done');
    const beyond = await page.$$eval('.card', (cards) =>
      cards.flatMap((card) => {
        const { right } = card.getBoundingClientRect();
        return [...card.querySelectorAll('*')]
          .filter((element) => element.getBoundingClientRect().right > right)
          .map((element) => element.outerHTML.slice(0, 80));
      }),
    );
    expect(beyond).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
  });
});
