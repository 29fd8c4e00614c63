// Test files share a process, or a page, and all that is loaded in it, which takes longer than most files run.
// What one of them leaves behind must not be what the next one finds.

import { afterAll, beforeAll, expect, inject, vi } from 'vitest';
import { breathe } from '../../src/base/slices.js';
import { Autoencoder } from '../../src/index.js';

/** These see what the library says once, or sets once, in a process: they load it anew. */
const isOfNode = inject('place') === 'node' && expect.getState().testPath?.includes('/test/node/');
if (isOfNode) vi.resetModules();

beforeAll(async () => {
  if (isOfNode) return;
  // With a model that is disposed of go idle workers and their memory.
  const first = new Autoencoder({ layers: [1, 1] });
  first.encodeSync([[0]]);
  first.dispose();
  // The event loop turns, later than any clock has jumped to: from now on its time counts.
  vi.spyOn(performance, 'now').mockReturnValueOnce(Number.POSITIVE_INFINITY);
  await breathe();
  vi.restoreAllMocks();
});

afterAll(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});
