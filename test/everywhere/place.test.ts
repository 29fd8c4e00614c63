// Checks which environment the tests really run in, so that a fallback is noticed, and that all have the
// same bits.

import { expect, inject, test } from 'vitest';
import { acquireEngine, releaseEngine } from '../../src/engine/kernels.js';
import { chooseFlavour } from '../../src/engine/modules.js';
import { Autoencoder } from '../../src/index.js';
import { expectedThreads, outcomes, WORKERS_WITHOUT_SHARED_MEMORY } from '../support/bits.js';
import type { Place } from '../support/place.js';

const place = inject('place');

const expected: Record<Place, { isolated: boolean | undefined; threads: number }> = {
  // Node 20 does not have this variable.
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
  // V8 has relaxed SIMD from 11.4 on: Chromium 114, Node 21.
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

// Regression values, as in autoencoder.test.ts; test/node/engines/engines.slow.ts compares other engines.
test(`${place}: the same bits as everywhere, by as many threads as it has`, async () => {
  const all = await outcomes(Autoencoder);
  const pick = (key: 'threads' | 'weights' | 'codes') =>
    Object.fromEntries(Object.entries(all).map(([name, outcome]) => [name, outcome[key]]));
  expect(pick('threads')).toEqual(expectedThreads(expected[place].threads));
  expect(pick('weights')).toEqual({
    'ReLU on sparse bytes': '21582e1863585991',
    'leaky ReLU on dense numbers': '4be6af28a56a1c4f',
    'ELU, deep, bce': '879b27ba446fb73b',
    'tanh, overcomplete': '2d536dd422f8ce1a',
    'noise, missing cells, tied, AdamW, Huber': 'd272677a183cb6bc',
    'salt and pepper, revived ReLUs, sparse code, SGD, MAE': '3071456c21db6aaf',
    'small, odd widths': '6d6bbb060007301f',
  });
  expect(pick('codes')).toEqual({
    'ReLU on sparse bytes': '7cde2a629813ea56',
    'leaky ReLU on dense numbers': '23b33912148402cd',
    'ELU, deep, bce': '268bcd3e8d2f5d6b',
    'tanh, overcomplete': 'fbf9c8347338197a',
    'noise, missing cells, tied, AdamW, Huber': '725daea030dcdee9',
    'salt and pepper, revived ReLUs, sparse code, SGD, MAE': '5604d89532a25afd',
    'small, odd widths': '3c66f0f1385de57f',
  });
});
