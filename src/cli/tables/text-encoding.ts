// Converts UTF-16, which some Windows programs write, to UTF-8.

import { Input } from '../byte-input.js';
import { DataError } from '../errors.js';

/** The input as UTF-8. UTF-16 is recognised by its byte order mark, or by the zeros in it. */
export async function asUtf8(input: Input): Promise<Input> {
  const encoding = utf16Of(await input.peek(4));
  if (!encoding) return input;
  async function* converted() {
    // TextDecoder removes the byte order mark.
    const decoder = new TextDecoder(encoding as string, { fatal: true });
    try {
      for await (const chunk of input.rest()) {
        const text = decoder.decode(chunk, { stream: true });
        if (text !== '') yield Buffer.from(text);
      }
      decoder.decode();
    } catch (error) {
      if (error instanceof DataError) throw error;
      throw new DataError(input.name, `it is no ${encoding?.toUpperCase()}, as it begins to be`);
    }
  }
  return new Input(input.name, converted(), undefined, () => input.close());
}

function utf16Of([a, b, c, d]: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  if (a === 0xff && b === 0xfe) return 'utf-16le';
  if (a === 0xfe && b === 0xff) return 'utf-16be';
  const isText = (byte: number | undefined) =>
    byte !== undefined && byte < 0x7f && (byte >= 0x20 || (byte >= 9 && byte <= 13));
  if (b === 0 && d === 0 && isText(a) && isText(c)) return 'utf-16le';
  if (a === 0 && c === 0 && isText(b) && isText(d)) return 'utf-16be';
  return undefined;
}
