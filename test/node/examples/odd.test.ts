// The built page of examples/odd in Chromium, at a sub-path, without a network. odd.slow.ts has further
// tests.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright';
import { describe, expect, test } from 'vitest';
import { AnomalyDetector } from '../../../src/anomalies.js';
import { TableAutoencoder } from '../../../src/table.js';
import { above, boxOf, drop, hasNoChromium, oddPage } from '../../support/node/odd-page.js';

/** Anomalies in three rows of a shop's table, by row: the column that is wrong. */
const ODD = new Map([
  [77, 'weight'],
  [180, 'colour'],
  [301, 'price'],
]);
const shop = shopRows(400);
const names = Object.keys(shop[0] as object);
const SHOP = [names, ...shop.map((row) => Object.values(row))].map((c) => c.join(';')).join('\r\n');

describe.skipIf(hasNoChromium)('the page for anomalies in tables', () => {
  const { open, saved, complaints, at } = oddPage();

  test('finds the anomalies of a dropped CSV as Node does, without network access', async () => {
    const page = await open();
    await drop(page, { name: 'shop.csv', text: SHOP });
    await page.waitForSelector('#columns:not([hidden])');
    expect(await page.textContent('#table-name')).toBe('shop.csv: 400 rows, 5 columns');
    expect(
      await page.$$eval('#columns-table select', (all) =>
        all.map((one) => (one as HTMLSelectElement).value),
      ),
    ).toEqual(['ignore', 'category', 'category', 'number', 'number']);

    await page.click('#find');
    await page.waitForSelector('[data-state=mapped]');
    await page.selectOption('#show', 'all');
    const oddest = await page.$$eval('#rows-table button.row', (all) =>
      all.slice(0, 3).map((one) => Number(one.textContent)),
    );
    expect(oddest.toSorted((a, b) => a - b)).toEqual([...ODD.keys()]);
    for (const [i, row] of oddest.entries()) {
      const blamed = page.locator(`#rows-table tr[aria-rowindex="${i + 2}"] .blame li >> nth=0`);
      await expect.poll(() => blamed.textContent()).toContain(ODD.get(row));
    }

    // Drags the threshold between the three anomalies and all other rows.
    const frame = await boxOf(page, '#histogram');
    const line = await boxOf(page, '#threshold');
    await page.mouse.move(line.x + line.width / 2, line.y + line.height / 2);
    await page.mouse.down();
    for (let x = 1; (await above(page)) !== 3 && x > 0; x -= 0.01) {
      await page.mouse.move(frame.x + x * frame.width, frame.y + 40);
    }
    await page.mouse.up();
    expect(await above(page)).toBe(3);
    await page.selectOption('#show', 'above');
    await expect.poll(() => page.locator('#rows-table button.row').count()).toBe(3);

    const table = csv((await saved(page, 'scores')).toString());
    const scores = table.map(({ score }) => Number(score));
    expect(table.filter(({ odd }) => odd === '1').map(({ row }) => Number(row))).toEqual([
      ...ODD.keys(),
    ]);
    expect(table[76]?.['to blame']).toContain('weight: 400, expected ');
    const detector = AnomalyDetector.load(await saved(page, 'detector'));
    expect([...(await detector.score(shop))]).toEqual(scores);
    expect((await detector.isAnomaly(shop)).reduce((sum, flag) => sum + flag, 0)).toBe(3);
    // A detector trained in Node gives the same results.
    const own = new AnomalyDetector({ seed: 0, types: { id: 'ignore' } });
    await own.fit(shop);
    expect([...(await own.score(shop))]).toEqual(scores);

    const model = TableAutoencoder.load(await saved(page, 'model'));
    const codes = csv((await saved(page, 'codes')).toString());
    const { data, shape } = await model.encode(shop);
    expect(codes.flatMap(({ row: _, ...code }) => Object.values(code).map(Number))).toEqual([
      ...data,
    ]);
    expect(codes).toHaveLength(shape[0]);
    const completed = csv((await saved(page, 'completed')).toString());
    expect(completed).toEqual(
      (await model.impute(shop)).map((row) =>
        Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, String(cell)])),
      ),
    );
    expect(await page.textContent('#gaps-count')).toBe('8 cells of 8 rows');
    expect(completed.every(({ weight }) => weight !== '')).toBe(true);
  });

  test('has a policy that allows no connection', async () => {
    const page = await open();
    await page.context().setOffline(false);
    const isRefused = (page: Page) =>
      page.evaluate(() =>
        fetch(location.href).then(
          () => false,
          () => true,
        ),
      );
    expect(await isRefused(page)).toBe(true);
    // Nor from the worker, which is started from a Blob.
    const [worker] = page.workers();
    const answer = await worker?.evaluate(
      (url) =>
        fetch(url).then(
          () => 'sent',
          () => 'refused',
        ),
      at.server.url,
    );
    expect(answer).toBe('refused');
    expect(complaints.splice(0).join()).toContain('connect-src');
  });

  test('explains an invalid file and what to do, and stays usable', async () => {
    const page = await open();
    for (const [name, text, said] of [
      ['sales.xlsx', 'PK\u0003\u0004....', /is a spreadsheet\. Save the sheet as/],
      ['empty.csv', '', /is empty\. Choose/],
      ['names.csv', 'a,b\n', /no rows/],
      ['short.csv', 'a,b\n1,2\n3\n', /line 3: 1 cell where line 1 has 2\. Correct/],
      ['open.csv', 'a,b\n1,"x\n', /quote.*Correct/],
      ['few.csv', 'a,b\n1,2\n3,4\n', /has 2 rows, but at least 10/],
      ['rows.jsonl', '{"a": 1}\n{"a": \n', /line 2.*not JSON.*one object/],
      ['rows.parquet', 'PAR1 and no more', /cannot be read as Parquet.*CSV/],
    ] as const) {
      await drop(page, { name, text });
      await expect.poll(() => page.textContent('#complaint'), { message: name }).toMatch(said);
      expect(await page.isVisible('#columns')).toBe(false);
    }
    await page.click('[data-sample=penguins]');
    await page.waitForSelector('#columns:not([hidden])');
    expect(await page.textContent('#complaint')).toBe('');
  });

  test('loads, trains, filters, maps and saves by keyboard alone; axe finds nothing', async () => {
    const page = await open({ colorScheme: 'dark' });
    expect(await complaintsOfAxe(page)).toEqual([]);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await focused(page)).toBe('intake'); // by the skip link
    await tabTo(page, '[data-sample=penguins]');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#columns:not([hidden])');
    expect(await focused(page)).toBe('columns-title');

    // Changes the type of a column from numbers to words, and back.
    await tabTo(page, '#columns-table tr[aria-rowindex="5"] select');
    await page.keyboard.press('ArrowDown');
    const flippers = page.locator('#columns-table tr[aria-rowindex="5"]');
    await expect.poll(() => flippers.textContent()).toMatch(/values: /);
    await page.keyboard.press('ArrowUp');
    await expect.poll(() => flippers.textContent()).toMatch(/ to /);
    await tabTo(page, '#find');
    await page.keyboard.press('Enter');
    await page.waitForSelector('[data-state=mapped]');

    await tabTo(page, '#threshold');
    const before = await above(page);
    await page.keyboard.press('PageDown');
    const more = await above(page);
    expect(more).toBeGreaterThan(before);
    expect(await page.getAttribute('#threshold', 'aria-valuetext')).toContain(`${more} rows above`);

    await tabTo(page, '#rows-table button.row');
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    const name = `Row ${await page.evaluate(() => document.activeElement?.textContent)}`;
    await expect.poll(() => page.textContent('#detail-title')).toBe(name);
    expect(await page.locator('#detail dl dd.blamed').count()).toBeGreaterThan(0);

    // Draws a lasso around the whole map, by its corners.
    await tabTo(page, '#map');
    const press = async (key: string, times = 1) => {
      for (let i = 0; i < times; i++) await page.keyboard.press(key);
    };
    // Moves from the middle by 16 pixels per key press, to the edges and no further.
    const map = await boxOf(page, '#map');
    const [across, down] = [map.width, map.height].map((size) => Math.ceil(size / 16));
    await press('ArrowLeft', across);
    await press('ArrowUp', down);
    await press('Space');
    await press('ArrowRight', across);
    await press('Space');
    await press('ArrowDown', down);
    await press('Space');
    await press('ArrowLeft', across);
    await press('Space');
    await press('Enter');
    await expect.poll(() => page.inputValue('#show')).toBe('selected');
    const chosen = await page.textContent('#show option[value=selected]');
    expect(Number.parseInt(chosen as string, 10)).toBeGreaterThan(300);
    expect(await complaintsOfAxe(page)).toEqual([]);

    // Adds a new row: a light bird with long flippers.
    await tabTo(page, '#new-fields label:nth-child(6) input');
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type('300');
    await page.keyboard.press('Enter');
    await expect
      .poll(() => page.textContent('#verdict'))
      .toMatch(/Odd.*Body Mass \(g\) 300, expected/);

    await tabTo(page, '[data-save=completed]');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.keyboard.press('Enter'),
    ]);
    expect(download.suggestedFilename()).toBe('penguins-completed.csv');
  });
});

