import { MAX_BYTES, tooLarge } from '../base/memory-limit.js';
import { isPage } from '../base/platform.js';
import type { Wording } from '../base/wording.js';

/** The bytes of a WebAssembly page. */
const PAGE = 65536;

/**
 * Assigns addresses in a linear memory, in ascending order, for one job:
 *
 *     0      64                                                        grown as needed
 *     +------+------------+---------+----------+------------+---------+---------+
 *     | none | parameters | moments | tables,  | batches,   | data or | results |
 *     |      |            |         | scratch  | operations | input   |         |
 *     +------+------------+---------+----------+------------+---------+---------+
 *
 * Address 0 is never used, so that 0 can mean "absent" in an operation. The data come late because their
 * compressed size is known only after they have been read.
 */
export class Arena {
  #next = 64;

  constructor(readonly memory: WebAssembly.Memory) {}

  /**
   * Allocates `bytes` bytes, aligned to a cache line, and returns their address. The contents are
   * arbitrary.
   */
  take(bytes: number, what: string | Wording): number {
    const address = this.#next;
    this.#next = address + Math.ceil(bytes / 64) * 64;
    reserve(this.memory, this.#next, what);
    return address;
  }

  floats(count: number, what: string | Wording): number {
    return this.take(count * 4, what);
  }

  /** The address that the next `take` returns. */
  get top(): number {
    return this.#next;
  }
}

/**
 * Creates a memory of `pages` pages that can grow. Some engines reserve a shared memory's maximum
 * immediately and refuse large ones; then a smaller maximum is tried.
 */
export function createMemory(pages: number): WebAssembly.Memory {
  for (let maximum = 65536; ; maximum /= 2) {
    try {
      return new WebAssembly.Memory({ initial: pages, maximum, shared: true });
    } catch (error) {
      if (maximum <= Math.max(2 * pages, 1024)) throw noMemory(error);
    }
  }
}

function noMemory(cause: unknown): Error {
  const cure = isPage()
    ? 'closing other pages may help'
    : 'it takes addresses for some 10 GB, if not the memory: see that the limit of them (ulimit -v) ' +
      'allows that, or run Node with --disable-wasm-trap-handler, which makes do with less';
  return new Error(`no WebAssembly memory could be made (${(cause as Error).message}); ${cure}`, {
    cause,
  });
}

/** Grows the memory to at least `bytes` bytes. If that fails, a RangeError names what did not fit. */
export function reserve(memory: WebAssembly.Memory, bytes: number, what: string | Wording): void {
  const missing = Math.ceil((bytes - memory.buffer.byteLength) / PAGE);
  if (missing <= 0) return;
  if (bytes > MAX_BYTES) throw tooLarge(what, bytes);
  try {
    memory.grow(missing);
  } catch {
    throw tooLarge(what, bytes);
  }
}
