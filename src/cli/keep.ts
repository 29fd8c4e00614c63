// Columns that are copied from what is read to what is written, beside what the model makes.

import { csvCell } from './csv-cells.js';
import { UsageError } from './errors.js';
import { type Arguments, text } from './flags.js';
import type { Format } from './format.js';
import { jsonCell } from './json-cells.js';
import type { Original } from './originals.js';
import type { Batch } from './rows.js';

/** What --keep says, where it is given: columns as --columns takes them. */
export function keepFlag(args: Arguments, format: Format | undefined): string | undefined {
  const keep = text(args, 'keep');
  if (keep !== undefined && format === 'npy') {
    throw new UsageError(
      '--keep copies text, which npy cannot hold; written can be csv, tsv, jsonl',
    );
  }
  return keep;
}

/** The kept cells of each row, as they are written in a format: where that is the file's, byte for byte. */
export function keptCells(batch: Batch, to: Format): Buffer[][] {
  const { originals = [], kept = [] } = batch;
  const original = batch.original as Original;
  const between = to === 'tsv' ? '\t' : ',';
  const isSame = to === 'jsonl' ? original.format === 'jsonl' : original.between === between;
  return originals.map((row) => {
    if (isSame && original.raw) return original.raw(row, kept);
    const cells = original.cells(row);
    return kept.map((column) => {
      const cell = cells[column] as string;
      return Buffer.from(to === 'jsonl' ? jsonCell(cell) : csvCell(cell, between));
    });
  });
}
