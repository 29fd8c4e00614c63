// Where an option belongs that was given elsewhere.

import { FIT_OPTIONS, MODEL_OPTIONS, namesOf } from './option-table.js';
import { meant } from './synonyms.js';

/** What to say of an option that is none of `names`, but the constructor's or fit's. */
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
