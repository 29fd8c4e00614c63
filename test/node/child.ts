// Programs in a process of their own.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Runs a program to its end, and returns what it printed. Anything but exit code 0 within a minute
 * rejects.
 */
export async function run(program: string, args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(program, args, { cwd: ROOT, timeout: 60_000 });
  return stdout;
}

/** Runs a module with the library in scope, and returns what it passes to `report`. */
export async function inProcess<T>(body: string): Promise<T> {
  const module = `
    import { Autoencoder } from ${JSON.stringify(new URL('../../src/index.ts', import.meta.url))};
    const report = (value) => console.log(JSON.stringify(value));
    ${body}`;
  const node = ['--expose-gc', '--import', 'tsx', '--input-type=module', '-e', module];
  return JSON.parse(await run(process.execPath, node)) as T;
}
