// V8's flag that runs pairs of our 128-bit operations as one of 256 bits.

import * as process from 'node:process';
import * as v8 from 'node:v8';

/** The first V8 whose compiler does it with the flag: Node 24's. Node 22's knows the flag and does nothing. */
const FIRST = 13;

/**
 * Turns it on for what is compiled from now on, and says whether this engine has it: Node 24 and later, on x64.
 */
export function turnOnWideSimd(): boolean {
  const { versions, arch } = process;
  // Bun and Deno name a V8, too, and have no such flag.
  const isNode = !('bun' in versions) && !('deno' in versions);
  if (!isNode || arch !== 'x64' || Number.parseInt(versions.v8, 10) < FIRST) return false;
  v8.setFlagsFromString('--experimental-wasm-revectorize');
  return true;
}
