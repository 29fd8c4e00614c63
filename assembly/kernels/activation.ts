import {
  ELU,
  GELU,
  KEPT,
  LEAKY_RELU,
  LINEAR,
  RELU,
  REVIVED_RELU,
  SIGMOID,
  SILU,
  SOFTPLUS,
  TANH,
} from '../abi';
import { exp4, normalTail4, sigmoid4, sigmoidFrom4, softplusFrom4, tanh4 } from './math';

/** torch.nn.LeakyReLU's default. */
const LEAKY_SLOPE: f32 = 0.01;

// The same numbers as types: the size of a type is its number. Generic code is compiled once per kind, so
// that loops contain no branches on it. (With plain constants, Binaryen folds the loops into one again.)
@unmanaged
export class Linear {}
@unmanaged
export class Relu extends Linear {
  byte1: u8;
}
@unmanaged
export class LeakyRelu extends Relu {
  byte2: u8;
}
@unmanaged
export class Elu extends LeakyRelu {
  byte3: u8;
}
@unmanaged
export class Tanh extends Elu {
  byte4: u8;
}
@unmanaged
export class Sigmoid extends Tanh {
  byte5: u8;
}
@unmanaged
export class RevivedRelu extends Sigmoid {
  byte6: u8;
}
@unmanaged
export class Kept extends RevivedRelu {
  byte7: u8;
}
@unmanaged
class Softplus extends Kept {
  byte8: u8;
}
@unmanaged
class Silu extends Softplus {
  byte9: u8;
}
@unmanaged
class Gelu extends Silu {
  byte10: u8;
}

/** Whether the forward pass of an activation stores f'(z), because it cannot be computed from h. */
// @ts-ignore: decorator
@inline
export function keepsSlopes(kind: usize): bool {
  return kind > KEPT;
}

/** e^-|z| */
// @ts-ignore: decorator
@inline
function decay4(z: v128): v128 {
  return exp4(v128.neg<f32>(v128.abs<f32>(z)));
}

/**
 * z times its sigmoid. Below -88 the sigmoid is 0, and the product must be 0 as well, however negative z
 * is.
 */
// @ts-ignore: decorator
@inline
function silu4(z: v128, sigmoid: v128): v128 {
  return v128.mul<f32>(v128.pmax<f32>(z, f32x4.splat(-88)), sigmoid);
}

/** e^(-z^2 / 2) */
// @ts-ignore: decorator
@inline
function bell4(z: v128): v128 {
  return exp4(v128.mul<f32>(v128.mul<f32>(z, z), f32x4.splat(-0.5)));
}

/** The normal distribution's cumulative probability at z. */
// @ts-ignore: decorator
@inline
function normal4(z: v128): v128 {
  const tail = normalTail4(v128.abs<f32>(z), bell4(z));
  const rest = v128.sub<f32>(f32x4.splat(1), tail);
  return v128.bitselect(tail, rest, v128.lt<f32>(z, f32x4.splat(0)));
}

/**
 * h = f(z) on four lanes. NaN stays NaN, so that divergence is noticed: pmax(z, y) is z unless z < y, and
 * it is one instruction where max takes eight.
 */
// @ts-ignore: decorator
@inline
export function activate4<A>(z: v128): v128 {
  const zero = f32x4.splat(0);
  if (offsetof<A>() == RELU || offsetof<A>() == REVIVED_RELU) return v128.pmax<f32>(z, zero);
  if (offsetof<A>() == LEAKY_RELU)
    return v128.pmax<f32>(z, v128.mul<f32>(z, f32x4.splat(LEAKY_SLOPE)));
  if (offsetof<A>() == SIGMOID) return sigmoid4(z);
  if (offsetof<A>() == TANH) return tanh4(z);
  if (offsetof<A>() == ELU) {
    const negative = v128.sub<f32>(exp4(z), f32x4.splat(1));
    return v128.bitselect(z, negative, v128.gt<f32>(z, zero));
  }
  if (offsetof<A>() == SOFTPLUS) return softplusFrom4(z, decay4(z));
  if (offsetof<A>() == SILU) return silu4(z, sigmoidFrom4(z, decay4(z)));
  // Below -14 the result is 0, and must stay 0 however negative z is.
  if (offsetof<A>() == GELU) return v128.mul<f32>(v128.pmax<f32>(z, f32x4.splat(-14)), normal4(z));
  if (offsetof<A>() != LINEAR) unreachable();
  return z;
}

/** f'(z) on four lanes, for activations that store it. */
// @ts-ignore: decorator
@inline
function slope4<A>(z: v128): v128 {
  if (offsetof<A>() == GELU) {
    const near = v128.pmin<f32>(v128.pmax<f32>(z, f32x4.splat(-14)), f32x4.splat(14));
    const density = v128.mul<f32>(bell4(z), f32x4.splat(0.39894228));
    return v128.add<f32>(normal4(z), v128.mul<f32>(near, density));
  }
  const e = decay4(z);
  const sigmoid = sigmoidFrom4(z, e);
  if (offsetof<A>() == SOFTPLUS) return sigmoid;
  if (offsetof<A>() != SILU) unreachable();
  const rest = sigmoidFrom4(v128.neg<f32>(z), e);
  return v128.add<f32>(sigmoid, v128.mul<f32>(silu4(z, sigmoid), rest));
}

