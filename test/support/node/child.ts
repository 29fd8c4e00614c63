// Runs programs in processes of their own.

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { PATIENCE_MS } from './wait.js';

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

const execute = promisify(execFile);

/**
 * Runs a program in a folder until it ends, and returns all that it printed. Rejects if the exit code is
 * not 0, or if the program does not end.
 */
export function runIn(
  folder: string,
  program: string,
  args: string[],
): Promise<{ stdout: string; stderr: string }> {
  return execute(program, args, { cwd: folder, timeout: PATIENCE_MS, maxBuffer: 2 ** 24 });
}

/** Runs a program in the repository's root, and returns what it printed. */
export async function run(program: string, args: string[]): Promise<string> {
  return (await runIn(ROOT, program, args)).stdout;
}

/**
 * Runs a module with the library in scope, and returns what it passes to `report`. Its imports are bundled
 * here, in a tenth of the second that each process would need to load them.
 */
export async function inProcess<T>(body: string): Promise<T> {
  const contents = `
    import { Autoencoder } from './src/index.ts';
    const report = (value) => console.log(JSON.stringify(value));
    ${body}`;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: ROOT },
    bundle: true,
    platform: 'node',
    format: 'esm',
    write: false,
  });
  const folder = await mkdtemp(join(tmpdir(), 'autoencoder-process-'));
  try {
    const file = join(folder, 'module.mjs');
    await writeFile(file, outputFiles[0]?.contents as Uint8Array);
    return JSON.parse(await run(process.execPath, ['--expose-gc', file])) as T;
  } finally {
    await rm(folder, { recursive: true });
  }
}
