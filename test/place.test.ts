// What each run of the suite really runs in, so that none falls back unseen; and the same bits in
// all of them.

import { expect, inject, test } from 'vitest';
import { Autoencoder } from '../src/index.js';
import { acquireEngine, chooseFlavour, releaseEngine } from '../src/kernels.js';
import { expectedThreads, outcomes, WORKERS_WITHOUT_SHARED_MEMORY } from './bits.js';
import type { Place } from './place.js';

const place = inject('place');

const expected: Record<Place, { isolated: boolean | undefined; threads: number }> = {
  // Node 20 has no such variable.
  node: { isolated: undefined, threads: 2 },
  'chromium isolated': { isolated: true, threads: 2 },
  'chromium not isolated': { isolated: false, threads: WORKERS_WITHOUT_SHARED_MEMORY },
};

test(`${place}: isolated or not, a page or not`, () => {
  expect(typeof document).toBe(place === 'node' ? 'undefined' : 'object');
  expect(globalThis.crossOriginIsolated).toBe(expected[place].isolated);
  expect('SharedArrayBuffer' in globalThis).toBe(expected[place].isolated !== false);
});

test(`${place}: the strict binary, and the fast one where the engine has relaxed SIMD`, () => {
  // V8 has it from 11.4 on: Chromium 114, Node 21.
  const relaxed = place !== 'node' || Number.parseInt(process.versions.node, 10) > 20;
  expect(new Autoencoder({ layers: [4, 2] }).fastMath).toBe(false);
  expect(new Autoencoder({ layers: [4, 2], fastMath: true }).fastMath).toBe(relaxed);
  for (const [wanted, flavour] of [
    [false, 'strict'],
    [true, relaxed ? 'fast' : 'strict'],
  ] as const) {
    const engine = acquireEngine({}, chooseFlavour(wanted));
    expect(engine.flavour).toBe(flavour);
    releaseEngine(engine);
  }
});

// Regression values, as in autoencoder.test.ts; test/node/engines.test.ts compares other engines.
test(`${place}: the same bits as everywhere, by as many threads as it has`, async () => {
  const all = await outcomes(Autoencoder);
  const pick = (key: 'threads' | 'weights' | 'codes') =>
    Object.fromEntries(Object.entries(all).map(([name, outcome]) => [name, outcome[key]]));
  expect(pick('threads')).toEqual(expectedThreads(expected[place].threads));
  expect(pick('weights')).toEqual({
    'ReLU on sparse bytes': '796b58e3bdc3617d',
    'defaults on dense numbers': '617447cca10e6362',
    'ELU, deep, bce': '872e7060b84e8969',
    'tanh, overcomplete': '2d536dd422f8ce1a',
    'noise, missing cells, tied, AdamW, Huber': '8d810489f4748dcb',
    'salt and pepper, revived ReLUs, sparse code, SGD, MAE': '0d362159d76e9cb8',
    'small, odd widths': '6d6bbb060007301f',
  });
  expect(pick('codes')).toEqual({
    'ReLU on sparse bytes': '1be41f960893a7c1',
    'defaults on dense numbers': 'c3a6f0129cbaaa19',
    'ELU, deep, bce': 'c183703cd3c7cd7c',
    'tanh, overcomplete': 'fbf9c8347338197a',
    'noise, missing cells, tied, AdamW, Huber': 'b26e822086da1eba',
    'salt and pepper, revived ReLUs, sparse code, SGD, MAE': 'e66b9303d0871063',
    'small, odd widths': '3c66f0f1385de57f',
  });
});
