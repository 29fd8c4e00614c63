// A table of the activations with all that differs between them outside the kernels. The formulas are in
// assembly/kernels/activation.ts; the ONNX operators are in src/onnx.ts, which most pages do not load.

import * as abi from '../generated/abi.js';

/** The function that a layer applies to its weighted sums. */
export type Activation =
  | 'relu'
  | 'leakyRelu'
  | 'elu'
  | 'tanh'
  | 'sigmoid'
  | 'softplus'
  | 'silu'
  | 'gelu'
  | 'linear';

interface ActivationRow {
  /** The kernels' number, and the number of the variant that revives dead units. */
  readonly kind: number;
  readonly revived?: number;
  /** Whether many outputs are exactly 0: products then skip zeros, and units can die. */
  readonly hasZeros: boolean;
  /** Whether outputs are unbounded in both directions. */
  readonly isUnbounded: boolean;
  /** Whether f'(z) cannot be computed from the output, so that the forward pass must store it. */
  readonly keepsSlopes?: true;
}

export const ACTIVATIONS: Readonly<Record<Activation, ActivationRow>> = {
  linear: { kind: abi.LINEAR, hasZeros: false, isUnbounded: true },
  relu: { kind: abi.RELU, revived: abi.REVIVED_RELU, hasZeros: true, isUnbounded: false },
  leakyRelu: { kind: abi.LEAKY_RELU, hasZeros: false, isUnbounded: true },
  elu: { kind: abi.ELU, hasZeros: false, isUnbounded: false },
  tanh: { kind: abi.TANH, hasZeros: false, isUnbounded: false },
  sigmoid: { kind: abi.SIGMOID, hasZeros: false, isUnbounded: false },
  softplus: { kind: abi.SOFTPLUS, hasZeros: false, isUnbounded: false, keepsSlopes: true },
  silu: { kind: abi.SILU, hasZeros: false, isUnbounded: false, keepsSlopes: true },
  gelu: { kind: abi.GELU, hasZeros: false, isUnbounded: false, keepsSlopes: true },
};

/** The names, in the order in which messages list them. */
export const ACTIVATION_NAMES = Object.keys(ACTIVATIONS) as Activation[];
