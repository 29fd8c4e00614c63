// The parts of protobuf's wire format that an ONNX model needs: varints, floats, and length-delimited
// bytes. https://protobuf.dev/programming-guides/encoding/
//
// Written by hand, in 0.6 KB minified: of the maintained libraries, @bufbuild/protobuf 2.17 would add 7.9
// KB to a page and 2 MB to node_modules, seven times this package, and pbf 5.1 has two dependencies. Both
// also copy the weights once for each message that contains them.

import { encodeUtf8 } from '../base/platform.js';

/** Bytes in pieces, so that weights are copied only once, into the file. */
export type Pieces = readonly Uint8Array[];

/** A field of integer type. */
export function integer(field: number, value: number): Pieces {
  return [Uint8Array.from([...varint(field * 8), ...varint(value)])];
}

/** A field of type float. */
export function float(field: number, value: number): Pieces {
  const bytes = new Uint8Array(5);
  bytes[0] = field * 8 + 5;
  new DataView(bytes.buffer).setFloat32(1, value, true);
  return [bytes];
}

/** A length-delimited field: a string, or bytes, which may be the fields of a message. */
export function nested(field: number, content: string | Pieces): Pieces {
  const pieces = typeof content === 'string' ? [encodeUtf8(content)] : content;
  return [Uint8Array.from([...varint(field * 8 + 2), ...varint(lengthOf(pieces))]), ...pieces];
}

/** Joins the pieces. */
export function joined(pieces: Pieces): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(lengthOf(pieces));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

function lengthOf(pieces: Pieces): number {
  return pieces.reduce((sum, { length }) => sum + length, 0);
}

function varint(value: number): number[] {
  const bytes = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return [...bytes, rest];
}
