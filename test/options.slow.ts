// npm run test:slow; FUZZ_SEED repeats a run, FUZZ_CASES makes it longer or shorter.

import { expect, test } from 'vitest';
import { fuzzOptions } from './option-fuzz.js';

const CASES = Number(process.env.FUZZ_CASES ?? 5000);
const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);

test('combinations of options', { timeout: 40 * 60_000 }, async () => {
  console.log(`FUZZ_SEED=${SEED}: ${CASES} combinations of options`);
  const counts = await fuzzOptions(CASES, SEED);
  console.log(`${CASES} cases, 0 failures: ${counts}`);
  for (const what of ['trained', 'stream', 'threads', 'resumed', 'validation data', 'gaps']) {
    expect(counts.get(what), what).toBeGreaterThan(CASES / 50);
  }
});
