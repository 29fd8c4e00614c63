// npm run test:slow

import { afterEach, test, vi } from 'vitest';
import { NETS } from '../../support/models.js';
import { casesOf } from '../../support/slow.js';
import { abortThreads, shareFewRows } from '../../support/thread-runs.js';

afterEach(() => {
  vi.restoreAllMocks();
});

test.each(NETS.map((layers) => [layers]))(
  '%j, however few rows there are to divide',
  async (layers) => {
    await shareFewRows(layers, [1, 2, 3, 5, 16, 17, 33, 67], [2, 3, 5]);
  },
);

const moments = casesOf(200);
test(`aborted at ${moments} moments: all threads stop at the same step`, async () => {
  await abortThreads(moments);
});
