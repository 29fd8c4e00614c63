import source from './generated/worker.js';
import { createWorker, type WorkerHandle } from './platform.js';
import type { Answer, Job, Setup } from './worker.js';

/** A worker answers its first message within this time, in milliseconds, or is taken as unable to. */
const READY_MS = 10_000;

/**
 * Workers on one linear memory. Idle they cost a sleeping thread each, and never keep a process
 * alive.
 */
export class Pool {
  readonly #setup: Setup;
  readonly #workers: WorkerHandle[] = [];
  #pending: { resolve: (result: number) => void; reject: (error: Error) => void }[] = [];
  #broken: Error | undefined;

  constructor(setup: Setup) {
    this.#setup = setup;
  }

  /** Whether a worker was lost: the pool then refuses everything. */
  get broken(): boolean {
    return this.#broken !== undefined;
  }

  /** Starts workers until there are `count`; false where the platform cannot. */
  async grow(count: number): Promise<boolean> {
    const started: Promise<number>[] = [];
    while (this.#workers.length < count) {
      const worker = createWorker(source);
      if (!worker) return false;
      const index = this.#workers.push(worker) - 1;
      worker.onMessage((answer: Answer) => this.#settle(index, answer));
      worker.onError((error) => this.#fail(error));
      started.push(this.#send(index, this.#setup));
    }
    if (started.length > 0) await this.#ready(started);
    return true;
  }

  /** Gives worker i the job i, and resolves to what each returned; rejects if one is lost. */
  async run(jobs: readonly Job[]): Promise<number[]> {
    return Promise.all(jobs.map((job, index) => this.#send(index, job)));
  }

  /** Ends all workers, whatever they do. */
  close(): void {
    this.#fail(new Error('the workers were closed'));
  }

  async #ready(started: Promise<number>[]): Promise<void> {
    const late = () => this.#fail(new Error(`no worker was ready within ${READY_MS / 1000} s`));
    const timer = setTimeout(late, READY_MS);
    try {
      await Promise.all(started);
    } finally {
      clearTimeout(timer);
    }
  }

  #send(index: number, message: Setup | Job): Promise<number> {
    if (this.#broken) return Promise.reject(this.#broken);
    return new Promise((resolve, reject) => {
      this.#pending[index] = { resolve, reject };
      const worker = this.#workers[index] as WorkerHandle;
      worker.ref();
      worker.post(message);
    });
  }

  #settle(index: number, answer: Answer): void {
    if ('error' in answer) {
      this.#fail(new Error(`a worker failed: ${answer.error}`));
      return;
    }
    this.#workers[index]?.unref();
    this.#pending[index]?.resolve(answer.result);
    delete this.#pending[index];
  }

  #fail(error: Error): void {
    this.#broken ??= error;
    for (const worker of this.#workers) worker.terminate();
    const pending = this.#pending;
    this.#pending = [];
    for (const job of pending) job?.reject(error);
  }
}
