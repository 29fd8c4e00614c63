// Vector functions that the standard library cannot provide: its exp and pow have data segments, which
// every instantiation would write over live memory.

/**
 * a * b + c on four lanes. The strict binary rounds twice (IEEE 754, the same bits everywhere); the fast
 * one lets the engine fuse the two operations.
 */
// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return v128.relaxed_madd<f32>(a, b, c);
  return v128.add<f32>(v128.mul<f32>(a, b), c);
}

/** The sum of the four lanes, as (0 + 2) + (1 + 3). */
// @ts-ignore: decorator
@inline
export function sum4(x: v128): f32 {
  const pairs = v128.add<f32>(x, v128.shuffle<i32>(x, x, 2, 3, 2, 3));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

/**
 * e^x on four lanes, within 2 units in the last place for x in [-87.3, 88.3], clamped outside; NaN stays
 * NaN. The reduction x = n ln 2 + r and the coefficients are those of Cephes, expf.c
 * (https://www.netlib.org/cephes/).
 */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  // pmin and pmax are one instruction where min and max take eight; both pass on a NaN in x.
  x = v128.pmin<f32>(x, f32x4.splat(88.3));
  x = v128.pmax<f32>(x, f32x4.splat(-87.3));
  return expWithin4(x);
}

/** The lower clamp of a softmax's exponents. */
export const LEAST: f32 = -60;

/**
 * The same for x up to 0, clamped at LEAST: then neither the softmax nor its gradient becomes subnormal,
 * which would be slow.
 */
// @ts-ignore: decorator
@inline
export function expNegative4(x: v128): v128 {
  return expWithin4(v128.pmax<f32>(x, f32x4.splat(LEAST)));
}

/** e^x for x within the range of exp4. */
// @ts-ignore: decorator
@inline
function expWithin4(x: v128): v128 {
  return expBy4(
    x,
    f32x4.splat(LOG2_E),
    f32x4.splat(ROUND),
    f32x4.splat(LN2_HIGH),
    f32x4.splat(LN2_LOW),
    f32x4.splat(EXP5),
    f32x4.splat(EXP4),
    f32x4.splat(EXP3),
    f32x4.splat(EXP2),
    f32x4.splat(EXP1),
    f32x4.splat(EXP0),
    f32x4.splat(1),
  );
}

export const LOG2_E: f32 = 1.44269504088896341;
/** 1.5 * 2^23: adding it rounds to an integer and leaves it in the low bits. */
export const ROUND: f32 = 12582912;
/** ln 2 in two parts: n times the first is exact, so the remainder keeps its last bits. */
export const LN2_HIGH: f32 = 0.693359375;
export const LN2_LOW: f32 = -2.1219444e-4;
export const EXP5: f32 = 1.98756915e-4;
export const EXP4: f32 = 1.3981999507e-3;
export const EXP3: f32 = 8.3334519073e-3;
export const EXP2: f32 = 4.1665795894e-2;
export const EXP1: f32 = 1.6666665459e-1;
export const EXP0: f32 = 5.0000001201e-1;

/** The same with the constants above passed in, in their order, so that a loop can create them outside. */
// @ts-ignore: decorator
@inline
export function expBy4(
  x: v128,
  log2e: v128,
  round: v128,
  high: v128,
  low: v128,
  c5: v128,
  c4: v128,
  c3: v128,
  c2: v128,
  c1: v128,
  c0: v128,
  one: v128,
): v128 {
  const shifted = madd(x, log2e, round);
  const n = v128.sub<f32>(shifted, round);
  let r = v128.sub<f32>(x, v128.mul<f32>(n, high));
  r = v128.sub<f32>(r, v128.mul<f32>(n, low));
  // Estrin's scheme: its dependency chain is a third shorter than Horner's, and this code is bound by
  // latency.
  const r2 = v128.mul<f32>(r, r);
  const p54 = madd(c5, r, c4);
  const p32 = madd(c3, r, c2);
  const p10 = madd(c1, r, c0);
  const p5432 = madd(p54, r2, p32);
  const p = madd(madd(p5432, r2, p10), r2, v128.add<f32>(r, one));
  // 2^n is added directly to the exponent: within the clamp the result is a normal number.
  return i32x4.add(p, i32x4.shl(shifted, 23));
}

