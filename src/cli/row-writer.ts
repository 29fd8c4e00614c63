import type { Element } from './array-rows.js';
import { MAX_NUMBER_BYTES, writeNumber } from './cells.js';
import { csvCell } from './csv-cells.js';
import { UsageError } from './errors.js';
import type { Format } from './format.js';
import { npyHeader } from './npy-header.js';
import type { Output } from './output.js';

/** Writes rows of numbers, in one of the formats, as fast as the output takes them. */
export interface RowWriter {
  /** `kept` are the cells before the numbers of each row, as the format has them. */
  write(data: Float32Array | Float64Array, kept?: readonly (readonly Buffer[])[]): Promise<void>;
  /** What must come last; the output itself is finished by its owner. */
  end(): Promise<void>;
}

export interface Table {
  width: number;
  /** The first line of CSV; none where the data has no names. */
  columns: readonly string[] | undefined;
  /** How many rows there will be, where that is known. */
  rows: number | undefined;
  /** What the numbers of NPY are. Default: float32. */
  type?: { element: Element; isBigEndian: boolean };
}

/** The formats that can be written. */
export const WRITTEN: readonly Format[] = ['csv', 'tsv', 'jsonl', 'npy'];

export function rowWriter(output: Output, format: Format, table: Table): RowWriter {
  switch (format) {
    case 'csv':
      return textWriter(output, table, { before: '', between: ',', after: '\n', missing: '' });
    case 'tsv':
      return textWriter(output, table, { before: '', between: '\t', after: '\n', missing: '' });
    case 'jsonl': {
      const style = { before: '[', between: ',', after: ']\n', missing: 'null' };
      return textWriter(output, { ...table, columns: undefined }, style);
    }
    case 'npy':
      return npyWriter(output, table);
    default:
      throw new UsageError(
        `${format} can be read and not written; written are ${WRITTEN.join(', ')}`,
      );
  }
}

/** What is written at once. */
const CHUNK_BYTES = 2 ** 18;

/** What stands around numbers, and in the place of a missing one. */
interface Style {
  before: string;
  between: string;
  after: string;
  missing: string;
}

function textWriter(output: Output, table: Table, style: Style): RowWriter {
  const { width } = table;
  const missing = Buffer.from(style.missing);
  const [before, after] = [Buffer.from(style.before), Buffer.from(style.after)];
  const between = style.between.charCodeAt(0);
  const rowBytes = width * (MAX_NUMBER_BYTES + 1) + before.length + after.length;
  const size = Math.max(CHUNK_BYTES, rowBytes);
  let header = table.columns && headerLine(table.columns, style.between);
  return {
    async write(data, kept) {
      if (header !== undefined) await output.write(Buffer.from(header));
      header = undefined;
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

function headerLine(names: readonly string[], between: string): string {
  const cells = names.map((name) => csvCell(name, between));
  return `${cells.join(between)}\n`;
}

/** The header has the number of rows: it is written last where that is not known, if it can be. */
function npyWriter(output: Output, { width, rows, type }: Table): RowWriter {
  const canRewrite = output.rewrite !== undefined;
  const kept: Uint8Array[] = [];
  let written = 0;
  return {
    async write(data) {
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      if (rows === undefined && !canRewrite) {
        kept.push(bytes);
      } else {
        if (written === 0) await output.write(npyHeader(rows ?? 0, width, type));
        await output.write(bytes);
      }
      written += data.length / width;
    },
    async end() {
      if (rows !== undefined) return;
      if (output.rewrite) {
        await output.rewrite(npyHeader(written, width, type));
        return;
      }
      await output.write(npyHeader(written, width, type));
      for (const bytes of kept) await output.write(bytes);
    },
  };
}
