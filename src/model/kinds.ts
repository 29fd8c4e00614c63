// The choices of options, except activations and losses.

import * as abi from '../generated/abi.js';

/** How weights and biases are initialised; see {@link AutoencoderOptions.init}. */
export type Init = 'pytorch' | 'he' | 'glorot';
/** How columns are scaled; see {@link AutoencoderOptions.scale}. */
export type Scale = 'auto' | 'none' | 'minmax' | 'standard';
/** How NaN in the rows is treated; see {@link AutoencoderOptions.missing}. */
export type Missing = 'error' | 'mask';
/** The optimiser; see {@link FitOptions.optimizer}. */
export type Optimizer = 'adam' | 'adamw' | 'sgd';
/** How the learning rate changes over a run; see {@link FitOptions.schedule}. */
export type Schedule = 'cosine' | 'constant' | 'step';

export const INITS: readonly Init[] = ['pytorch', 'he', 'glorot'];
export const SCALES: readonly Scale[] = ['auto', 'none', 'minmax', 'standard'];
export const MISSING: readonly Missing[] = ['error', 'mask'];
export const SCHEDULES: readonly Schedule[] = ['cosine', 'constant', 'step'];
/** The kernels' numbers, and default learning rates, which suit most data. */
export const OPTIMIZERS: Readonly<Record<Optimizer, { kind: number; learningRate: number }>> = {
  adam: { kind: abi.ADAM, learningRate: 0.002 },
  adamw: { kind: abi.ADAM, learningRate: 0.002 },
  sgd: { kind: abi.SGD, learningRate: 0.1 },
};
/** The kernels' numbers. */
export const NOISES: Readonly<Record<'gaussian' | 'mask' | 'saltPepper', number>> = {
  gaussian: abi.GAUSSIAN,
  mask: abi.MASK,
  saltPepper: abi.SALT_PEPPER,
};
/** The kernels' numbers. */
export const PENALTIES: Readonly<Record<'l1' | 'kl', number>> = { l1: abi.L1, kl: abi.KL };
