// impute: the rows of a file with its gaps filled, and every other cell as it stands there.

import type { Autoencoder } from '../index.js';
import { csvCell } from './csv-cells.js';
import type { Format } from './format.js';
import { numberText, type Original } from './originals.js';
import type { Output } from './output.js';
import { rowWriter } from './row-writer.js';
import type { Batch, RowReader } from './rows.js';

/** What is written, and how many columns it has. */
export interface Imputed {
  columns: number;
  write(batch: Batch): Promise<void>;
  end(): Promise<void>;
}

/** Fills rows that were read with their originals; `format` is by default the file's own. */
export function imputer(
  ae: Autoencoder,
  reader: RowReader,
  output: Output,
  format: Format | undefined,
): Imputed {
  const original = reader.original as Original;
  if (format === 'npy' && original.format !== 'npy') return numbersOnly(ae, reader, output);
  const row = rowFormat(original, format ?? original.format);
  let head = row.head;
  return {
    columns: original.columns,
    async write(batch) {
      const filled = await fill(ae, batch);
      const pieces: Uint8Array[] = [head];
      head = new Uint8Array();
      const width = original.chosen.length;
      for (const [i, text] of (batch.originals as readonly Buffer[]).entries()) {
        const values = new Map<number, number>();
        for (const [j, column] of original.chosen.entries()) {
          const at = i * width + j;
          if (Number.isNaN(batch.data[at])) values.set(column, filled[at] as number);
        }
        pieces.push(row.of(text, values));
      }
      await output.write(Buffer.concat(pieces));
    },
    async end() {},
  };
}

async function fill(ae: Autoencoder, { data, rows }: Batch): Promise<Float32Array> {
  return (await ae.impute({ data, shape: [rows, data.length / rows] })).data;
}

/** The chosen columns as float64, which holds whatever text said. */
function numbersOnly(ae: Autoencoder, reader: RowReader, output: Output): Imputed {
  const { width, rows } = reader;
  const type = { element: 'float64', isBigEndian: false } as const;
  const writer = rowWriter(output, 'npy', { width, columns: undefined, rows, type });
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

interface RowFormat {
  head: Uint8Array;
  of(row: Buffer, values: ReadonlyMap<number, number>): Uint8Array;
}

function rowFormat(original: Original, format: Format): RowFormat {
  const { names } = original;
  if (format === original.format) return { head: original.head, of: original.fill };
  const cells = (row: Buffer, values: ReadonlyMap<number, number>) => {
    const texts = original.cells(row);
    for (const [column, value] of values) texts[column] = numberText(value);
    return texts;
  };
  if (format === 'jsonl') {
    return {
      head: new Uint8Array(),
      of(row, values) {
        const json = cells(row, values).map(jsonCell);
        const named = names?.map((name, i) => `${JSON.stringify(name)}:${json[i]}`);
        return Buffer.from(named ? `{${named.join()}}\n` : `[${json.join()}]\n`);
      },
    };
  }
  const between = format === 'tsv' ? '\t' : ',';
  const line = (texts: readonly string[]) =>
    Buffer.from(`${texts.map((text) => csvCell(text, between)).join(between)}\n`);
  return {
    head: names ? line(names) : new Uint8Array(),
    of: (row, values) => line(cells(row, values)),
  };
}

/** A cell as JSON: a number that JSON has, too, is one. */
function jsonCell(text: string): string {
  if (text === '') return 'null';
  const isNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/.test(text);
  return isNumber ? text : JSON.stringify(text);
}
