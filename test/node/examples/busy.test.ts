import { describe, expect, test } from 'vitest';
import { busyWarning, calmness } from '../../../examples/experiment/busy.js';

describe('a busy machine', () => {
  const history = (...speeds: number[]) =>
    speeds.map((samplesPerSecond, i) => ({
      epoch: i + 1,
      loss: 0,
      seconds: 1,
      samplesPerSecond,
      threads: 1,
    }));

  test('is recognised by the fastest epoch of a run', () => {
    expect(calmness(history(100))).toBe(1);
    expect(calmness(history(50, 100, 95, 98, 97))).toBe(0.97); // a single slow epoch does not count
    expect(busyWarning(history(50, 100, 95, 98, 97))).toBeUndefined();
    expect(busyWarning(history(50, 60, 100, 55, 90))).toContain('60 % of the fastest');
  });
});
