import { quoted } from './printable.js';
import { hide, mention, plain, type Worded, type Wording, worded } from './wording.js';

/**
 * Thrown (as a rejection) by `fit` when the loss, a weight or a moment of the optimiser becomes NaN or
 * infinite. The model then has the weights of the last finished epoch, or those from before the first; with
 * early stopping, those of the best epoch.
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
  /** 'DivergenceError', for code that distinguishes errors by name. */
  override readonly name = 'DivergenceError';

  constructor(
    /** The epoch in which it happened, from 1. */
    readonly epoch: number,
    /** The step within the epoch, from 1; undefined if the validation loss was not finite. */
    readonly step: number | undefined,
    learningRate: number,
    /** What was not finite, for the message. */
    what = step === undefined ? 'the validation loss' : 'the loss',
  ) {
    const where = step === undefined ? '' : `, step ${step}`;
    const scale = mention('scale', 'standard', "scale: 'standard'");
    const wording = worded`fit diverged: ${what} was not finite at epoch ${epoch}${where}; the model keeps its last good weights (try ${scale}, or a ${mention('learningRate')} below ${learningRate})`;
    super(plain(wording));
    hide(this, { wording });
  }
}

/** The fields of an error about one value in the caller's data, for programs; indices from 0. */
export interface ValueFault {
  /** The argument or option that contains it, as named in messages. */
  input: string;
  row?: number | undefined;
  column?: number | undefined;
  /** The column's name, if the model's option `columns` has names. */
  columnName?: string | undefined;
  /** The requirement, and the actual value. */
  must: string;
  is: string;
}

/** The error for one value or one column of the data; its wording leaves out the place and the value. */
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

/** The error for a file that does not contain a valid model. */
export function badModel(reason: string): RangeError {
  return new RangeError(`bytes is not a valid model: ${reason}`);
}
