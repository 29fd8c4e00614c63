// Commands that are stopped in the middle of their work.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type FSWatcher, readdirSync, readlinkSync, watch } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { PROGRAM } from './cli.js';
import { ended, within } from './wait.js';

export type Signal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

export interface Run {
  args: readonly string[];
  folder: string;
  /** The input, and whether it is complete: if not, standard input stays open. */
  input: string | Uint8Array;
  isWhole?: boolean;
}

/** Resolves when there is a sign that a command is in the middle of its work. */
export type AtWork = (child: ChildProcess) => Promise<unknown>;

/** Resolves when it has printed something. */
export const prints: AtWork = (child) => once(child.stdout as Readable, 'data');

/** Resolves when it has opened a file, according to the system's list of open files. */
export function hasOpen(path: string): AtWork {
  return async ({ pid }) => {
    const isOpen = () => {
      const folder = `/proc/${pid}/fd`;
      try {
        return readdirSync(folder).some((fd) => readlinkSync(join(folder, fd)) === path);
      } catch {
        return false; // it has just closed another one
      }
    };
    // Pauses between the checks, since the command needs the core more than this loop.
    while (!isOpen()) await setTimeout(5);
  };
}

/** Resolves when it has read most of its input, which is more than fits into a pipe. */
export const takesInput: AtWork = (child) => once(child.stdin as Writable, 'drain');

/** Resolves when it has begun to write a file in a folder. */
export function writesIn(folder: string): AtWork {
  let watcher: FSWatcher;
  const begun = new Promise<void>((resolve) => {
    watcher = watch(folder, () => {
      if (readdirSync(folder).some((name) => name.endsWith('.tmp'))) resolve();
    });
  });
  return () => begun.finally(() => watcher.close());
}

/** Runs a command, sends it these signals while it is working, and waits for its end. */
export async function stopped(run: Run, isAtWork: AtWork, signals: readonly Signal[]) {
  const child = spawn(process.execPath, [PROGRAM, ...run.args], { cwd: run.folder });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  child.stdout.resume();
  child.stdin.on('error', () => {}); // it ends before it has read everything
  const end = ended(child);
  const begun = isAtWork(child);
  child.stdin.write(run.input);
  if (run.isWhole) child.stdin.end();
  await within('the work to begin', Promise.race([begun, end]));
  for (const signal of signals) child.kill(signal);
  return { code: await within('the end', end), stderr };
}
