import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openPage } from '../../support/node/chromium.js';
import { demo, drawTwo, executablePath, painted, untilState } from '../../support/node/demo.js';

describe.skipIf(!executablePath)('the demo’s first epoch', () => {
  const site = demo();

  test('is computed before the remaining images are requested', async () => {
    const page = await openPage(site.browser);
    await page.addInitScript(`
      window.asked = [];
      const real = window.fetch;
      window.fetch = (file) => {
        const epoch = document.querySelector('#stat-epoch')?.textContent ?? '';
        window.asked.push([file, Number.parseInt(epoch, 10) >= 1]);
        return real(file);
      };`);
    await page.goto(`${site.plain}?epochs=3&pace=fast`);
    await untilState(page, 'done');
    expect(await page.evaluate('window.asked')).toEqual([
      ['digits-first.bin', false],
      ['digits-rest.bin', true],
    ]);
  });

  test('uses 1,000 digits; training restarts with all of them once they are loaded', async () => {
    const host = await holdingHost(site.folder);
    const page = await site.open(`${host.url}/?epochs=3&pace=fast`);
    await untilState(page, 'rehearsing');
    await page.waitForFunction(
      () => document.querySelector('#stat-epoch')?.textContent === '3 / 3',
    );
    await expect
      .poll(() => page.textContent('#arriving'))
      .toMatch(/^Training on the first 1,000 digits; more arrive: 0\.\d of 1\.4 MB\.$/);
    await drawTwo(page);
    // The parts of the page built after the first epoch show the epochs trained so far.
    await painted(page);
    expect(await page.textContent('#chart-readout')).toMatch(/^epoch 3:/);
    host.release();
    await untilState(page, 'done');
    expect(await page.textContent('#arriving')).toBe('');
    const loss = await page.textContent('#stat-loss');

    // The same loss as if all images had come at once: the earlier training has been discarded.
    const other = await site.open(`${site.plain}?epochs=3&pace=fast&threads=1`);
    await untilState(other, 'done');
    expect(await other.textContent('#stat-loss')).toBe(loss);
    await host.close();
  });

  test('is followed by others if the connection breaks, and the reason is shown', async () => {
    const host = await holdingHost(site.folder);
    const page = await openPage(site.browser); // not site.open, since the broken connection is reported on the console
    await page.goto(`${host.url}/?epochs=5&pace=fast`);
    await page.waitForFunction(() =>
      document.querySelector('#arriving')?.textContent?.includes('more arrive: 0'),
    );
    host.cut();
    await untilState(page, 'done');
    expect(await page.textContent('#stat-epoch')).toBe('5 / 5');
    expect(await page.textContent('#arriving')).toMatch(
      /^The other pictures could not be loaded \(.+\)\. Training goes on with the first 1,000 digits; reload the page to try again\.$/,
    );
    await page.waitForSelector('#map[data-points="1000"]');
    await host.close();
  });
});

/** Serves a folder, but holds back the end of digits-rest.bin until `release` is called. */
async function holdingHost(folder: string) {
  const types: Record<string, string> = {
    html: 'text/html',
    js: 'text/javascript',
    css: 'text/css',
  };
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const server = createServer(async ({ url = '/' }, response) => {
    const { pathname } = new URL(url, 'http://localhost');
    const file = pathname === '/' ? '/index.html' : pathname;
    const bytes = readFileSync(join(folder, file));
    const type = types[file.split('.').at(-1) ?? ''] ?? 'application/octet-stream';
    response.writeHead(200, { 'Content-Type': type, 'Content-Length': bytes.length });
    if (file !== '/digits-rest.bin') return response.end(bytes);
    response.write(bytes.subarray(0, 500_000));
    await held;
    response.end(bytes.subarray(500_000));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    release: () => release(),
    cut: () => server.closeAllConnections(),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
