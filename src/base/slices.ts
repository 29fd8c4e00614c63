import { throwIfAborted } from './aborting.js';
import { yieldToEventLoop } from './platform.js';

/**
 * The longest the calling thread is kept, in milliseconds: a frame of a 60 Hz page is 16.7, and
 * the page needs its part of it.
 */
export const SLICE_MS = 10;

/**
 * Returns a function to call every now and then during long work: once SLICE_MS have passed it
 * lets the event loop run, and its promise rejects with the signal's reason if that was aborted.
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
 * To be called between pieces of work that are short, each by itself: lets the event loop run, unless it
 * has within the last SLICE_MS. Rejects with the signal's reason if that was aborted meanwhile.
 */
export function breathe(signal?: AbortSignal): Promise<void> | undefined {
  return performance.now() < turned + SLICE_MS ? undefined : turn(signal);
}

async function turn(signal: AbortSignal | undefined): Promise<void> {
  await yieldToEventLoop();
  turned = performance.now();
  throwIfAborted(signal);
}
