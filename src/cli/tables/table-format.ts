import type { Input } from '../byte-input.js';
import type { Output } from '../output.js';
import type { TextRows } from './format.js';
import type { ReadOptions, RowReader } from './reader.js';
import type { RowWriter, WrittenTable } from './row-writer.js';

/** A form that tables come in: each is in a file of its own, and formats.ts is the list of them. */
export interface TableFormat {
  /** What names of its files are like, in small letters and without `.gz`. */
  ending: RegExp;
  /** Whether a file begins like one of it; `text` are the bytes, a character each. */
  begins(head: Uint8Array, text: string): boolean;
  read(input: Input, options: ReadOptions): Promise<RowReader>;
  /** Where it can be written. */
  write?(output: Output, table: WrittenTable): RowWriter;
  /** How its rows are written of texts, where they can be. */
  text?: TextRows;
}
