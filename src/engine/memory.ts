import { MAX_BYTES, tooLarge } from '../base/memory-limit.js';
import { isPage } from '../base/platform.js';
import type { Wording } from '../base/wording.js';

/** A WASM page. */
const PAGE = 65536;

/**
 * Hands out addresses of one linear memory, upwards, for one job:
 *
 *     0      64                                                        grown as needed
 *     +------+------------+---------+----------+------------+---------+---------+
 *     | none | parameters | moments | tables,  | batches,   | data or | results |
 *     |      |            |         | scratch  | operations | input   |         |
 *     +------+------------+---------+----------+------------+---------+---------+
 *
 * Address 0 stays unused, so that 0 can mean "absent" in an operation. The data come late
 * because their compressed size is known only when they have been read.
 */
export class Arena {
  #next = 64;

  constructor(readonly memory: WebAssembly.Memory) {}

  /** The address of `bytes` fresh bytes on a cache line. Their contents are arbitrary. */
  take(bytes: number, what: string | Wording): number {
    const address = this.#next;
    this.#next = address + Math.ceil(bytes / 64) * 64;
    reserve(this.memory, this.#next, what);
    return address;
  }

  floats(count: number, what: string | Wording): number {
    return this.take(count * 4, what);
  }

  /** Where the next `take` begins. */
  get top(): number {
    return this.#next;
  }
}

/**
 * A memory of `pages` pages that can grow. Some engines reserve a shared memory's maximum at once and
 * refuse large ones: ask for less.
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

/** Grows the memory to at least `bytes`; a RangeError says what did not fit. */
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
