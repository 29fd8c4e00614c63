// The activations, a row each: what differs between them outside of the kernels, which have the formulas
// (assembly/kernels/activation.ts). src/onnx.ts has their operators, which most pages do without.

import * as abi from '../generated/abi.js';

/** What a layer applies to its weighted sums. */
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
  /** The kernels' number, and the one with which units that died come back. */
  readonly kind: number;
  readonly revived?: number;
  /** Whether many outputs are exactly 0: products look for them, and units can stay there. */
  readonly hasZeros: boolean;
  /** Whether outputs can be of any size on both sides. */
  readonly isUnbounded: boolean;
  /** Whether f'(z) cannot be had from the output, so that the forward pass keeps it. */
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

/** Their names, in the order in which messages list them. */
export const ACTIVATION_NAMES = Object.keys(ACTIVATIONS) as Activation[];
