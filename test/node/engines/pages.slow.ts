// More of the pages of pages.test.ts; npm run test:slow.

import { describe } from 'vitest';
import {
  expectFallback,
  expectWorkersUnder,
  hiddenTabs,
  inChromium,
  MODES,
  type Mode,
  openBrowser,
} from './pages/hard-pages.js';

openBrowser();

describe('a workerUrl', () => {
  inChromium.each([
    ['that is not a script', '/page.html', { '/page.html': '<p>not a script</p>' }],
    ['of another origin', 'https://example.invalid/worker.js', {}],
    ['that is no address', 'https://:x', {}],
  ])('%s: the page trains', (_, workerUrl, more) => expectFallback(workerUrl, more));
});

inChromium("a policy of worker-src 'self' allows one worker from a workerUrl", () =>
  expectWorkersUnder("worker-src 'self'", MODES['in one worker'] as Mode),
);

describe('a tab that is hidden and shown during fit', () => {
  hiddenTabs(Object.entries(MODES).filter(([name]) => name !== 'in threads'));
});
