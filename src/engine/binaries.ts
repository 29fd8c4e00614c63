import packed from '../generated/binaries.js';

/** The binary of each flavour. */
export interface Binaries {
  readonly strict: Uint8Array<ArrayBuffer>;
  readonly fast: Uint8Array<ArrayBuffer>;
}

/** The binaries, out of the one text that scripts/build.mjs packs them into. */
export function unpackBinaries(): Binaries {
  const parts = unpackInParts();
  let next = parts.next();
  while (!next.done) next = parts.next();
  return next.value;
}

/** The same with halts, so that a page may draw in between. */
export function* unpackInParts(): Generator<void, Binaries, void> {
  const { alphabet, escapes, order, parts, lengths, text } = packed;
  const [strict, fast] = lengths.map((length) => new Uint8Array(length)) as [
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
  const next = (): number => {
    let character = text.charCodeAt(at++);
    const row = rows[character] as number;
    if (row > 0) character = text.charCodeAt(at++);
    return bytes[row * alphabet.length + (ranks[character] as number)] as number;
  };
  for (let part = 0; part < parts; part++) {
    for (const binary of [strict, fast]) {
      const end = Math.floor((binary.length * (part + 1)) / parts);
      for (let i = Math.floor((binary.length * part) / parts); i < end; i++) binary[i] = next();
      yield;
    }
  }
  return { strict, fast };
}
