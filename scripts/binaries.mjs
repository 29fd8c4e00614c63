// The binaries: compiled, and as the module that src/engine/binaries.ts reads.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { globSync } from 'tinyglobby';
import { tool } from './tool.mjs';

/** The bytes of a target of asconfig.json; compiled, which takes some 8 s, where its sources have changed. */
export function compiled(target) {
  const [file, of] = [`build/${target}.wasm`, `build/${target}.sources`];
  const sources = hashOfSources();
  if (!existsSync(file) || !existsSync(of) || readFileSync(of, 'utf8') !== sources) {
    // AS112 warns of v128 in signatures between our own files; none crosses to JavaScript.
    tool('assemblyscript', 'asc', ['--target', target, '--disableWarning', '112']);
    writeFileSync(of, sources);
  }
  return readFileSync(file);
}

/** Of all that the compiler reads, and of the compiler's version. */
function hashOfSources() {
  const hash = createHash('sha256');
  const files = [
    ...globSync('assembly/**/*.ts').sort(),
    'asconfig.json',
    'node_modules/assemblyscript/package.json',
  ];
  for (const file of files) hash.update(`${file}\n`).update(readFileSync(file)).update('\n');
  return hash.digest('hex');
}

/** The text of the module: the strict binary and the fast one. */
export function binariesSource(binaries) {
  return `// build/*.wasm, by scripts/binaries.mjs\nexport default ${JSON.stringify(asText(binaries))} as const;\n`;
}

/**
 * Binaries as a text that compresses well: 16 KB with gzip, where base64 comes to 22. src/engine/binaries.ts
 * reads it. They are nearly the same, so they are cut into parts that lie side by side, within gzip's
 * window of 32 KB; and every byte is a character, or an escape and a character where it is rare.
 */
function asText(binaries) {
  const parts = 8;
  const cut = (binary, i) => Math.floor((binary.length * i) / parts);
  const bytes = Buffer.concat(
    Array.from({ length: parts }, (_, i) =>
      binaries.map((binary) => binary.subarray(cut(binary, i), cut(binary, i + 1))),
    ).flat(),
  );
  const counts = new Array(256).fill(0);
  for (const byte of bytes) counts[byte]++;
  const order = [...counts.keys()].sort((a, b) => counts[b] - counts[a] || a - b);
  // Printable, and nothing that a script, a template or a page would read as its own.
  const alphabet = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).filter(
    (character) => !'"\'\\`$<>&'.includes(character),
  );
  const escapes = alphabet.splice(-2);
  const codes = new Array(256);
  for (const [rank, byte] of order.entries()) {
    const [row, column] = [Math.floor(rank / alphabet.length), rank % alphabet.length];
    codes[byte] = (row === 0 ? '' : escapes[row - 1]) + alphabet[column];
  }
  return {
    alphabet: alphabet.join(''),
    escapes: escapes.join(''),
    order: Buffer.from(order).toString('hex'),
    parts,
    lengths: binaries.map(({ length }) => length),
    text: Array.from(bytes, (byte) => codes[byte]).join(''),
  };
}
