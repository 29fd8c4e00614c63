// A call of `fit`, from the caller's rows and options to the history.

import { abort, reasonOf, throwIfAborted } from '../base/aborting.js';
import { DivergenceError } from '../base/errors.js';
import type { MatrixInput, RowSource } from '../data/matrix.js';
import { hasGaps, rowsFor } from '../data/preprocessing.js';
import { inferredWidth } from '../data/row-forms.js';
import type { RowStream, TrainingInput } from '../data/streams.js';
import { dropIdleEngine, type Engine, openEngine, releaseEngine } from '../engine/kernels.js';
import { writeModel } from '../files/model-file.js';
import type { LiveModel } from '../inference/live-model.js';
import type { History } from '../model/history.js';
import type { Model } from '../model/model.js';
import { defaultEpochs } from './default-epochs.js';
import { explainedShare, sampleRows } from './explained.js';
import { checkFitOptions, checkSampleWeight, type FitConfig } from './fit-options.js';
import type { FitOptions } from './fit-types.js';
import { isFinished, sayFinished } from './run.js';
import { peeked, Settling, widened } from './settle.js';
import { heldOut, splitRows } from './split-rows.js';
import { streamOpener, trainOnStream } from './stream-training.js';
import { Training } from './training.js';

/** Trains a model on `x`; see `Autoencoder.fit`. Rows and options are checked before training starts. */
export async function fitModel(
  live: LiveModel,
  x: TrainingInput,
  options: FitOptions<MatrixInput> | undefined,
): Promise<History> {
  live.requireAlive('fit');
  if (live.fitting) throw new Error('fit is already running on this model; await it first');
  const config = checkFitOptions<MatrixInput>(options, live.config);
  let open = streamOpener(x, config);
  throwIfAborted(config.signal);
  const before = live.now;
  let model = before.network && live.model;
  if (!open) model ??= widened(before.config, inferredWidth('x', x));
  const validationFor = (model: Model) =>
    config.validationData && rowsFor(model, 'validationData', config.validationData);
  const source = open || !model ? undefined : rowsFor(model, 'x', x as MatrixInput);
  let validation = model && validationFor(model);
  if (source && config.sampleWeight !== undefined) {
    // Copied, because rows are read later.
    config.sampleWeight = checkSampleWeight(config.sampleWeight, source.rows);
  }
  const decideEpochs = ({ config: { layers } }: Model) => {
    if (options?.epochs !== undefined) return;
    const rows = source ? source.rows - heldOut(source.rows, config) : config.rows;
    config.epochs = defaultEpochs(rows, config.batchSize, layers);
  };
  if (model) decideEpochs(model);
  if (config.resume === 'auto' && before.network && isFinished(before.network, config)) {
    const { epochs = 0, history = [] } = before.network.training?.run ?? {};
    sayFinished(epochs);
    return history.map((record) => ({ ...record }));
  }

  const fitting = new AbortController();
  live.fitting = fitting; // for dispose(), in addition to the caller's signal
  const { signal } = config;
  const onAbort = () => abort(fitting, signal && reasonOf(signal));
  signal?.addEventListener('abort', onAbort);
  let engine: Engine | undefined;
  let hasWeights = false;
  try {
    engine = await openEngine(live, live.flavour);
    throwIfAborted(fitting.signal);
    if (config.checkpoint?.check) await config.checkpoint.check();
    if (!model) {
      const peek = await peeked(open as () => RowStream, fitting.signal, signal !== undefined);
      open = peek.open;
      model = widened(before.config, inferredWidth('x', peek.first));
      validation = validationFor(model);
      decideEpochs(model);
    }
    // The model becomes this one, untrained, once the width is known. Until then it keeps its old state.
    if (!before.network) live.become(model);
    const settling = new Settling(model, live.given, config);
    const onWeights = () => {
      hasWeights = true;
      live.become(settling.settled);
    };
    const run = { ...config, signal: fitting.signal };
    const rows = source ?? (open as () => RowStream);
    const holds = signal !== undefined;
    return await train(live, engine, settling, run, { rows, validation, holds, onWeights });
  } catch (error) {
    // The weights are also those from before.
    const isUnchanged = live.network?.training?.run.epochs === 0 && !config.reset;
    if (error instanceof DivergenceError && isUnchanged) live.become(before);
    throw error;
  } finally {
    signal?.removeEventListener('abort', onAbort);
    live.fitting = undefined;
    if (!hasWeights) live.become(before);
    if (engine) releaseEngine(engine);
    if (live.isDisposed) dropIdleEngine(live);
  }
}

/** What a run trains on, and its callbacks. */
interface Job {
  /** Rows in memory, or a function that opens a stream of them. */
  readonly rows: RowSource | (() => RowStream);
  readonly validation: RowSource | undefined;
  /** Whether to keep the process alive while waiting for a stream. */
  readonly holds: boolean;
  /** Called when the run has its first weights. */
  readonly onWeights: () => void;
}

/** Runs the epochs, and computes what the final model explains. */
async function train(
  live: LiveModel,
  engine: Engine,
  settling: Settling,
  config: FitConfig<MatrixInput> & { readonly signal: AbortSignal },
  { rows, validation, holds, onWeights }: Job,
): Promise<History> {
  const { network } = settling;
  const { seed, threads, workerUrl } = live.config;
  const { signal } = config;
  const onCheckpoint = () => config.checkpoint?.write(writeModel(live.model));
  const run = { ...config, onCheckpoint };
  const data = { seed, threads, workerUrl, onWeights };
  const prepare = async (rows: RowSource) => {
    await settling.settle(rows, signal);
    return {
      source: settling.prepared(rows),
      validation: validation && settling.prepared(validation),
    };
  };
  /** The rows for measuring how much the model explains. */
  let sample: RowSource | undefined;
  let history: History;
  if (typeof rows === 'function') {
    history = await trainOnStream(engine, network, run, {
      ...data,
      open: rows,
      gaps: hasGaps(live.config),
      holds,
      prepare: async (rows) => {
        const piece = await prepare(rows);
        sample ??= await sampleRows(piece.validation ?? piece.source, signal);
        return piece;
      },
    });
  } else {
    const all = { ...data, ...(await prepare(rows)) };
    const [, held] = run.validationSplit > 0 ? await splitRows(all.source, run, seed) : [];
    sample = await sampleRows(all.validation ?? all.source, signal, held);
    const training = await Training.prepare(engine, network, run, all);
    history = await training.run();
  }
  const last = history.at(-1);
  if (last && sample) {
    const explained = await explainedShare(engine, network, sample);
    if (explained !== undefined) last.explained = explained;
  }
  await onCheckpoint();
  return history;
}
