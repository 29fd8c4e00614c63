// A table's model in use: its columns, the model inside, and callers' rows through it.

import type { Autoencoder } from '../autoencoder.js';
import { quoted } from '../base/printable.js';
import { Matrix } from '../data/matrix.js';
import { type Place, placesOf, type Schema } from './columns.js';
import { type Csr, type EncodedRows, RowEncoder } from './encode-rows.js';
import { type Piece, piecesOf } from './pieces.js';

/** The rows of a piece, encoded for the network. */
export interface EncodedPiece extends Piece {
  readonly encoded: EncodedRows;
}

/** What is known once there are columns. */
export class LiveTable {
  readonly schema: Schema;
  readonly model: Autoencoder;
  readonly places: readonly Place[];
  readonly width: number;
  readonly #names: readonly string[];
  readonly #encoders = new Map<string, RowEncoder>();
  #isTold = false;

  constructor(schema: Schema, model: Autoencoder) {
    this.schema = schema;
    this.model = model;
    const { places, width } = placesOf(schema);
    this.places = places;
    this.width = width;
    this.#names = schema.map(({ name }) => name);
  }

  /** A caller's rows, encoded piece by piece. */
  async *encoded(name: string, x: unknown): AsyncGenerator<EncodedPiece, void, undefined> {
    const encoder = this.#encoder(name);
    for await (const piece of piecesOf(name, x, this.#names)) {
      const { rows, from, to, firstRow } = piece;
      if (from === 0) this.#compare(name, encoder.unknown(rows), rows.names);
      yield { ...piece, encoded: encoder.encode(rows, from, to, firstRow) };
    }
  }

  /** The results of `task` for all rows, piece by piece, as one Matrix. */
  async matrix(x: unknown, task: (rows: Csr) => Promise<Matrix>): Promise<Matrix> {
    const parts: Matrix[] = [];
    for await (const { encoded } of this.encoded('rows', x)) {
      parts.push(await task(encoded.csr));
    }
    if (parts.length === 1) return parts[0] as Matrix;
    const width = (parts[0] as Matrix).shape[1];
    const rows = parts.reduce((sum, part) => sum + part.length, 0);
    const data = new Float32Array(rows * width);
    let at = 0;
    for (const part of parts) {
      data.set(part.data, at);
      at += part.data.length;
    }
    return new Matrix(data, [rows, width]);
  }

  #encoder(name: string): RowEncoder {
    let encoder = this.#encoders.get(name);
    if (!encoder) {
      encoder = new RowEncoder(name, this.schema, { places: [...this.places], width: this.width });
      this.#encoders.set(name, encoder);
    }
    return encoder;
  }

  /** Requires that rows have at least one known column. Unknown columns are reported once. */
  #compare(name: string, unknown: readonly string[], names: readonly string[] = []): void {
    if (names.length > 0 && unknown.length === names.length) {
      const known = listed(this.places.map(({ column }) => column.name));
      throw new RangeError(
        `${name} must have columns that fit has seen, ${known}; got ${listed(names)}`,
      );
    }
    if (unknown.length === 0 || this.#isTold) return;
    this.#isTold = true;
    const what = unknown.length === 1 ? 'a column' : 'columns';
    console.warn(
      `autoencoder-wasm: rows have ${what} that fit has not seen, and that ${unknown.length === 1 ? 'is' : 'are'} ignored: ${listed(unknown)}`,
    );
  }
}

/** The first few of many names. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, 10).map((name) => quoted(name));
  return names.length > 10 ? `${shown.join(', ')} and ${names.length - 10} more` : shown.join(', ');
}
