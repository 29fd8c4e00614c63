// The only file that distinguishes Node from browsers.

import { cpuQuota } from './cpu-quota.js';

/** The parts of Node's modules that writing files uses. */
export interface NodeFiles {
  readonly fs: {
    access(path: string, mode: number): Promise<void>;
    open(path: string, flags: string, mode?: number): Promise<FileHandle>;
    readlink(path: string): Promise<string>;
    realpath(path: string): Promise<string>;
    rename(from: string, to: string): Promise<void>;
    rm(path: string, options: { force: boolean }): Promise<void>;
    stat(path: string): Promise<{ mode: number; isFile(): boolean; isDirectory(): boolean }>;
  };
  readonly path: {
    basename(path: string): string;
    dirname(path: string): string;
    join(...parts: string[]): string;
    resolve(...parts: string[]): string;
    readonly sep: string;
  };
  readonly url: { fileURLToPath(url: URL): string };
}

export interface FileHandle {
  chmod(mode: number): Promise<void>;
  write(
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number | null,
  ): Promise<{ bytesWritten: number }>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

interface NodeModules {
  'node:fs/promises': NodeFiles['fs'];
  'node:path': NodeFiles['path'];
  'node:url': NodeFiles['url'];
  'node:fs': { readFileSync(path: string, encoding: 'utf8'): string };
  'node:crypto': { webcrypto: Crypto };
  'node:util': { TextEncoder: typeof TextEncoder; TextDecoder: typeof TextDecoder };
  'node:os': { availableParallelism(): number };
  'node:worker_threads': {
    Worker: new (source: string, options: { eval: true }) => NodeWorker;
    parentPort: { on(event: 'message', listener: (message: never) => void): void } & Poster;
  };
}

interface Poster {
  postMessage(message: unknown, transfer?: readonly ArrayBufferLike[]): void;
}

interface NodeWorker extends Poster {
  on(event: 'message', listener: (message: never) => void): void;
  on(event: 'error', listener: (error: Error) => void): void;
  on(event: 'exit', listener: (code: number) => void): void;
  /** Bun has neither before 1.2.1. */
  ref?(): void;
  unref?(): void;
  terminate(): void;
}

/** A built-in module of Node, invisible to bundlers; undefined elsewhere, and before Node 20.16. */
function nodeModule<Name extends keyof NodeModules>(name: Name): NodeModules[Name] | undefined {
  const { process } = globalThis as {
    process?: { getBuiltinModule?(name: Name): NodeModules[Name] };
  };
  try {
    return process?.getBuiltinModule?.(name);
  } catch {
    return undefined; // edge runtimes have one that throws
  }
}

/** The modules that writing files needs; undefined in pages, and before Node 20.16. */
export function nodeFiles(): NodeFiles | undefined {
  const [fs, path, url] = [
    nodeModule('node:fs/promises'),
    nodeModule('node:path'),
    nodeModule('node:url'),
  ];
  return fs && path && url && { fs, path, url };
}

/** Callers waiting for a turn of the event loop. */
const waiting: (() => void)[] = [];

/**
 * Lets the event loop handle timers, input and network, then continues. Callers resume one per turn, so
 * that many of them working in slices block the calling thread no longer than one does.
 */
export function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => {
    if (waiting.push(resolve) === 1) turn();
  });
}

/** Resumes the next caller after a turn of the event loop. */
function turn(): void {
  const next = () => {
    waiting.shift()?.();
    if (waiting.length > 0) turn();
  };
  const { setImmediate } = globalThis as { setImmediate?: (callback: () => void) => unknown };
  try {
    if (setImmediate) {
      setImmediate(next);
      return;
    }
    // In a page, nested calls of setTimeout are delayed by 4 ms; messages are not.
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      next();
    };
    port2.postMessage(null);
  } catch {
    // Jest with jsdom has neither, and in Next's edge runtime both throw.
    setTimeout(next);
  }
}

/** A random 32-bit seed, for models created without one. */
export function randomSeed(): number {
  return webCrypto().getRandomValues(new Uint32Array(1))[0] as number;
}

