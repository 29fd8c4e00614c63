// npm run test:slow

import { expect, test } from 'vitest';
import { damageBytes, editFiles, Tally } from './fuzz.js';

const MINUTE = 60_000;

test('damaged bytes', { timeout: 5 * MINUTE }, () => {
  const tally = new Tally();
  damageBytes(40_000, tally);
  console.log(`${tally}`);
  expect(tally.cases).toBe(40_000);
});

test('edited files', { timeout: 5 * MINUTE }, () => {
  const tally = new Tally();
  editFiles(10_000, tally);
  console.log(`${tally}`);
  expect(tally.cases).toBe(10_000);
});
