// The list of the table formats, and how a file's format is recognised.

import { basename } from 'node:path';
import { UsageError } from '../errors.js';
import type { Output } from '../output.js';
import { csv, tsv } from './csv.js';
import type { Format } from './format.js';
import { idx } from './idx.js';
import { jsonl } from './json-lines.js';
import { npy } from './npy.js';
import { npz } from './npz.js';
import { parquet } from './parquet.js';
import type { RowWriter, WrittenTable } from './row-writer.js';
import type { TableFormat } from './table-format.js';

/** All formats, in the order in which messages list them. */
export const FORMATS: Readonly<Record<Format, TableFormat>> = {
  csv,
  tsv,
  jsonl,
  npy,
  npz,
  idx,
  parquet,
};

const all = Object.entries(FORMATS) as [Format, TableFormat][];
const namesOf = (formats: typeof all): readonly Format[] => formats.map(([name]) => name);

export const FORMAT_NAMES = namesOf(all);
export const WRITTEN = namesOf(all.filter(([, { write }]) => write));
/** The formats that can be written and hold text. */
export const TEXTS = namesOf(all.filter(([, { text }]) => text));

/** A writer of rows in a format. */
export function rowWriter(output: Output, format: Format, table: WrittenTable): RowWriter {
  const { write } = FORMATS[format];
  if (write) return write(output, table);
  throw new UsageError(`${format} can be read but not written; use one of ${WRITTEN.join(', ')}`);
}

/** The format that a file's name suggests, if any; a final `.gz` is ignored. */
export function guessFormat(path: string): Format | undefined {
  const name = basename(path).toLowerCase().replace(/\.gz$/, '');
  return all.find(([, { ending }]) => ending.test(name))?.[0];
}

/** The format that the first bytes indicate. The list begins with CSV, which is the fallback. */
export function sniffFormat(head: Uint8Array): Format {
  const text = Buffer.from(head.buffer, head.byteOffset, head.length).toString('latin1');
  const found = all.findLast(([, format]) => format.begins(head, text));
  return found?.[0] ?? 'csv';
}
