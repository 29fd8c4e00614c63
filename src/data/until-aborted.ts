// Waits for streams that may never answer.

import { reasonOf, throwIfAborted } from '../base/aborting.js';
import { DAYS } from '../base/platform.js';
import type { RowStream, StreamInput } from './streams.js';

/**
 * Yields the items of a stream until `signal` is aborted, and then throws its reason at once, even if the
 * stream never answers again. The stream is asked to end, but not awaited.
 *
 * @param holds whether to keep the process alive meanwhile. Neither an AbortSignal.timeout() nor a stalled
 *   stream does, so that Node would exit before the signal is aborted.
 */
export async function* untilAborted(
  stream: RowStream,
  signal: AbortSignal,
  holds: boolean,
): AsyncGenerator<StreamInput, void, undefined> {
  throwIfAborted(signal);
  const iterator =
    Symbol.asyncIterator in stream ? stream[Symbol.asyncIterator]() : stream[Symbol.iterator]();
  let giveUp: (reason: unknown) => void = () => {};
  // One listener for all items, since a stream of single rows can have millions of them.
  const onAbort = () => giveUp(reasonOf(signal));
  signal.addEventListener('abort', onAbort);
  const hold = holds ? setInterval(() => {}, DAYS) : undefined;
  const answer = <T>(ask: () => T | PromiseLike<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      giveUp = reject;
      Promise.resolve(ask()).then(resolve, reject);
      if (signal.aborted) giveUp(reasonOf(signal)); // aborted while nothing was awaited
    });
  const tellToEnd = () =>
    answer<unknown>(() => iterator.return?.()).catch((error) => {
      if (!signal.aborted) throw error; // otherwise the reason is thrown
    });
  let isOpen = true;
  try {
    while (true) {
      isOpen = false; // a stream that has failed need not be asked to end
      const next = await answer(() => iterator.next());
      if (next.done) return;
      const value = await answer(() => next.value as StreamInput | PromiseLike<StreamInput>);
      isOpen = true;
      yield value;
      throwIfAborted(signal);
    }
  } finally {
    try {
      if (isOpen || signal.aborted) await tellToEnd();
    } finally {
      signal.removeEventListener('abort', onAbort);
      clearInterval(hold);
    }
  }
}
