// Bytes in order, as readers of tables take them; free of Node's modules, so that a page may read tables too.

import { DataError, fileError } from './errors.js';

/** Bytes in order, from a file or standard input, no more of them in memory than were asked for. */
export class Input {
  readonly #chunks: AsyncIterator<Buffer>;
  /** Read, and not yet asked for. */
  #head: Buffer = Buffer.alloc(0);
  #ended = false;
  readonly #release: (() => Promise<void> | void) | undefined;

  constructor(
    /** What to call it in an error. */
    readonly name: string,
    chunks: AsyncIterable<Buffer>,
    /** The file that the bytes are those of, where it can be opened anew. */
    readonly path?: string,
    /** Lets go of where the bytes come from. */
    release?: () => Promise<void> | void,
  ) {
    this.#chunks = chunks[Symbol.asyncIterator]();
    this.#release = release;
  }

  /** At least the next `count` bytes, or all that there are; they stay the next ones. */
  async peek(count: number): Promise<Buffer> {
    const pieces = [this.#head];
    let length = this.#head.length;
    while (length < count && !this.#ended) {
      const chunk = await this.#pull();
      if (chunk) pieces.push(chunk);
      length += chunk?.length ?? 0;
    }
    if (pieces.length > 1) this.#head = Buffer.concat(pieces);
    return this.#head;
  }

  /** The next `count` bytes, or as many as there are. */
  async take(count: number): Promise<Buffer> {
    const bytes = (await this.peek(count)).subarray(0, count);
    this.#head = this.#head.subarray(bytes.length);
    return bytes;
  }

  /** The next bytes, as many as come at once; undefined at the end. */
  async next(): Promise<Buffer | undefined> {
    if (this.#head.length === 0) return this.#pull();
    const head = this.#head;
    this.#head = Buffer.alloc(0);
    return head;
  }

  /** All that is left, a piece at a time. */
  async *rest(): AsyncGenerator<Buffer> {
    for (let chunk = await this.next(); chunk; chunk = await this.next()) yield chunk;
  }

  /** Lets go of the file: there is nothing more to come. */
  async close(): Promise<void> {
    this.#ended = true;
    this.#head = Buffer.alloc(0);
    await this.#chunks.return?.();
    await this.#release?.();
  }

  async #pull(): Promise<Buffer | undefined> {
    if (this.#ended) return undefined;
    try {
      const { value, done } = await this.#chunks.next();
      if (!done) return value;
    } catch (error) {
      this.#ended = true;
      throw error instanceof DataError ? error : fileError(this.name, error);
    }
    this.#ended = true;
    return undefined;
  }
}
