// Refuses to overwrite an input, even if input and output have different names.

import { fstatSync, statSync } from 'node:fs';
import { UsageError } from './errors.js';

/** A file of the command line, and the argument that names it: DATA, or a flag. */
export interface Named {
  by: string;
  /** `-` is standard input or output; undefined if not given. */
  path: string | undefined;
}

/** @throws UsageError if an output is one of the inputs, be it through links. */
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

/** Device and inode of a file; undefined if there is no file that could be overwritten. */
function identity(path: string | undefined, standard: number): string | undefined {
  if (path === undefined) return undefined;
  try {
    const stats =
      path === '-' ? fstatSync(standard, { bigint: true }) : statSync(path, { bigint: true });
    return stats.isFile() ? `${stats.dev}:${stats.ino}` : undefined;
  } catch {
    return undefined; // opening it gives the error
  }
}
