// Compiles assembly/ with its asserts and names to build/debug-binaries.ts, which `vitest --mode debug`
// uses instead of src/generated/binaries.ts. It stands for both the strict binary and the fast one.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { binariesSource, compiled } from './binaries.mjs';

process.chdir(join(import.meta.dirname, '..'));
const binary = compiled('debug');
writeFileSync('build/debug-binaries.ts', binariesSource([binary, binary]));
