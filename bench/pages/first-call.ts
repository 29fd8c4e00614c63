// `npx tsx bench/pages/first-call.ts [rate]`: measures the first calls of a page in a Chromium that is
// slowed down to a quarter of the machine's speed, or by the factor `rate`. Prints the processor time of
// the main thread's tasks beyond 50 ms, and of the longest. This includes parsing the script and unpacking
// and compiling the binary.

import { readFileSync } from 'node:fs';
import { chromium } from 'playwright';
import { CHROMIUM_ARGS, findChromium } from '../../test/support/node/chromium.js';
import { ISOLATION, pageOf, serve } from '../../test/support/node/serve.js';
import { BEGIN, END, tasksOfProcessor } from './tasks.js';

const LONG_MS = 50;
const rate = Number(process.argv[2] ?? 4);
const library = readFileSync(new URL('../../dist/autoencoder-wasm.min.js', import.meta.url));

/** What a page calls first: the code after the import. */
const CALLS: Record<string, string> = {
  'the import alone': '',
  'encode, one row': 'await ae.encode(x.slice(0, 784));',
  'encode, 1,000 rows': 'await ae.encode(x);',
  'fit, 1,000 rows': 'await ae.fit(x, { epochs: 3 });',
  'encodeSync, one row': 'ae.encodeSync(x.slice(0, 784));',
};

const browser = await chromium.launch({
  executablePath: findChromium() as string,
  args: CHROMIUM_ARGS,
});
console.log(`Chromium ${browser.version()}, ${rate} times as slow`);
for (const [mode, headers] of Object.entries({ isolated: ISOLATION, 'not isolated': {} })) {
  for (const [name, call] of Object.entries(CALLS)) {
    const script = `
      globalThis.run = async () => {
        const x = new Float32Array(784 * 1000).map((_, i) => (i % 7) / 7);
        await new Promise((resolve) => setTimeout(resolve, 100));
        performance.mark('${BEGIN}');
        const { Autoencoder } = await import('./library.js');
        const ae = new Autoencoder({ layers: [784, 64], scale: 'none', seed: 0 });
        ${call}
        await new Promise((resolve) => setTimeout(resolve, 20));
        performance.mark('${END}');
      };`;
    const files = { ...pageOf(script), '/library.js': library };
    const server = await serve(files as never, headers);
    const page = await browser.newPage();
    await page.goto(server.url);
    const session = await page.context().newCDPSession(page);
    await session.send('Emulation.setCPUThrottlingRate', { rate });
    await browser.startTracing(page, { categories: ['toplevel', 'blink.user_timing'] });
    await page.evaluate('run()');
    const tasks = tasksOfProcessor(await browser.stopTracing());
    const long = tasks.filter((ms) => ms > LONG_MS).map((ms) => Math.round(ms));
    const longest = Math.round(Math.max(0, ...tasks));
    console.log(
      `${mode.padEnd(13)} ${name.padEnd(20)} longest ${String(longest).padStart(4)} ms, ` +
        `beyond ${LONG_MS} ms: ${long.length} ${long.join(' ')}`,
    );
    await page.close();
    await server.close();
  }
}
await browser.close();