/** Rows whose columns depend on each other, except in three rows. */
function shopRows(rows: number): Record<string, string>[] {
  const kinds = ['book', 'lamp', 'chair'];
  const colours = ['white', 'black', 'brown'];
  let state = 7;
  const random = () => {
    state = (state * 16807) % 2147483647;
    return state / 2147483647;
  };
  return Array.from({ length: rows }, (_, i) => {
    const kind = Math.floor(3 * random());
    const weight = [1, 4, 9][kind] as number;
    const row = {
      id: `x${i}`,
      kind: kinds[kind] as string,
      colour: colours[kind] as string,
      weight: i % 50 === 3 ? '' : (weight + random()).toFixed(2),
      price: (10 * weight + 5 * random()).toFixed(2),
    };
    const wrong = ODD.get(i + 1);
    if (wrong === 'weight') row.weight = '400';
    if (wrong === 'colour') row.colour = 'plaid';
    if (wrong === 'price') row.price = '-900';
    return row;
  });
}

/** Parses a CSV without line ends in its cells, into rows by name. */
function csv(text: string): Record<string, string>[] {
  const [head = [], ...rows] = text
    .trim()
    .split('\n')
    .map((line) =>
      Array.from(line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g), ([, quoted, plain]) =>
        quoted === undefined ? (plain as string) : quoted.replaceAll('""', '"'),
      ),
    );
  return rows.map((row) => Object.fromEntries(head.map((name, i) => [name, row[i] ?? ''])));
}

/** The violations that axe finds in the current page. */
async function complaintsOfAxe(page: Page): Promise<string[]> {
  const source = readFileSync(
    createRequire(import.meta.url).resolve('axe-core/axe.min.js'),
    'utf8',
  );
  await page.evaluate(source);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    const { violations } = await axe.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  });
}

function focused(page: Page): Promise<string | undefined> {
  return page.evaluate(() => document.activeElement?.id);
}

/** Presses Tab until this element has the focus. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let i = 0; i < 120; i++) {
    if (await page.evaluate((s) => document.activeElement?.matches(s) === true, selector)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`${selector} is not met by the Tab key`);
}
