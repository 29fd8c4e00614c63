import {
  BCE,
  ELU,
  HUBER,
  KEPT,
  LEAKY_RELU,
  LINEAR,
  LOG_COSH,
  MAE,
  MSE,
  RELU,
  REVIVED_RELU,
  SIGMOID,
  TANH,
} from '../abi';
import {
  activate4,
  activateBackward4,
  activateRow,
  activateRowBackward,
  clearTail,
  Elu,
  Kept,
  keepsSlopes,
  LeakyRelu,
  Linear,
  Relu,
  RevivedRelu,
  Sigmoid,
  Tanh,
} from './activation';
import { exp4, log1p4, madd, sigmoid4, softplusFrom4, sum4, tanh4 } from './math';

// The losses as types; see activation.ts.
@unmanaged
class MeanSquaredError {}
@unmanaged
class CrossEntropy {
  byte1: u8;
}
/** The squared error where the activation is already applied. */
@unmanaged
class ErrorOfOutput extends CrossEntropy {
  byte2: u8;
}

/** All ones in the lanes that hold data, with `left` floats remaining from this vector on. */
// @ts-ignore: decorator
@inline
function laneMask(left: i32): v128 {
  return i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(left));
}

/** log(1 + e^z) - x z on four lanes, computed from z, where nothing saturates. */
// @ts-ignore: decorator
@inline
function crossEntropy4(z: v128, x: v128): v128 {
  const e = exp4(v128.neg<f32>(v128.abs<f32>(z)));
  return v128.sub<f32>(softplusFrom4(z, e), v128.mul<f32>(x, z));
}

/**
 * log cosh d on four lanes, from d and t = tanh d: -log(1 - t^2) / 2 for small t^2, so that losses of
 * errors near 0 are exact, and |d| + log(1 + e^-2|d|) - log 2 elsewhere, which never overflows.
 */
// @ts-ignore: decorator
@inline
function logCosh4(d: v128, t: v128): v128 {
  const half = f32x4.splat(0.5);
  const size = v128.abs<f32>(d);
  const squared = v128.mul<f32>(t, t);
  const isSmall = v128.lt<f32>(squared, half);
  // 1 / (1 - t^2) = 1 + t^2 / (1 - t^2)
  const near = v128.div<f32>(squared, v128.sub<f32>(f32x4.splat(1), squared));
  const far = exp4(v128.mul<f32>(size, f32x4.splat(-2)));
  const log = log1p4(v128.bitselect(near, far, isSmall));
  const large = v128.add<f32>(v128.sub<f32>(size, f32x4.splat(0.6931471806)), log);
  return v128.bitselect(v128.mul<f32>(half, log), large, isSmall);
}

// @ts-ignore: decorator
@inline
function lossLoop<A, L>(
  z: usize,
  n: i32,
  bias: usize,
  biasStep: usize,
  x: usize,
  scale: f32,
  slopes: usize = 0,
): f32 {
  const factor = f32x4.splat(scale);
  let total = f32x4.splat(0);
  let b = v128.load_splat<f32>(bias);
  const toSlopes = slopes - z;
  for (let left = n; left > 0; left -= 4, z += 16, x += 16, bias += biasStep) {
    if (biasStep) b = v128.load(bias);
    const target = v128.load(x);
    let value: v128, dz: v128;
    if (offsetof<L>() == BCE) {
      const zb = v128.add<f32>(v128.load(z), b);
      value = crossEntropy4(zb, target);
      dz = v128.mul<f32>(v128.sub<f32>(sigmoid4(zb), target), factor);
    } else {
      let y = v128.load(z);
      if (!offsetof<L>()) y = activate4<A>(v128.add<f32>(y, b));
      const error = v128.sub<f32>(y, target);
      value = v128.mul<f32>(error, error);
      const from = offsetof<A>() == KEPT ? v128.load(z + toSlopes) : y;
      dz = activateBackward4<A>(v128.mul<f32>(error, factor), from);
    }
    if (left < 4) {
      const mask = laneMask(left);
      value = v128.and(value, mask);
      dz = v128.and(dz, mask);
    }
    total = v128.add<f32>(total, value);
    v128.store(z, dz);
  }
  return sum4(total);
}

/**
 * The epilogue of the last layer over one row: z (n) becomes the loss gradient dz (n), with y = f(z + bias)
 * and the target x (n). Returns the summed loss of the row; the caller divides.
 *
 *   mse   sum (y - x)^2                  dz = scale * (y - x) * f'(z),  scale = 2 / (batch * width)
 *   bce   sum log(1 + e^z) - x z         dz = scale * (y - x),          scale = 1 / (batch * width)
 *
 * bce requires the sigmoid and is computed from z, where nothing saturates: log(1 + e^z) = max(z, 0) +
 * log(1 + e^-|z|). `slopes` is scratch for f'(z) (n, padded).
 */
