import packed from '../generated/binaries.js';

/** One binary per flavour. */
export interface Binaries {
  readonly strict: Uint8Array<ArrayBuffer>;
  readonly fast: Uint8Array<ArrayBuffer>;
}

/** Unpacks the binaries from the single text that scripts/build.mjs packs them into. */
export function unpackBinaries(): Binaries {
  const parts = unpackInParts();
  let next = parts.next();
  while (!next.done) next = parts.next();
  return next.value;
}

/** Unpacks them in steps: it yields at intervals, so that a page can draw in between. */
export function* unpackInParts(): Generator<void, Binaries, void> {
  const { alphabet, escapes, order, lengths, text } = packed;
  const [strict, patch, fast] = lengths.map((length) => new Uint8Array(length)) as [
    Uint8Array<ArrayBuffer>,
    Uint8Array<ArrayBuffer>,
    Uint8Array<ArrayBuffer>,
  ];
  const ranks = new Uint8Array(128);
  for (let i = 0; i < alphabet.length; i++) ranks[alphabet.charCodeAt(i)] = i;
  const rows = new Uint8Array(128);
  for (let i = 0; i < escapes.length; i++) rows[escapes.charCodeAt(i)] = i + 1;
  const bytes = Uint8Array.from({ length: 256 }, (_, rank) =>
    Number.parseInt(order.slice(2 * rank, 2 * rank + 2), 16),
  );
  let at = 0;
  for (const binary of [strict, patch]) {
    for (let i = 0; i < binary.length; i++) {
      let character = text.charCodeAt(at++);
      const row = rows[character] as number;
      if (row > 0) character = text.charCodeAt(at++);
      binary[i] = bytes[row * alphabet.length + (ranks[character] as number)] as number;
      if (i % PART === PART - 1) yield;
    }
  }
  applyPatch(patch, strict, fast);
  return { strict, fast };
}

/** Bytes unpacked between two yields. */
const PART = 5000;

/** Applies a patch to one binary to make another; scripts/binaries.mjs describes the format. */
function applyPatch(patch: Uint8Array, from: Uint8Array, to: Uint8Array): void {
  let [at, source, end] = [0, 0, 0];
  const number = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = patch[at++] as number;
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (at < patch.length) {
    const own = number();
    to.set(patch.subarray(at, at + own), end);
    at += own;
    end += own;
    const shift = number();
    source += own + (shift & 1 ? -(shift + 1) / 2 : shift / 2);
    const same = number();
    to.set(from.subarray(source, source + same), end);
    source += same;
    end += same;
  }
}
