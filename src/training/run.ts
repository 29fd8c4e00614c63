// A run of fit, independent of what its epochs consist of: how it starts, and when it ends.

import { reasonOf, throwIfAborted } from '../base/aborting.js';
import { DivergenceError } from '../base/errors.js';
import { wrong } from '../model/checks.js';
import type { EpochRecord, History } from '../model/history.js';
import type { Network } from '../model/network.js';
import type { RunState, TrainingState } from '../model/state.js';
import type { FitConfig } from './fit-options.js';
import type { EarlyStopping } from './fit-types.js';

/** What a run starts with. */
export interface Start {
  readonly block: Float32Array;
  readonly state: TrainingState;
}

/** Whether the last run of `fit` has done everything that these options ask for. */
export function isFinished(network: Network, options: FitConfig<unknown>): boolean {
  const run = network.training?.run;
  return !!run && (run.epochs >= options.epochs || isOver(run, options.earlyStopping));
}

let saidFinished = false;

/** Prints, once, that a `fit` has nothing to do. */
export function sayFinished(epochs: number): void {
  if (saidFinished) return;
  saidFinished = true;
  console.info(
    `autoencoder-wasm: fit did nothing, since the run that resume: 'auto' found was finished, after ` +
      `${epochs} epochs; resume: false begins another one`,
  );
}

let saidStopped = false;

/**
 * Prints, once, that `onEpochEnd` returning `false` has ended a run, which is not intended in `epoch === 10
 * && save()`.
 */
function sayStopped(epochs: number): void {
  if (saidStopped) return;
  saidStopped = true;
  console.info(
    `autoencoder-wasm: onEpochEnd returned false after the first of ${epochs} epochs, which ends the ` +
      'run; where that is the value of an expression, as in ({ epoch }) => epoch === 10 && save(), give ' +
      'it braces: { if (epoch === 10) save(); }',
  );
}

/** The parameters that a run starts with, and the state it continues from. The network is not changed. */
export function startOf(network: Network, { epochs, resume, reset }: FitConfig<unknown>): Start {
  const old = network.training;
  if (resume === true || (resume === 'auto' && old)) {
    if (!old) {
      throw new Error(
        'there is no run to resume: this model was not trained, or was saved without its training state',
      );
    }
    if (epochs <= old.run.epochs) {
      const had = `more than the ${old.run.epochs} epochs that the run to resume has finished`;
      throw wrong(RangeError, 'epochs', had, epochs);
    }
    return {
      block: old.run.last ?? network.block,
      state: { ...old, run: { ...old.run, history: [...old.run.history] } },
    };
  }
  const run = { epochs: 0, best: undefined, last: undefined, history: [] };
  if (old && !reset) return { block: network.block, state: { ...old, run } };
  const floats = network.block.length;
  return {
    block: reset ? network.initialBlock() : network.block,
    state: { m: new Float32Array(floats), v: new Float32Array(floats), steps: 0, epochs: 0, run },
  };
}

/**
 * Runs the remaining epochs, or until `onEpochEnd` returns false. Resolves to their records; with resume
 * 'auto', to those of the whole run. When this returns or throws, the network has the current weights;
 * after divergence, those of the last finished epoch; with early stopping, the best ones.
 *
 * Its `training` changes only at the end of an epoch, and all at once. If the model is saved at another
 * time, or a run that ended within an epoch is resumed, it is the state before that epoch.
 */
export async function runEpochs(
  network: Network,
  options: FitConfig<unknown>,
  { block, state }: Start,
  runEpoch: (epoch: number) => Promise<EpochRecord>,
): Promise<History> {
  const { epochs, earlyStopping, checkpoint, onCheckpoint, onEpochEnd, resume, signal } = options;
  const { run } = state;
  const last = block === network.block ? undefined : block.slice();
  const kept = { ...state, m: state.m.slice(), v: state.v.slice(), run: { ...run, last } };
  network.training = kept;
  const history: History = [];
  const goesOn = () => run.epochs < epochs && !isOver(run, earlyStopping);
  try {
    while (goesOn()) {
      const record = await runEpoch(run.epochs + 1);
      history.push(record);
      run.history.push(record);
      run.epochs++;
      if (earlyStopping) noteBest(run, record, earlyStopping, network.block);
      kept.m.set(state.m);
      kept.v.set(state.v);
      kept.steps = state.steps;
      kept.epochs = state.epochs;
      kept.run = { ...run, last: undefined };
      if (checkpoint && run.epochs % checkpoint.every === 0 && goesOn()) await onCheckpoint?.();
      const wanted = await onEpochEnd?.(record);
      throwIfAborted(signal);
      if (wanted === false) {
        if (history.length === 1 && goesOn()) sayStopped(epochs);
        break;
      }
    }
  } catch (error) {
    if (error instanceof DivergenceError && kept.run.last) {
      network.replace(kept.run.last);
      kept.run.last = undefined;
    }
    if (signal?.aborted && error === reasonOf(signal)) giveHistory(error, history);
    throw error;
  } finally {
    if (run.best?.block) replaceWithin(network, run.best.block);
  }
  return resume === 'auto' ? [...run.history] : history;
}

/** Adds the history so far to the reason of an abort, if it is an object that allows this. */
function giveHistory(reason: unknown, history: History): void {
  if (typeof reason !== 'object' || reason === null) return;
  Reflect.defineProperty(reason, 'history', { value: history, writable: true, configurable: true });
}

/** Replaces the network's parameters by others than those of the last finished epoch, which the state keeps. */
export function replaceWithin(network: Network, block: Float32Array): void {
  const { training } = network;
  if (training) training.run.last ??= network.block.slice();
  network.replace(block);
}

/** Records an epoch that is better than all before. */
function noteBest(
  run: RunState,
  { epoch, loss, validationLoss = loss }: EpochRecord,
  { minDelta, restoreBest }: Required<EarlyStopping>,
  block: Float32Array,
): void {
  if (!run.best || validationLoss < run.best.loss - minDelta) {
    run.best = { epoch, loss: validationLoss, block: restoreBest ? block.slice() : undefined };
  }
}

/** Whether the last improvement was too many epochs ago. */
function isOver(
  { epochs, best }: RunState,
  earlyStopping: Required<EarlyStopping> | undefined,
): boolean {
  return !!earlyStopping && !!best && epochs - best.epoch >= earlyStopping.patience;
}
