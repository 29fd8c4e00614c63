// The bytes of an input in order, for readers of tables. No Node modules, so that pages can read tables
// too.

import { DataError, fileError } from './errors.js';

/** Bytes in order, from a file or standard input. No more of them are in memory than were asked for. */
export class Input {
  readonly #chunks: AsyncIterator<Buffer>;
  /** Bytes that were read but not yet asked for. */
  #head: Buffer = Buffer.alloc(0);
  #ended = false;
  readonly #release: (() => Promise<void> | void) | undefined;

  constructor(
    /** Its name in errors. */
    readonly name: string,
    chunks: AsyncIterable<Buffer>,
    /** The path of the file, if it can be opened again. */
    readonly path?: string,
    /** Closes the source of the bytes. */
    release?: () => Promise<void> | void,
  ) {
    this.#chunks = chunks[Symbol.asyncIterator]();
    this.#release = release;
  }

  /** At least the next `count` bytes, or all remaining ones, without consuming them. */
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

  /** Consumes the next `count` bytes, or all remaining ones. */
  async take(count: number): Promise<Buffer> {
    const bytes = (await this.peek(count)).subarray(0, count);
    this.#head = this.#head.subarray(bytes.length);
    return bytes;
  }

  /** Consumes the next bytes, as many as arrive together; undefined at the end. */
  async next(): Promise<Buffer | undefined> {
    if (this.#head.length === 0) return this.#pull();
    const head = this.#head;
    this.#head = Buffer.alloc(0);
    return head;
  }

  /** All remaining bytes, piece by piece. */
  async *rest(): AsyncGenerator<Buffer> {
    for (let chunk = await this.next(); chunk; chunk = await this.next()) yield chunk;
  }

  /** Closes the file. Nothing more can be read. */
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
