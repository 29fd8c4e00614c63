// Columns that are copied from what is read to what is written, beside what the model makes.

import { UsageError } from './errors.js';
import { type Arguments, text } from './flags.js';
import type { Batch } from './tables/batch.js';
import type { Format, TextRows } from './tables/format.js';
import { FORMATS, TEXTS } from './tables/formats.js';
import type { Original } from './tables/original.js';

/** What --keep says, where it is given: columns as --columns takes them. */
export function keepFlag(args: Arguments, format: Format | undefined): string | undefined {
  const keep = text(args, 'keep');
  const { write, text: texts } = FORMATS[format ?? 'csv'];
  if (keep !== undefined && write && !texts) {
    throw new UsageError(
      `--keep copies text, which ${format} cannot store; use one of ${TEXTS.join(', ')}`,
    );
  }
  return keep;
}

/** The kept cells of each row, as they are written in a format: where that is the file's, byte for byte. */
export function keptCells(batch: Batch, to: Format): Buffer[][] {
  const { originals = [], kept = [] } = batch;
  const original = batch.original as Original;
  const texts = FORMATS[to].text as TextRows;
  const isSame = original.text?.style === texts.style;
  return originals.map((row) => {
    if (isSame && original.raw) return original.raw(row, kept);
    const cells = original.cells(row);
    return kept.map((column) => Buffer.from(texts.cell(cells[column] as string)));
  });
}
