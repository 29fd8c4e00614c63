// npm run test:slow. FUZZ_SEED=7 repeats the run of that seed.

import { expect, test } from 'vitest';
import { fuzzOptions } from '../support/option-fuzz.js';
import { casesOf } from '../support/slow.js';

const CASES = casesOf(5000);
const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);

test('every combination of options trains or is refused', async () => {
  console.log(`FUZZ_SEED=${SEED}: ${CASES} combinations of options`);
  const counts = await fuzzOptions(CASES, SEED);
  console.log(`${CASES} cases, 0 failures: ${counts}`);
  const tried = ['trained', 'stream', 'threads', 'resumed', 'validation data', 'gaps'];
  for (const what of [...tried, 'a decoder of its own']) {
    expect(counts.get(what), what).toBeGreaterThan(CASES / 50);
  }
});