// Jest hides from its tests what was not yet global in the Node or jsdom that it was written for.

/** Node's own crypto, or else the page's. */
export function webCrypto(): Crypto {
  return nodeModule('node:crypto')?.webcrypto ?? crypto;
}

export function encodeUtf8(text: string): Uint8Array {
  const Encoder = globalThis.TextEncoder ?? nodeModule('node:util')?.TextEncoder;
  return new Encoder().encode(text);
}

/** @throws TypeError for bytes that are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string {
  const Decoder = globalThis.TextDecoder ?? nodeModule('node:util')?.TextDecoder;
  return new Decoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
}

let threads: number | undefined;

/** How many threads the machine, or the container of this process, can run at once. */
export function hardwareThreads(): number {
  threads ??= Math.min(countThreads(), 256);
  return threads;
}

function countThreads(): number {
  const [os, fs] = [nodeModule('node:os'), nodeModule('node:fs')];
  if (!os || !fs) return globalThis.navigator?.hardwareConcurrency ?? 1;
  const read = (path: string) => {
    try {
      return fs.readFileSync(path, 'utf8');
    } catch {
      return undefined; // not Linux, no such group, or not allowed
    }
  };
  return Math.min(os.availableParallelism(), cpuQuota(read));
}

/** A worker, seen from the thread that started it. */
export interface WorkerHandle {
  /** The name of the lock by which a page notices that its worker has ended. */
  readonly life: string;
  post(message: unknown, transfer: readonly ArrayBufferLike[]): void;
  onMessage(listener: (message: never) => void): void;
  /** Called when the worker fails or ends unexpectedly. A new listener replaces the last. */
  onError(listener: (error: Error) => void): void;
  /** To be called once the worker holds its lock. */
  watch(): void;
  /** Whether it keeps the process alive (Node). Initially it does not. */
  ref(): void;
  unref(): void;
  terminate(): void;
}

/** Whether workers are those of a page, whose policy may forbid them, rather than Node's. */
export function isPage(): boolean {
  return nodeModule('node:worker_threads') === undefined;
}

/** Whether a worker can use the memory of this thread. */
export function sharesMemory(): boolean {
  if (!isPage()) return true;
  // WebKitGTK reports a page as isolated, but has no shared memory to post (seen in 2.50).
  return globalThis.crossOriginIsolated && 'SharedArrayBuffer' in globalThis;
}

/**
 * Starts a worker; undefined where there is none such. In a page it comes from the script at `url`
 * or else from the text `source`, in Node always from the latter.
 *
 * @throws what the platform throws when it does not allow that.
 */
export function createWorker(source: string, url: string | undefined): WorkerHandle | undefined {
  const threads = nodeModule('node:worker_threads');
  if (threads) return nodeWorker(new threads.Worker(source, { eval: true }));
  if (typeof Worker === 'function') return pageWorker(source, url);
  const { process } = globalThis as { process?: { versions?: { node?: string } } };
  const node = process?.versions?.node;
  if (!node) return undefined;
  throw new Error(`Node ${node} is too old to start threads; 20.16 or later is needed`);
}

function nodeWorker(worker: NodeWorker): WorkerHandle {
  let ended = false;
  let onError = (_: Error) => {};
  worker.unref?.();
  worker.on('error', (error) => onError(error));
  worker.on('exit', (code) => {
    if (!ended) onError(new Error(`a worker thread ended, exit code ${code}`));
  });
  return {
    life: '',
    post: (message, transfer) => worker.postMessage(message, transfer),
    onMessage: (listener) => worker.on('message', listener),
    onError(listener) {
      onError = listener;
    },
    watch() {}, // Node reports it
    ref: () => worker.ref?.(),
    unref: () => worker.unref?.(),
    terminate() {
      ended = true;
      worker.terminate();
    },
  };
}

/** The Node flag that makes V8 combine pairs of 128-bit operations into 256-bit ones. */
export const WIDE_SIMD_FLAG = '--experimental-wasm-revectorize';

/** The key under which all copies of this library in a process record that the flag is set. */
export const WIDE_SIMD = Symbol.for('autoencoder-wasm.wide-simd');

