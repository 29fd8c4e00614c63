// Converts numbers to text and back, for float32.

import { MISSING_WORDS } from '../../base/missing-words.js';
import { printable, quoted } from '../../base/printable.js';

/** No two quantifiers can match the same digits, which would take quadratic time for cells of megabytes. */
const DECIMAL = /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?$/i;
const INFINITE = /^[-+]?inf(inity)?$/i;

/** The midpoint above the largest float32: smaller numbers round to a finite one. */
export const FLOAT32_LIMIT = 2 ** 128 - 2 ** 103;

/** A cell's number, NaN if it is missing, or a message if it is invalid. */
export function parseCell(text: string): number | string {
  const trimmed = text.trim();
  if (DECIMAL.test(trimmed)) {
    const value = Number(trimmed);
    return Math.abs(value) < FLOAT32_LIMIT
      ? value
      : `${printable(trimmed)} is too large for a float32`;
  }
  const word = trimmed.toLowerCase();
  if (MISSING_WORDS.has(word)) return Number.NaN;
  if (word === 'true' || word === 'false') return Number(word === 'true');
  if (INFINITE.test(trimmed)) return `${trimmed} is not a finite number`;
  return `${quoted(trimmed)} is not a number`;
}

/** The kind of a cell; its number may be out of range. */
export function cellKind(text: string): 'number' | 'missing' | 'word' {
  const trimmed = text.trim();
  const value = parseCell(trimmed);
  if (typeof value === 'number') return Number.isNaN(value) ? 'missing' : 'number';
  return DECIMAL.test(trimmed) || INFINITE.test(trimmed) ? 'number' : 'word';
}

/** The maximum number of bytes that `writeNumber` writes. */
export const MAX_NUMBER_BYTES = 24;

const POWERS_OF_TEN = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
const [ZERO, MINUS, DOT] = [48, 45, 46];

/**
 * Writes the shortest decimal that reads back as the same float32, and returns its end. Every float32 needs
 * at most nine digits; numbers that were typed with up to seven get those back.
 */
export function writeNumber(target: Uint8Array, at: number, value: number): number {
  let position = at;
  if (value < 0 || Object.is(value, -0)) target[position++] = MINUS;
  const size = Math.abs(value);
  if (size < 2 ** 31 && Number.isInteger(size)) return writeDecimal(target, position, size, 0);
  if (size >= 1e-5 && size < 1e6) {
    const exponent = Math.floor(Math.log10(size));
    for (let digits = 7; digits <= 9; digits++) {
      const decimals = digits - 1 - exponent;
      const scale = POWERS_OF_TEN[decimals] as number;
      const scaled = Math.round(size * scale);
      // Both operands are exact, so the quotient is the double that a reader gets from these digits.
      if (Math.fround(scaled / scale) === size && scaled < 2 ** 31) {
        return writeDecimal(target, position, scaled, decimals);
      }
    }
  }
  for (const character of shortest(size)) target[position++] = character.charCodeAt(0);
  return position;
}

/** The fallback of `writeNumber`, for very large and very small numbers. */
function shortest(size: number): string {
  const rounded = [7, 8].map((digits) => Number(size.toPrecision(digits)));
  return String(
    rounded.find((number) => Math.fround(number) === size) ?? Number(size.toPrecision(9)),
  );
}

/** Writes integer / 10^decimals without trailing zeros, for an integer below 2^31. */
function writeDecimal(target: Uint8Array, at: number, integer: number, decimals: number): number {
  let [rest, fraction] = [integer | 0, decimals];
  while (fraction > 0 && rest % 10 === 0) {
    rest = (rest / 10) | 0;
    fraction--;
  }
  let digits = 1;
  for (let limit = 10; rest >= limit; limit *= 10) digits++;
  digits = Math.max(digits, fraction + 1); // a zero before the decimal point
  const end = at + digits + (fraction > 0 ? 1 : 0);
  for (let position = end - 1, written = 0; position >= at; position--, written++) {
    if (fraction > 0 && written === fraction) target[position--] = DOT;
    target[position] = ZERO + (rest % 10);
    rest = (rest / 10) | 0;
  }
  return end;
}
