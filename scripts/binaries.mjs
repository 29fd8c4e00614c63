// Compiles the binaries, and encodes them as the module that src/engine/binaries.ts reads.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { globSync } from 'tinyglobby';
import { tool } from './tool.mjs';

/**
 * Returns the bytes of a target of asconfig.json. Compiles it, which takes about 8 s, if its sources have
 * changed.
 */
export function compiled(target) {
  const [file, of] = [`build/${target}.wasm`, `build/${target}.sources`];
  const sources = hashOfSources();
  if (!existsSync(file) || !existsSync(of) || readFileSync(of, 'utf8') !== sources) {
    // AS112 warns about v128 in the signatures of our own functions; none of these are exported to
    // JavaScript.
    tool('assemblyscript', 'asc', ['--target', target, '--disableWarning', '112']);
    writeFileSync(of, sources);
  }
  return readFileSync(file);
}

/** A hash of everything that the compiler reads, and of the compiler's version. */
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

/** Returns the text of the module with the strict binary and the fast one. */
export function binariesSource(binaries) {
  return `// build/*.wasm, by scripts/binaries.mjs\nexport default ${JSON.stringify(asText(binaries))} as const;\n`;
}

/**
 * Encodes binaries as text that compresses well: 14 KB with gzip, where base64 gives 22.
 * src/engine/binaries.ts decodes it. The two binaries are nearly the same, so the second is stored as its
 * difference from the first. Each byte becomes one character, or an escape and a character if it is rare.
 */
function asText([strict, fast]) {
  const patch = patchOf(strict, fast);
  const bytes = Buffer.concat([strict, patch]);
  const counts = new Array(256).fill(0);
  for (const byte of bytes) counts[byte]++;
  const order = [...counts.keys()].sort((a, b) => counts[b] - counts[a] || a - b);
  // Printable characters without a special meaning in a script, a template or HTML.
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
    lengths: [strict, patch, fast].map(({ length }) => length),
    text: Array.from(bytes, (byte) => codes[byte]).join(''),
  };
}

/** How many bytes two places must share to be compared, and how many a copy must save to be used. */
const [KEY, GAIN] = [8, 6];

/**
 * Encodes how to make one binary from another, as a repeated list: the number of new bytes, these bytes,
 * how far to move ahead in the other binary (or back: the sign is in the last bit), and how many bytes to
 * copy from there.
 */
function patchOf(from, to) {
  const places = new Map();
  for (let i = 0; i + KEY <= from.length; i++) {
    const key = from.latin1Slice(i, i + KEY);
    places.set(key, [...(places.get(key) ?? []), i]);
  }
  const patch = [];
  const number = (value) => {
    for (; value > 127; value >>>= 7) patch.push((value & 127) | 128);
    patch.push(value);
  };
  let own = [];
  let next = 0; // where copying would continue if nothing was inserted or left out
  const copy = (at, count) => {
    number(own.length);
    patch.push(...own);
    own = [];
    number(at < next ? 2 * (next - at) - 1 : 2 * (at - next));
    number(count);
    next = at + count;
  };
  for (let i = 0; i < to.length; ) {
    let best = { at: 0, count: 0, gain: 0 };
    for (const at of [next, ...(places.get(to.latin1Slice(i, i + KEY)) ?? [])]) {
      let count = 0;
      while (at + count < from.length && from[at + count] === to[i + count]) count++;
      count = Math.min(count, to.length - i);
      const gain = count - (at === next ? GAIN / 2 : GAIN);
      if (gain > best.gain) best = { at, count, gain };
    }
    if (best.gain > 0) {
      copy(best.at, best.count);
      i += best.count;
    } else {
      own.push(to[i++]);
      next++;
    }
  }
  if (own.length > 0) copy(next, 0);
  return Buffer.from(patch);
}
