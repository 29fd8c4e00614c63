// npm run test:slow. MISUSE_SEED=7 repeats the run of that seed.

import { expect, test } from 'vitest';
import { misuse } from '../support/misuse.js';
import { casesOf } from '../support/slow.js';

test('after any misuse every operation settles, and no rejection is unhandled', async () => {
  const seed = Number(process.env.MISUSE_SEED ?? Math.floor(Math.random() * 2 ** 32));
  const count = casesOf(5000);
  console.log(`MISUSE_SEED=${seed}`);
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => unhandled.push(reason);
  process.on('unhandledRejection', note);
  try {
    const outcome = await misuse(seed, count, 20);
    console.log(`${outcome}`);
    await new Promise(setImmediate);
    expect(outcome.operations).toBeGreaterThanOrEqual(count);
    expect([...outcome.faults]).toEqual([]);
    // Errors of this library, or the caller's own; none from the engine.
    const known = ['AbortError', 'DivergenceError', 'Error', 'RangeError', 'TypeError', 'enough'];
    expect([...outcome.errors.keys()].filter((name) => !known.includes(name))).toEqual([]);
  } finally {
    process.off('unhandledRejection', note);
  }
  expect(unhandled).toEqual([]);
});
