// The environments in docs/environments.md are those that `npm run environments` tests.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ENVIRONMENTS, isQuick, table } from '../../environments/list.js';
import { ROOT } from '../../support/node/child.js';

test('docs/environments.md has the table of the environments tested', async () => {
  const page = await readFile(join(ROOT, 'docs/environments.md'), 'utf8');
  expect(/^\| environment[\s\S]*?(?=\n\n)/m.exec(page)?.[0]).toBe(table());
});

test('every pull request tests one environment of each kind', () => {
  expect(ENVIRONMENTS.filter(isQuick)).toHaveLength(12);
});
