// Plans which files a run reads, and the names of its outputs.

import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { glob } from 'tinyglobby';
import { fileError, UsageError } from './words.js';

export interface Files {
  from: string;
  to: string;
  /** The size of the input. */
  bytes: number;
  /** When the input was last modified, in milliseconds since 1970. */
  changed: number;
}

/**
 * Lists the files that names and globs match, in order and without duplicates, and their outputs. Below
 * `folder`, outputs have the paths that inputs have below the innermost folder that contains all of them.
 *
 * @throws UsageError if a glob matches nothing, or if two outputs would be the same file; an Error
 *   if a file cannot be read.
 */
export async function planFiles(
  operands: readonly string[],
  folder: string,
  format: string,
): Promise<Files[]> {
  const inputs = await expand(operands);
  const base = inputs.map(dirname).reduce(common);
  const outputs = new Map<string, string>();
  const taken = new Set(inputs);
  const files: Files[] = [];
  for (const from of inputs) {
    const to = join(folder, `${withoutEnding(relative(base, from))}.${format}`);
    const other = outputs.get(to);
    if (other) throw new UsageError(`${other} and ${from} would both become ${to}`);
    if (taken.has(to)) throw new UsageError(`${to} would be read and written: change --output`);
    outputs.set(to, from);
    const found = await stat(from).catch((error) => {
      throw fileError(from, error);
    });
    if (found.isDirectory()) throw new UsageError(`${from} is a folder; its files are '${from}/*'`);
    files.push({ from, to, bytes: found.size, changed: found.mtimeMs });
  }
  return files;
}

async function expand(operands: readonly string[]): Promise<string[]> {
  const found = new Set<string>();
  for (const operand of operands) {
    if (existsSync(operand)) {
      found.add(resolve(operand)); // even if its name has brackets or stars
      continue;
    }
    const matches = await glob([operand], { absolute: true, expandDirectories: false });
    if (matches.length === 0)
      throw new UsageError(`there is no file '${operand}', nor do any match`);
    for (const match of matches.sort()) found.add(resolve(match));
  }
  return [...found];
}

function common(a: string, b: string): string {
  const [left, right] = [a.split(sep), b.split(sep)];
  const end = left.findIndex((part, i) => part !== right[i]);
  return end < 0 ? a : left.slice(0, end).join(sep) || sep;
}

/** For example `codes/part-07` for `codes/part-07.csv.gz`. */
function withoutEnding(path: string): string {
  return path.replace(/(\.(csv|tsv|tab|jsonl|ndjson|npy|npz|idx))?(\.gz)?$/i, '');
}
