// Commands that are told to stop in the middle of their work.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type FSWatcher, readdirSync, watch } from 'node:fs';
import type { Readable } from 'node:stream';
import { PROGRAM } from './cli.js';
import { ended, within } from './wait.js';

export type Signal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

export interface Run {
  args: readonly string[];
  folder: string;
  /** What there is to read; it does not end there. */
  input: string | Uint8Array;
}

/** Resolves when something shows that a command is in the middle of its work. */
export type AtWork = (child: ChildProcess) => Promise<unknown>;

/** It has printed something. */
export const prints: AtWork = (child) => once(child.stdout as Readable, 'data');

/** It has begun a file in a folder. */
export function writesIn(folder: string): AtWork {
  let watcher: FSWatcher;
  const begun = new Promise<void>((resolve) => {
    watcher = watch(folder, () => {
      if (readdirSync(folder).some((name) => name.endsWith('.tmp'))) resolve();
    });
  });
  return () => begun.finally(() => watcher.close());
}

/** Runs a command, sends it these signals while it is at work, and waits for its end. */
export async function stopped(run: Run, isAtWork: AtWork, signals: readonly Signal[]) {
  const child = spawn(process.execPath, [PROGRAM, ...run.args], { cwd: run.folder });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  child.stdout.resume();
  child.stdin.on('error', () => {}); // it ends before it has read all
  const end = ended(child);
  const begun = isAtWork(child);
  child.stdin.write(run.input);
  await within('the work to begin', Promise.race([begun, end]));
  for (const signal of signals) child.kill(signal);
  return { code: await within('the end', end), stderr };
}
