// V8's flag that runs pairs of our 128-bit operations as one of 256 bits.

import * as v8 from 'node:v8';
import { canWidenSimd, noteWideSimd, WIDE_SIMD_FLAG } from './platform.js';

/**
 * Turns it on for what is compiled from now on, and says whether this engine has it: Node 24 and later, on x64.
 */
export function turnOnWideSimd(): boolean {
  if (!canWidenSimd()) return false;
  v8.setFlagsFromString(WIDE_SIMD_FLAG);
  noteWideSimd();
  return true;
}
