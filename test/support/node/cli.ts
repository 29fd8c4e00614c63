// The command line as a shell runs it.

import { type SpawnOptions, spawn } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './child.js';

export const PROGRAM = join(ROOT, 'dist/cli.js');

export interface Outcome {
  code: number | null;
  stdout: Buffer;
  stderr: string;
}

/** Runs it to its end, in a folder, with bytes on its standard input. */
export function cli(
  folder: string,
  args: readonly string[],
  input: string | Uint8Array = '',
  options: SpawnOptions & { program?: string } = {},
): Promise<Outcome> {
  const { program = PROGRAM, ...others } = options;
  const child = spawn(process.execPath, [program, ...args], { cwd: folder, ...others });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout?.on('data', (chunk) => stdout.push(chunk));
  child.stderr?.on('data', (chunk) => stderr.push(chunk));
  child.stdin?.on('error', () => {}); // it may end before it has read all
  child.stdin?.end(input);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) =>
      resolve({ code, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() }),
    );
  });
}
