// The corrupted input of a denoising autoencoder (Vincent et al. 2010,
// https://www.jmlr.org/papers/v11/vincent10a.html): rows with noise, drawn anew each epoch. A draw depends
// only on the run's seed, the epoch, the row and the column, so that the division into batches and threads
// makes no difference.

import { GAUSSIAN, MASK, NO_NOISE, SALT_PEPPER } from '../abi';
import { cosNear4, log4, sinNear4 } from './math';

/** The finaliser of splitmix32, as in src/base/random.ts. */
// @ts-ignore: decorator
@inline
export function mix(x: u32): u32 {
  x ^= x >>> 16;
  x *= 0x7feb352d;
  x ^= x >>> 15;
  x *= 0x846ca68b;
  return x ^ (x >>> 16);
}

/** The draw for a cell of a row: its counter, mixed. `first` is mix(key ^ row). */
// @ts-ignore: decorator
@inline
export function drawOf(first: u32, column: u32): u32 {
  return mix(first + column * 0x9e3779b9);
}

/** Four random u32, from four counters. */
// @ts-ignore: decorator
@inline
function draw4(counters: v128): v128 {
  let x = counters;
  x = v128.xor(x, i32x4.shr_u(x, 16));
  x = i32x4.mul(x, i32x4.splat(0x7feb352d));
  x = v128.xor(x, i32x4.shr_u(x, 15));
  x = i32x4.mul(x, i32x4.splat(0x846ca68b));
  return v128.xor(x, i32x4.shr_u(x, 16));
}

/** The upper 24 bits of four u32 as numbers in [0, 1), multiples of 2^-24. */
// @ts-ignore: decorator
@inline
function unit4(draw: v128): v128 {
  const bits = f32x4.convert_i32x4_s(i32x4.shr_u(draw, 8));
  return v128.mul<f32>(bits, f32x4.splat(5.9604644775390625e-8));
}

/**
 * Four normal numbers with mean 0 and deviation 1, from two uniform numbers each (Box and Muller 1958,
 * https://doi.org/10.1214/aoms/1177706645): sqrt(-2 ln u) cos(2 pi v). The upper two bits of the angle
 * select the quadrant; the remaining angle is near zero.
 */
// @ts-ignore: decorator
@inline
function normal4(a: v128, b: v128): v128 {
  // u in (0, 1]: a logarithm of 0 is infinite
  const u = v128.add<f32>(unit4(a), f32x4.splat(5.9604644775390625e-8));
  const radius = v128.sqrt<f32>(v128.mul<f32>(f32x4.splat(-2), log4(u)));
  // the angle within its quadrant, in [-pi/4, pi/4)
  const within = v128.sub<f32>(unit4(i32x4.shl(b, 2)), f32x4.splat(0.5));
  const angle = v128.mul<f32>(within, f32x4.splat(1.5707963267948966));
  const odd = i32x4.ne(v128.and(b, i32x4.splat(0x40000000)), i32x4.splat(0));
  const sign = v128.and(b, i32x4.splat(0x80000000));
  return v128.mul<f32>(
    radius,
    v128.xor(v128.bitselect(sinNear4(angle), cosNear4(angle), odd), sign),
  );
}

/**
 * out (n, padded) = row x (n, padded) with noise, and `fill` (n, padded) where x is NaN:
 *
 *   gaussian      x + amount * a normal number
 *   mask          0 with probability `amount`
 *   salt pepper   0 or 1, each with probability amount / 2
 *
 * `key` is the epoch's key, `row` the number of the row in its dataset. The padding becomes 0.
 */
export function corruptRow(
  x: usize,
  n: i32,
  out: usize,
  fill: usize,
  noise: i32,
  amount: f32,
  key: u32,
  row: u32,
): void {
  if (noise != NO_NOISE && noise != GAUSSIAN && noise != MASK && noise != SALT_PEPPER)
    unreachable();
  const first = mix(key ^ row);
  const level = f32x4.splat(amount);
  const one = f32x4.splat(1);
  let counters = i32x4.add(i32x4.splat(first), i32x4(0, 0x9e3779b9, 0x3c6ef372, 0xdaa66d2b));
  const next = i32x4.splat(0x78dde6e4); // 4 * 0x9e3779b9
  for (let left = n; left > 0; left -= 4, x += 16, out += 16, fill += 16) {
    let value = v128.load(x);
    value = v128.bitselect(value, v128.load(fill), v128.eq<f32>(value, value));
    if (noise != NO_NOISE) {
      const draw = draw4(counters);
      counters = i32x4.add(counters, next);
      if (noise == GAUSSIAN) {
        const normal = normal4(draw, draw4(v128.not(draw)));
        value = v128.add<f32>(value, v128.mul<f32>(level, normal));
      } else {
        const chance = unit4(draw);
        const hit = v128.lt<f32>(chance, level);
        const salt = v128.lt<f32>(v128.add<f32>(chance, chance), level);
        const struck = noise == MASK ? f32x4.splat(0) : v128.and(one, salt);
        value = v128.bitselect(struck, value, hit);
      }
    }
    if (left < 4) value = v128.and(value, i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(left)));
    v128.store(out, value);
  }
}
