// The options of `fit`, as callers write them.

import type { EpochRecord } from '../model/history.js';
import type { Optimizer, Schedule } from '../model/kinds.js';
import type { Loss } from '../model/losses.js';

/** A {@link Schedule} with its numbers. */
export interface ScheduleOptions {
  /** As {@link FitOptions.schedule} says. */
  type: Schedule;
  /**
   * Epochs, whole or not, over which the rate first rises from zero in a straight line (Goyal et
   * al. 2017, https://arxiv.org/abs/1706.02677); 0 to 2^31. Default 0.
   */
  warmup?: number;
  /** `'step'`: after so many epochs each, an integer from 1 ... Default 10. */
  every?: number;
  /** ... the rate is multiplied by this, above 0 and at most 1. Default 0.1. */
  factor?: number;
}

/** What is done to rows before the network sees them; see {@link FitOptions.noise}. */
export interface Noise {
  /**
   * `'gaussian'`: adds a normal number to every value. `'mask'`: sets values to 0. `'saltPepper'`:
   * sets values to 0 or to 1, as often the one as the other; for data in [0, 1]. Values are those that
   * the network sees, scaled: 0 is a column's mean with `scale: 'standard'`, which also stands for
   * missing cells, and its least value with `'minmax'`. A category gets the value that another row to
   * train on has there, whatever the type.
   */
  type: 'gaussian' | 'mask' | 'saltPepper';
  /**
   * `'gaussian'`: the standard deviation, above 0, in the units of the (scaled) data. Else the share
   * of the values, above 0 and at most 1. Also the share of the categories' values, of which 1 is all.
   */
  amount: number;
}

/** A penalty that keeps the code sparse; see {@link FitOptions.sparsity}. */
export interface Sparsity {
  /**
   * `'l1'`: the sum of the code's absolute values, a mean over the batch. `'kl'`: the divergence of
   * each code unit's mean over the batch from `target`, summed (Ng 2011, CS294A lecture notes); needs
   * the `'sigmoid'` code activation.
   */
  type: 'l1' | 'kl';
  /** What the penalty is multiplied by before it is added to the loss, above 0 and at most 1000. */
  weight: number;
  /** `'kl'`: the mean to aim at, between 0 and 1. Default 0.05. */
  target?: number;
}

/** When to end a run before its last epoch; see {@link FitOptions.earlyStopping}. */
export interface EarlyStopping {
  /** Epochs in a row without improvement after which to stop, an integer from 1. Default 5. */
  patience?: number;
  /** The least that counts as an improvement of the loss, from 0. Default 0. */
  minDelta?: number;
  /** Whether the model gets the best epoch's weights, however the run ends. Default true. */
  restoreBest?: boolean;
}

/** Where to keep a run while it goes on: a file, or wherever `onSave` puts it; see {@link FitOptions.checkpoint}. */
export interface Checkpoint {
  /** A file, in Node: whatever happens, it is a whole one. It must be writable when the run begins. */
  path?: string | URL;
  /** Called with what `save` gives, and awaited. */
  onSave?: (bytes: Uint8Array<ArrayBuffer>) => void | Promise<void>;
  /** Epochs from one time to the next, an integer from 1. Default 1. */
  every?: number;
}

/** What `onEpochEnd` is; see {@link FitOptions.onEpochEnd}. */
// biome-ignore lint/suspicious/noConfusingVoidType: of callbacks that return nothing
export type OnEpochEnd = (record: EpochRecord) => void | boolean | Promise<void | boolean>;

/** What `onBatchEnd` is told. */
export interface BatchRecord {
  /** From 1. */
  epoch: number;
  /** How many of the epoch's batches are done, and how many there are. */
  batch: number;
  /** Undefined in the first epoch over a stream that `rows` says nothing of. */
  batches: number | undefined;
  /** The training loss an element, averaged over the epoch so far. */
  loss: number;
}

