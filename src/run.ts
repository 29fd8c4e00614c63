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
 */
export async function runEpochs(
  network: Network,
  { epochs, earlyStopping, onEpochEnd, signal }: FitConfig<unknown>,
  { run }: TrainingState,
  runEpoch: (epoch: number) => Promise<EpochRecord>,
): Promise<History> {
  const history: History = [];
  try {
    for (let epoch = run.epochs + 1; epoch <= epochs; epoch++) {
      const record = await runEpoch(epoch);
      history.push(record);
      run.epochs = epoch;
      const isOver = earlyStopping && noteBest(run, record, earlyStopping, network.block);
      await onEpochEnd?.(record);
      signal?.throwIfAborted();
      if (isOver) break;
    }
  } finally {
    const best = run.best?.block;
    if (best) {
      run.last = network.block.slice();
      network.replace(best);
    }
  }
  return history;
}

/** Notes an epoch that is better than all before; whether the last improvement is too long ago. */
function noteBest(
  run: RunState,
  { epoch, loss, validationLoss = loss }: EpochRecord,
  { patience, minDelta, restoreBest }: Required<EarlyStopping>,
  block: Float32Array,
): boolean {
  if (!run.best || validationLoss < run.best.loss - minDelta) {
    run.best = { epoch, loss: validationLoss, block: restoreBest ? block.slice() : undefined };
  }
  return epoch - run.best.epoch >= patience;
}
