// A run of fit, whatever its epochs consist of: where it begins, and when it ends.

import type { EarlyStopping, EpochRecord, FitConfig, History } from './fit-options.js';
import type { Network } from './network.js';
import type { RunState, TrainingState } from './state.js';

/** What a run begins with. */
export interface Start {
  readonly block: Float32Array;
  readonly state: TrainingState;
}

/** The parameters a run begins with, and the state it goes on from; the network stays as it is. */
export function startOf(network: Network, { epochs, resume, reset }: FitConfig<unknown>): Start {
  const old = network.training;
  if (resume) {
    if (!old) {
      throw new Error(
        'there is no run to resume: this model was not trained, or was saved without its optimiser',
      );
    }
    if (epochs <= old.run.epochs) {
      throw new RangeError(
        `epochs must be more than the ${old.run.epochs} that the run to resume has had, got ${epochs}`,
      );
    }
    return { block: old.run.last ?? network.block, state: { ...old, run: { ...old.run } } };
  }
  const run = { epochs: 0, best: undefined, last: undefined };
  if (old && !reset) return { block: network.block, state: { ...old, run } };
  const floats = network.block.length;
  return {
    block: reset ? network.initialBlock() : network.block,
    state: { m: new Float32Array(floats), v: new Float32Array(floats), steps: 0, epochs: 0, run },
  };
}

/**
 * The epochs that are left of a run. The network has the weights reached when this returns, and when it
 * throws; or with early stopping the best ones.
 *
 * Its `training` changes when an epoch is over, and all at once: whoever saves the model at another
 * time, or resumes a run that ended within an epoch, finds what there was before that epoch.
 */
export async function runEpochs(
  network: Network,
  { epochs, earlyStopping, checkpoint, onCheckpoint, onEpochEnd, signal }: FitConfig<unknown>,
  { block, state }: Start,
  runEpoch: (epoch: number) => Promise<EpochRecord>,
): Promise<History> {
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
      run.epochs++;
      if (earlyStopping) noteBest(run, record, earlyStopping, network.block);
      kept.m.set(state.m);
      kept.v.set(state.v);
      kept.steps = state.steps;
      kept.epochs = state.epochs;
      kept.run = { ...run, last: undefined };
      if (checkpoint && run.epochs % checkpoint.every === 0 && goesOn()) await onCheckpoint?.();
      await onEpochEnd?.(record);
      signal?.throwIfAborted();
    }
  } finally {
    if (run.best?.block) replaceWithin(network, run.best.block);
  }
  return history;
}

/** Gives the network other parameters than those after the last finished epoch, which it keeps. */
export function replaceWithin(network: Network, block: Float32Array): void {
  const { training } = network;
  if (training) training.run.last ??= network.block.slice();
  network.replace(block);
}

/** Notes an epoch that is better than all before. */
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

/** Whether the last improvement is too long ago. */
function isOver(
  { epochs, best }: RunState,
  earlyStopping: Required<EarlyStopping> | undefined,
): boolean {
  return !!earlyStopping && !!best && epochs - best.epoch >= earlyStopping.patience;
}
