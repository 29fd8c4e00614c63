// Recognises options that were passed to the wrong method.

import { FIT_OPTIONS, MODEL_OPTIONS, namesOf } from './option-table.js';
import { meant } from './synonyms.js';

/** A hint for an option that is not among `names` but belongs to the constructor or to fit. */
export function elsewhere(name: string, names: readonly string[]): string | undefined {
  if (meant(name, names) !== undefined) return undefined;
  for (const [place, others] of [
    ['new Autoencoder', namesOf(MODEL_OPTIONS)],
    ['fit', namesOf(FIT_OPTIONS)],
  ] as const) {
    if ((others as string[]).includes(name)) return `, which is an option of ${place}`;
    const known = meant(name, others);
    if (known !== undefined) return `; did you mean '${known}', which is an option of ${place}?`;
  }
  return undefined;
}
