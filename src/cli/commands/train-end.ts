// The end of a training: messages, and the model file.

import type { EpochRecord } from '../../index.js';
import { writeTo } from '../output.js';

/** The training was interrupted by Ctrl-C. */
export class Interrupted extends Error {}

/** A message with the explained variance; of validation rows, if there are any. */
export function explainedText(explained: number): string {
  if (explained > 0) return `it explains ${(100 * explained).toPrecision(3)} % of the variance`;
  return (
    'warning: the model is no better than the column means; give it more --epochs, ' +
    'another --learning-rate, or a wider code'
  );
}

export const lossOf = ({ validationLoss, loss }: EpochRecord) => validationLoss ?? loss;

/** The bytes of a model file, in pieces. */
export type Pieces = readonly Uint8Array[];

export async function writePieces(path: string, pieces: Pieces): Promise<void> {
  await writeTo(path, async (output) => {
    for (const piece of pieces) await output.write(piece);
  });
}
