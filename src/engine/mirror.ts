import { timeSlices } from '../base/slices.js';
import type { Engine } from './kernels.js';
import type { Job } from './messages.js';

/** Bytes are copied in blocks of this size, so that the calling thread is never blocked for long. */
const BLOCK_BYTES = 1 << 20;

/**
 * The memory of the single worker on platforms that cannot share memory. It holds the same bytes at the
 * same addresses as the engine's memory, for the parts that were sent or fetched.
 */
export class Mirror {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Sends `bytes` bytes of our memory, starting at address `from`, to the worker. */
  async send(from: number, bytes: number, signal: AbortSignal | undefined): Promise<void> {
    const pause = timeSlices(signal);
    for (let at = from; at < from + bytes; at += BLOCK_BYTES) {
      const to = Math.min(at + BLOCK_BYTES, from + bytes);
      // A copy in memory that is not shared, because shared memory cannot be sent.
      const write = new Uint8Array(new Uint8Array(this.#engine.memory.buffer, at, to - at));
      await this.#engine.pool.access({ write, at });
      await pause();
    }
  }

  /** Fetches `bytes` bytes of the worker's memory, starting at address `from`, into ours. */
  async fetch(from: number, bytes: number): Promise<void> {
    const pause = timeSlices();
    for (let at = from; at < from + bytes; at += BLOCK_BYTES) {
      const read = Math.min(BLOCK_BYTES, from + bytes - at);
      const block = await this.#engine.pool.access({ read, at });
      new Uint8Array(this.#engine.memory.buffer, at).set(block);
      await pause();
    }
  }

  /** Runs a job in the worker and resolves to its return value. */
  async run(job: Job): Promise<number> {
    return (await this.#engine.pool.run([job]))[0] as number;
  }
}
