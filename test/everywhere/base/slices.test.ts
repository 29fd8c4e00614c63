// Whether the event loop runs between the parts of a call. The clock is mocked, so that each part seems to
// take long; bench/pages/first-call.ts measures how long they really take.

import { afterEach, expect, test, vi } from 'vitest';
import { Autoencoder } from '../../../src/index.js';
import { factored, fingerprint } from '../../support/data.js';
import { jumpingClock } from '../../support/time.js';

afterEach(() => vi.restoreAllMocks());

/**
 * Records the order of this thread's turns of the event loop and of its calls to kernels that run
 * operations. Each time the clock is read, it has advanced by 10 ms.
 */
function record(): ('turn' | 'train' | 'infer')[] {
  const events: ('turn' | 'train' | 'infer')[] = [];
  jumpingClock(10);
  const name = 'setImmediate' in globalThis ? 'setImmediate' : 'MessageChannel';
  const turn = globalThis[name as 'MessageChannel'];
  const counted = function (this: unknown, ...args: []) {
    events.push('turn');
    return new.target ? new turn() : (turn as unknown as (...args: []) => unknown)(...args);
  };
  vi.spyOn(globalThis, name as 'MessageChannel').mockImplementation(counted as never);
  const { Instance } = WebAssembly;
  class Watched {
    readonly exports: WebAssembly.Exports;

    constructor(...args: ConstructorParameters<typeof Instance>) {
      this.exports = { ...new Instance(...args).exports };
      for (const kernel of ['train', 'infer'] as const) {
        const run = this.exports[kernel] as (...args: number[]) => unknown;
        this.exports[kernel] = (...args: number[]) => {
          events.push(kernel);
          return run(...args);
        };
      }
    }
  }
  vi.spyOn(WebAssembly, 'Instance').mockImplementation(Watched as never);
  return events;
}

test('a short fit returns to the event loop between its parts, and gives the same weights', async () => {
  const x = factored(16, 6, 2, 1);
  const model = { layers: [6, 3], scale: 'none', outputActivation: 'linear', seed: 1 } as const;
  const trained = async () => {
    const ae = new Autoencoder(model);
    await ae.fit(x, { epochs: 1, batchSize: 16 });
    return fingerprint(ae);
  };
  const events = record();
  const weights = await trained();
  // The forward passes that are compiled first in pages, the only step, the check of its loss, and the
  // share explained.
  expect(events.filter((event) => event !== 'turn')).toEqual(['train', 'train', 'train', 'infer']);
  const turns = events
    .join(' ')
    .split(/train|infer/)
    .map((part) => part.split('turn').length - 1);
  const [, ready = 0, , behind = 0] = turns;
  // Copying the moments, shuffling the rows and computing the learning rates.
  expect(ready).toBeGreaterThanOrEqual(4);
  expect(behind).toBeGreaterThanOrEqual(2);
  vi.restoreAllMocks();
  expect(await trained()).toBe(weights);
});
