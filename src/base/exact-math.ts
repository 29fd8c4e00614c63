// Logarithm, exponential and points on a circle, with the same bits in every engine: Math.log and others
// differ in the last bit, and training data would then differ too. Series of + - * /, accurate to a few
// units in the last place of float64.

const LN2_HIGH = 0.6931471803691238; // the upper 32 bits: k * LN2_HIGH is exact for the k that occur
const LN2_LOW = 1.9082149292705877e-10;
const BITS = new Float64Array(1);
const WORDS = new Uint32Array(BITS.buffer);

/** log(1 + x), for x of at least 0. */
export function log1p(x: number): number {
  if (x === Infinity) return Infinity;
  if (x < 0.4) return logOfRatio(x / (2 + x));
  BITS[0] = 1 + x;
  const high = WORDS[1] as number;
  let exponent = (high >>> 20) - 1023;
  WORDS[1] = (high & 0xfffff) | 0x3ff00000; // the mantissa, from 1 to 2
  let mantissa = BITS[0];
  if (mantissa > Math.SQRT2) {
    mantissa /= 2;
    exponent++;
  }
  const ratio = (mantissa - 1) / (mantissa + 1);
  return exponent * LN2_HIGH + (logOfRatio(ratio) + exponent * LN2_LOW);
}

/** log(x), for x above 0. */
export function log(x: number): number {
  return x < 1 ? -log1p(1 / x - 1) : log1p(x - 1);
}

/** exp(x). */
export function exp(x: number): number {
  return x < 0 ? 1 / (1 + expm1(-x)) : 1 + expm1(x);
}

/** log((1 + s) / (1 - s)) for |s| of at most 0.172: 2 (s + s^3/3 + s^5/5 + ...). */
function logOfRatio(s: number): number {
  const square = s * s;
  let sum = 0;
  for (let n = 21; n >= 1; n -= 2) sum = sum * square + 1 / n;
  return 2 * s * sum;
}

/** exp(x) - 1, for x of at least 0; infinite beyond 709. */
export function expm1(x: number): number {
  if (x > 709) return Infinity;
  const k = Math.round(x / Math.LN2);
  const rest = x - k * LN2_HIGH - k * LN2_LOW;
  let sum = 1;
  for (let n = 18; n >= 2; n--) sum = 1 + (rest / n) * sum;
  const small = rest * sum; // exp(rest) - 1
  WORDS[0] = 0;
  WORDS[1] = (k + 1023) << 20;
  const power = BITS[0] as number;
  return power * small + (power - 1);
}

/** The sine and cosine of a fraction of a full turn, from 0 to 1. */
export function circle(share: number): [sine: number, cosine: number] {
  const quarter = Math.round(4 * share);
  const angle = (share - quarter / 4) * 2 * Math.PI; // within an eighth of a turn
  const square = angle * angle;
  let [sine, cosine] = [1, 1];
  for (let n = 17; n >= 3; n -= 2) sine = 1 - (square / (n * (n - 1))) * sine;
  for (let n = 18; n >= 2; n -= 2) cosine = 1 - (square / (n * (n - 1))) * cosine;
  sine *= angle;
  switch (quarter % 4) {
    case 0:
      return [sine, cosine];
    case 1:
      return [cosine, -sine];
    case 2:
      return [-sine, -cosine];
    default:
      return [-cosine, sine];
  }
}
