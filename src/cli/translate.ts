// What the library says of rows and options, said of files and flags.

import type { ValueFault } from '../base/errors.js';
import type { Mention, Worded } from '../base/wording.js';
import { DataError, UsageError } from './errors.js';
import { type Flag, flagFor, inFlags } from './flags.js';
import { namesOf } from './tables/open-tables.js';
import type { RowReader } from './tables/reader.js';

/** Where an argument's rows come from. */
export interface Source {
  paths: readonly string[];
  placeOf: RowReader['placeOf'];
  /** Where the rows that the library has begin among those of the file, from 0. */
  firstRow?: number;
}

/** Runs what takes rows of these files as arguments of these names. */
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
    error.message = inFlags(wording, flags); // of the run, which no flag and no file is to blame for alone
    return error;
  }
  const { option } = subject as Mention;
  const source = sources[option];
  if (!source) {
    return flagFor(subject as Mention, flags) ? new UsageError(inFlags(wording, flags)) : error;
  }
  // What a value is stands first where there is one.
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
