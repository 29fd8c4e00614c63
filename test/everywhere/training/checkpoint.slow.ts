// npm run test:slow

import { describe, expect, test } from 'vitest';
import { halfAndWhole } from '../../support/checkpoints.js';
import { RUNS, type Run } from '../../support/interruption.js';

/** Like those of checkpoint.test.ts. */
const NUMBERS: Record<string, { half: string; whole: string }> = {
  'of a stream': {
    half: 'a9440f586b97e21d11e9ffdc899a0bb2100e5b5d14b1a35d4af8362fd3a81394',
    whole: '9766ea7cb87bbb6af26e78e05f12fb158e1f223444ab8bbe6ae11ca168536805',
  },
  'of many rows': {
    half: 'bab0f87d4e2a7a509ab04b0d2b698ec303d9bcd9cde1dfabee26ef906ec707cc',
    whole: '1d4efb8f7ba525f3f10cca4aafdc6571eca5d35703d7e762187a79531929980f',
  },
};

describe.each(Object.entries(NUMBERS))('a training run %s', (name, numbers) => {
  test('saved after half of its epochs, loaded and resumed, ends with the same file', async () => {
    expect(await halfAndWhole(RUNS[name] as Run)).toEqual(numbers);
  });
});
