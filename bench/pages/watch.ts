// Measures how long a thread is blocked while other work is done.

import { BEGIN, END } from './tasks.js';

export interface Holdups {
  /** The duration in milliseconds of every task beyond 50 ms, by the Long Tasks API, which Node lacks. */
  readonly longTasks: readonly number[];
  /** The longest time between two ticks of a timer that ticks every TICK_MS, in milliseconds. */
  readonly longestGap: number;
}

/** Browsers delay a timer that was set by a timer to at least 4 ms. Each tick takes almost no time. */
const TICK_MS = 4;

const tick = () => new Promise((resolve) => setTimeout(resolve, TICK_MS));

/** Watches the calling thread until the function it resolves to is called. */
export async function watch(): Promise<() => Promise<Holdups>> {
  const longTasks: number[] = [];
  const note = (entries: PerformanceEntryList) => {
    for (const { duration } of entries) longTasks.push(duration);
  };
  // After a few ticks the caller's earlier work has ended and has been reported.
  for (let i = 0; i < 25; i++) await tick();
  const observer = new PerformanceObserver((list) => note(list.getEntries()));
  if (PerformanceObserver.supportedEntryTypes.includes('longtask')) {
    observer.observe({ type: 'longtask' });
  }
  performance.mark(BEGIN);
  let longestGap = 0;
  let last = performance.now();
  let timer: ReturnType<typeof setTimeout>;
  const look = () => {
    const now = performance.now();
    longestGap = Math.max(longestGap, now - last);
    last = now;
    timer = setTimeout(look, TICK_MS);
  };
  timer = setTimeout(look, TICK_MS);
  return async () => {
    // A task is reported only after it has ended, and this function continues in the last one.
    for (let i = 0; i < 5; i++) await tick();
    clearTimeout(timer);
    performance.mark(END);
    note(observer.takeRecords());
    observer.disconnect();
    return { longTasks, longestGap };
  };
}
