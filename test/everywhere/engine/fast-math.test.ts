import { expect, test } from 'vitest';
import { acquireEngine, releaseEngine } from '../../../src/engine/kernels.js';
import { chooseFlavour } from '../../../src/engine/modules.js';
import { Autoencoder } from '../../../src/index.js';
import { uniform } from '../../support/data.js';

const WIDTH = 37;
const x = uniform(300, WIDTH, 3);
const options = { layers: [WIDTH, 20, 9], seed: 4 };
const fit = { epochs: 3, batchSize: 25 };

// (module (func (result v128) (f32x4.relaxed_madd (v128.const 0) (v128.const 0) (v128.const 0))))
const RELAXED_MADD = Uint8Array.from([
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 0, 1, 0x7b, 3, 2, 1, 0],
  ...[10, 61, 1, 59, 0],
  ...Array.from({ length: 3 }, () => [0xfd, 12, ...new Array(16).fill(0)]).flat(),
  ...[0xfd, 0x85, 2, 11],
]);
const engineHasIt = WebAssembly.validate(RELAXED_MADD);

test('the fast binary is used if requested, and if the engine has relaxed SIMD', () => {
  expect(new Autoencoder(options).fastMath).toBe(false);
  expect(new Autoencoder({ ...options, fastMath: true }).fastMath).toBe(engineHasIt);
  expect(chooseFlavour(true)).toBe(engineHasIt ? 'fast' : 'strict');
});

test('an engine is never reused for another flavour', () => {
  const owner = {};
  for (const flavour of ['strict', chooseFlavour(true), 'strict'] as const) {
    const engine = acquireEngine(owner, flavour);
    expect(engine.flavour).toBe(flavour);
    releaseEngine(engine);
  }
});

test('fastMath learns the same up to rounding, and the same bits in engines without relaxed SIMD', async () => {
  const strict = new Autoencoder(options);
  const fast = new Autoencoder({ ...options, fastMath: true });
  const [a, b] = [await strict.fit(x, fit), await fast.fit(x, fit)];
  for (const [i, record] of a.entries()) {
    // 36 steps with sums of at most 37 terms: some 36 * 37 roundings of 2^-24, which the steps in between
    // may amplify. A wrong product would be off by much more.
    expect(b[i]?.loss).toBeCloseTo(record.loss, 4);
  }
  const codes = fast.encodeSync(x);
  expect(codes.data.every(Number.isFinite)).toBe(true);
  if (!engineHasIt) expect(fast.parameters).toEqual(strict.parameters);
});
