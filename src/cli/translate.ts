// What the library says of rows and options, said of files and flags.

import type { ValueFault } from '../base/errors.js';
import { DataError, UsageError } from './errors.js';
import { asFlags, type Flag, namesOption } from './flags.js';
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
  if (error instanceof Error && error.name === 'DivergenceError') {
    // Its loss is no --loss: only options with their values are meant.
    error.message = asFlags(error.message, flags, 'values').replace(
      'learningRate',
      '--learning-rate',
    );
    return error;
  }
  if (!(error instanceof TypeError || error instanceof RangeError)) return error;
  const [, name = '', rest = ''] = /^(\w+)(?:\[\d+\])?(?: (.*))?$/s.exec(error.message) ?? [];
  const fault = error as Partial<ValueFault>;
  const source = sources[fault.input ?? name];
  if (source && fault.input !== undefined) {
    const row = fault.row === undefined ? undefined : fault.row + (source.firstRow ?? 0);
    const { file = namesOf(source.paths), ...place } = source.placeOf(row, fault.column);
    return new DataError(file, problemOf(fault as ValueFault, flags), place);
  }
  if (source) {
    const problem = asFlags(rest.startsWith('(') ? rest : `it ${rest}`, flags);
    return new DataError(namesOf(source.paths), problem);
  }
  if (!namesOption(name, flags)) return error;
  return new UsageError(asFlags(error.message.replace(' of x ', ' of DATA '), flags));
}

function problemOf({ input, row, must, is }: ValueFault, flags: readonly Flag[]): string {
  if (row === undefined) return 'no row to train on has a value in it; leave it out with --columns';
  const all = input === 'sampleWeight' ? 'weights' : 'rows';
  return `it is ${is}, and ${all} ${asFlags(must, flags)}`;
}
