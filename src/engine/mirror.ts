import { timeSlices } from '../base/slices.js';
import type { Engine } from './kernels.js';
import type { Job } from './messages.js';

/** Bytes are copied in blocks of this size, so that the calling thread is never held long. */
const BLOCK_BYTES = 1 << 20;

/**
 * The memory of the one worker of a platform that cannot share an engine's: the same bytes at the
 * same addresses, as far as they have been sent there or fetched from there.
 */
export class Mirror {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Sends `bytes` bytes of ours from address `from` on. */
  async send(from: number, bytes: number, signal: AbortSignal | undefined): Promise<void> {
    const pause = timeSlices(signal);
    for (let at = from; at < from + bytes; at += BLOCK_BYTES) {
      const to = Math.min(at + BLOCK_BYTES, from + bytes);
      // A copy in memory that is not shared: only that can be sent.
      const write = new Uint8Array(new Uint8Array(this.#engine.memory.buffer, at, to - at));
      await this.#engine.pool.access({ write, at });
      await pause();
    }
  }

  /** Fetches `bytes` bytes of the worker's from address `from` on. */
  async fetch(from: number, bytes: number): Promise<void> {
    const pause = timeSlices();
    for (let at = from; at < from + bytes; at += BLOCK_BYTES) {
      const read = Math.min(BLOCK_BYTES, from + bytes - at);
      const block = await this.#engine.pool.access({ read, at });
      new Uint8Array(this.#engine.memory.buffer, at).set(block);
      await pause();
    }
  }

  /** Has the worker do a job, and resolves to what it returned. */
  async run(job: Job): Promise<number> {
    return (await this.#engine.pool.run([job]))[0] as number;
  }
}