/** 1 / (1 + e^-x) on four lanes. */
// @ts-ignore: decorator
@inline
export function sigmoid4(x: v128): v128 {
  const one = f32x4.splat(1);
  return v128.div<f32>(one, v128.add<f32>(one, exp4(v128.neg<f32>(x))));
}

/** 1 / (1 + e^-x) from x and e = e^-|x|, with a small relative error on both sides. */
// @ts-ignore: decorator
@inline
export function sigmoidFrom4(x: v128, e: v128): v128 {
  const one = f32x4.splat(1);
  const rest = v128.div<f32>(one, v128.add<f32>(one, e));
  return v128.bitselect(v128.mul<f32>(e, rest), rest, v128.lt<f32>(x, f32x4.splat(0)));
}

/**
 * tanh on four lanes: a polynomial below 0.625, where 1 - 2 / (e^2x + 1) would cancel.
 * Coefficients: Cephes, tanhf.c.
 */
// @ts-ignore: decorator
@inline
export function tanh4(x: v128): v128 {
  const one = f32x4.splat(1);
  const magnitude = v128.abs<f32>(x);
  const e = exp4(v128.add<f32>(magnitude, magnitude));
  let big = v128.sub<f32>(one, v128.div<f32>(f32x4.splat(2), v128.add<f32>(e, one)));
  big = v128.bitselect(x, big, i32x4.splat(0x80000000)); // the sign of x
  const z = v128.mul<f32>(x, x);
  let p = f32x4.splat(-5.70498872745e-3);
  p = madd(p, z, f32x4.splat(2.06390887954e-2));
  p = madd(p, z, f32x4.splat(-5.37397155531e-2));
  p = madd(p, z, f32x4.splat(1.33314422036e-1));
  p = madd(p, z, f32x4.splat(-3.33332819422e-1));
  const small = madd(v128.mul<f32>(p, z), x, x);
  return v128.bitselect(small, big, v128.lt<f32>(magnitude, f32x4.splat(0.625)));
}

/**
 * log(1 + e) on four lanes for e in [0, 1], absolute error below 1e-7: 2 atanh(e / (2 + e)), with the
 * series cut off where (1/3)^15 / 15 vanishes in float32.
 */
// @ts-ignore: decorator
@inline
export function log1p4(e: v128): v128 {
  const s = v128.div<f32>(e, v128.add<f32>(e, f32x4.splat(2)));
  const z = v128.mul<f32>(s, s);
  let p = f32x4.splat(1.0 / 13.0);
  p = madd(p, z, f32x4.splat(1.0 / 11.0));
  p = madd(p, z, f32x4.splat(1.0 / 9.0));
  p = madd(p, z, f32x4.splat(1.0 / 7.0));
  p = madd(p, z, f32x4.splat(1.0 / 5.0));
  p = madd(p, z, f32x4.splat(1.0 / 3.0));
  p = madd(p, z, f32x4.splat(1));
  return v128.mul<f32>(v128.add<f32>(s, s), p);
}

/** log(1 + e^x) from x and e = e^-|x|, where nothing overflows. */
// @ts-ignore: decorator
@inline
export function softplusFrom4(x: v128, e: v128): v128 {
  return v128.add<f32>(v128.pmax<f32>(x, f32x4.splat(0)), log1p4(e));
}

/**
 * ln x on four lanes for normal x > 0, within 2 units in the last place. Reduction
 * x = 2^n m with m in [sqrt(1/2), sqrt(2)) and coefficients: Cephes, logf.c.
 */
