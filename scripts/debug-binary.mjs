// assembly/ with its asserts and names -> build/debug-binaries.ts, which `vitest --mode debug` takes in the
// place of src/generated/binaries.ts. The same for the strict binary and the fast one.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { binariesSource, compiled } from './binaries.mjs';

process.chdir(join(import.meta.dirname, '..'));
const binary = compiled('debug');
writeFileSync('build/debug-binaries.ts', binariesSource([binary, binary]));
