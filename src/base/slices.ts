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
    return yieldToEventLoop().then(() => {
      throwIfAborted(signal);
      end = performance.now() + SLICE_MS;
    });
  };
}
