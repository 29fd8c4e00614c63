// The contender's side of the protocol: its job is the first argument, its answer the last line it prints.

import type { Answer } from '../jobs.js';

export function readJob<Job>(): Job {
  return JSON.parse(process.argv[2] as string) as Job;
}

/** Prints the answer and ends the process, since worker threads of some libraries would keep it alive. */
export function answer(given: Answer): never {
  process.stdout.write(`${JSON.stringify(given)}\n`);
  process.exit(0);
}
