// What is read must not be written over, under whichever name.

import { fstatSync, statSync } from 'node:fs';
import { UsageError } from './errors.js';

/** A file that a command line names, and by what: DATA, or a flag. */
export interface Named {
  by: string;
  /** `-` is standard input or output; undefined where it is not given. */
  path: string | undefined;
}

/** @throws UsageError where an output is one of the inputs, whatever links lead there. */
export function requireOthers(outputs: readonly Named[], inputs: readonly Named[]): void {
  const read = inputs.map((input) => ({ ...input, file: identity(input.path, 0) }));
  for (const { by, path } of outputs) {
    const file = identity(path, 1);
    const same = read.find((input) => file !== undefined && input.file === file);
    if (!same) continue;
    const target = path === '-' ? 'standard output' : by;
    const source = same.path === '-' ? 'standard input' : `${same.by} (${same.path})`;
    throw new UsageError(`${target} is the same file as ${source}, which would be overwritten`);
  }
}

/** Device and inode of a file, as far as there is one that can be written over. */
function identity(path: string | undefined, standard: number): string | undefined {
  if (path === undefined) return undefined;
  try {
    const stats =
      path === '-' ? fstatSync(standard, { bigint: true }) : statSync(path, { bigint: true });
    return stats.isFile() ? `${stats.dev}:${stats.ino}` : undefined;
  } catch {
    return undefined; // who opens it says why
  }
}
