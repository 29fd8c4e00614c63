import type { History } from '../../dist/index.js';

/**
 * If the median epoch is slower than this fraction of the fastest one's speed, the times depend too much on
 * the machine's other work.
 */
const CALM = 0.8;

/** The median epoch's speed as a fraction of the fastest one's; 1 if there is only one epoch. */
export function calmness(history: History): number {
  const speeds = history.map(({ samplesPerSecond }) => samplesPerSecond).sort((a, b) => a - b);
  return (speeds[(speeds.length - 1) >> 1] as number) / (speeds.at(-1) as number);
}

/** A warning for a run whose times are not the machine's best; undefined for other runs. */
export function busyWarning(history: History): string | undefined {
  const share = calmness(history);
  if (share >= CALM) return undefined;
  return (
    `The machine was busy: half of the epochs ran at ${(100 * share).toFixed(0)} % of the fastest ` +
    'one’s speed or less. Errors do not depend on that; times do.'
  );
}
