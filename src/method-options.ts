// The options of the methods other than fit: every default and range.

import { integer, record } from './options.js';

/** What `ae.impute(x, ...)` takes. */
export interface ImputeOptions {
  /**
   * How often the network fills the missing cells in, an integer from 1 to 1000; from the second time
   * on it sees what it filled in before. Default 3.
   */
  rounds?: number;
}

/** `impute`'s options, checked and completed. */
export function checkImputeOptions(options: unknown): Required<ImputeOptions> {
  const given = record('impute options', options ?? {}, ['rounds']);
  return { rounds: integer('rounds', given.rounds ?? 3, 1, 1000) };
}
