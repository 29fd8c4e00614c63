// Bounds for the difference of float32 results from float64 ones, and assertions that use them.

import { expect } from 'vitest';

/** The unit roundoff of float32: the largest relative error of one operation. */
export const U = 2 ** -24;

/** What the smallest subnormal float32 adds to any relative bound. */
export const UNDERFLOW = 2 ** -149;

/**
 * The largest relative error of n successive roundings: n u / (1 - n u) (Higham, Accuracy and Stability of
 * Numerical Algorithms, 2nd ed., lemma 3.1).
 */
export const gamma = (n: number): number => (n * U) / (1 - n * U);

/** Expects each number to be within `bound(i)`; NaN is never near anything. */
export function expectNear(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  bound: (i: number) => number,
  what: string,
): void {
  expect(actual.length, what).toBe(expected.length);
  for (let i = 0; i < actual.length; i++) {
    const error = Math.abs((actual[i] as number) - (expected[i] as number));
    if (error <= bound(i)) continue;
    expect.fail(
      `${what}: [${i}] is ${actual[i]}, expected ${expected[i]}; off by ${error}, allowed ${bound(i)}`,
    );
  }
}

/** Expects the same bits: 0 and -0 differ, and NaN equals the same NaN. */
export function expectSameBits(actual: Float32Array, expected: Float32Array, what: string): void {
  expect(actual.length, what).toBe(expected.length);
  const bits = new Uint32Array(actual.buffer, actual.byteOffset, actual.length);
  const wanted = new Uint32Array(expected.buffer, expected.byteOffset, expected.length);
  for (let i = 0; i < bits.length; i++) {
    if (bits[i] === wanted[i]) continue;
    expect.fail(`${what}: [${i}] is ${actual[i]}, expected exactly ${expected[i]}`);
  }
}
