import { errorOf, type Wording, worded } from './wording.js';

/** The most a 32-bit WASM memory can hold: 65,536 pages. */
export const MAX_BYTES = 65536 * 65536;

/** The error that says so of `what`. */
export function tooLarge(what: string | Wording, bytes: number): RangeError {
  return errorOf(
    RangeError,
    worded`${what} does not fit in memory: ${bytes.toLocaleString('en')} bytes are needed, and WebAssembly can have ${MAX_BYTES.toLocaleString('en')} at the most`,
  );
}
