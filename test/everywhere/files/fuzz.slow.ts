// npm run test:slow

import { expect, test } from 'vitest';
import { damageBytes, editFiles, Tally } from '../../support/fuzz.js';
import { casesOf } from '../../support/slow.js';

test('damaged bytes', () => {
  const tally = new Tally();
  const cases = casesOf(40_000);
  damageBytes(cases, tally);
  console.log(`${tally}`);
  expect(tally.cases).toBe(cases);
});

test('edited files', () => {
  const tally = new Tally();
  const cases = casesOf(10_000);
  editFiles(cases, tally);
  console.log(`${tally}`);
  expect(tally.cases).toBe(cases);
});
