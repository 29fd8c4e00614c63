// A disk that soon becomes full.

import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';

/**
 * Mounts a 1 MB RAM disk at a new folder. Returns a function that unmounts it, undefined if mounting is not
 * allowed.
 */
export function mountSmallDisk(folder: string): (() => void) | undefined {
  mkdirSync(folder);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'pipe' });
  } catch (error) {
    if (process.env.CI) throw error;
    console.warn(`no disk of 1 MB: ${(error as Error).message.trim()}`);
    return undefined;
  }
  return () => execFileSync('umount', [folder]);
}
