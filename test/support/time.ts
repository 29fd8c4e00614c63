// Tests use these instead of waiting: they turn the event loop, and set the clock.

import { vi } from 'vitest';

/** Lets the event loop turn once. It uses messages, since timers differ between engines. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/**
 * A clock that jumps past a time slice whenever it is read, so that code that yields after a slice yields
 * as often as possible, on machines of any speed.
 */
export function stretchTime(): void {
  jumpingClock(1000);
}

let latest = 0;

/** A clock that advances by this many milliseconds whenever it is read, and never goes back. */
export function jumpingClock(milliseconds: number): void {
  latest = Math.max(latest, performance.now());
  vi.spyOn(performance, 'now').mockImplementation(() => {
    latest += milliseconds;
    return latest;
  });
}

/** A promise, and the function that resolves it. */
export function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
