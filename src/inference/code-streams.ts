// The codes of streamed rows.

import { reasonOf } from '../base/aborting.js';
import type { Matrix, RowSource } from '../data/matrix.js';
import { hasGaps, masked } from '../data/preprocessing.js';
import { Batches, type RowStream, requireStream, type StreamInput } from '../data/streams.js';
import { untilAborted } from '../data/until-aborted.js';
import { checkStreamOptions, type Precision, type StreamOptions } from '../model/method-options.js';
import type { LiveModel } from './live-model.js';
import { encoding } from './result-options.js';

/** See `Autoencoder.encodeStream`. */
export async function* encodeStream(
  live: LiveModel,
  source: RowStream,
  options: StreamOptions | undefined,
): AsyncGenerator<Matrix, void, undefined> {
  const { batchSize, precision } = checkStreamOptions('encodeStream', options);
  const stream = requireStream('source', source);
  const batches = batchesFor(live, 'encodeStream', batchSize, precision);
  for await (const chunk of untilAborted(stream, live.disposal.signal, false)) {
    yield* encodeEach(live, 'encodeStream', batches.add(chunk), precision);
  }
  yield* encodeEach(live, 'encodeStream', batches.rest(), precision);
}

/** See `Autoencoder.encodeTransform`. */
export function encodeTransform(
  live: LiveModel,
  options: StreamOptions | undefined,
): TransformStream<StreamInput, Matrix> {
  const { batchSize, precision } = checkStreamOptions('encodeTransform', options);
  const batches = batchesFor(live, 'encodeTransform', batchSize, precision);
  const encode = async (
    rows: Iterable<RowSource>,
    controller: TransformStreamDefaultController<Matrix>,
  ) => {
    for await (const codes of encodeEach(live, 'encodeTransform', rows, precision))
      controller.enqueue(codes);
  };
  const { signal } = live.disposal;
  const over = new AbortController();
  return new TransformStream<StreamInput, Matrix>({
    start(controller) {
      const end = () => controller.error(reasonOf(signal)); // no further chunk may ever arrive
      signal.addEventListener('abort', end, { signal: over.signal });
    },
    transform: (chunk, controller) => encode(batches.add(chunk), controller),
    async flush(controller) {
      await encode(batches.rest(), controller);
      over.abort();
    },
  });
}

function batchesFor(
  live: LiveModel,
  method: string,
  batchSize: number | undefined,
  precision: Precision | undefined,
): Batches {
  live.requireReady(method);
  const { inputs } = live.requireNetwork();
  return new Batches('source', inputs, batchSize, hasGaps(live.config), precision === 'int16');
}

async function* encodeEach(
  live: LiveModel,
  method: string,
  batches: Iterable<RowSource>,
  precision: Precision | undefined,
): AsyncGenerator<Matrix, void, undefined> {
  for (const rows of batches) {
    live.requireReady(method);
    const source = live.scaled(masked(rows, live.config, live.preprocessing));
    yield await live.run(encoding(precision, source), source);
  }
}
