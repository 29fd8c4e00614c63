import type { ScheduleOptions } from './fit-types.js';

/**
 * The learning rate of step `step`, from 0, of `steps` steps in all, with `epochSteps` per epoch; `base` is
 * the option learningRate.
 */
export function learningRateAt(
  { type, warmup, every, factor }: Required<ScheduleOptions>,
  base: number,
  step: number,
  steps: number,
  epochSteps: number,
): number {
  const rising = warmup * epochSteps;
  if (step < rising) return base * Math.min(1, (step + 1) / rising);
  if (type === 'cosine') return (base * (1 + cosPi((step - rising) / (steps - rising)))) / 2;
  if (type === 'constant') return base;
  let rate = base; // multiplied repeatedly: Math.pow differs between engines
  for (let drops = Math.floor(step / (every * epochSteps)); drops > 0; drops--) rate *= factor;
  return rate;
}

/**
 * cos(pi x) for x in [0, 1], from its Taylor series on [0, 1/4]. Math.cos may differ between engines in the
 * last bit, and then every weight would.
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
