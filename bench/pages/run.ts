// `npm run bench:pages`: runs the experiment and other long work in Chromium, in the three ways that a page
// can train, and in Node. It shows whether any task of the main thread is long enough to be noticed.

import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { type Browser, chromium } from 'playwright';
import { Autoencoder } from '../../dist/index.js';
import { fullMnist, splitImages } from '../../examples/experiment/mnist.js';
import { CHROMIUM_ARGS, findChromium } from '../../test/support/node/chromium.js';
import { type Headers, ISOLATION, pageOf, serve } from '../../test/support/node/serve.js';
import { NODE, report } from './report.js';
import { longestOfProcessor } from './tasks.js';
import { EXPERIMENT, type Images, type Result, WORKS } from './works.js';

const HELP = `Measures the experiment in pages, and how long it holds them up.

Usage: npm run bench:pages -- [flags]

  --rounds N     how often the experiment is run everywhere   (default 2)
  --works A,B    some of ${Object.keys(WORKS).join(', ')};
                 then bench/PAGES.md is not written
`;

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '2' },
    works: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (flags.help) {
  console.log(HELP);
  process.exit();
}

/** The three ways that a page can train, each with the headers that the page is served with. */
const MODES: Record<string, Headers> = {
  'a page with threads': ISOLATION,
  'a page with one worker': {},
  'a page without workers': { 'Content-Security-Policy': "worker-src 'self'" },
};

const { train: all, test } = fullMnist();
const images: Images = { ...splitImages(all, 0), test };

async function inPage(browser: Browser, mode: string, work: string): Promise<Result> {
  const server = await serve(files, MODES[mode]);
  const page = await browser.newPage();
  try {
    await page.goto(server.url);
    await browser.startTracing(page, { categories: ['toplevel', 'blink.user_timing'] });
    const result = (await page.evaluate(`run('${work}')`)) as Result;
    return { ...result, processor: longestOfProcessor(await browser.stopTracing()) };
  } finally {
    await page.close();
    await server.close();
  }
}

const { outputFiles } = await build({
  entryPoints: [fileURLToPath(new URL('page.ts', import.meta.url))],
  bundle: true,
  format: 'esm',
  write: false,
});
const files = {
  ...pageOf(outputFiles[0]?.text as string),
  '/train': images.train,
  '/validation': images.validation,
  '/test': images.test,
};

const executablePath = findChromium();
if (!executablePath) throw new Error('no Chromium found: CHROME_BIN can name one');
const browser = await chromium.launch({ executablePath, args: CHROMIUM_ARGS });
const measured = new Map<string, Map<string, Result[]>>();
try {
  for (const work of flags.works?.split(',') ?? Object.keys(WORKS)) {
    const { title, run } = WORKS[work] as (typeof WORKS)[string];
    const byPlace = new Map<string, Result[]>();
    measured.set(work, byPlace);
    console.log(`\n${title}`);
    for (let round = 0; round < (work === EXPERIMENT ? Number(flags.rounds) : 1); round++) {
      for (const place of [NODE, ...Object.keys(MODES)]) {
        const result =
          place === NODE ? await run(Autoencoder, images) : await inPage(browser, place, work);
        byPlace.set(place, [...(byPlace.get(place) ?? []), result]);
        const { rate, seconds, longTasks, longestGap, processor, mse, threads } = result;
        const tasks = longTasks.map((ms) => ms.toFixed(0)).join(' ');
        console.log(
          `  ${place.padEnd(24)} ${Math.round(rate).toLocaleString('en').padStart(9)} rows/s ` +
            `${seconds.toFixed(2).padStart(6)} s, longest gap ${longestGap.toFixed(1)} ms, ` +
            `tasks over 50 ms: ${tasks || 'none'}` +
            (processor === undefined ? '' : `, of the processor ${processor.toFixed(1)} ms`) +
            (threads === undefined ? '' : `, workers ${threads}, MSE ${mse?.toFixed(6)}`),
        );
      }
    }
  }
} finally {
  await browser.close();
}
if (!flags.works) {
  const path = fileURLToPath(new URL('../PAGES.md', import.meta.url));
  writeFileSync(path, report(measured, browser.version()));
  console.log(`\nWritten: ${path}`);
}
