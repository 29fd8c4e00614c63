// Programs in a process of their own.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { PATIENCE_MS } from './wait.js';

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

const execute = promisify(execFile);

/**
 * Runs a program to its end in a folder, and returns all it printed. Anything but exit code 0
 * rejects, and so does a program that does not end.
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

/** Runs a module with the library in scope, and returns what it passes to `report`. */
export async function inProcess<T>(body: string): Promise<T> {
  const module = `
    import { Autoencoder } from ${JSON.stringify(new URL('../../../src/index.ts', import.meta.url))};
    const report = (value) => console.log(JSON.stringify(value));
    ${body}`;
  const node = ['--expose-gc', '--import', 'tsx', '--input-type=module', '-e', module];
  return JSON.parse(await run(process.execPath, node)) as T;
}
