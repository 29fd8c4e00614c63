// Aborts with reasons, which Chromium before 98 does not keep, and throwIfAborted, which it lacks before 100.

const reasons = new WeakMap<AbortSignal, unknown>();

/** Aborts with a reason; without one, with the engine's default. */
export function abort(controller: AbortController, reason?: unknown): void {
  if (!controller.signal.aborted && reason !== undefined) reasons.set(controller.signal, reason);
  controller.abort(reason);
}

/** Why a signal was aborted. */
export function reasonOf(signal: AbortSignal): unknown {
  if ('reason' in signal) return signal.reason;
  if (!reasons.has(signal)) {
    reasons.set(signal, new DOMException('The operation was aborted', 'AbortError'));
  }
  return reasons.get(signal);
}

/** Throws the signal's reason, if it was aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw reasonOf(signal);
}
