// Some of the damaged files; test/everywhere/files/fuzz.slow.ts tries more.

import { expect, test } from 'vitest';
import { damageBytes, editFiles, Tally } from '../../support/fuzz.js';

test('load refuses files with damaged bytes, or loads what they contain', () => {
  const tally = new Tally();
  damageBytes(2000, tally);
  expect(tally.cases).toBe(2000);
  expect(tally.refused.size).toBeGreaterThan(20);
  expect(tally.accepted).toBeGreaterThan(100); // flipped bits of weights
});

test('load refuses errors in any part of a file, and accepts other valid spellings', () => {
  editFiles(500, new Tally());
  expect(Object.keys(Object.prototype)).toEqual([]);
});
