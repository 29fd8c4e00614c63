// The executable specification: every kernel once more in float64, the plain way. What the SIMD
// code is meant to compute is written here, and nowhere is speed a reason.
//
// Matrices are row-major and unpadded; weights are PyTorch's, (outputs, inputs).

import type { Activation } from '../../src/model/activations.js';
import type { Loss } from '../../src/model/losses.js';

type Numbers = ArrayLike<number>;

/** A[i], for numbers that are known to be there. */
const at = (numbers: Numbers, i: number): number => numbers[i] as number;

/** C (I, J) = A (I, K) . B (K, J). */
export function product(a: Numbers, b: Numbers, I: number, J: number, K: number): Float64Array {
  const c = new Float64Array(I * J);
  for (let i = 0; i < I; i++) {
    for (let k = 0; k < K; k++) {
      for (let j = 0; j < J; j++) {
        c[i * J + j] = at(c, i * J + j) + at(a, i * K + k) * at(b, k * J + j);
      }
    }
  }
  return c;
}

/** The same product as float32 arithmetic defines it: ascending k, product and sum each rounded. */
export function productFloat32(
  a: Numbers,
  b: Numbers,
  I: number,
  J: number,
  K: number,
): Float32Array {
  const c = new Float32Array(I * J);
  for (let i = 0; i < I; i++) {
    for (let k = 0; k < K; k++) {
      for (let j = 0; j < J; j++) {
        // The assignment rounds the sum.
        c[i * J + j] = at(c, i * J + j) + Math.fround(at(a, i * K + k) * at(b, k * J + j));
      }
    }
  }
  return c;
}

/** (columns, rows) = src (rows, columns)^T. */
export function transpose(src: Numbers, rows: number, columns: number): Float64Array {
  return Float64Array.from({ length: rows * columns }, (_, i) =>
    at(src, (i % rows) * columns + Math.floor(i / rows)),
  );
}

export interface ActivationTwin {
  /** h = f(z) */
  f(z: number): number;
  /** f'(z), in terms of h = f(z), or of z where it cannot be had from h */
  derivative(h: number, z: number): number;
  /** Where f' or f'' jumps, so that a difference across it tells nothing. */
  readonly kinks: readonly number[];
}

/** torch.nn.LeakyReLU's default negative_slope. */
const SLOPE = 0.01;

/** log(1 + e^z) */
export const softplus = (z: number): number => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));

export const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));

export const density = (z: number): number => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);

/**
 * The share of a normal distribution below z: Abramowitz and Stegun 26.2.11, a series, near 0, and 26.2.14,
 * a continued fraction, in the tails.
 */
export function normal(z: number): number {
  const size = Math.abs(z);
  if (size > 3) {
    let fraction = size;
    for (let n = 100; n > 0; n--) fraction = size + n / fraction;
    const tail = size > 40 ? 0 : density(z) / fraction;
    return z < 0 ? tail : 1 - tail;
  }
  let [term, sum] = [z, z];
  for (let n = 3; n < 100; n += 2) {
    term *= (z * z) / n;
    sum += term;
  }
  return 0.5 + density(z) * sum;
}

/** ELU: Clevert et al. 2016, https://arxiv.org/abs/1511.07289, with alpha = 1. */
export const ACTIVATION: Record<Activation, ActivationTwin> = {
  linear: { f: (z) => z, derivative: () => 1, kinks: [] },
  relu: { f: (z) => Math.max(z, 0), derivative: (h) => (h > 0 ? 1 : 0), kinks: [0] },
  leakyRelu: {
    f: (z) => (z > 0 ? z : SLOPE * z),
    derivative: (h) => (h > 0 ? 1 : SLOPE),
    kinks: [0],
  },
  elu: {
    f: (z) => (z > 0 ? z : Math.expm1(z)),
    derivative: (h) => (h > 0 ? 1 : h + 1),
    kinks: [0],
  },
  tanh: { f: Math.tanh, derivative: (h) => 1 - h * h, kinks: [] },
  sigmoid: { f: sigmoid, derivative: (h) => h * (1 - h), kinks: [] },
  softplus: { f: softplus, derivative: (_, z) => sigmoid(z), kinks: [] },
  silu: {
    f: (z) => (z < -740 ? 0 : z * sigmoid(z)),
    derivative: (h, z) => sigmoid(z) + h * sigmoid(-z),
    kinks: [],
  },
  gelu: {
    f: (z) => (z < -40 ? 0 : z * normal(z)),
    derivative: (_, z) => normal(z) + z * density(z),
    kinks: [],
  },
};

/** A loss, averaged over all elements, and its gradient. */
export interface LossTwin {
  readonly value: number;
  readonly gradient: Float64Array;
}

/** mean (y - x)^2; the gradient is by y: 2 (y - x) / n. */
export function mse(y: Numbers, x: Numbers): LossTwin {
  const n = y.length;
  let sum = 0;
  for (let i = 0; i < n; i++) sum += (at(y, i) - at(x, i)) ** 2;
  const gradient = Float64Array.from({ length: n }, (_, i) => (2 * (at(y, i) - at(x, i))) / n);
  return { value: sum / n, gradient };
}

