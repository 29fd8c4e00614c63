// Translates the library's errors about rows and options into terms of files and flags.

import type { ValueFault } from '../base/errors.js';
import type { Mention, Worded } from '../base/wording.js';
import { DataError, UsageError } from './errors.js';
import { type Flag, flagFor, inFlags } from './flags.js';
import { namesOf } from './tables/open-tables.js';
import type { RowReader } from './tables/reader.js';

/** The origin of the rows that an argument holds. */
export interface Source {
  paths: readonly string[];
  placeOf: RowReader['placeOf'];
  /** The index in the file, from 0, of the first row that the library was given. */
  firstRow?: number;
}

/** Runs code that passes rows of these files to the library as arguments of these names. */
export async function withRowsOf<T>(
  sources: Readonly<Record<string, Source | undefined>>,
  flags: readonly Flag[],
  work: () => T | Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw translated(error, sources, flags);
  }
}

function translated(
  error: unknown,
  sources: Readonly<Record<string, Source | undefined>>,
  flags: readonly Flag[],
): unknown {
  if (!(error instanceof Error)) return error;
  const { wording, input, row, column, is } = error as Error & Partial<Worded & ValueFault>;
  if (!wording) return error;
  const [subject, ...rest] = wording;
  if (typeof subject === 'string') {
    error.message = inFlags(wording, flags); // about the run, not about a single flag or file
    return error;
  }
  const { option } = subject as Mention;
  const source = sources[option];
  if (!source) {
    return flagFor(subject as Mention, flags) ? new UsageError(inFlags(wording, flags)) : error;
  }
  // `problem` begins with the value, so the part that shows it is left out.
  const words =
    input === undefined ? rest : rest.filter((part) => !Object.hasOwn(Object(part), 'shown'));
  const said = inFlags(words, flags).trimStart();
  if (input === undefined) {
    return new DataError(namesOf(source.paths), said.startsWith('(') ? said : `it ${said}`);
  }
  const place = source.placeOf(row === undefined ? row : row + (source.firstRow ?? 0), column);
  const all = option === 'sampleWeight' ? 'weights' : 'rows';
  const problem =
    row === undefined
      ? 'no training row has a value there; leave the column out with --columns'
      : `it is ${is}, and ${all} ${said}`;
  const { file = namesOf(source.paths), ...where } = place;
  return new DataError(file, problem, where);
}
