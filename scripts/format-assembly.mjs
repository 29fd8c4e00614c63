// Formats assembly/, which Biome cannot parse directly: TypeScript has no decorators of functions.
// `node scripts/format-assembly.mjs` fails if a file is not formatted, `--write` formats it.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { script } from './tool.mjs';

const root = join(import.meta.dirname, '..');
const write = process.argv.includes('--write');
const biome = script('@biomejs/biome', 'biome');
const { formatter, javascript } = JSON.parse(readFileSync(join(root, 'biome.json'), 'utf8'));

const files = readdirSync(join(root, 'assembly'), {
  recursive: true,
  encoding: 'utf8',
}).filter((name) => name.endsWith('.ts'));
const folder = mkdtempSync(join(tmpdir(), 'assembly-'));
try {
  writeFileSync(join(folder, 'biome.json'), JSON.stringify({ root: true, formatter, javascript }));
  for (const file of files) {
    const text = readFileSync(join(root, 'assembly', file), 'utf8');
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text.replace(/^(\s*)@inline$/gm, '$1//@inline'));
  }
  execFileSync(process.execPath, [biome, 'format', '--write', '.'], { cwd: folder });
  const unlike = files.filter((file) => {
    const formatted = readFileSync(join(folder, file), 'utf8').replace(/\/\/@inline$/gm, '@inline');
    const path = join(root, 'assembly', file);
    if (formatted === readFileSync(path, 'utf8')) return false;
    if (write) writeFileSync(path, formatted);
    return true;
  });
  for (const file of unlike) {
    console.log(`assembly/${file} ${write ? 'formatted' : 'is not formatted'}`);
  }
  if (unlike.length > 0 && !write) {
    console.log('node scripts/format-assembly.mjs --write');
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true });
}
