// The one file that knows Node from a browser.

interface NodeModules {
  'node:os': { availableParallelism(): number };
  'node:worker_threads': {
    Worker: new (source: string, options: { eval: true }) => NodeWorker;
    parentPort: { on(event: 'message', listener: (message: never) => void): void } & Poster;
  };
}

interface Poster {
  postMessage(message: unknown): void;
}

interface NodeWorker extends Poster {
  on(event: 'message', listener: (message: never) => void): void;
  on(event: 'error', listener: (error: Error) => void): void;
  on(event: 'exit', listener: (code: number) => void): void;
  ref(): void;
  unref(): void;
  terminate(): void;
}

/** A module of Node's own, unseen by bundlers; undefined elsewhere, and before Node 20.16. */
function nodeModule<Name extends keyof NodeModules>(name: Name): NodeModules[Name] | undefined {
  const { process } = globalThis as {
    process?: { getBuiltinModule?(name: Name): NodeModules[Name] };
  };
  return process?.getBuiltinModule?.(name);
}

/** Lets the event loop run: timers, input, network; as soon as those are served, we go on. */
export function yieldToEventLoop(): Promise<void> {
  const { setImmediate } = globalThis as { setImmediate?: (callback: () => void) => unknown };
  return new Promise((resolve) => {
    if (setImmediate) {
      setImmediate(resolve);
      return;
    }
    // In a page setTimeout is held back to 4 ms when nested; a message is not.
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/** The bytes of a base64 text. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** A random 32-bit seed, for models that are given none. */
export function randomSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] as number;
}

/** How many threads the machine runs at once. */
export function hardwareThreads(): number {
  const os = nodeModule('node:os');
  const count = os?.availableParallelism() ?? globalThis.navigator?.hardwareConcurrency ?? 1;
  return Math.min(count, 256);
}

/** A worker, seen from the thread that started it. */
export interface WorkerHandle {
  post(message: unknown): void;
  onMessage(listener: (message: never) => void): void;
  /** Called when the worker fails or ends before it is told to. */
  onError(listener: (error: Error) => void): void;
  /** Whether it keeps the process alive (Node); it does not to begin with. */
  ref(): void;
  unref(): void;
  terminate(): void;
}

/** Starts a worker that may share memory with this thread; undefined where there is none such. */
export function createWorker(source: string): WorkerHandle | undefined {
  const threads = nodeModule('node:worker_threads');
  if (threads) return nodeWorker(new threads.Worker(source, { eval: true }));
  // WebKitGTK calls a page isolated and has no shared memory to post nevertheless (seen in 2.50).
  const shares = globalThis.crossOriginIsolated && 'SharedArrayBuffer' in globalThis;
  if (shares && typeof Worker === 'function') return pageWorker(source);
  return undefined;
}

function nodeWorker(worker: NodeWorker): WorkerHandle {
  let ended = false;
  worker.unref();
  return {
    post: (message) => worker.postMessage(message),
    onMessage: (listener) => worker.on('message', listener),
    onError(listener) {
      worker.on('error', listener);
      worker.on('exit', (code) => {
        if (!ended) listener(new Error(`a worker thread ended, exit code ${code}`));
      });
    },
    ref: () => worker.ref(),
    unref: () => worker.unref(),
    terminate() {
      ended = true;
      worker.terminate();
    },
  };
}

function pageWorker(source: string): WorkerHandle {
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  const worker = new Worker(url);
  return {
    post: (message) => worker.postMessage(message),
    onMessage(listener) {
      worker.onmessage = (event) => {
        URL.revokeObjectURL(url);
        listener(event.data as never);
      };
    },
    onError(listener) {
      worker.onerror = (event) => listener(new Error(`a worker failed: ${event.message}`));
    },
    ref() {},
    unref() {},
    terminate: () => worker.terminate(),
  };
}

/** The other end, seen from inside a worker. */
export function workerPort(): {
  post(message: unknown): void;
  onMessage(listener: (message: never) => void): void;
} {
  const port = nodeModule('node:worker_threads')?.parentPort;
  if (port) {
    return {
      post: (message) => port.postMessage(message),
      onMessage: (listener) => port.on('message', listener),
    };
  }
  return {
    post: (message) => (self as unknown as Poster).postMessage(message),
    onMessage(listener) {
      self.onmessage = (event) => listener(event.data as never);
    },
  };
}
