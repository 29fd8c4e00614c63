// The codes of rows that come bit by bit.

import { reasonOf } from '../base/aborting.js';
import type { Matrix, RowSource } from '../data/matrix.js';
import { hasGaps, masked } from '../data/preprocessing.js';
import { Batches, type RowStream, requireStream, type StreamInput } from '../data/streams.js';
import { untilAborted } from '../data/until-aborted.js';
import { checkStreamOptions, type StreamOptions } from '../model/method-options.js';
import type { LiveModel } from './live-model.js';

/** See `Autoencoder.encodeStream`. */
export async function* encodeStream(
  live: LiveModel,
  source: RowStream,
  options: StreamOptions | undefined,
): AsyncGenerator<Matrix, void, undefined> {
  const { batchSize } = checkStreamOptions('encodeStream', options);
  const stream = requireStream('source', source);
  const batches = batchesFor(live, 'encodeStream', batchSize);
  for await (const chunk of untilAborted(stream, live.disposal.signal, false)) {
    yield* encodeEach(live, 'encodeStream', batches.add(chunk));
  }
  yield* encodeEach(live, 'encodeStream', batches.rest());
}

/** See `Autoencoder.encodeTransform`. */
export function encodeTransform(
  live: LiveModel,
  options: StreamOptions | undefined,
): TransformStream<StreamInput, Matrix> {
  const { batchSize } = checkStreamOptions('encodeTransform', options);
  const batches = batchesFor(live, 'encodeTransform', batchSize);
  const encode = async (
    rows: Iterable<RowSource>,
    controller: TransformStreamDefaultController<Matrix>,
  ) => {
    for await (const codes of encodeEach(live, 'encodeTransform', rows)) controller.enqueue(codes);
  };
  const { signal } = live.disposal;
  const over = new AbortController();
  return new TransformStream<StreamInput, Matrix>({
    start(controller) {
      const end = () => controller.error(reasonOf(signal)); // though no chunk may ever come
      signal.addEventListener('abort', end, { signal: over.signal });
    },
    transform: (chunk, controller) => encode(batches.add(chunk), controller),
    async flush(controller) {
      await encode(batches.rest(), controller);
      over.abort();
    },
  });
}

function batchesFor(live: LiveModel, method: string, batchSize: number | undefined): Batches {
  live.requireReady(method);
  return new Batches('source', live.requireNetwork().inputs, batchSize, hasGaps(live.config));
}

async function* encodeEach(
  live: LiveModel,
  method: string,
  batches: Iterable<RowSource>,
): AsyncGenerator<Matrix, void, undefined> {
  for (const rows of batches) {
    live.requireReady(method);
    yield await live.run('encode', live.scaled(masked(rows, live.config, live.preprocessing)));
  }
}
