// Decimals of more digits than a double holds, as Number() reads them.

/** 10^-64 to 10^64, as near as doubles get. */
export const POWERS_OF_TEN = Float64Array.from({ length: 129 }, (_, i) => Number(`1e${i - 64}`));
/** What is lacking to the powers themselves, as near as doubles get in turn. */
const REMAINDERS = Float64Array.from(POWERS_OF_TEN, (power, i) => remainder(power, i - 64));

/** Splits a double in halves whose products are exact (Dekker 1971). */
const SPLIT = 2 ** 27 + 1;

/**
 * The double next to integer * 10^exponent, where it is certain; NaN where only Number() can tell.
 *
 * The integer was summed up from its digits twice: in a double, `high`, and modulo 2^32, `low`. Up to
 * 2^78, which is 23 digits, the former is wrong by less than 2^31 (two roundings, of 2^-53 each, for
 * each of the 8 digits after those that fit), and so the latter says by how much. With the power of
 * ten in two doubles, too, the product is known to within 2^-98 of it. All of that interval rounds to
 * one double, but once in 2^44 times.
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

/** a * b - product, exactly. */
function productError(a: number, b: number, product: number): number {
  const p = a * SPLIT;
  const q = b * SPLIT;
  const aHigh = p - (p - a);
  const bHigh = q - (q - b);
  const aLow = a - aHigh;
  const bLow = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

/** 10^exponent - power, where power is a double; 2^-60 of it at most. */
function remainder(power: number, exponent: number): number {
  // As integers: both times 2^scale times 10^-exponent, if that is negative.
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