// @ts-ignore: decorator
@inline
export function log4(x: v128): v128 {
  // After subtracting the bits of sqrt(1/2), the exponent is n, which changes at sqrt(2) instead of at 2.
  const bits = i32x4.sub(x, i32x4.splat(0x3f3504f3));
  const n = f32x4.convert_i32x4_s(i32x4.shr_s(bits, 23));
  const m = i32x4.add(v128.and(bits, i32x4.splat(0x007fffff)), i32x4.splat(0x3f3504f3));
  const r = v128.sub<f32>(m, f32x4.splat(1));
  const z = v128.mul<f32>(r, r);
  let p = f32x4.splat(7.0376836292e-2);
  p = madd(p, r, f32x4.splat(-1.151461031e-1));
  p = madd(p, r, f32x4.splat(1.167699874e-1));
  p = madd(p, r, f32x4.splat(-1.2420140846e-1));
  p = madd(p, r, f32x4.splat(1.4249322787e-1));
  p = madd(p, r, f32x4.splat(-1.6668057665e-1));
  p = madd(p, r, f32x4.splat(2.0000714765e-1));
  p = madd(p, r, f32x4.splat(-2.4999993993e-1));
  p = madd(p, r, f32x4.splat(3.3333331174e-1));
  let y = v128.mul<f32>(v128.mul<f32>(p, r), z);
  y = madd(n, f32x4.splat(-2.1219444e-4), y);
  y = v128.sub<f32>(y, v128.mul<f32>(z, f32x4.splat(0.5)));
  return madd(n, f32x4.splat(0.693359375), v128.add<f32>(r, y));
}

/**
 * The normal distribution's probability of values above x, for x >= 0 and e = e^(-x^2 / 2), within 7 units
 * in the last place of e: e / 2 times t P(t) with t = 1 / (1 + p x), the form of Abramowitz and Stegun
 * 7.1.26. The coefficients of P are our own, with p = sqrt(2) / 4: a minimax fit of e^(u^2) erfc(u), u = x
 * / sqrt(2), for x up to 14, with a relative error of 4.3e-8 throughout.
 */
// @ts-ignore: decorator
@inline
export function normalTail4(x: v128, e: v128): v128 {
  const one = f32x4.splat(1);
  const t = v128.div<f32>(one, v128.add<f32>(one, v128.mul<f32>(x, f32x4.splat(0.35355339))));
  let p = f32x4.splat(-0.059053816);
  p = madd(p, t, f32x4.splat(0.28450087));
  p = madd(p, t, f32x4.splat(-0.48704594));
  p = madd(p, t, f32x4.splat(0.27789038));
  p = madd(p, t, f32x4.splat(-0.026503395));
  p = madd(p, t, f32x4.splat(0.2026349));
  p = madd(p, t, f32x4.splat(0.24311696));
  p = madd(p, t, f32x4.splat(0.2823735));
  p = madd(p, t, f32x4.splat(0.28208652));
  return v128.mul<f32>(v128.mul<f32>(p, t), v128.mul<f32>(e, f32x4.splat(0.5)));
}

/** sin(x) on four lanes for |x| at most pi / 4, within 2 units in the last place (Cephes, sinf.c). */
// @ts-ignore: decorator
@inline
export function sinNear4(x: v128): v128 {
  const z = v128.mul<f32>(x, x);
  let p = f32x4.splat(-1.9515295891e-4);
  p = madd(p, z, f32x4.splat(8.3321608736e-3));
  p = madd(p, z, f32x4.splat(-1.6666654611e-1));
  return madd(v128.mul<f32>(p, z), x, x);
}

/** cos(x) on four lanes for |x| at most pi / 4, within 2 units in the last place (Cephes, sinf.c). */
// @ts-ignore: decorator
@inline
export function cosNear4(x: v128): v128 {
  const z = v128.mul<f32>(x, x);
  let p = f32x4.splat(2.443315711809948e-5);
  p = madd(p, z, f32x4.splat(-1.388731625493765e-3));
  p = madd(p, z, f32x4.splat(4.166664568298827e-2));
  p = v128.mul<f32>(p, v128.mul<f32>(z, z));
  return v128.add<f32>(v128.sub<f32>(f32x4.splat(1), v128.mul<f32>(f32x4.splat(0.5), z)), p);
}
