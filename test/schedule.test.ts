import { describe, expect, test } from 'vitest';
import { learningRateAt } from '../src/schedule.js';

describe('learningRateAt', () => {
  test("'constant' is the base at every step", () => {
    for (const step of [0, 1, 500, 999]) {
      expect(learningRateAt('constant', 0.002, step, 1000)).toBe(0.002);
    }
  });

  test.each([1, 2, 3, 10, 1000, 16_880])("'cosine' over %i steps is half a cosine", (steps) => {
    // With u = 2^-53: the sine is at most sqrt(1/2) and good to 3 u, so 1 - 2 sin^2 is good to
    // 4 * 0.71 * 3 u + u < 10 u; Math.cos(pi x) itself is off by up to pi u for its rounded
    // argument, and u more. The sum, halved, with two roundings: below 10 u = 1.2e-15.
    const tolerance = 10 * 2 ** -53;
    for (let step = 0; step < steps; step++) {
      const expected = (1 + Math.cos((Math.PI * step) / steps)) / 2;
      const error = Math.abs(learningRateAt('cosine', 1, step, steps) - expected);
      expect(error).toBeLessThanOrEqual(tolerance);
    }
  });

  test("'cosine' starts at the base, passes half of it and never rises", () => {
    expect(learningRateAt('cosine', 0.002, 0, 100)).toBe(0.002);
    expect(learningRateAt('cosine', 0.002, 50, 100)).toBeCloseTo(0.001, 17);
    const rates = Array.from({ length: 100 }, (_, step) =>
      learningRateAt('cosine', 0.002, step, 100),
    );
    for (let i = 1; i < rates.length; i++) {
      expect(rates[i]).toBeLessThan(rates[i - 1] as number);
    }
    expect(rates.at(-1)).toBeGreaterThan(0);
  });

  // Regression values: with other last bits the weights of every seeded run change.
  test('keeps its bits', () => {
    expect([1, 3, 5, 9].map((step) => learningRateAt('cosine', 0.002, step, 10))).toEqual([
      0.0019510565162951536, 0.0015877852522924731, 0.0010000000000000002, 0.00004894348370484636,
    ]);
  });
});