/** What `ae.fit(x, ...)` takes. `Input` is what the class accepts as rows. */
export interface FitOptions<Input = unknown> {
  /**
   * Passes over the data, an integer from 1 to 2^31 - 1. Default: 20, or as many as make 3,000 steps,
   * which small tables need; of very wide rows fewer (some ten seconds' work); 20 for a stream that
   * `rows` says nothing of.
   */
  epochs?: number;
  /** Rows per step, an integer from 1 to 2^20; an epoch's last batch may be smaller. Default 64. */
  batchSize?: number;
  /**
   * `'adam'` (default): Kingma and Ba 2015, https://arxiv.org/abs/1412.6980. `'adamw'`: Adam with
   * decoupled weight decay (Loshchilov and Hutter 2019, https://arxiv.org/abs/1711.05101). `'sgd'`:
   * stochastic gradient descent with momentum. All as torch.optim has them.
   */
  optimizer?: Optimizer;
  /**
   * The optimiser's step size, above 0 and at most 1000. Default 0.002, of `'sgd'` 0.1. Where rows are
   * wider than 1,024 and their absolute values add up to s, more than 800 on average, the default is
   * 0.002 * 800 / s for the first layer's weights: longer steps would be too far for so many inputs.
   */
  learningRate?: number;
  /**
   * `'cosine'` (default): falls to zero over the run, half a cosine (Loshchilov and Hutter 2017,
   * https://arxiv.org/abs/1608.03983, without restarts), a step at a time. `'constant'`: stays.
   * `'step'`: is multiplied by a factor every few epochs. An object says more:
   * `{ type: 'cosine', warmup: 1 }`, `{ type: 'step', every: 10, factor: 0.1 }`.
   */
  schedule?: Schedule | ScheduleOptions;
  /**
   * L2 penalty added to the gradient as weightDecay * w, as torch.optim.Adam does; of `'adamw'` the
   * share of a weight, times the learning rate, that each step takes away. 0 to 1. Default 0.
   */
  weightDecay?: number;
  /** How much of the last step `'sgd'` keeps in the next, from 0 to below 1. Default 0.9. */
  momentum?: number;
  /**
   * Gradients whose norm, over all parameters, is larger are scaled down to it (Pascanu et al. 2013,
   * https://arxiv.org/abs/1211.5063); above 0. Default: they are taken as they are.
   */
  clipNorm?: number;
  /** Decay of Adam's first moment, from 0 to below 1. Default 0.9. */
  beta1?: number;
  /** Decay of Adam's second moment, from 0 to below 1. Default 0.999. */
  beta2?: number;
  /** Added to Adam's denominator, above 0 and at most 1. Default 1e-8. */
  epsilon?: number;
  /**
   * `'mse'` (default): the mean of (y - x)^2 over every element. `'bce'`: the mean binary
   * cross-entropy; needs data in [0, 1] and the `'sigmoid'` output activation. `'mae'`: the mean of
   * |y - x|. `'huber'`: half the square up to `huberDelta`, a straight line beyond (Huber 1964), for
   * data with outliers. `'logcosh'`: the mean of log(cosh(y - x)), about the same with nothing to set:
   * half the square near 0, |y - x| - log 2 far from it.
   */
  loss?: Loss;
  /** Where `'huber'` turns into a line, above 0. Default 1, as torch.nn.HuberLoss. */
  huberDelta?: number;
  /**
   * Noise on what the network sees, while the clean rows remain what it is to give back: a denoising
   * autoencoder (Vincent et al. 2010, https://www.jmlr.org/papers/v11/vincent10a.html). Drawn anew
   * each epoch from the seed. Training only; for codes that stand for what rows have in common, and
   * for cleaning noisy rows. Default: none.
   */
  noise?: Noise;
  /**
   * A penalty on the code, for codes of which few units are far from zero at a time. It is part of
   * the gradient, not of the losses reported. Default: none.
   */
  sparsity?: Sparsity;
  /**
   * Lets a ReLU's gradient through also where the unit is at rest, if following it would raise the
   * unit. A dead unit, at rest for every row, otherwise never learns again. What is trained remains a
   * plain ReLU network. Default false.
   */
  reviveDeadUnits?: boolean;
  /**
   * One weight a row of `x`, finite and at least 0, not all 0: how much the row counts in loss and
   * gradient, in relation to the others. Default: all the same.
   */
  sampleWeight?: ArrayLike<number>;
  /** The share of the rows, drawn by the seed, to validate on instead of training; 0 to below 1. Default 0. */
  validationSplit?: number;
  /** Rows to validate on, of the same width, instead of `validationSplit`. */
  validationData?: Input;
  /** Whether to draw a new order of the rows every epoch. Default true. */
  shuffle?: boolean;
  /**
   * For a stream: how many rows it has, an integer from 1. The schedule then falls step by step from
   * the first epoch on, and progress is known. Default: not known before the first epoch has ended.
   */
  rows?: number;
  /**
   * Ends the run when the validation loss, or else the training loss, has stopped improving (Prechelt
   * 1998, "Early Stopping - But When?"). `true` stands for `{}`. Default: the run has all its epochs.
   */
  earlyStopping?: boolean | EarlyStopping;
  /**
   * Goes on with the run that an earlier `fit` was in when it was aborted, failed, or was saved, at
   * the epoch after the last one finished; `epochs`, the schedule and early stopping count from that
   * run's start. With the same rows and options the weights become, bit for bit, what they would have
   * been without the interruption (over a stream, if `rows` says how many there are). `'auto'` is for
   * scripts that are run again and again: it goes on with a run that is not finished, begins one where
   * there is none, and where the last one has had all its epochs does nothing, says so on the console,
   * once, and resolves with that run's history. Default false: a new run, which begins with the weights
   * reached and the moments of the last finished epoch.
   */
  resume?: boolean | 'auto';
  /** Forgets all training first: weights as drawn from the seed, fresh moments. Default false. */
  reset?: boolean;
  /**
   * Saves the model every few epochs, and when the run is over, so that another process can load it
   * and go on with `resume`. At the run's end the file has what the model has; before, with early
   * stopping, the last epoch's weights and not the best.
   */
  checkpoint?: Checkpoint;
  /**
   * Called after each epoch, and awaited; the model already has that epoch's weights. False, or a promise
   * of it, ends the run there: `fit` resolves with its history so far. So does a condition that is the
   * function's value: `({ epoch }) => epoch === 10 && save()` ends the run after epoch 1, which the console
   * then says, and `({ epoch }) => { if (epoch === 10) save(); }` does not.
   */
  onEpochEnd?: OnEpochEnd;
  /**
   * Called during an epoch, some ten times a second, and at its end, for progress bars. The epoch ends
   * when all promises it has returned are settled; one that is rejected rejects `fit`.
   */
  onBatchEnd?: (record: BatchRecord) => void;
  /**
   * Aborting it stops the run; the promise rejects with its reason, and the weights reached are kept. A
   * stream that does not answer is not waited for; a callback that is running is, so that no save is cut. A
   * reason that is an object which can be extended, as the usual AbortError is, gets a property
   * `history`: the records up to there.
   */
  signal?: AbortSignal;
}

/** What `ae.partialFit(x, ...)` takes: what {@link FitOptions} says of a single pass. */
export type PartialFitOptions<Input = unknown> = Omit<
  FitOptions<Input>,
  'epochs' | 'schedule' | 'rows' | 'earlyStopping' | 'resume' | 'reset' | 'onEpochEnd'
>;
