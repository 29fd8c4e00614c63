// npm run check: types, lint, format, the order of imports and the length of files. Runs all checks, even
// after one has failed.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { script } from './tool.mjs';

process.chdir(join(import.meta.dirname, '..'));

const tsc = (...args) => [script('typescript', 'tsc'), '--noEmit', ...args];
/** @type {Record<string, string[]>} */
const checks = {
  'types of src': tsc(),
  'types of test, bench, examples': tsc('-p', 'test'),
  'types of examples/browser': tsc('-p', 'examples/browser'),
  'types of examples/odd': tsc('-p', 'examples/odd'),
  'types of scripts': tsc('-p', 'scripts'),
  'types of bench/peers': tsc('-p', 'bench/peers'),
  'lint and format': [script('@biomejs/biome', 'biome'), 'check'],
  'format of assembly': ['scripts/format-assembly.mjs'],
  'order of imports': ['scripts/imports.mjs'],
  'long files': ['scripts/long-files.mjs'],
};
if (!existsSync('bench/peers/node_modules') && !process.env.CI) {
  delete checks['types of bench/peers'];
  console.log(
    'bench/peers is not installed, and its types not checked: npm ci --prefix bench/peers',
  );
}

const failed = Object.entries(checks).filter(
  ([, args]) => spawnSync(process.execPath, args, { stdio: 'inherit' }).status !== 0,
);
if (failed.length > 0) {
  console.log(`failed: ${failed.map(([name]) => name).join(', ')}`);
  process.exitCode = 1;
}
