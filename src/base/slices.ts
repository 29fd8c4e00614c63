import { throwIfAborted } from './aborting.js';
import { yieldToEventLoop } from './platform.js';

/**
 * The longest time, in milliseconds, that the calling thread is blocked: a frame of a 60 Hz page is 16.7
 * ms, and the page needs part of it.
 */
export const SLICE_MS = 10;

/**
 * Returns a function to call regularly during long work. Once SLICE_MS have passed, it lets the event loop
 * run. Its promise rejects with the signal's reason if that was aborted.
 */
export function timeSlices(signal?: AbortSignal): () => Promise<void> | undefined {
  let end = performance.now() + SLICE_MS;
  return () => {
    if (performance.now() < end) return undefined;
    return turn(signal).then(() => {
      end = turned + SLICE_MS;
    });
  };
}

/** When the event loop last ran for us. */
let turned = Number.NEGATIVE_INFINITY;

/**
 * Called between pieces of work that are each short: lets the event loop run, unless it ran within the last
 * SLICE_MS. Rejects with the signal's reason if that was aborted in the meantime.
 */
export function breathe(signal?: AbortSignal): Promise<void> | undefined {
  return performance.now() < turned + SLICE_MS ? undefined : turn(signal);
}

async function turn(signal: AbortSignal | undefined): Promise<void> {
  await yieldToEventLoop();
  turned = performance.now();
  throwIfAborted(signal);
}
