import {
  createWorker,
  isPage,
  sharesMemory,
  type WorkerHandle,
  yieldToEventLoop,
} from '../base/platform.js';
import source from '../generated/worker.js';
import type { Answer, Job, Message, Read, Write } from './messages.js';

/**
 * If a worker does not answer its first message within this many milliseconds, the caller works without it.
 */
const READY_MS = 10_000;

/** Scripts that failed to start a worker and are not tried again. */
const unable = new Set<string>();
/** Scripts that a warning was printed for. */
const warned = new Set<string>();

/**
 * Workers on one linear memory, or a single worker with its own memory where memory cannot be shared. An
 * idle worker costs one sleeping thread and never keeps a process alive.
 */
export class Pool {
  readonly #module: WebAssembly.Module;
  readonly #memory: WebAssembly.Memory;
  readonly #workers: WorkerHandle[] = [];
  /** How many workers have answered. */
  #started = 0;
  #pending: { resolve: (result: never) => void; reject: (error: Error) => void }[] = [];
  #broken: Error | undefined;

  constructor(module: WebAssembly.Module, memory: WebAssembly.Memory) {
    this.#module = module;
    this.#memory = memory;
  }

  /** Whether a worker was lost. The pool then rejects every call. */
  get broken(): boolean {
    return this.#broken !== undefined;
  }

  /**
   * Starts workers until there are `count`, from the script at `url` or, without one, from the bundled
   * text. Returns false if none can be started, after one warning on the console.
   */
  async grow(count: number, url: string | undefined): Promise<boolean> {
    const before = this.#workers.length;
    const script = url ?? 'blob:';
    if (before >= count) return true;
    if (unable.has(script)) return false;
    try {
      while (this.#workers.length < count) {
        const worker = createWorker(source, url);
        if (!worker) return false;
        this.#workers.push(worker);
      }
      await this.#ready(before);
      this.#started = count;
      return true;
    } catch (error) {
      if (this.#broken) throw this.#broken; // closed in the meantime
      for (const worker of this.#workers.splice(before)) worker.terminate();
      this.#pending.length = before;
      if (!warned.has(script)) warn(url, error as Error); // otherwise another model has warned already
      warned.add(script);
      // A page's policy or Node's permissions do not change; a machine that is out of threads may recover.
      if (isPage() || isDenied(error)) unable.add(script);
      return false;
    }
  }

  /** Gives job i to worker i, and resolves to their return values. Rejects if a worker is lost. */
  async run(jobs: readonly Job[]): Promise<number[]> {
    return Promise.all(jobs.map((job, index) => this.#send<number>(index, job)));
  }

  /** Writes to, or reads from, the memory of the single worker that has its own. */
  async access(message: Write): Promise<number>;
  async access(message: Read): Promise<Uint8Array>;
  async access(message: Write | Read): Promise<number | Uint8Array> {
    return this.#send<number | Uint8Array>(0, message);
  }

  /** Terminates all workers, whatever they are doing. */
  close(): void {
    this.#fail(new Error('the workers were closed'));
  }

  /**
   * Waits until the workers from number `from` on have answered. Rejects with the error of one that failed.
   */
  async #ready(from: number): Promise<void> {
    const memory = sharesMemory() ? this.#memory : undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      const error = new Error(`no worker was ready within ${READY_MS / 1000} s`);
      // Their answers may have arrived already, but not been handled while the caller was busy.
      timer = setTimeout(() => void yieldToEventLoop().then(() => reject(error)), READY_MS);
    });
    const answers = this.#workers.slice(from).map(async (worker, i) => {
      const failed = new Promise<never>((_, reject) => worker.onError(reject));
      const setup = { module: this.#module, memory, life: worker.life };
      worker.onMessage((answer: Answer) => {
        if (this.#workers[from + i] === worker) this.#settle(from + i, answer);
      });
      const isHeld = await Promise.race([failed, this.#send<number>(from + i, setup)]);
      worker.onError((error) => this.#fail(error));
      if (isHeld) worker.watch();
    });
    try {
      await Promise.race([late, Promise.all(answers)]);
    } finally {
      clearTimeout(timer);
    }
  }

  #send<Result>(index: number, message: Message): Promise<Result> {
    if (this.#broken) return Promise.reject(this.#broken);
    return new Promise((resolve, reject) => {
      this.#pending[index] = { resolve, reject };
      const worker = this.#workers[index] as WorkerHandle;
      worker.ref();
      worker.post(message, 'write' in message ? [message.write.buffer] : []);
    });
  }

  #settle(index: number, answer: Answer): void {
    const pending = this.#pending[index];
    delete this.#pending[index];
    if ('error' in answer) {
      const error = new Error(`a worker failed: ${answer.error}`);
      pending?.reject(error);
      if (index < this.#started) this.#fail(error); // the others may be waiting for it at a barrier
      return;
    }
    this.#workers[index]?.unref();
    pending?.resolve(answer.result as never);
  }

  #fail(error: Error): void {
    this.#broken ??= error;
    for (const worker of this.#workers) worker.terminate();
    const pending = this.#pending;
    this.#pending = [];
    for (const job of pending) job?.reject(error);
  }
}

function warn(url: string | undefined, { message }: Error): void {
  const cure = isPage() ? ` ${cureOfPage(url)}` : '';
  console.warn(
    `autoencoder-wasm: no worker could be started (${message.replace(/\.$/, '')}), so training runs ` +
      `on the calling thread, in slices of about 10 ms.${cure}`,
  );
}

/** Whether Node's permission model denied the worker. */
function isDenied(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'ERR_ACCESS_DENIED';
}

function cureOfPage(url: string | undefined): string {
  return url
    ? `See that ${url} is the file autoencoder-wasm/worker.js, that the worker-src of the page's ` +
        'Content Security Policy allows it, and that it is served with the same ' +
        'Cross-Origin-Embedder-Policy as the page.'
    : 'If the page has a Content Security Policy, see that its worker-src allows blob:, or give ' +
        'the option workerUrl the address of autoencoder-wasm/worker.js.';
}
