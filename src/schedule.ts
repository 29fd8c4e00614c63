import type { Schedule } from './options.js';

/** The learning rate of step `step` of `steps`; `'cosine'` falls from `base` towards zero. */
export function learningRateAt(
  schedule: Schedule,
  base: number,
  step: number,
  steps: number,
): number {
  return schedule === 'constant' ? base : (base * (1 + cosPi(step / steps))) / 2;
}

/**
 * cos(pi x) for x in [0, 1], by its Taylor series on [0, 1/4]. Math.cos may differ in the last bit
 * between engines, and with it every weight.
 */
function cosPi(x: number): number {
  if (x > 0.5) return -cosPi(1 - x);
  const half = (Math.PI * x) / 2; // cos 2a = 1 - 2 sin^2 a, with a at most pi / 4
  const z = half * half;
  const sine =
    half *
    (1 -
      (z / 6) *
        (1 -
          (z / 20) *
            (1 - (z / 42) * (1 - (z / 72) * (1 - (z / 110) * (1 - (z / 156) * (1 - z / 210)))))));
  return 1 - 2 * sine * sine;
}
