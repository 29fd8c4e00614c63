// impute: writes the rows of a file with their missing cells filled, and all other cells unchanged.

import type { Autoencoder } from '../index.js';
import { UsageError } from './errors.js';
import type { Output } from './output.js';
import type { Batch } from './tables/batch.js';
import type { Format, TextRows } from './tables/format.js';
import { FORMATS, rowWriter } from './tables/formats.js';
import { filledText, type Original } from './tables/original.js';
import type { RowReader } from './tables/reader.js';

/** A summary of what was written: its rows, and their columns. */
export interface Imputed {
  columns: number;
  write(batch: Batch): Promise<void>;
  end(): Promise<void>;
}

/**
 * Fills missing cells of rows that the reader gives together with their original cells. `format` defaults
 * to the format of the file that is read.
 */
export function imputer(
  ae: Autoencoder,
  reader: RowReader,
  output: Output,
  format: Format | undefined,
): Imputed {
  const original = reader.original as Original;
  const to = format ?? original.format;
  if (to !== original.format && !FORMATS[to].text) return numbersOnly(ae, reader, output, to);
  // The header of an NPY file has the number of rows. Arrays from pipes do not say it beforehand, so their
  // rows are kept until the end.
  const kept: Uint8Array[] | undefined =
    !textsOf(original, to) && reader.rows === undefined ? [] : undefined;
  let head = kept ? new Uint8Array() : headOf(original, to, reader.rows);
  let rows = 0;
  return {
    columns: original.columns,
    async write(batch) {
      const filled = await fill(ae, batch);
      const pieces: Uint8Array[] = [head];
      head = new Uint8Array();
      const its = batch.original ?? original;
      const rowOf = rowFormat(its, original, to);
      const width = its.chosen.length;
      for (const [i, text] of (batch.originals as readonly Buffer[]).entries()) {
        const values = new Map<number, number>();
        for (const [j, column] of its.chosen.entries()) {
          const at = i * width + j;
          if (Number.isNaN(batch.data[at])) values.set(column, filled[at] as number);
        }
        pieces.push(rowOf(text, values));
      }
      rows += batch.rows;
      const bytes = Buffer.concat(pieces);
      if (kept) kept.push(bytes);
      else await output.write(bytes);
    },
    async end() {
      if (!kept) return;
      await output.write(original.head(rows));
      for (const bytes of kept) await output.write(bytes);
    },
  };
}

async function fill(ae: Autoencoder, { data, rows }: Batch): Promise<Float32Array> {
  return (await ae.impute({ data, shape: [rows, data.length / rows] })).data;
}

/** Writes the chosen columns as float64, which holds every number of a text file. */
function numbersOnly(ae: Autoencoder, reader: RowReader, output: Output, format: Format): Imputed {
  const { width, rows } = reader;
  const type = { element: 'float64', isBigEndian: false } as const;
  const writer = rowWriter(output, format, { width, columns: undefined, rows, type });
  return {
    columns: width,
    async write(batch) {
      const data = Float64Array.from(await fill(ae, batch));
      for (let i = 0; i < data.length; i++) {
        const value = batch.data[i] as number;
        if (!Number.isNaN(value)) data[i] = value;
      }
      await writer.write(data);
    },
    end: () => writer.end(),
  };
}

type RowFormat = (row: Buffer, values: ReadonlyMap<number, number | string>) => Uint8Array;

/** What precedes the first row in the output. */
export function headOf(original: Original, to: Format, rows: number | undefined): Uint8Array {
  if (to === original.format) return original.head(rows);
  return Buffer.from(textsOf(original, to)?.head(original.names) ?? '');
}

export function rowFormat(original: Original, first: Original, to: Format): RowFormat {
  if (to === original.format && original.kind === first.kind) return original.fill;
  const texts = textsOf(first, to);
  if (!texts) {
    throw new UsageError(
      `rows of ${original.kind} cannot follow those of ${first.kind}; use --output-format csv`,
    );
  }
  return (row, values) => {
    const cells = original.cells(row);
    for (const [column, value] of values) cells[column] = filledText(value);
    return Buffer.from(texts.row(cells, first.names));
  };
}

/** How rows are written as text with their cells unchanged; only where the formats are the same. */
function textsOf({ format, text }: Original, to: Format): TextRows | undefined {
  return format === to ? text : FORMATS[to].text;
}
