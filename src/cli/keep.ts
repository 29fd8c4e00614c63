// Columns that are copied from the input to the output, beside the model's results.

import { UsageError } from './errors.js';
import { type Arguments, text } from './flags.js';
import type { Batch } from './tables/batch.js';
import type { Format, TextRows } from './tables/format.js';
import { FORMATS, TEXTS } from './tables/formats.js';
import type { Original } from './tables/original.js';

/** The value of --keep, if given: columns in the syntax of --columns. */
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

/**
 * The kept cells of each row, as text of the output format. If that is the input's format, they are copied
 * byte for byte.
 */
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
