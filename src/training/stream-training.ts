// Training on streamed rows that exceed memory: an epoch is a series of pieces, and the stream pauses while
// each of them is trained on.

import { throwIfAborted } from '../base/aborting.js';
import { errorOf, mention, worded } from '../base/wording.js';
import type { RowSource } from '../data/matrix.js';
import { hasValues, noValues } from '../data/missing.js';
import { Batches, type RowStream, requireStream, type StreamInput } from '../data/streams.js';
import { untilAborted } from '../data/until-aborted.js';
import type { Engine } from '../engine/kernels.js';
import { but, fault } from '../model/checks.js';
import type { EpochRecord, History } from '../model/history.js';
import type { Network } from '../model/network.js';
import type { FitConfig } from './fit-options.js';
import type { BatchRecord } from './fit-types.js';
import { runEpochs, startOf } from './run.js';
import { learningRateAt } from './schedule.js';
import { Training, type TrainingData } from './training.js';

/** Bytes per piece. Rows are shuffled only within a piece. */
const PIECE_BYTES = 16 * 1024 * 1024;

/** Where a run reads its rows. */
export interface StreamData extends Omit<TrainingData, 'source' | 'validation' | 'piece'> {
  /** Opens the stream of an epoch. */
  readonly open: () => RowStream;
  /** Whether cells may be missing. */
  readonly gaps: boolean;
  /** Whether to keep the process alive while waiting for the stream; see src/data/until-aborted.ts. */
  readonly holds: boolean;
  /** The rows of a piece, and the validation rows, as the network takes them. */
  readonly prepare: (rows: RowSource) => Promise<Pick<TrainingData, 'source' | 'validation'>>;
}

/**
 * Returns the function that opens an epoch's stream, if `x` is a stream. Checks that the options suit a
 * stream or rows, respectively.
 */
export function streamOpener(
  x: unknown,
  { rows, validationSplit, sampleWeight }: FitConfig<unknown>,
): (() => RowStream) | undefined {
  const isIterable = typeof x === 'object' && x !== null && Symbol.asyncIterator in x;
  if (!isIterable && typeof x !== 'function') {
    if (rows === undefined) return undefined;
    const got = but(rows, 'an x whose number of rows is known');
    throw fault(TypeError, 'rows', rows, worded`${mention('rows')} is only for streamed x${got}`);
  }
  if (validationSplit > 0) {
    const [split, data] = [mention('validationSplit'), mention('validationData')];
    const wording = worded`${split} needs rows in memory${but(validationSplit, 'a stream')}: give ${data}`;
    throw fault(TypeError, 'validationSplit', validationSplit, wording);
  }
  if (sampleWeight !== undefined) {
    const wording = worded`${mention('sampleWeight')} needs rows in memory${but(sampleWeight, 'a stream')}`;
    throw fault(TypeError, 'sampleWeight', sampleWeight, wording);
  }
  return () => requireStream('x', typeof x === 'function' ? x() : x);
}

/** Cuts a stream into pieces of whole batches, except the last. */
function cutter(
  width: number,
  batchSize: number,
  gaps: boolean,
  epochBatches = Number.POSITIVE_INFINITY,
): Batches {
  // A few rows that are read in 1,500 epochs must not take 16 MB in each of them.
  const most = Math.min(Math.floor(PIECE_BYTES / (4 * width * batchSize)), epochBatches);
  const batches = Math.max(1, most);
  return new Batches('x', width, batches * batchSize, gaps);
}

/** The pieces of a stream that have at least one row with a value. Only with `gaps` can values be missing. */
async function* pieces(
  stream: AsyncIterable<StreamInput>,
  all: Batches,
  gaps: boolean,
): AsyncGenerator<RowSource, void, undefined> {
  const worth = function* (cut: Iterable<RowSource>) {
    for (const piece of cut) if (!gaps || hasValues(piece)) yield piece;
  };
  for await (const chunk of stream) yield* worth(all.add(chunk));
  yield* worth(all.rest());
}

/** Runs all epochs over a stream that is opened again for each. */
export async function trainOnStream(
  engine: Engine,
  network: Network,
  config: FitConfig<unknown>,
  { open, gaps, holds, prepare, ...data }: StreamData,
): Promise<History> {
  const { batchSize, epochs, schedule, learningRate, onBatchEnd } = config;
  const start = startOf(network, config);
  const { state } = start;
  let { block } = start;
  /** The number of batches per epoch, once it is known. */
  let batches = config.rows === undefined ? undefined : Math.ceil(config.rows / batchSize);
  /** The same including rows without any value, which are read as well. */
  let batchesRead = batches;

  async function runEpoch(epoch: number): Promise<EpochRecord> {
    const alive = new Uint32Array(network.units);
    const known = batches;
    let done = 0;
    let rows = 0;
    let lossSum = 0;
    let seconds = 0;
    let record: EpochRecord | undefined;
    // Until the number of steps is known, the rate changes only from epoch to epoch.
    const rateAt = (step: number) =>
      known === undefined
        ? learningRateAt(schedule, learningRate, epoch - 1, epochs, 1)
        : learningRateAt(
            schedule,
            learningRate,
            Math.min((epoch - 1) * known + done + step, epochs * known - 1),
            epochs * known,
            known,
          );
    const stream = untilAborted(open(), config.signal as AbortSignal, holds);
    const all = cutter(network.inputs, batchSize, gaps, batchesRead);
    const source = pieces(stream, all, gaps);
    try {
      for (let next = await source.next(); !next.done; ) {
        let count = next.value.rows;
        const report = (of: BatchRecord) => {
          const seen = Math.min(of.batch * batchSize, count);
          const loss = (lossSum + of.loss * seen) / (rows + seen);
          return onBatchEnd?.({ epoch, batch: done + of.batch, batches: known, loss });
        };
        const training = await Training.prepare(
          engine,
          network,
          { ...config, ...(onBatchEnd && { onBatchEnd: report }) },
          {
            ...data,
            ...(await prepare(next.value)),
            piece: { start: { block, state }, rateAt, alive },
          },
        );
        count = training.rows;
        // The piece has been copied, so the stream may be asked for the next one.
        next = await source.next();
        throwIfAborted(config.signal);
        const part = await training.runEpoch(epoch, next.done === true);
        ({ block } = network);
        const steps = Math.ceil(count / batchSize);
        done += steps;
        rows += count;
        lossSum += part.loss * count;
        seconds += part.seconds;
        record = { ...part, loss: lossSum / rows, seconds, samplesPerSecond: rows / seconds };
      }
    } finally {
      await source.return();
    }
    if (!record && all.rows > 0) throw noValues('x', all.rows);
    if (!record) {
      throw errorOf(
        RangeError,
        epoch === 1 || known === undefined
          ? worded`${mention('x')} must have at least one row, got none`
          : worded`${mention('x')} yielded no rows for epoch ${epoch}: give a function that reopens the stream, or ${mention('epochs', '1', 'epochs: 1')}`,
      );
    }
    if (config.rows !== undefined && all.rows !== config.rows) {
      throw errorOf(
        RangeError,
        worded`${mention('x')} must have rows = ${config.rows} rows, got ${all.rows}`,
      );
    }
    // The schedule keeps using this number, so that a resumed run does the same.
    if (config.rows === undefined) batches = done;
    batchesRead = Math.ceil(all.rows / batchSize);
    return record;
  }

  return runEpochs(network, config, start, runEpoch);
}
