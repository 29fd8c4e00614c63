/**
 * What `fit` rejects with when the loss was NaN or infinite; the model keeps its last finite weights.
 *
 * @example
 * try {
 *   await ae.fit(x, { optimizer: 'sgd', learningRate: 900 });
 * } catch (error) {
 *   if (!(error instanceof DivergenceError)) throw error;
 *   await ae.fit(x, { reset: true, learningRate: 0.0005 });
 * }
 */
export class DivergenceError extends Error {
  /** 'DivergenceError', for where errors are told apart by their names. */
  override readonly name = 'DivergenceError';

  constructor(
    /** The epoch it was in, from 1. */
    readonly epoch: number,
    /** The step in it, from 1; undefined where it was the validation loss. */
    readonly step: number | undefined,
    learningRate: number,
  ) {
    const [what, where] = step === undefined ? ['validation loss', ''] : ['loss', `, step ${step}`];
    super(
      `fit diverged: the ${what} was not finite at epoch ${epoch}${where}; the model keeps its last ` +
        `finite weights (a learningRate below ${learningRate}, or data scaled to [0, 1], may help)`,
    );
  }
}

/** What is wrong with a file that is no model. */
export function badModel(reason: string): RangeError {
  return new RangeError(`bytes is not a model that can be loaded: ${reason}`);
}
