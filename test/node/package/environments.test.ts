// What docs/environments.md promises is what `npm run environments` tries.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ENVIRONMENTS, isQuick, table } from '../../environments/list.js';
import { ROOT } from '../../support/node/child.js';

test('the page has the table of what is tried', async () => {
  const page = await readFile(join(ROOT, 'docs/environments.md'), 'utf8');
  expect(/^\| environment[\s\S]*?(?=\n\n)/m.exec(page)?.[0]).toBe(table());
});

test('an environment of each kind is tried for every pull request', () => {
  expect(ENVIRONMENTS.filter(isQuick)).toHaveLength(12);
});
