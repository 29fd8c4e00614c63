import { type Matrix, type RowSource, rowSource } from './matrix.js';
import { type Scaler, unscale } from './scaler.js';
import { timeSlices } from './slices.js';

/** Rows are worked on in blocks of about so many values, with a pause behind each. */
const BLOCK_VALUES = 1 << 16;

/**
 * The rows of `given`, their missing cells filled by `reconstruct`, which sees and returns scaled
 * rows, `input` being the given ones scaled. Each of `rounds` rounds but the first shows the network
 * what the last has filled in.
 */
export async function impute(
  given: RowSource,
  input: RowSource,
  scaler: Scaler | undefined,
  rounds: number,
  reconstruct: (rows: RowSource) => Promise<Matrix>,
): Promise<Matrix> {
  const { name, width } = given;
  const pause = timeSlices();
  let filled = await reconstruct(input);
  await keepObserved(filled, input, pause);
  for (let round = 1; round < rounds; round++) {
    const next = await reconstruct(rowSource(name, filled, width, 'input'));
    await keepObserved(next, input, pause);
    filled = next;
  }
  if (scaler) await unscale(filled.data, scaler, pause);
  await keepObserved(filled, given, pause); // exactly: scaling there and back may round
  return filled;
}

/** Puts each observed cell of `source` in its place. */
async function keepObserved(
  { data }: Matrix,
  source: RowSource,
  pause: () => Promise<void> | undefined,
): Promise<void> {
  const { rows, width } = source;
  const blockRows = Math.max(1, Math.floor(BLOCK_VALUES / width));
  const block = new Float32Array(Math.min(blockRows, rows) * width);
  for (let from = 0; from < rows; from += blockRows) {
    const to = Math.min(from + blockRows, rows);
    source.copy(from, to, block);
    for (let i = 0; i < (to - from) * width; i++) {
      const value = block[i] as number;
      if (!Number.isNaN(value)) data[from * width + i] = value;
    }
    await pause();
  }
}
