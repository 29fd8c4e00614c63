// A table of the losses with all that differs between them outside the kernels. The formulas are in
// assembly/kernels/loss.ts.

import * as abi from '../generated/abi.js';

/** The loss that training minimises; see {@link FitOptions.loss}. */
export type Loss = 'mse' | 'bce' | 'mae' | 'huber' | 'logcosh';

interface LossRow {
  /** The kernels' number. */
  readonly kind: number;
  /** d loss / dy is the kernels' formula times this factor, divided by the number of elements in the batch. */
  readonly factor: number;
  /** Whether only the kernel with row weights implements the loss. */
  readonly isWeighed: boolean;
}

export const LOSSES: Readonly<Record<Loss, LossRow>> = {
  mse: { kind: abi.MSE, factor: 2, isWeighed: false },
  bce: { kind: abi.BCE, factor: 1, isWeighed: false },
  mae: { kind: abi.MAE, factor: 1, isWeighed: true },
  huber: { kind: abi.HUBER, factor: 1, isWeighed: true },
  logcosh: { kind: abi.LOG_COSH, factor: 1, isWeighed: true },
};
