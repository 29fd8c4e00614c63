// Training that goes on in another process, in another engine, and after kill -9.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Autoencoder } from '../../../src/index.js';
import { sha256 } from '../../support/data.js';
import { inOneGo, type Run, SHORT_RUNS } from '../../support/interruption.js';
import { inProcess, ROOT } from '../../support/node/child.js';
import { findChromium, launchChromium, openPage } from '../../support/node/chromium.js';
import { trainsOnWhenKilled } from '../../support/node/kills.js';
import { ISOLATION, type Server, serve } from '../../support/node/serve.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'autoencoder-resume-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const runs = Object.entries(SHORT_RUNS);
const source = (path: string) => JSON.stringify(new URL(path, import.meta.url));

test.each(runs)('in a new process of Node: the same file, %s', async (name, run) => {
  const path = JSON.stringify(join(folder, `${name}.safetensors`));
  const body = (train: string) => `
    import { createHash } from 'node:crypto';
    import { loadFile, saveFile } from ${source('../../../src/node.ts')};
    import { SHORT_RUNS } from ${source('../../support/interruption.ts')};
    const { options, x, fit } = SHORT_RUNS[${JSON.stringify(name)}];
    ${train}
    report(createHash('sha256').update(ae.save()).digest('hex'));`;
  await inProcess(
    body(`
      const ae = new Autoencoder(options);
      const controller = new AbortController();
      const onEpochEnd = ({ epoch }) => { if (epoch === 3) controller.abort(); };
      await ae.fit(x(), { ...fit, onEpochEnd, signal: controller.signal }).catch(() => {});
      await saveFile(ae, ${path});`),
  );
  const end = await inProcess(
    body(`
      const ae = await loadFile(${path});
      const { length } = await ae.fit(x(), { ...fit, resume: true });
      if (length !== 3) throw new Error(length + ' epochs');`),
  );
  expect(end).toBe(await sha256((await inOneGo(Autoencoder, run)).whole));
});

describe('in Chromium what began in Node, and the other way round', () => {
  const executablePath = findChromium();
  if (!executablePath) {
    // vitest.config.ts says so, and with CI set is an error there.
    test.skip('there is no Chromium', () => {});
    return;
  }
  let browser: Browser;
  const servers: Server[] = [];
  beforeAll(async () => {
    const page = `
      import { Autoencoder } from './dist/index.js';
      import { inOneGo, resumed, SHORT_RUNS } from './test/support/interruption.ts';
      const text = (bytes) => Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
      const bytes = (text) => Uint8Array.from(text, (c) => c.charCodeAt(0));
      window.begin = async (name) => text((await inOneGo(Autoencoder, SHORT_RUNS[name])).half);
      window.goOn = async (name, half) => text(await resumed(Autoencoder, SHORT_RUNS[name], bytes(half)));`;
    const { outputFiles } = await build({
      stdin: { contents: page, resolveDir: ROOT },
      bundle: true,
      format: 'esm',
      write: false,
    });
    const files = {
      '/index.html':
        '<!doctype html><title>test</title><script type="module" src="/module.js"></script>',
      '/module.js': outputFiles[0]?.text as string,
    };
    for (const headers of [ISOLATION, {}]) servers.push(await serve(files, headers));
    browser = await launchChromium(executablePath);
  });
  afterAll(async () => {
    await browser?.close();
    for (const server of servers) await server.close();
  });

  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');
  const hash = (text: string) => sha256(Uint8Array.from(Buffer.from(text, 'latin1')));
  /** Calls a function of the page. */
  async function inPage(url: string, name: string, ...args: string[]): Promise<string> {
    const page = await openPage(browser);
    try {
      await page.goto(url);
      await page.waitForFunction('window.goOn');
      return await page.evaluate(`${name}(...${JSON.stringify(args)})`);
    } finally {
      await page.close();
    }
  }

  const cases = runs.flatMap(([name, run]) =>
    ['isolated', 'not isolated'].map((mode): [string, string, Run] => [name, mode, run]),
  );
  test.each(cases)('%s, %s', async (name, mode, run) => {
    const { url } = servers[mode === 'isolated' ? 0 : 1] as Server;
    const { half, whole } = await inOneGo(Autoencoder, run);
    const end = await sha256(whole);
    const half2 = await inPage(url, 'begin', name);
    expect(await hash(half2)).toBe(await sha256(half));
    const there = await hash(await inPage(url, 'goOn', name, text(half)));
    const ae = Autoencoder.load(Buffer.from(half2, 'latin1'));
    await ae.fit(run.x(), { ...run.fit, resume: true });
    const back = await sha256(ae.save());
    console.log(
      `${name}, ${mode}: Node ${end}, Node to Chromium ${there}, Chromium to Node ${back}`,
    );
    expect([there, back]).toEqual([end, end]);
  });
});

// test/node/process/kills.slow.ts has more of them.
test('killed 5 times while it saves every epoch: the file always loads, and no epoch is lost', () =>
  trainsOnWhenKilled(5));