/**
 * mean -x log y - (1 - x) log(1 - y) with y = sigmoid(z), which is mean softplus(z) - x z; the
 * gradient is by z: (y - x) / n.
 */
export function bce(z: Numbers, x: Numbers): LossTwin {
  const n = z.length;
  let sum = 0;
  for (let i = 0; i < n; i++) sum += softplus(at(z, i)) - at(x, i) * at(z, i);
  const gradient = Float64Array.from(
    { length: n },
    (_, i) => (ACTIVATION.sigmoid.f(at(z, i)) - at(x, i)) / n,
  );
  return { value: sum / n, gradient };
}

/**
 * log cosh d, as the sum of a series where the plain formula would cancel. Its error there is less than
 * the next term, 17 / 2520 d^8, whose share of d^2 / 2 is below 1e-13 where |d| is at most 0.01.
 */
export const logCosh = (d: number): number =>
  Math.abs(d) < 0.01
    ? d ** 2 / 2 - d ** 4 / 12 + d ** 6 / 45
    : Math.abs(d) + Math.log1p(Math.exp(-2 * Math.abs(d))) - Math.LN2;

export interface AdamOptions {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
}

/**
 * One weight's step t (from 1) of Adam (Kingma and Ba 2015, https://arxiv.org/abs/1412.6980,
 * algorithm 1), the weight decay added to the gradient as torch.optim.Adam does.
 */
export function adam(
  state: { w: number; m: number; v: number },
  dw: number,
  t: number,
  { learningRate, beta1, beta2, epsilon, weightDecay }: AdamOptions,
): { w: number; m: number; v: number } {
  const g = dw + weightDecay * state.w;
  const m = beta1 * state.m + (1 - beta1) * g;
  const v = beta2 * state.v + (1 - beta2) * g * g;
  const mHat = m / (1 - beta1 ** t);
  const vHat = v / (1 - beta2 ** t);
  return { w: state.w - (learningRate * mHat) / (Math.sqrt(vHat) + epsilon), m, v };
}

/** A layer's weights and biases, or their gradients. */
export interface ParametersTwin {
  /** (outputs, inputs) */
  readonly weight: Float64Array;
  readonly bias: Float64Array;
}

export interface LayerTwin extends ParametersTwin {
  readonly inputs: number;
  readonly outputs: number;
  readonly activation: Activation;
}

/** What the forward pass leaves for the backward pass. */
export interface Pass {
  /** z[l] (rows, outputs) of layer l */
  readonly z: readonly Float64Array[];
  /** h[l] (rows, inputs) of layer l; the last is the network's output y */
  readonly h: readonly Float64Array[];
}

/** z = h W^T + b, then h = f(z), layer after layer; x is (rows, inputs). */
export function forward(layers: readonly LayerTwin[], x: Numbers, rows: number): Pass {
  const z: Float64Array[] = [];
  const h = [Float64Array.from(x)];
  for (const [l, { inputs, outputs, activation, weight, bias }] of layers.entries()) {
    const input = h[l] as Float64Array;
    const wx = product(input, transpose(weight, outputs, inputs), rows, outputs, inputs);
    const sums = wx.map((sum, i) => sum + at(bias, i % outputs));
    z.push(sums);
    h.push(sums.map(ACTIVATION[activation].f));
  }
  return { z, h };
}

/** The loss of a network against its own input x, and its gradient by the last layer's z. */
export function loss(
  layers: readonly LayerTwin[],
  { z, h }: Pass,
  x: Numbers,
  kind: Loss,
): { value: number; dz: Float64Array } {
  const last = layers[layers.length - 1] as LayerTwin;
  const y = h[layers.length] as Float64Array;
  const sums = z[layers.length - 1] as Float64Array;
  if (kind === 'bce') {
    const { value, gradient } = bce(sums, x);
    return { value, dz: gradient };
  }
  const { value, gradient } = mse(y, x);
  const { derivative } = ACTIVATION[last.activation];
  return { value, dz: gradient.map((dy, i) => dy * derivative(at(y, i), at(sums, i))) };
}

/** The gradient of the loss by every weight and bias: dW = dz^T h, db = column sums of dz. */
export function backward(
  layers: readonly LayerTwin[],
  pass: Pass,
  x: Numbers,
  rows: number,
  kind: Loss,
): ParametersTwin[] {
  const gradients: ParametersTwin[] = [];
  let { dz } = loss(layers, pass, x, kind);
  for (let l = layers.length - 1; l >= 0; l--) {
    const { inputs, outputs, weight } = layers[l] as LayerTwin;
    const h = pass.h[l] as Float64Array;
    const z = pass.z[l - 1] as Float64Array;
    gradients[l] = {
      weight: product(transpose(dz, rows, outputs), h, outputs, inputs, rows),
      bias: product(new Float64Array(rows).fill(1), dz, 1, outputs, rows),
    };
    if (l === 0) break;
    const { derivative } = ACTIVATION[(layers[l - 1] as LayerTwin).activation];
    const dh = product(dz, weight, rows, inputs, outputs);
    dz = dh.map((value, i) => value * derivative(at(h, i), at(z, i)));
  }
  return gradients;
}