/** dz = dh * f'(z) on four lanes. The derivative is computed from the output h = f(z), or was stored. */
// @ts-ignore: decorator
@inline
export function activateBackward4<A>(dh: v128, h: v128): v128 {
  const one = f32x4.splat(1);
  const positive = v128.gt<f32>(h, f32x4.splat(0));
  if (offsetof<A>() == RELU) return v128.and(dh, positive);
  if (offsetof<A>() == REVIVED_RELU) {
    return v128.bitselect(dh, v128.pmin<f32>(dh, f32x4.splat(0)), positive);
  }
  if (offsetof<A>() == LEAKY_RELU) {
    return v128.bitselect(dh, v128.mul<f32>(dh, f32x4.splat(LEAKY_SLOPE)), positive);
  }
  if (offsetof<A>() == SIGMOID) return v128.mul<f32>(dh, v128.mul<f32>(h, v128.sub<f32>(one, h)));
  if (offsetof<A>() == TANH) return v128.mul<f32>(dh, v128.sub<f32>(one, v128.mul<f32>(h, h)));
  if (offsetof<A>() == ELU) {
    return v128.bitselect(dh, v128.mul<f32>(dh, v128.add<f32>(h, one)), positive);
  }
  if (offsetof<A>() == KEPT) return v128.mul<f32>(dh, h);
  if (offsetof<A>() != LINEAR) unreachable();
  return dh;
}

// @ts-ignore: decorator
@inline
function forwardLoop<A>(z: usize, n: i32, bias: usize, biasStep: usize): void {
  const end = z + ((<usize>n) << 2);
  if (biasStep) {
    for (let p = z; p < end; p += 16, bias += 16) {
      v128.store(p, activate4<A>(v128.add<f32>(v128.load(p), v128.load(bias))));
    }
  } else {
    const b = v128.load_splat<f32>(bias);
    for (let p = z; p < end; p += 16) {
      v128.store(p, activate4<A>(v128.add<f32>(v128.load(p), b)));
    }
  }
}

/** The same; and if `slopes` is not 0, f'(z + bias) is stored there. */
// @ts-ignore: decorator
@inline
function keepingLoop<A>(z: usize, n: i32, bias: usize, biasStep: usize, slopes: usize): void {
  const toSlopes = slopes - z;
  for (const end = z + ((<usize>n) << 2); z < end; z += 16, bias += biasStep) {
    const b = biasStep ? v128.load(bias) : v128.load_splat<f32>(bias);
    const sum = v128.add<f32>(v128.load(z), b);
    v128.store(z, activate4<A>(sum));
    if (slopes) v128.store(z + toSlopes, slope4<A>(sum));
  }
}

/**
 * The forward pass of one row, in place: z (n) becomes f(z + bias). `biasStep` is 16 if the bias runs along
 * the row, 0 if the whole row shares the one bias at `bias`. For an activation that stores its slopes,
 * `slopes` (n) becomes f'(z + bias), unless it is 0.
 */
export function activateRow(
  z: usize,
  n: i32,
  bias: usize,
  biasStep: usize,
  kind: usize,
  slopes: usize,
): void {
  if (kind == LINEAR) forwardLoop<Linear>(z, n, bias, biasStep);
  else if (kind == RELU || kind == REVIVED_RELU) forwardLoop<Relu>(z, n, bias, biasStep);
  else if (kind == LEAKY_RELU) forwardLoop<LeakyRelu>(z, n, bias, biasStep);
  else if (kind == ELU) forwardLoop<Elu>(z, n, bias, biasStep);
  else if (kind == TANH) forwardLoop<Tanh>(z, n, bias, biasStep);
  else if (kind == SIGMOID) forwardLoop<Sigmoid>(z, n, bias, biasStep);
  else if (kind == SOFTPLUS) keepingLoop<Softplus>(z, n, bias, biasStep, slopes);
  else if (kind == SILU) keepingLoop<Silu>(z, n, bias, biasStep, slopes);
  else if (kind == GELU) keepingLoop<Gelu>(z, n, bias, biasStep, slopes);
  else unreachable();
  clearTail(z, n);
}

// @ts-ignore: decorator
@inline
function backwardLoop<A>(dh: usize, n: i32, h: usize): void {
  for (const end = dh + ((<usize>n) << 2); dh < end; dh += 16, h += 16) {
    v128.store(dh, activateBackward4<A>(v128.load(dh), v128.load(h)));
  }
}

/**
 * The backward pass of one row, in place: dh (n) becomes dz, with h (n) the forward output, or its slopes.
 */
export function activateRowBackward(dh: usize, n: i32, h: usize, kind: usize): void {
  if (kind == RELU) backwardLoop<Relu>(dh, n, h);
  else if (kind == LEAKY_RELU) backwardLoop<LeakyRelu>(dh, n, h);
  else if (kind == ELU) backwardLoop<Elu>(dh, n, h);
  else if (kind == TANH) backwardLoop<Tanh>(dh, n, h);
  else if (kind == SIGMOID) backwardLoop<Sigmoid>(dh, n, h);
  else if (kind == REVIVED_RELU) backwardLoop<RevivedRelu>(dh, n, h);
  else if (keepsSlopes(kind)) backwardLoop<Kept>(dh, n, h);
  else if (kind != LINEAR) unreachable();
  clearTail(dh, n);
}

/** Zeroes the padding of a row of n floats: f(0) may differ from 0, and products read whole vectors. */
// @ts-ignore: decorator
@inline
export function clearTail(row: usize, n: i32): void {
  for (let i = n; i & 3; i++) store<f32>(row + ((<usize>i) << 2), 0);
}
