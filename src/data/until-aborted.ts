// Waiting for others, who may never answer.

import { reasonOf, throwIfAborted } from '../base/aborting.js';
import { DAYS } from '../base/platform.js';
import type { RowStream, StreamInput } from './streams.js';

/**
 * What `for await` gives of a stream, until `signal` is aborted: then its reason is thrown at once, even
 * if the stream never answers any more. It is told to end in any case, but nobody waits for that then.
 *
 * @param holds whether to keep a process alive meanwhile: an AbortSignal.timeout() does not, nor does
 *   a stream that stalls, and without either Node would leave before the signal comes.
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
  // One listener for all that is waited for: a stream of single rows has millions of them.
  const onAbort = () => giveUp(reasonOf(signal));
  signal.addEventListener('abort', onAbort);
  const hold = holds ? setInterval(() => {}, DAYS) : undefined;
  const answer = <T>(ask: () => T | PromiseLike<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      giveUp = reject;
      Promise.resolve(ask()).then(resolve, reject);
      if (signal.aborted) giveUp(reasonOf(signal)); // meanwhile, when nobody waited
    });
  const tellToEnd = () =>
    answer<unknown>(() => iterator.return?.()).catch((error) => {
      if (!signal.aborted) throw error; // else the reason is on its way already
    });
  let isOpen = true;
  try {
    while (true) {
      isOpen = false; // who fails need not be told to end
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
