// The options of `fit`, as callers write them.

import type { EpochRecord } from '../model/history.js';
import type { Optimizer, Schedule } from '../model/kinds.js';
import type { Loss } from '../model/losses.js';

/** A {@link Schedule} with parameters. */
export interface ScheduleOptions {
  /** The kind of schedule; see {@link FitOptions.schedule}. */
  type: Schedule;
  /**
   * Epochs of linear warm-up from zero at the start of the run, which may be fractional (Goyal et
   * al. 2017, https://arxiv.org/abs/1706.02677); 0 to 2^31. Default 0.
   */
  warmup?: number;
  /** `'step'`: the number of epochs between decays, an integer from 1. Default 10. */
  every?: number;
  /** `'step'`: what each decay multiplies the rate by, above 0 and at most 1. Default 0.1. */
  factor?: number;
}

/** Noise added to rows before the network sees them; see {@link FitOptions.noise}. */
export interface Noise {
  /**
   * `'gaussian'`: adds a normally distributed number to every value. `'mask'`: sets values to 0.
   * `'saltPepper'`: sets values to 0 or 1 with equal probability, for data in [0, 1]. It applies to scaled
   * values: 0 is the column mean with `scale: 'standard'` (which also stands in for missing cells) and the
   * column minimum with `'minmax'`. With any type, a category takes the value of another training row.
   */
  type: 'gaussian' | 'mask' | 'saltPepper';
  /**
   * `'gaussian'`: the standard deviation, above 0, in scaled units. Otherwise the fraction of values
   * changed, above 0 and at most 1. For categories, with any type, the fraction replaced (1 and above: all).
   */
  amount: number;
}

/** A penalty that keeps the code sparse; see {@link FitOptions.sparsity}. */
export interface Sparsity {
  /**
   * `'l1'`: the sum of the code's absolute values, averaged over the batch. `'kl'`: the sum over code units
   * of the KL divergence between `target` and the unit's mean over the batch (Ng 2011, CS294A lecture notes);
   * requires `codeActivation: 'sigmoid'`.
   */
  type: 'l1' | 'kl';
  /** The factor of the penalty in the training objective, above 0 and at most 1000. */
  weight: number;
  /** `'kl'`: the target mean activation, between 0 and 1. Default 0.05. */
  target?: number;
}

/** When to end a run before its last epoch; see {@link FitOptions.earlyStopping}. */
export interface EarlyStopping {
  /** The number of consecutive epochs without improvement after which to stop, from 1. Default 5. */
  patience?: number;
  /** The loss must fall by more than this to count as an improvement, from 0. Default 0. */
  minDelta?: number;
  /** Whether the model gets the weights of the best epoch, however the run ends. Default true. */
  restoreBest?: boolean;
}

/** Where to save a run while it trains: a file, or through `onSave`; see {@link FitOptions.checkpoint}. */
export interface Checkpoint {
  /** A file path, in Node. The file is replaced atomically and must be writable when the run begins. */
  path?: string | URL;
  /** Called with the bytes that `save` returns, and awaited. */
  onSave?: (bytes: Uint8Array<ArrayBuffer>) => void | Promise<void>;
  /** The number of epochs between saves, an integer from 1. Default 1. */
  every?: number;
}

/** The type of the callback {@link FitOptions.onEpochEnd}. */
// biome-ignore lint/suspicious/noConfusingVoidType: of callbacks that return nothing
export type OnEpochEnd = (record: EpochRecord) => void | boolean | Promise<void | boolean>;

/** The progress that `onBatchEnd` receives. */
export interface BatchRecord {
  /** The epoch, from 1. */
  epoch: number;
  /** How many batches of the epoch are done. */
  batch: number;
  /** How many batches the epoch has; undefined in the first epoch over a stream without `rows`. */
  batches: number | undefined;
  /** The training loss per element, averaged over the epoch so far. */
  loss: number;
}

