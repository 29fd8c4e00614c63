import type { FitConfig } from './fit-options.js';
import type { RowSource } from './matrix.js';
import { Random, Stream } from './random.js';
import { timeSlices } from './slices.js';

/** The row numbers to train on and those held out to validate on, drawn by the seed. */
export async function splitRows(
  source: RowSource,
  config: Pick<FitConfig<unknown>, 'validationSplit' | 'signal'>,
  seed: number,
): Promise<[Uint32Array, Uint32Array]> {
  const share = config.validationSplit;
  const rows = Uint32Array.from({ length: source.rows }, (_, i) => i);
  if (share === 0) return [rows, new Uint32Array(0)];
  const held = Math.round(source.rows * share);
  if (held === 0 || held === source.rows) {
    throw new RangeError(
      `validationSplit ${share} needs more rows: of the ${source.rows} of ${source.name} it would ` +
        `leave ${source.rows - held} to train on and ${held} to validate on`,
    );
  }
  await new Random(seed, Stream.split).shuffle(rows, timeSlices(config.signal));
  return [rows.slice(held), rows.slice(0, held)];
}
