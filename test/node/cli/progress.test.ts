// The progress of train outside a terminal.

import { expect, test } from 'vitest';
import { lines } from '../../../src/cli/progress.js';

/** The epochs that are printed if epochs end at these times (ms). */
function shown(times: readonly number[]): number[] {
  let written = '';
  let time = 0;
  const progress = lines(
    times.length,
    (text) => {
      written += text;
    },
    () => time,
  );
  for (const [i, at] of times.entries()) {
    time = at;
    progress.epochDone({ epoch: i + 1, loss: 1, samplesPerSecond: 1, seconds: 1 } as never);
  }
  progress.stop();
  return [...written.matchAll(/^epoch +(\d+)\/\d+ {2}loss /gm)].map(([, epoch]) => Number(epoch));
}

test('progress is printed at most once per second, but always for the first and last epoch', () => {
  expect(shown([5])).toEqual([1]);
  expect(shown([5, 6])).toEqual([1, 2]);
  expect(shown([5, 6, 7, 8])).toEqual([1, 4]);
  expect(shown([5, 900, 1005, 1006, 2005, 2500])).toEqual([1, 3, 5, 6]);
  expect(shown([5, 2000, 4000, 6000])).toEqual([1, 2, 3, 4]);
  const many = shown(Array.from({ length: 10_000 }, (_, i) => i)); // ten seconds
  expect(many).toEqual([1, 1001, 2001, 3001, 4001, 5001, 6001, 7001, 8001, 9001, 10_000]);
});
