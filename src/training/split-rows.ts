import { Random, Stream } from '../base/random.js';
import { timeSlices } from '../base/slices.js';
import { mention, worded } from '../base/wording.js';
import type { RowSource } from '../data/matrix.js';
import { rowsWithValues } from '../data/missing.js';
import { fault } from '../model/checks.js';
import type { FitConfig } from './fit-options.js';

/** How many of `rows` rows to hold out for validation. */
export function heldOut(
  rows: number,
  { validationSplit }: Pick<FitConfig<unknown>, 'validationSplit'>,
): number {
  return Math.round(rows * validationSplit);
}

/**
 * The numbers of the training rows and of the validation rows, drawn from the seed. Rows without any value
 * are in neither, and the others are drawn as if these did not exist.
 */
export async function splitRows(
  source: RowSource,
  config: Pick<FitConfig<unknown>, 'validationSplit' | 'signal'>,
  seed: number,
): Promise<[Uint32Array, Uint32Array]> {
  const share = config.validationSplit;
  const rows = await rowsWithValues(source, config.signal);
  if (share === 0) return [rows, new Uint32Array(0)];
  const held = heldOut(rows.length, config);
  if (held === 0 || held === rows.length) {
    const split = mention('validationSplit');
    const left = `${rows.length - held} to train on and ${held} to validate on`;
    const wording = worded`${split} ${share} needs more rows: of the ${rows.length} rows of ${mention(source.name)} it would leave ${left}`;
    throw fault(RangeError, 'validationSplit', share, wording);
  }
  await new Random(seed, Stream.split).shuffle(rows, timeSlices(config.signal));
  return [rows.slice(held), rows.slice(0, held)];
}
