// Writes rows of numbers as lines of text.

import type { Output } from '../output.js';
import { MAX_NUMBER_BYTES, writeNumber } from './cells.js';
import type { RowWriter, WrittenTable } from './row-writer.js';

/** The size of one write. */
const CHUNK_BYTES = 2 ** 18;

/** The text around numbers, and for missing ones. */
interface Style {
  before: string;
  between: string;
  after: string;
  missing: string;
  /** The first line, if there is one. */
  header?: string;
}

export function textWriter(output: Output, table: WrittenTable, style: Style): RowWriter {
  const { width } = table;
  const missing = Buffer.from(style.missing);
  const [before, after] = [Buffer.from(style.before), Buffer.from(style.after)];
  const between = style.between.charCodeAt(0);
  const rowBytes = width * (MAX_NUMBER_BYTES + 1) + before.length + after.length;
  const size = Math.max(CHUNK_BYTES, rowBytes);
  let { header = '' } = style;
  return {
    async write(data, kept) {
      if (header !== '') await output.write(Buffer.from(header));
      header = '';
      let chunk = Buffer.allocUnsafe(size);
      let at = 0;
      for (let i = 0; i < data.length; ) {
        const cells = kept?.[i / width] ?? [];
        const need = cells.reduce((sum, { length }) => sum + length + 1, rowBytes);
        if (at + need > chunk.length) {
          await output.write(chunk.subarray(0, at));
          chunk = Buffer.allocUnsafe(Math.max(size, need));
          at = 0;
        }
        chunk.set(before, at);
        at += before.length;
        for (const cell of cells) {
          chunk.set(cell, at);
          at += cell.length;
          chunk[at++] = between;
        }
        for (let column = 0; column < width; column++, i++) {
          if (column > 0) chunk[at++] = between;
          const value = data[i] as number;
          if (Number.isNaN(value)) {
            chunk.set(missing, at);
            at += missing.length;
          } else {
            at = writeNumber(chunk, at, value);
          }
        }
        chunk.set(after, at);
        at += after.length;
      }
      await output.write(chunk.subarray(0, at));
    },
    async end() {},
  };
}
