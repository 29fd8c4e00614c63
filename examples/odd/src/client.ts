// The page's side of the engine: calls return promises of the worker's answers.

import type { Answer, Calls, Method, Progress } from './engine/calls.js';
import EngineWorker from './engine/worker.ts?worker&inline';

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
  onProgress: ((progress: Progress) => void) | undefined;
}

/** The visitor cancelled the work. */
export class Cancelled extends Error {}

export class Engine {
  readonly #worker = new EngineWorker();
  readonly #waiting = new Map<number, Waiting>();
  #next = 0;

  constructor(onLost: (message: string) => void) {
    this.#worker.addEventListener('message', ({ data }: MessageEvent<Answer>) => {
      const waiting = this.#waiting.get(data.id);
      if (!waiting) return;
      if ('progress' in data) {
        waiting.onProgress?.(data.progress);
        return;
      }
      this.#waiting.delete(data.id);
      if ('error' in data) {
        waiting.reject(data.isCancelled ? new Cancelled(data.error) : new Error(data.error));
      } else waiting.resolve(data.value);
    });
    this.#worker.addEventListener('error', (event) => onLost(event.message));
  }

  ask<M extends Method>(
    method: M,
    args: Parameters<Calls[M]>,
    options: { signal?: AbortSignal; onProgress?: (progress: Progress) => void } = {},
  ): Promise<ReturnType<Calls[M]>> {
    const id = this.#next++;
    const { signal, onProgress } = options;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, {
        resolve: resolve as (value: unknown) => void,
        ...{ reject, onProgress },
      });
      this.#worker.postMessage({ id, method, args });
      signal?.addEventListener('abort', () => this.#worker.postMessage({ id, cancel: true }), {
        once: true,
      });
    });
  }
}
