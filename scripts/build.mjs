// npm run build: runs scripts/steps.mjs if its inputs or outputs have changed since the last time. The
// check takes a tenth of a second.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { globSync } from 'tinyglobby';

process.chdir(join(import.meta.dirname, '..'));

/** The versions of the tools are in package-lock.json. */
const READ = ['assembly/**', 'src/**', 'scripts/**', '*.json', 'README.md', 'LICENSE'];
const MADE = ['src/generated/**', 'dist/**', 'build/package/**', 'build/*.wasm'];
const LAST = 'build/last';

function hashOfAll() {
  const hash = createHash('sha256');
  for (const file of globSync([...READ, ...MADE], { dot: true }).sort()) {
    hash.update(`${file}\n`).update(readFileSync(file)).update('\n');
  }
  return hash.digest('hex');
}

if (!existsSync(LAST) || readFileSync(LAST, 'utf8') !== hashOfAll()) {
  // Removed first, so that a build that fails or is interrupted runs again.
  rmSync(LAST, { force: true });
  await import('./steps.mjs');
  writeFileSync(LAST, hashOfAll());
}
