import { errorOf, type Wording, worded } from './wording.js';

/** The most a 32-bit WebAssembly memory can hold: 65,536 pages. */
export const MAX_BYTES = 65536 * 65536;

/** The error for `what` exceeding this limit. */
export function tooLarge(what: string | Wording, bytes: number): RangeError {
  return errorOf(
    RangeError,
    worded`${what} does not fit in memory: ${bytes.toLocaleString('en')} bytes are needed, but WebAssembly memory is limited to ${MAX_BYTES.toLocaleString('en')}`,
  );
}
