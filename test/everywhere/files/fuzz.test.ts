// Some of the damaged files; test/everywhere/files/fuzz.slow.ts tries more.

import { expect, test } from 'vitest';
import { damageBytes, editFiles, Tally } from '../../support/fuzz.js';

test('load refuses damaged files, or reads what they say', () => {
  const tally = new Tally();
  damageBytes(2000, tally);
  expect(tally.cases).toBe(2000);
  expect(tally.refused.size).toBeGreaterThan(20);
  expect(tally.accepted).toBeGreaterThan(100); // flipped bits of weights
});

test('load refuses what is wrong in any part, and takes what is written otherwise', () => {
  editFiles(500, new Tally());
  expect(Object.keys(Object.prototype)).toEqual([]);
});
