// The page of examples/odd, as it is built: in Chromium, at a sub-path, without a network.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { AnomalyDetector } from '../../../src/anomalies.js';
import { TableAutoencoder } from '../../../src/table.js';
import { findChromium, launchChromium, openPage } from '../../support/node/chromium.js';
import { type Server, serve } from '../../support/node/serve.js';

const configFile = fileURLToPath(new URL('../../../examples/odd/vite.config.ts', import.meta.url));
const executablePath = findChromium();
if (!executablePath && process.env.CI) throw new Error('no Chromium was found; CI needs one');
if (!executablePath) console.warn('no Chromium was found (see CHROME_BIN): the page is not tested');

/** Rows of a shop, and what is wrong with three of them. */
const ODD = new Map([
  [77, 'weight'],
  [180, 'colour'],
  [301, 'price'],
]);
const shop = shopRows(400);
const names = Object.keys(shop[0] as object);
const SHOP = [names, ...shop.map((row) => Object.values(row))].map((c) => c.join(';')).join('\r\n');

describe.skipIf(!executablePath)('the page that finds what is odd', () => {
  let folder: string;
  let browser: Browser;
  let server: Server;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'autoencoder-wasm-odd-'));
    const outDir = join(folder, 'some', 'where', 'odd');
    await build({ configFile, logLevel: 'error', build: { outDir } });
    server = await serve(folder);
    browser = await launchChromium(executablePath as string);
  });

  afterAll(async () => {
    await browser?.close();
    await server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const complaints: string[] = [];
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    expect(complaints.splice(0)).toEqual([]);
  });

  /** The page, loaded, and from then on without a network. */
  async function open(): Promise<Page> {
    const page = await openPage(browser);
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    await page.goto(`${server.url}/some/where/odd/`);
    await page.waitForSelector('[data-state=ready]');
    await page.context().setOffline(true);
    return page;
  }

  async function saved(page: Page, what: string): Promise<Buffer> {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.click(`[data-save=${what}]`),
    ]);
    const file = join(folder, download.suggestedFilename());
    await download.saveAs(file);
    return readFileSync(file);
  }

  test('finds the odd rows of a CSV that is dropped, without a network, as Node does', async () => {
    const page = await open();
    await drop(page, 'shop.csv', SHOP);
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

    // The line is dragged between the three and all others.
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
    // And one that is trained in Node is the same.
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

  test('its policy allows no connection', async () => {
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
    // As little in the engine, a worker that is started from a Blob.
    const [worker] = page.workers();
    const answer = await worker?.evaluate(
      (url) =>
        fetch(url).then(
          () => 'sent',
          () => 'refused',
        ),
      server.url,
    );
    expect(answer).toBe('refused');
    expect(complaints.splice(0).join()).toContain('connect-src');
  });

  test('says what is wrong with a file, and what to do, and goes on', async () => {
    const page = await open();
    for (const [name, text, said] of [
      ['sales.xlsx', 'PK\u0003\u0004....', /is a spreadsheet\. Save the sheet as/],
      ['empty.csv', '', /is empty\. Choose/],
      ['names.csv', 'a,b\n', /no rows/],
      ['short.csv', 'a,b\n1,2\n3\n', /line 3: 1 cell where line 1 has 2\. Mend/],
      ['open.csv', 'a,b\n1,"x\n', /quote.*Mend/],
      ['few.csv', 'a,b\n1,2\n3,4\n', /has 2 rows, and it takes 10/],
      ['rows.jsonl', '{"a": 1}\n{"a": \n', /line 2.*not JSON.*one object/],
      ['rows.parquet', 'PAR1 and no more', /cannot be read as Parquet.*CSV/],
    ] as const) {
      await drop(page, name, text);
      await expect.poll(() => page.textContent('#complaint'), { message: name }).toMatch(said);
      expect(await page.isVisible('#columns')).toBe(false);
    }
    await page.click('[data-sample=penguins]');
    await page.waitForSelector('#columns:not([hidden])');
    expect(await page.textContent('#complaint')).toBe('');
  });
});

function boxOf(page: Page, selector: string) {
  return page
    .locator(selector)
    .scrollIntoViewIfNeeded()
    .then(() => page.locator(selector).boundingBox())
    .then((box) => box as NonNullable<typeof box>);
}

/** How many rows the page says are above the threshold. */
async function above(page: Page): Promise<number> {
  return Number.parseInt((await page.textContent('#above'))?.replaceAll(',', '') ?? '', 10);
}

/** Drops a file on the page. */
async function drop(page: Page, name: string, text: string): Promise<void> {
  const dataTransfer = await page.evaluateHandle(
    ([name, text]) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([text as string], name as string));
      return transfer;
    },
    [name, text],
  );
  await page.dispatchEvent('#drop', 'drop', { dataTransfer });
}

/** Rows whose columns depend on each other, and three in which one does not. */
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

/** CSV without line ends in its cells, as rows by name. */
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
