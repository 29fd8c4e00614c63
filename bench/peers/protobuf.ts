// The little of protobuf's wire format that an ONNX model needs: varints, and bytes with a length.
// https://protobuf.dev/programming-guides/encoding/

function varint(value: number): number[] {
  const bytes = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return [...bytes, rest];
}

/** A field of integer type. */
export function integer(field: number, value: number): Uint8Array {
  return Uint8Array.from([...varint(field * 8), ...varint(value)]);
}

/** A field of type float. */
export function float(field: number, value: number): Uint8Array {
  const bytes = new Uint8Array(5);
  bytes[0] = field * 8 + 5;
  new DataView(bytes.buffer).setFloat32(1, value, true);
  return bytes;
}

/** A field that has a length: a string, bytes, or a message of the fields given. */
export function nested(field: number, content: string | Uint8Array[]): Uint8Array {
  const body = typeof content === 'string' ? [new TextEncoder().encode(content)] : content;
  const length = body.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([Uint8Array.from([...varint(field * 8 + 2), ...varint(length)]), ...body]);
}
