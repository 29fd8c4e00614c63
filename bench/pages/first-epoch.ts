// `npx tsx bench/pages/first-epoch.ts`, after npm run build: measures how long a visitor of the demo waits for
// the first epoch, on a slow line and a slow phone.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import { findChromium, launchChromium } from '../../test/support/node/chromium.js';

/** 1.6 Mbit/s and its latency as in Lighthouse's slow 4G, and a processor at a quarter of its speed. */
const LINE = {
  offline: false,
  downloadThroughput: 200_000,
  uploadThroughput: 93_750,
  latency: 150,
};
const SLOWDOWN = 4;

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
};

const root = fileURLToPath(new URL('../../examples/browser', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'first-epoch-'));
let sent = 0;

/** Serves as static hosts do: text compressed, other files as they are, no headers for threads. */
const server = createServer(({ url = '/' }, response) => {
  const { pathname } = new URL(url, 'http://localhost');
  const file = pathname === '/' ? '/index.html' : pathname;
  const type = TYPES[extname(file)];
  const bytes = readFileSync(join(folder, file));
  const body = type ? gzipSync(bytes) : bytes;
  sent += body.length;
  response.writeHead(200, {
    'Content-Type': type ?? 'application/octet-stream',
    'Content-Length': body.length,
    ...(type ? { 'Content-Encoding': 'gzip' } : {}),
  });
  response.end(body);
});

async function main(): Promise<void> {
  await build({
    configFile: join(root, 'vite.config.ts'),
    logLevel: 'error',
    build: { outDir: folder },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const browser = await launchChromium(findChromium() as string);
  try {
    for (let visit = 1; visit <= 3; visit++) {
      sent = 0;
      const page = await browser.newPage();
      const session = await page.context().newCDPSession(page);
      await session.send('Network.enable');
      await session.send('Network.emulateNetworkConditions', LINE);
      await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWDOWN });
      await page.goto(`http://127.0.0.1:${port}/`, { waitUntil: 'commit' });
      const handle = await page.waitForFunction(() => {
        const epoch = document.querySelector('#stat-epoch')?.textContent ?? '';
        return Number.parseInt(epoch, 10) >= 1 && performance.now();
      });
      const seconds = ((await handle.jsonValue()) as number) / 1000;
      const state = await page.textContent('#arriving');
      console.log(`visit ${visit}: first epoch after ${seconds.toFixed(1)} s. ${state}`);
      await page.waitForSelector('#state:not([data-state="rehearsing"])');
      console.log(`${(sent / 1e6).toFixed(2)} MB in all, once the others are here`);
      await page.close();
    }
  } finally {
    await browser.close();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

await main();
