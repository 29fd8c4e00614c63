// Test files share a process, or a page, and all that is loaded in it, which takes longer than most files run.
// What one of them leaves behind must not be what the next one finds.

import { afterAll, beforeAll, expect, inject, vi } from 'vitest';
import { breathe } from '../../src/base/slices.js';
import { Autoencoder } from '../../src/index.js';

/** These see what the library says once, or sets once, in a process: they load it anew. */
const isOfNode = inject('place') === 'node' && expect.getState().testPath?.includes('/test/node/');
if (isOfNode) vi.resetModules();

/** Vitest compares arrays of numbers one by one, which takes longer than to train on them. Most have the same bytes. */
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
