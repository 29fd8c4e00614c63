import { quoted } from './printable.js';
import { hide, mention, plain, type Worded, type Wording, worded } from './wording.js';

/**
 * What `fit` rejects with when a loss, a weight or one of the optimiser's moments was NaN or infinite.
 * The model has the weights of the last epoch that was finished, or those it had before the first; with
 * early stopping the best ones.
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
    /** What was not finite. */
    what = step === undefined ? 'the validation loss' : 'the loss',
  ) {
    const where = step === undefined ? '' : `, step ${step}`;
    const scale = mention('scale', 'standard', "scale: 'standard'");
    const wording = worded`fit diverged: ${what} was not finite at epoch ${epoch}${where}; the model keeps its last good weights (columns of one size, as ${scale} makes them, or a ${mention('learningRate')} below ${learningRate} may help)`;
    super(plain(wording));
    hide(this, { wording });
  }
}

/** What an error about one value among the caller's says of it, for programs: numbers from 0. */
export interface ValueFault {
  /** The argument or option that it is in, as messages call it. */
  input: string;
  row?: number | undefined;
  column?: number | undefined;
  /** The column's name, where the model's option `columns` has names. */
  columnName?: string | undefined;
  /** What holds for all, and what this one is. */
  must: string;
  is: string;
}

/** The error for one value, or one column, among many; its wording leaves out where and what it is. */
export function valueError(
  of: Omit<ValueFault, 'must'> & { must: string | Wording },
): RangeError & ValueFault & Worded {
  const required = typeof of.must === 'string' ? [of.must] : of.must;
  const fault: ValueFault = { ...of, must: plain(required) };
  const { input, row, column, columnName, must, is } = fault;
  const place = row === undefined ? '' : `row ${row}, `;
  const name = columnName === undefined ? '' : ` (${quoted(columnName)})`;
  const error = new RangeError(`${input} ${must}; ${place}column ${column}${name} is ${is}`);
  return Object.assign(hide(error, { wording: worded`${mention(input)} ${required}` }), fault);
}

/** What is wrong with a file that is no model. */
export function badModel(reason: string): RangeError {
  return new RangeError(`bytes is not a model that can be loaded: ${reason}`);
}
