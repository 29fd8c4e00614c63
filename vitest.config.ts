import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { playwright } from '@vitest/browser-playwright';
import { globSync } from 'tinyglobby';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { CHROMIUM_ARGS, findChromium } from './test/support/node/chromium.js';
import Places from './test/support/node/places.js';
import { ISOLATION } from './test/support/node/serve.js';
import { LIMITS } from './test/support/node/wait.js';
import type { Place } from './test/support/place.js';

/**
 * More files at once than a machine with two cores has cores: in Node, a file often waits for a process, a
 * page or the disk. More than these would slow down the tests that train with threads. In pages nothing
 * waits.
 */
const FILES_AT_ONCE = 3;
const PAGES_AT_ONCE = 2;

/** Each process or page runs one file after the other: see test/support/afresh.ts. */
const SHARED = { isolate: false, setupFiles: ['test/support/afresh.ts'] };

const chromium = findChromium();
if (!chromium) {
  const none = 'no Chromium: install chromium, or set CHROME_BIN to the path of one';
  if (process.env.CI) throw new Error(`${none}; with CI set, the tests must run in it`);
  console.warn(`${none}; the tests run in Node only`);
}

/** `npm run test:debug`: src/ runs the binary that has asserts and names; see scripts/debug-binary.mjs. */
const DEBUG = {
  find: /^.*\/generated\/binaries\.js$/,
  replacement: fileURLToPath(new URL('build/debug-binaries.ts', import.meta.url)),
};

/**
 * The files of test/everywhere/ for which it matters whether a page is isolated, since they use several
 * threads, shared memory or the place. The others run only in the isolated page.
 */
const OF_BOTH_KINDS = globSync('test/everywhere/**/*.test.ts').filter((file) =>
  /threads: (?:[2-9]\b|number)|SHARED_MEMORY|WebAssembly\.Memory|inject\('place'\)/.test(
    readFileSync(file, 'utf8'),
  ),
);

/** The tests that do not need Node, in pages that are served with these headers. */
function inChromium(
  place: Place,
  groupOrder: number,
  headers: Record<string, string>,
  include: string[],
): TestProjectInlineConfiguration {
  return {
    server: { headers },
    test: {
      include,
      ...LIMITS,
      ...SHARED,
      // By default Vitest opens a page for each core but one.
      maxWorkers: PAGES_AT_ONCE,
      provide: { place, debug: false },
      // One place after the other, or their threads would compete for the cores.
      sequence: { groupOrder },
      browser: {
        enabled: true,
        headless: true,
        ui: false,
        connectTimeout: LIMITS.hookTimeout,
        screenshotFailures: false,
        provider: playwright({
          launchOptions: {
            executablePath: chromium as string,
            args: CHROMIUM_ARGS,
            timeout: LIMITS.hookTimeout,
          },
        }),
        instances: [{ browser: 'chromium', name: place }],
      },
    },
  };
}

const inPages = [
  inChromium('chromium isolated', 1, ISOLATION, ['test/everywhere/**/*.test.ts']),
  inChromium('chromium not isolated', 2, {}, OF_BOTH_KINDS),
];

export default defineConfig(({ mode }) => ({
  test: {
    reporters: ['default', new Places()],
    maxWorkers: FILES_AT_ONCE,
    projects: [
      {
        resolve: { alias: mode === 'debug' ? [DEBUG] : [] },
        test: {
          name: 'node',
          include: ['test/**/*.test.ts'],
          ...LIMITS,
          ...SHARED,
          provide: { place: 'node', debug: mode === 'debug' },
        },
      },
      ...(chromium ? inPages : []),
    ],
  },
}));
