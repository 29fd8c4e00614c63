// Further pages like those of pages.test.ts; npm run test:slow.

import { describe } from 'vitest';
import {
  expectFallback,
  expectWorkersUnder,
  hiddenTabs,
  inChromium,
  livesOn,
  MODES,
  type Mode,
  mayBeLeft,
  openBrowser,
  trainsTwoAtOnce,
} from './pages/hard-pages.js';

openBrowser();

describe('a workerUrl', () => {
  inChromium.each([
    ['that is not found', '/missing.js', {}],
    ['that is not a script', '/page.html', { '/page.html': '<p>not a script</p>' }],
    ['of another origin', 'https://example.invalid/worker.js', {}],
    ['that is not a valid URL', 'https://:x', {}],
  ])('%s: the page trains without workers', (_, workerUrl, more) =>
    expectFallback(workerUrl, more),
  );
});

const OTHERS = Object.entries(MODES).filter(([name]) => name !== 'in threads');

describe.each(OTHERS)('a page that trains %s', (_, mode) => {
  trainsTwoAtOnce(mode);
  mayBeLeft(mode);
  if (mode.workers > 0) livesOn(mode);
});

inChromium.each([
  ['threads', 'in threads'],
  ['one worker', 'in one worker'],
])("a policy of worker-src 'self' allows %s from a workerUrl", (_, mode) =>
  expectWorkersUnder("worker-src 'self'", MODES[mode] as Mode),
);

describe('a tab that is hidden and shown during fit', () => {
  hiddenTabs(Object.entries(MODES));
});