/** The options of `ae.fit(x, ...)`. `Input` is the type of rows that the class accepts. */
export interface FitOptions<Input = unknown> {
  /**
   * Passes over the data, an integer from 1 to 2^31 - 1. Default: 20, or more for small tables, to make
   * 3,000 steps; fewer than that for very wide rows (about ten seconds' work); 20 for a stream without
   * `rows`.
   */
  epochs?: number;
  /** Rows per optimiser step, an integer from 1 to 2^20; the last batch may be smaller. Default 64. */
  batchSize?: number;
  /**
   * `'adam'` (default): Kingma and Ba 2015, https://arxiv.org/abs/1412.6980. `'adamw'`: Adam with
   * decoupled weight decay (Loshchilov and Hutter 2019, https://arxiv.org/abs/1711.05101). `'sgd'`:
   * stochastic gradient descent with momentum. All match torch.optim.
   */
  optimizer?: Optimizer;
  /**
   * The optimiser's step size, above 0 and at most 1000. Default 0.002; for `'sgd'` 0.1. If rows are
   * wider than 1,024 and the sum of a row's absolute values averages s > 800, the default for the first
   * layer's weights is 0.002 * 800 / s: larger steps would overshoot with so many inputs.
   */
  learningRate?: number;
  /**
   * How the learning rate changes. `'cosine'` (default): falls to zero over the run along half a cosine,
   * updated at every step (Loshchilov and Hutter 2017, https://arxiv.org/abs/1608.03983, without restarts).
   * `'constant'`: stays the same. `'step'`: is multiplied by a factor every few epochs. Pass an object for
   * parameters: `{ type: 'cosine', warmup: 1 }`, `{ type: 'step', every: 10, factor: 0.1 }`.
   */
  schedule?: Schedule | ScheduleOptions;
  /**
   * L2 penalty, added to the gradient as weightDecay * w, as in torch.optim.Adam; with `'adamw'` decoupled:
   * each step subtracts learningRate * weightDecay * w. 0 to 1. Default 0.
   */
  weightDecay?: number;
  /** The momentum of `'sgd'`, from 0 to below 1. Default 0.9. */
  momentum?: number;
  /**
   * The maximum gradient norm over all parameters, above 0: larger gradients are scaled down to it (Pascanu
   * et al. 2013, https://arxiv.org/abs/1211.5063). Default: no clipping.
   */
  clipNorm?: number;
  /** Decay rate of Adam's first moment, from 0 to below 1. Default 0.9. */
  beta1?: number;
  /** Decay rate of Adam's second moment, from 0 to below 1. Default 0.999. */
  beta2?: number;
  /** Added to Adam's denominator, above 0 and at most 1. Default 1e-8. */
  epsilon?: number;
  /**
   * The loss, averaged over all elements. `'mse'` (default): (y - x)^2. `'bce'`: binary cross-entropy;
   * requires data in [0, 1] and `outputActivation: 'sigmoid'`. `'mae'`: |y - x|. `'huber'`: quadratic up to
   * `huberDelta` and linear beyond (Huber 1964), for data with outliers. `'logcosh'`: log(cosh(y - x)),
   * similar to `'huber'` but without a parameter: (y - x)^2 / 2 near 0, |y - x| - log 2 far from it.
   */
  loss?: Loss;
  /** The error at which `'huber'` becomes linear, above 0. Default 1, as in torch.nn.HuberLoss. */
  huberDelta?: number;
  /**
   * Noise on the network's input, while the clean rows stay the target: a denoising autoencoder (Vincent et
   * al. 2010, https://www.jmlr.org/papers/v11/vincent10a.html), for more robust codes and for cleaning noisy
   * rows. It is drawn anew in each epoch from the seed, and only applied in training. Default: none.
   */
  noise?: Noise;
  /**
   * A penalty that makes codes sparse, with few units far from zero at a time. It contributes to the
   * gradient, not to the reported losses. Default: none.
   */
  sparsity?: Sparsity;
  /**
   * Passes a ReLU's gradient even where the unit outputs 0, if the update would raise its input. Otherwise a
   * dead unit, which outputs 0 for every row, never learns again. The trained model is still a plain ReLU
   * network. Default false.
   */
  reviveDeadUnits?: boolean;
  /**
   * One weight per row of `x`, finite and at least 0, not all 0: how much the row counts in loss and
   * gradient relative to the others. Default: equal weights.
   */
  sampleWeight?: ArrayLike<number>;
  /** The fraction of the rows, drawn at random from the seed, held out for validation; 0 to below 1. Default 0. */
  validationSplit?: number;
  /** Rows to validate on, (rows, input width), instead of `validationSplit`. Default: none. */
  validationData?: Input;
  /** Whether to shuffle the rows in every epoch. Default true. */
  shuffle?: boolean;
  /**
   * The number of rows of a stream, an integer from 1. With it the schedule is updated at every step from
   * the first epoch on, and progress is known. Default: unknown until the first epoch has ended.
   */
  rows?: number;
  /**
   * Ends the run when the validation loss, or the training loss if there is none, stops improving (Prechelt
   * 1998, "Early Stopping - But When?"). `true` is the same as `{}`. Default false: all epochs run.
   */
  earlyStopping?: boolean | EarlyStopping;
  /**
   * Continues the run of an earlier `fit` that was aborted, failed or was saved, at the epoch after the last
   * finished one; `epochs`, the schedule and early stopping count from the start of that run. With the same
   * rows and options the weights become, bit for bit, what they would have been without the interruption
   * (for a stream, if `rows` is given). `'auto'` is for scripts that run repeatedly: it continues an
   * unfinished run, starts one if there is none, and if the last run is finished does nothing, says so once
   * on the console and resolves with that run's history. Default false: a new run, which starts from the
   * current weights and the moments of the last finished epoch.
   */
  resume?: boolean | 'auto';
  /** Whether to discard all training first: initial weights from the seed, new moments. Default false. */
  reset?: boolean;
  /**
   * Saves the model every few epochs and at the end of the run, so that another process can load it and
   * continue with `resume`. With early stopping, saves during the run contain the weights of the last epoch,
   * not the best; the save at the end contains those of the model. Default: none.
   */
  checkpoint?: Checkpoint;
  /**
   * Called after each epoch, and awaited; the model already has that epoch's weights. Returning `false`, or
   * a promise of it, ends the run: `fit` resolves with the history so far. Beware of conditions as return
   * values: `({ epoch }) => epoch === 10 && save()` returns `false` and ends the run after epoch 1 (a message
   * on the console says so); write `({ epoch }) => { if (epoch === 10) save(); }` instead.
   */
  onEpochEnd?: OnEpochEnd;
  /**
   * Called about ten times a second and at the end of each epoch, for progress bars. The epoch ends
   * when all returned promises have settled; a rejected one rejects `fit`.
   */
  onBatchEnd?: (record: BatchRecord) => void;
  /**
   * Aborts the run: the promise rejects with the signal's reason, and the model keeps its current weights.
   * `fit` does not wait for a pending read of a stream, but does wait for a running callback, so that no
   * save is cut off. If the reason is an extensible object, such as the default AbortError, it gets a
   * property `history` with the records so far.
   */
  signal?: AbortSignal;
}

/** The options of `ae.partialFit(x, ...)`: those of {@link FitOptions} that apply to a single pass. */
export type PartialFitOptions<Input = unknown> = Omit<
  FitOptions<Input>,
  'epochs' | 'schedule' | 'rows' | 'earlyStopping' | 'resume' | 'reset' | 'onEpochEnd'
>;
