import type { Input } from '../byte-input.js';
import type { Output } from '../output.js';
import type { TextRows } from './format.js';
import type { ReadOptions, RowReader } from './reader.js';
import type { RowWriter, WrittenTable } from './row-writer.js';

/** A table format. Each has a file of its own; formats.ts has the list. */
export interface TableFormat {
  /** Matches the names of its files, in lower case and without `.gz`. */
  ending: RegExp;
  /** Whether a file of this format can begin like this. `text` has the same bytes as Latin-1. */
  begins(head: Uint8Array, text: string): boolean;
  read(input: Input, options: ReadOptions): Promise<RowReader>;
  /** Writes rows of numbers, if the format can be written. */
  write?(output: Output, table: WrittenTable): RowWriter;
  /** Writes rows of text, if the format can hold text. */
  text?: TextRows;
}