/** The first V8 that implements the flag, in Node 24. Node 22 accepts it without effect. */
const FIRST_WIDE_V8 = 13;

interface Host {
  process?: { versions?: Record<string, string>; arch?: string; execArgv?: readonly string[] };
  [WIDE_SIMD]?: boolean;
}

/** Whether this engine can use 256-bit vectors: Node 24 and later, on x64. */
export function canWidenSimd(): boolean {
  const { process } = globalThis as Host;
  const versions = process?.versions;
  // Bun and Deno report a V8 version too, but lack the flag.
  if (!versions || 'bun' in versions || 'deno' in versions || process.arch !== 'x64') return false;
  return Number.parseInt(versions.v8 as string, 10) >= FIRST_WIDE_V8;
}

/** Records that the flag was set. */
export function noteWideSimd(): void {
  (globalThis as Host)[WIDE_SIMD] = true;
}

/** Whether it is on, as far as can be known: set by us, or when Node was started. */
export function hasWideSimd(): boolean {
  const { process, [WIDE_SIMD]: isNoted } = globalThis as Host;
  return (
    isNoted === true || (canWidenSimd() && process?.execArgv?.includes(WIDE_SIMD_FLAG) === true)
  );
}

/** The longest delay of a timer, for timers that only keep the event loop alive. */
export const DAYS = 2 ** 31 - 1;

function pageWorker(source: string, url: string | undefined): WorkerHandle {
  const blob = url ? '' : URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  const worker: Worker & { unref?(): void } = new Worker(url ?? blob);
  // Before 1.2.1, Bun has no other workers. They would keep it alive forever; with unref, and ref for each
  // job, 1.1 exits in the middle of one. A timer does the job of ref.
  worker.unref?.();
  let hold: ReturnType<typeof setInterval> | undefined;
  const unref = () => {
    clearInterval(hold);
    hold = undefined;
  };
  const life = `autoencoder-wasm ${crypto.getRandomValues(new Uint32Array(4)).join('-')}`;
  const watching = new AbortController();
  let onError = (_: Error) => {};
  worker.onerror = (event) => onError(new Error(event.message || 'the script was not loaded'));
  return {
    life,
    post: (message, transfer) => worker.postMessage(message, transfer as ArrayBuffer[]),
    onMessage(listener) {
      worker.onmessage = (event) => {
        URL.revokeObjectURL(blob);
        listener(event.data as never);
      };
    },
    onError(listener) {
      onError = listener;
    },
    watch() {
      // No event reports that a worker closed itself or was ended by the browser, but then its lock is
      // free.
      const ended = () => onError(new Error('a worker ended'));
      navigator.locks.request(life, { signal: watching.signal }, ended).catch(() => {});
    },
    ref() {
      hold ??= setInterval(() => {}, DAYS);
    },
    unref,
    terminate() {
      unref();
      URL.revokeObjectURL(blob);
      watching.abort();
      worker.terminate();
    },
  };
}

/** The worker's end of the connection. */
export interface Port {
  post(message: unknown): void;
  onMessage(listener: (message: never) => void): void;
  /** Holds a lock of this name as long as the worker lives; false where locks are not supported. */
  holdLock(name: string): Promise<boolean>;
}

export function workerPort(): Port {
  const port = nodeModule('node:worker_threads')?.parentPort;
  if (port) {
    return {
      post: (message) => port.postMessage(message),
      onMessage: (listener) => port.on('message', listener),
      holdLock: async () => false,
    };
  }
  return {
    post: (message) => (self as unknown as Poster).postMessage(message),
    onMessage(listener) {
      self.onmessage = (event) => listener(event.data as never);
    },
    holdLock: (name) =>
      new Promise((resolve) => {
        // Pages without a secure context have no locks, and sandboxed ones refuse them.
        if (!navigator.locks) resolve(false);
        const forever = () => {
          resolve(true);
          return new Promise(() => {});
        };
        navigator.locks?.request(name, forever).catch(() => resolve(false));
      }),
  };
}
