// Run by npm version before it commits and tags. Gives the part of CHANGELOG.md under [Unreleased] the
// version and the date, and leaves an empty [Unreleased] above it.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PLACEHOLDER, repositoryUrl } from './repository.mjs';

/** Returns the changelog of a release, undefined if there is nothing to release. */
export function released(changelog, version, date) {
  const [, before, text = '', after] =
    /^(.*?\n## \[Unreleased\]\n)(.*?)((?:\n## \[.*)?)$/s.exec(changelog) ?? [];
  if (!text.includes('\n- ')) return undefined;
  // Until the first release, this line says which version it is to become.
  const lines = text.replace(/^\nTo become .*\n/, '');
  return `${before}\n## [${version}] - ${date}\n${lines}${after}`;
}

if (process.argv[1] === import.meta.filename) {
  process.chdir(join(import.meta.dirname, '..'));
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  const changelog = released(
    readFileSync('CHANGELOG.md', 'utf8'),
    version,
    new Date().toISOString().slice(0, 10),
  );
  if (repositoryUrl().includes(`/${PLACEHOLDER}/`)) {
    fail(`package.json still has ${PLACEHOLDER} in its repository: RELEASE.md, "Once"`);
  } else if (!changelog) {
    fail('CHANGELOG.md has nothing under [Unreleased]');
  } else {
    writeFileSync('CHANGELOG.md', changelog);
    spawnSync('git', ['add', 'CHANGELOG.md'], { stdio: 'inherit' });
  }
}

function fail(message) {
  console.error(message);
  process.exitCode = 1;
}
