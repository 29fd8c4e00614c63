// What the readers of the command line need of Node's Buffer, for pages: bytes that are also text.

const UTF8 = new TextDecoder();
const LATIN1 = new TextDecoder('latin1');
const ENCODER = new TextEncoder();
/** Texts up to this length are made a character at a time, which takes a tenth of what a decoder does. */
const SHORT = 32;

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

  override toString(encoding = 'utf8', start = 0, end = this.length): string {
    const stop = Math.min(end, this.length);
    if (stop - start <= SHORT) {
      let text = '';
      for (let i = start; i < stop; i++) {
        const byte = this[i] as number;
        if (byte > 127) break;
        text += String.fromCharCode(byte);
      }
      if (text.length === Math.max(0, stop - start)) return text;
    }
    return (encoding === 'latin1' ? LATIN1 : UTF8).decode(this.subarray(start, stop));
  }
}

/** The same bytes as a PageBuffer, without a copy. */
export function viewOf(bytes: Uint8Array): PageBuffer {
  return new PageBuffer(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length);
}

/** Gives a page's worker the name that the readers know. */
export function provideBuffer(): void {
  const scope = globalThis as { Buffer?: unknown };
  scope.Buffer ??= PageBuffer;
}
