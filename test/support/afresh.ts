// Test files share a process, or a page, and the modules loaded in it, which take longer to load than most
// files take to run. What one file leaves behind must not affect the next.

import { afterAll, beforeAll, expect, inject, vi } from 'vitest';
import { breathe } from '../../src/base/slices.js';
import { Autoencoder } from '../../src/index.js';

/** These files test what the library says or sets once per process, so they load it anew. */
const isOfNode = inject('place') === 'node' && expect.getState().testPath?.includes('/test/node/');
if (isOfNode) vi.resetModules();

/**
 * Vitest compares arrays of numbers one by one, which takes longer than training on them. Equal arrays
 * mostly have the same bytes.
 */
function haveSameBytes(a: unknown, b: unknown): true | undefined {
  if (!ArrayBuffer.isView(a) || !ArrayBuffer.isView(b)) return undefined;
  if (a.constructor !== b.constructor || a.byteLength !== b.byteLength) return undefined;
  const [x, y] = [a, b].map((all) => new Uint8Array(all.buffer, all.byteOffset, all.byteLength));
  return x?.every((byte, i) => byte === y?.[i]) || undefined;
}

const inThisPlace = globalThis as { comparesBytes?: boolean };
if (!inThisPlace.comparesBytes) expect.addEqualityTesters([haveSameBytes]);
inThisPlace.comparesBytes = true;

beforeAll(async () => {
  if (isOfNode) return;
  // Disposing of a model releases idle workers and their memory.
  const first = new Autoencoder({ layers: [1, 1] });
  first.encodeSync([[0]]);
  first.dispose();
  // Turns the event loop at a time later than any mocked clock has reached, so that time slices start anew.
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
