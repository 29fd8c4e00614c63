// Runs the command line as a shell does.

import { type ChildProcess, fork, type SpawnOptions, spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ROOT } from './child.js';

export const PROGRAM = join(ROOT, 'dist/cli.js');

export interface Outcome {
  code: number | null;
  stdout: Buffer;
  stderr: string;
}

/** Runs it in a folder until it ends, with these bytes on its standard input. */
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
  child.stdin?.on('error', () => {}); // it may end before it has read everything
  child.stdin?.end(input);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) =>
      resolve({ code, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() }),
    );
  });
}

const HOST = fileURLToPath(new URL('cli-host.mjs', import.meta.url));
let host: ChildProcess | undefined;
/** The calls that wait for their outcomes, in order. */
const waiting: { resolve(outcome: Outcome): void; reject(error: Error): void }[] = [];

/**
 * Like {@link cli}, but in one process for all calls of a test file: for tests of what the command line
 * prints and writes. Tests of signals, pipes and how it ends need a process of its own.
 */
export function called(
  folder: string,
  args: readonly string[],
  input: string | Uint8Array = '',
): Promise<Outcome> {
  host ??= startHost();
  host.send({ folder, args, input });
  return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
}

/** The process of the previous test file, which had other modules; see test/support/afresh.ts. */
const inThisProcess = globalThis as { commandLineHost?: ChildProcess };

function startHost(): ChildProcess {
  if (inThisProcess.commandLineHost?.connected) inThisProcess.commandLineHost.disconnect();
  // Standard output is a pipe, as in cli(); nothing is written to it.
  const stdio = ['ignore', 'pipe', 'inherit', 'ipc'] as const;
  const child = fork(HOST, [pathToFileURL(PROGRAM).href], {
    serialization: 'advanced',
    stdio: [...stdio],
  });
  child.on('message', (outcome: Outcome) =>
    waiting.shift()?.resolve({ ...outcome, stdout: Buffer.from(outcome.stdout) }),
  );
  child.on('close', (code, signal) => {
    for (const { reject } of waiting)
      reject(new Error(`the command line ended: ${code ?? signal}`));
  });
  child.unref();
  inThisProcess.commandLineHost = child;
  return child;
}
