// npm run build: scripts/steps.mjs, if anything has changed since the last time, be it in what is read or in what
// was made. Looking takes a tenth of a second.
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
  // One that fails, or is stopped, leaves something that has changed.
  rmSync(LAST, { force: true });
  await import('./steps.mjs');
  writeFileSync(LAST, hashOfAll());
}
