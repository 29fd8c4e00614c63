// The parts of Node's Buffer that the command line's readers need, for pages: bytes that can be read as
// text.

const UTF8 = new TextDecoder();
const LATIN1 = new TextDecoder('latin1');
const ENCODER = new TextEncoder();
/**
 * Up to this length, a row is decoded once and cells are cut from its text: calling a decoder takes longer
 * than the decoding itself.
 */
const SHORT = 65_536;

export class PageBuffer extends Uint8Array {
  static alloc(length: number): PageBuffer {
    return new PageBuffer(length);
  }

  static allocUnsafe(length: number): PageBuffer {
    return new PageBuffer(length);
  }

  static override from(source: unknown): PageBuffer {
    if (typeof source === 'string') return viewOf(ENCODER.encode(source));
    return new PageBuffer(source as ArrayLike<number>);
  }

  static concat(pieces: readonly Uint8Array[]): PageBuffer {
    const all = new PageBuffer(pieces.reduce((sum, piece) => sum + piece.length, 0));
    let at = 0;
    for (const piece of pieces) {
      all.set(piece, at);
      at += piece.length;
    }
    return all;
  }

  /** The whole text if each byte is one character, null if not, undefined if this is not known yet. */
  #text: string | null | undefined;

  override toString(encoding = 'utf8', start = 0, end = this.length): string {
    if (this.#text === undefined) {
      const text = this.length <= SHORT ? UTF8.decode(this) : '';
      this.#text = text.length === this.length ? text : null;
    }
    if (this.#text !== null) return this.#text.slice(start, end);
    return (encoding === 'latin1' ? LATIN1 : UTF8).decode(this.subarray(start, end));
  }
}

/** The same bytes as a PageBuffer, without copying. */
export function viewOf(bytes: Uint8Array): PageBuffer {
  return new PageBuffer(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length);
}

/** Defines the global `Buffer` that the readers use, in a page's worker. */
export function provideBuffer(): void {
  const scope = globalThis as { Buffer?: unknown };
  scope.Buffer ??= PageBuffer;
}
