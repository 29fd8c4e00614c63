// The changes that a release makes to the repository's texts.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../../support/node/child.js';

// The scripts have no types that tests could import.
const load = (name: string) => import(new URL(`../../../scripts/${name}`, import.meta.url).href);
const { absolute } = (await load('package.mjs')) as {
  absolute(page: string, url: string, tag: string): string;
};
const { released } = (await load('release.mjs')) as {
  released(changelog: string, version: string, date: string): string | undefined;
};

const URL_OF = 'https://example.org/someone/autoencoder-wasm';

test('links and images of the published README point to the tag in the repository', () => {
  const page = absolute(readFileSync(join(ROOT, 'README.md'), 'utf8'), URL_OF, 'v1.2.3');
  expect(page).toContain(`](${URL_OF}/raw/v1.2.3/docs/learning.svg)`);
  expect(page).toContain(`](${URL_OF}/blob/v1.2.3/docs/start.md)`);
  expect(page).toContain(`)](${URL_OF}/blob/v1.2.3/LICENSE)`); // of a badge
  expect([...page.matchAll(/\]\((?!https:)[^)]*\)/g)]).toEqual([]);
});

test('the README is at most 9 KB', () => {
  expect(readFileSync(join(ROOT, 'README.md')).length).toBeLessThanOrEqual(9000);
});

test("a release dates the changelog's Unreleased section, and is refused if that is empty", () => {
  const before = '# Changelog\n\nWhat.\n\n## [Unreleased]\n';
  const lines = '\n### Added\n\n- This.\n';
  const older = '\n## [0.1.0] - 2026-01-01\n\n- That.\n';
  const made = `${before}\n## [0.2.0] - 2026-02-03\n${lines}`;
  expect(released(`${before}${lines}`, '0.2.0', '2026-02-03')).toBe(made);
  expect(released(`${before}${lines}${older}`, '0.2.0', '2026-02-03')).toBe(`${made}${older}`);
  expect(released(`${before}\nTo become 0.2.0.\n${lines}`, '0.2.0', '2026-02-03')).toBe(made);
  expect(released(`${before}${older}`, '0.2.0', '2026-02-03')).toBeUndefined();
  const ours = readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8');
  expect(released(ours, '0.1.0', '2026-02-03')).toContain('## [0.1.0] - 2026-02-03\n');
});
