/** The loss was NaN or infinite; the model keeps its last finite weights. */
export class DivergenceError extends Error {
  override readonly name = 'DivergenceError';

  constructor(
    /** The epoch, and the step in it, both from 1; no step where it was the validation loss. */
    readonly epoch: number,
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
