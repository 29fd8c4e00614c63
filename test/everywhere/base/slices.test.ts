// Whether the event loop runs between the parts of a call, by a clock that says of each of them that it took
// long: how long they take, bench/pages/first-call.ts measures.

import { afterEach, expect, test, vi } from 'vitest';
import { Autoencoder } from '../../../src/index.js';
import { factored, fingerprint } from '../../support/data.js';
import { jumpingClock } from '../../support/time.js';

afterEach(() => vi.restoreAllMocks());

/**
 * What this thread does from now on, in order: its turns of the event loop, and calls of the kernels that
 * run operations. At every look at it, the clock has gone on by 10 ms.
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
  // The forward passes that a page compiles first, the only step, the check of its loss, what is explained.
  expect(events.filter((event) => event !== 'turn')).toEqual(['train', 'train', 'train', 'infer']);
  const turns = events
    .join(' ')
    .split(/train|infer/)
    .map((part) => part.split('turn').length - 1);
  const [, ready = 0, , behind = 0] = turns;
  // The moments are copied, the rows shuffled, the rates of the steps written down.
  expect(ready).toBeGreaterThanOrEqual(4);
  expect(behind).toBeGreaterThanOrEqual(2);
  vi.restoreAllMocks();
  expect(await trained()).toBe(weights);
});
