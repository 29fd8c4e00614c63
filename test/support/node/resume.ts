// Training that begins in Node and continues in Chromium, and the reverse.

import { build } from 'esbuild';
import type { Browser, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Autoencoder } from '../../../src/index.js';
import { sha256 } from '../data.js';
import { inOneGo, type Run, SHORTEST_RUNS } from '../interruption.js';
import { ROOT } from './child.js';
import { findChromium, launchChromium, openPage } from './chromium.js';
import { ISOLATION, pageOf, type Server, serve } from './serve.js';

type Mode = 'isolated' | 'not isolated';

const here = new Map<string, ReturnType<typeof inOneGo>>();

/** A run in this process, shared by all tests of a file: its file after half of the epochs, and after all. */
export function inNode(name: string): ReturnType<typeof inOneGo> {
  const run = here.get(name) ?? inOneGo(Autoencoder, SHORTEST_RUNS[name] as Run);
  here.set(name, run);
  return run;
}

/** Tests these runs in pages that are isolated or not. */
export function resumesInChromium(cases: readonly [name: string, mode: Mode][]): void {
  describe('training that moves from Node to Chromium, or back', () => {
    const executablePath = findChromium();
    if (!executablePath) {
      if (process.env.CI) throw new Error('no Chromium was found; CI needs one');
      test.skip('there is no Chromium', () => {});
      return;
    }
    let browser: Browser;
    let page: Page;
    const servers: Partial<Record<Mode, Server>> = {};
    beforeAll(async () => {
      const contents = `
        import { Autoencoder } from './dist/index.js';
        import { resumed, SHORTEST_RUNS, stoppedHalfway } from './test/support/interruption.ts';
        const text = (bytes) => Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
        const bytes = (text) => Uint8Array.from(text, (c) => c.charCodeAt(0));
        window.begin = async (name) => text(await stoppedHalfway(Autoencoder, SHORTEST_RUNS[name]));
        window.goOn = async (name, half) => text(await resumed(Autoencoder, SHORTEST_RUNS[name], bytes(half)));`;
      const { outputFiles } = await build({
        stdin: { contents, resolveDir: ROOT },
        bundle: true,
        format: 'esm',
        write: false,
      });
      const files = pageOf(outputFiles[0]?.text as string);
      servers.isolated = await serve(files, ISOLATION);
      servers['not isolated'] = await serve(files);
      browser = await launchChromium(executablePath);
      page = await openPage(browser);
    });
    afterAll(async () => {
      await browser?.close();
      for (const server of Object.values(servers)) await server.close();
    });

    const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');
    const hash = (text: string) => sha256(Uint8Array.from(Buffer.from(text, 'latin1')));
    /** Reloads the page, and calls one of its functions. */
    async function inPage(mode: Mode, name: string, ...args: string[]): Promise<string> {
      await page.goto((servers[mode] as Server).url);
      await page.waitForFunction('window.goOn');
      return page.evaluate(`${name}(...${JSON.stringify(args)})`);
    }

    test.each(cases)('%s, %s', async (name, mode) => {
      const run = SHORTEST_RUNS[name] as Run;
      const { half, whole } = await inNode(name);
      const end = await sha256(whole);
      const half2 = await inPage(mode, 'begin', name);
      expect(await hash(half2)).toBe(await sha256(half));
      const there = await hash(await inPage(mode, 'goOn', name, text(half)));
      const ae = Autoencoder.load(Buffer.from(half2, 'latin1'));
      await ae.fit(run.x(), { ...run.fit, resume: true });
      const back = await sha256(ae.save());
      console.log(
        `${name}, ${mode}: Node ${end}, Node to Chromium ${there}, Chromium to Node ${back}`,
      );
      expect([there, back]).toEqual([end, end]);
    });
  });
}
