// Parses decimals with more digits than a double holds, with the same result as Number().

/** 10^-64 to 10^64, each rounded to a double. */
export const POWERS_OF_TEN = Float64Array.from({ length: 129 }, (_, i) => Number(`1e${i - 64}`));
/** The rounding errors of POWERS_OF_TEN, each rounded to a double. */
const REMAINDERS = Float64Array.from(POWERS_OF_TEN, (power, i) => remainder(power, i - 64));

/** Splits a double into halves whose products are exact (Dekker 1971). */
const SPLIT = 2 ** 27 + 1;

/**
 * integer * 10^exponent, correctly rounded, or NaN if that needs Number().
 *
 * The integer was computed from its digits twice: as a double, `high`, and modulo 2^32, `low`. Up to 2^78,
 * which is 23 digits, `high` is wrong by less than 2^31 (two roundings, of 2^-53 each, for each of the 8
 * digits after those that fit), so `low` gives its exact error. With the power of ten in two doubles as
 * well, the product is known to a relative 2^-98. All of that interval rounds to one double, except once in
 * 2^44 cases.
 */
export function longDecimal(high: number, low: number, exponent: number): number {
  if (high === 0) return 0;
  if (!(high < 2 ** 78) || exponent < -64 || exponent > 64) return Number.NaN;
  const lacking = (low - (high | 0)) | 0;
  const power = POWERS_OF_TEN[64 + exponent] as number;
  const product = high * power;
  const rest =
    productError(high, power, product) +
    high * (REMAINDERS[64 + exponent] as number) +
    lacking * power;
  const margin = product * 2 ** -98;
  const value = product + (rest - margin);
  return value === product + (rest + margin) ? value : Number.NaN;
}

/** The exact value of a * b - product. */
function productError(a: number, b: number, product: number): number {
  const p = a * SPLIT;
  const q = b * SPLIT;
  const aHigh = p - (p - a);
  const bHigh = q - (q - b);
  const aLow = a - aHigh;
  const bLow = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

/** The exact value of 10^exponent - power, for the double `power`; at most 2^-60 of it. */
function remainder(power: number, exponent: number): number {
  // As integers: both are multiplied by 2^scale, and by 10^-exponent if that is negative.
  const scale = 400n;
  const [numerator, denominator] = [
    10n ** BigInt(Math.max(exponent, 0)),
    10n ** BigInt(Math.max(-exponent, 0)),
  ];
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, power);
  const bits = view.getBigUint64(0);
  const binary = Number(bits >> 52n) - 1075;
  const mantissa = (bits & (2n ** 52n - 1n)) | (2n ** 52n);
  const shift = scale + BigInt(binary);
  const difference = (numerator << scale) - mantissa * 2n ** shift * denominator;
  return Number(difference / denominator) * 2 ** -Number(scale);
}