export function lossRow(
  z: usize,
  n: i32,
  bias: usize,
  biasStep: usize,
  x: usize,
  kind: usize,
  loss: usize,
  scale: f32,
  slopes: usize,
): f32 {
  if (loss == BCE) return lossLoop<Sigmoid, CrossEntropy>(z, n, bias, biasStep, x, scale);
  if (loss != MSE) unreachable();
  if (kind == RELU) return lossLoop<Relu, MeanSquaredError>(z, n, bias, biasStep, x, scale);
  if (kind == LEAKY_RELU)
    return lossLoop<LeakyRelu, MeanSquaredError>(z, n, bias, biasStep, x, scale);
  if (kind == REVIVED_RELU) {
    return lossLoop<RevivedRelu, MeanSquaredError>(z, n, bias, biasStep, x, scale);
  }
  if (kind == LINEAR) return lossLoop<Linear, MeanSquaredError>(z, n, bias, biasStep, x, scale);
  // An exponential is a long chain of dependent operations. Few fit into the processor's reorder window,
  // and fewer with the loss behind it: in one loop the sigmoid takes 6.9 ns per vector, in two 5.1.
  activateRow(z, n, bias, biasStep, kind, slopes);
  if (kind == SIGMOID) return lossLoop<Sigmoid, ErrorOfOutput>(z, n, bias, 0, x, scale);
  if (kind == ELU) return lossLoop<Elu, ErrorOfOutput>(z, n, bias, 0, x, scale);
  if (keepsSlopes(kind)) return lossLoop<Kept, ErrorOfOutput>(z, n, bias, 0, x, scale, slopes);
  if (kind != TANH) unreachable();
  return lossLoop<Tanh, ErrorOfOutput>(z, n, bias, 0, x, scale);
}

/**
 * {@link lossRow} for the row of one output, with a weight for each of its n samples, padded with zeros.
 * NaN in x means that the value is missing. Three more losses:
 *
 *   mae       sum |y - x|                  dz = scale * sign(y - x) * f'(z)
 *   huber     sum g (y - x - g / 2)        dz = scale * g * f'(z),  g = y - x within +-delta
 *             (Huber 1964, https://doi.org/10.1214/aoms/1177703732, as torch.nn.HuberLoss)
 *   logcosh   sum log cosh(y - x)          dz = scale * tanh(y - x) * f'(z)
 *
 * `y` is scratch for the outputs (n, padded). `losses` (n, padded) += the loss of each sample, unless it is
 * 0.
 */
export function weightedLossRow(
  z: usize,
  n: i32,
  bias: usize,
  x: usize,
  kind: usize,
  loss: usize,
  scale: f32,
  weights: usize,
  delta: f32,
  y: usize,
  losses: usize,
): f32 {
  if (loss != MSE && loss != BCE && loss != MAE && loss != HUBER && loss != LOG_COSH) unreachable();
  const factor = f32x4.splat(scale);
  const most = f32x4.splat(delta),
    half = f32x4.splat(0.5);
  const sign = i32x4.splat(0x80000000),
    one = f32x4.splat(1);
  const b = v128.load_splat<f32>(bias);
  const bytes = (<usize>((n + 3) & ~3)) << 2;
  memory.copy(y, z, bytes);
  // Once y is known, only bce still needs z, so the slopes can take its place.
  const keeps = keepsSlopes(kind);
  activateRow(y, n, bias, 0, kind, z);
  let total = f32x4.splat(0);
  for (let at: usize = 0; at < bytes; at += 16) {
    const target = v128.load(x + at);
    const error = v128.sub<f32>(v128.load(y + at), target);
    let value: v128,
      dy = error;
    if (loss == MSE) {
      value = v128.mul<f32>(error, error);
    } else if (loss == MAE) {
      value = v128.abs<f32>(error);
      dy = v128.bitselect(error, one, sign);
      dy = v128.and(dy, v128.ne<f32>(error, f32x4.splat(0)));
    } else if (loss == HUBER) {
      dy = v128.pmax<f32>(v128.pmin<f32>(error, most), v128.neg<f32>(most));
      value = v128.mul<f32>(dy, v128.sub<f32>(error, v128.mul<f32>(half, dy)));
    } else if (loss == LOG_COSH) {
      dy = tanh4(error);
      value = logCosh4(error, dy);
    } else {
      value = crossEntropy4(v128.add<f32>(v128.load(z + at), b), target);
    }
    // Weights past the end of the batch are 0. Missing values must not reach any sum.
    const weight = v128.load(weights + at);
    const observed = v128.eq<f32>(target, target);
    value = v128.and(v128.mul<f32>(value, weight), observed);
    total = v128.add<f32>(total, value);
    if (losses) v128.store(losses + at, v128.add<f32>(v128.load(losses + at), value));
    dy = v128.mul<f32>(v128.mul<f32>(dy, factor), weight);
    if (keeps) dy = v128.mul<f32>(dy, v128.load(z + at));
    v128.store(z + at, v128.and(dy, observed));
  }
  // The gradient of the cross-entropy is already with respect to z.
  if (keeps) clearTail(z, n);
  else if (loss != BCE) activateRowBackward(z, n, y, kind);
  return sum4(total);
}

/** The sum of (y - x)^2 over the n floats of one sample's row. */
export function errorOfRow(y: usize, x: usize, n: i32): f32 {
  let total = f32x4.splat(0);
  for (let left = n; left > 0; left -= 4, y += 16, x += 16) {
    let error = v128.sub<f32>(v128.load(y), v128.load(x));
    if (left < 4) error = v128.and(error, laneMask(left));
    total = madd(error, error, total);
  }
  return sum4(total);
}
