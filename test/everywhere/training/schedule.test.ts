import { describe, expect, test } from 'vitest';
import { checkFitOptions } from '../../../src/training/fit-options.js';
import type { FitOptions } from '../../../src/training/fit-types.js';
import { learningRateAt } from '../../../src/training/schedule.js';

/** The learning rate of a step, for a value of the option `schedule`. */
function rateAt(
  schedule: FitOptions['schedule'],
  base: number,
  step: number,
  steps: number,
  epochSteps = steps,
): number {
  const linear = { codeActivation: 'linear', outputActivation: 'linear' } as const;
  const config = checkFitOptions({ schedule }, { ...linear, scale: 'none' });
  return learningRateAt(config.schedule, base, step, steps, epochSteps);
}

describe('learningRateAt', () => {
  test("'constant' is the base rate at every step", () => {
    for (const step of [0, 1, 500, 999]) {
      expect(rateAt('constant', 0.002, step, 1000)).toBe(0.002);
    }
  });

  test.each([1, 2, 3, 10, 1000, 16_880])(
    "'cosine' over %i steps is half a cosine wave",
    (steps) => {
      // With u = 2^-53: the sine is at most sqrt(1/2) and accurate to 3 u, so 1 - 2 sin^2 is accurate to 4
      // * 0.71 * 3 u + u < 10 u. Math.cos(pi x) itself is off by up to pi u for its rounded argument, and
      // by another u. Half of the sum, with two roundings: below 10 u = 1.2e-15.
      const tolerance = 10 * 2 ** -53;
      const errors = Array.from({ length: steps }, (_, step) => {
        const expected = (1 + Math.cos((Math.PI * step) / steps)) / 2;
        return Math.abs(rateAt('cosine', 1, step, steps) - expected);
      });
      expect(errors.filter((error) => !(error <= tolerance))).toEqual([]);
    },
  );

  test("'cosine' starts at the base rate, passes half of it and never rises", () => {
    expect(rateAt('cosine', 0.002, 0, 100)).toBe(0.002);
    expect(rateAt('cosine', 0.002, 50, 100)).toBeCloseTo(0.001, 17);
    const rates = Array.from({ length: 100 }, (_, step) => rateAt('cosine', 0.002, step, 100));
    for (let i = 1; i < rates.length; i++) {
      expect(rates[i]).toBeLessThan(rates[i - 1] as number);
    }
    expect(rates.at(-1)).toBeGreaterThan(0);
  });

  // Regression values: if their last bits change, the weights of every seeded run change.
  test('gives exactly these bits', () => {
    expect([1, 3, 5, 9].map((step) => rateAt('cosine', 0.002, step, 10))).toEqual([
      0.0019510565162951536, 0.0015877852522924731, 0.0010000000000000002, 0.00004894348370484636,
    ]);
  });

  test("'step' multiplies the rate by its factor every few epochs", () => {
    const rates = (schedule: FitOptions['schedule']) =>
      [0, 9, 10, 19, 20, 25].map((epoch) => rateAt(schedule, 1, epoch * 7 + 6, 210, 7));
    expect(rates('step')).toEqual([1, 1, 0.1, 0.1, 0.1 * 0.1, 0.1 * 0.1]);
    expect(rates({ type: 'step', every: 20, factor: 0.5 })).toEqual([1, 1, 1, 1, 0.5, 0.5]);
  });

  test('warm-up rises linearly, and the schedule takes the remaining steps', () => {
    const rate = (type: 'cosine' | 'constant' | 'step', step: number) =>
      rateAt({ type, warmup: 1.5 }, 0.8, step, 40, 4);
    for (const type of ['cosine', 'constant', 'step'] as const) {
      expect([0, 1, 2, 3, 4, 5].map((step) => rate(type, step))).toEqual(
        [1, 2, 3, 4, 5, 6].map((n) => 0.8 * (n / 6)),
      );
    }
    for (let step = 6; step < 40; step++) {
      expect(rate('constant', step)).toBe(0.8);
      expect(rate('cosine', step)).toBe(rateAt('cosine', 0.8, step - 6, 34));
    }
  });

  test('a warm-up may be as long as the run', () => {
    expect(rateAt({ type: 'cosine', warmup: 2 }, 1, 9, 10)).toBe(0.5);
    expect(rateAt({ type: 'cosine', warmup: 1 }, 1, 9, 10)).toBe(1);
  });
});
