import { OptimizerStep } from '../abi';
import { madd } from './math';

// The kinds of weight decay, and whether moments settle, as types; see activation.ts.
@unmanaged
export class None {}
@unmanaged
export class Coupled {
  byte1: u8;
}
@unmanaged
export class Decoupled {
  byte1: u8;
  byte2: u8;
}
@unmanaged
export class Moving {}
@unmanaged
export class Settling {
  byte1: u8;
}

/**
 * Moments and gradients below these count as zero. WebAssembly cannot flush subnormals. Without this, the
 * moments of a dead unit decay into them after some 800 steps, and so do the squares of gradients that come
 * from weight decay alone: Adam then takes 3 times as long (3.7 instead of 1.1 us per sample for the
 * paper's network). Compared with epsilon, the error is below 1e-7 of a step. Gradients are checked in
 * every step, moments when they settle (src/training/optimizer-steps.ts).
 */
const TINY_MOMENT: f32 = 1e-30;
const TINY_GRADIENT: f32 = 1e-15;

/**
 * A vector of these bits that the compiler cannot treat as a constant: it does not know that kinds are
 * never negative. V8 in Node 24 rebuilds known constants in every iteration of a loop (2.85 instead of 1.98
 * ns per vector).
 */
// @ts-ignore: decorator
@inline
function unknown(bits: i32, step: OptimizerStep): v128 {
  return i32x4.splat(bits | (step.kind >> 31));
}

/**
 * Adam over `vectors` x 4 weights w, at least one vector, with gradient dw and moments m, v (Kingma and Ba
 * 2015, https://arxiv.org/abs/1412.6980, algorithm 1, in the form of torch.optim.Adam):
 *
 *   g = dw + weightDecay w;  m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2
 *   w -= rate stepSize m / (sqrt(v) rootCorrection + epsilon)
 *
 * With decoupled decay, g = dw, and w *= keep comes first (AdamW: Loshchilov and Hutter 2019,
 * https://arxiv.org/abs/1711.05101). A vector takes 2.3 ns with decay and settling, 2.0 with decay alone,
 * 1.9 with neither.
 */
export function adamRow<D, S>(
  w: usize,
  dw: usize,
  m: usize,
  v: usize,
  vectors: i32,
  step: OptimizerStep,
  rate: f32,
): void {
  const stepSize = f32x4.splat(step.stepSize * rate);
  const correction = f32x4.splat(step.rootCorrection);
  const beta1 = f32x4.splat(step.beta1);
  const beta1Rest = f32x4.splat(step.beta1Rest);
  const beta2 = f32x4.splat(step.beta2);
  const beta2Rest = f32x4.splat(step.beta2Rest);
  const epsilon = f32x4.splat(step.epsilon);
  const decay = f32x4.splat(offsetof<D>() == offsetof<Decoupled>() ? step.keep : step.weightDecay);
  const tinyMoment = unknown(reinterpret<i32>(TINY_MOMENT), step);
  const tinyGradient = unknown(reinterpret<i32>(TINY_GRADIENT), step);
  const magnitude = unknown(0x7fffffff, step);
  // Two vectors per iteration, the roots first: 15 % faster than one, whose chain of dependent operations
  // exceeds the processor's reorder window. The condition is at the end of the loop, and abs is an "and"
  // with a constant, because V8 recreates constants in every iteration of a loop that may run zero times,
  // and the constant of abs always (2.79 instead of 2.49 ns per vector).
  const odd = vectors & 1;
  let left = vectors - odd;
  if (left > 0) {
    do {
      let w0 = v128.load(w),
        w1 = v128.load(w, 16);
      let g0 = v128.load(dw),
        g1 = v128.load(dw, 16);
      if (offsetof<D>() == offsetof<Decoupled>()) {
        w0 = v128.mul<f32>(w0, decay);
        w1 = v128.mul<f32>(w1, decay);
      } else if (offsetof<D>() == offsetof<Coupled>()) {
        g0 = madd(w0, decay, g0);
        g1 = madd(w1, decay, g1);
      }
      g0 = v128.and(g0, v128.gt<f32>(v128.and(magnitude, g0), tinyGradient));
      g1 = v128.and(g1, v128.gt<f32>(v128.and(magnitude, g1), tinyGradient));
      let v0 = madd(v128.load(v), beta2, v128.mul<f32>(v128.mul<f32>(g0, g0), beta2Rest));
      let v1 = madd(v128.load(v, 16), beta2, v128.mul<f32>(v128.mul<f32>(g1, g1), beta2Rest));
      if (offsetof<S>()) {
        v0 = v128.and(v0, v128.gt<f32>(v0, tinyMoment));
        v1 = v128.and(v1, v128.gt<f32>(v1, tinyMoment));
      }
      const root0 = madd(v128.sqrt<f32>(v0), correction, epsilon);
      const root1 = madd(v128.sqrt<f32>(v1), correction, epsilon);
      let m0 = madd(v128.load(m), beta1, v128.mul<f32>(g0, beta1Rest));
      let m1 = madd(v128.load(m, 16), beta1, v128.mul<f32>(g1, beta1Rest));
      if (offsetof<S>()) {
        m0 = v128.and(m0, v128.gt<f32>(v128.and(magnitude, m0), tinyMoment));
        m1 = v128.and(m1, v128.gt<f32>(v128.and(magnitude, m1), tinyMoment));
      }
      v128.store(v, v0);
      v128.store(v, v1, 16);
      v128.store(m, m0);
      v128.store(m, m1, 16);
      v128.store(w, v128.sub<f32>(w0, v128.div<f32>(v128.mul<f32>(stepSize, m0), root0)));
      v128.store(w, v128.sub<f32>(w1, v128.div<f32>(v128.mul<f32>(stepSize, m1), root1)), 16);
      left -= 2;
      w += 32;
      dw += 32;
      m += 32;
      v += 32;
    } while (left > 0);
  }
  if (odd) adamVector(w, dw, m, v, step, rate);
}

/** The same for one vector, with either kind of decay: `keep` is 1 or `weightDecay` is 0. */
function adamVector(w: usize, dw: usize, m: usize, v: usize, step: OptimizerStep, rate: f32): void {
  const magnitude = i32x4.splat(0x7fffffff);
  const weight = v128.mul<f32>(v128.load(w), f32x4.splat(step.keep));
  let g = madd(weight, f32x4.splat(step.weightDecay), v128.load(dw));
  g = v128.and(g, v128.gt<f32>(v128.and(magnitude, g), f32x4.splat(TINY_GRADIENT)));
  const square = v128.mul<f32>(v128.mul<f32>(g, g), f32x4.splat(step.beta2Rest));
  let second = madd(v128.load(v), f32x4.splat(step.beta2), square);
  const part = v128.mul<f32>(g, f32x4.splat(step.beta1Rest));
  let first = madd(v128.load(m), f32x4.splat(step.beta1), part);
  if (step.settles) {
    const tiny = f32x4.splat(TINY_MOMENT);
    second = v128.and(second, v128.gt<f32>(second, tiny));
    first = v128.and(first, v128.gt<f32>(v128.and(magnitude, first), tiny));
  }
  const correction = f32x4.splat(step.rootCorrection);
  const root = madd(v128.sqrt<f32>(second), correction, f32x4.splat(step.epsilon));
  const move = v128.mul<f32>(f32x4.splat(step.stepSize * rate), first);
  v128.store(v, second);
  v128.store(m, first);
  v128.store(w, v128.sub<f32>(weight, v128.div<f32>(move, root)));
}
