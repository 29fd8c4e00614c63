import { close, createReadStream, fstat, open, stat } from 'node:fs';
import { pipeline, type Readable } from 'node:stream';
import { promisify } from 'node:util';
import { createGunzip } from 'node:zlib';
import { DataError, fileError } from './errors.js';

/** What is read from the disk at once: at 64 KiB the reading costs twice as much as the parsing. */
const CHUNK_BYTES = 2 ** 20;

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

/** What errors call a file, or `-`. */
export function fileName(path: string): string {
  return path === '-' ? 'standard input' : path;
}

/** A file, or standard input for `-`; what gzip compressed is decompressed, whatever its name. */
export async function openInput(path: string): Promise<Input> {
  if (path === '-')
    return inflated(fileName(path), process.stdin, () => {
      process.stdin.destroy();
    });
  const isPipe = (await promisify(stat)(path).catch(() => undefined))?.isFIFO();
  let isPlain = false;
  let stream: Readable;
  if (isPipe) {
    const { openPipe } = await import('../files/pipes.js');
    stream = await openPipe(path).catch((error) => {
      throw fileError(path, error);
    });
  } else {
    const file = await openFile(path);
    isPlain = (await promisify(fstat)(file)).isFile();
    stream = createReadStream(path, { fd: file, highWaterMark: CHUNK_BYTES });
  }
  return inflated(
    path,
    stream,
    async () => {
      if (stream.closed) return;
      stream.destroy();
      await new Promise<void>((resolve) => stream.once('close', resolve));
    },
    isPlain ? path : undefined,
  );
}

/** Bytes that are decompressed where gzip compressed them. */
export async function inflated(
  name: string,
  stream: AsyncIterable<Buffer>,
  release?: () => Promise<void> | void,
  path?: string,
): Promise<Input> {
  const raw = new Input(name, stream, path, release);
  const magic = await raw.peek(2);
  const isGzip = magic[0] === 0x1f && magic[1] === 0x8b;
  return isGzip ? new Input(name, gunzip(raw), undefined, () => raw.close()) : raw;
}

/**
 * Opens a file that can be read; anything else is an error that says what it is. A plain number:
 * Node warns of a FileHandle that an error left open.
 */
export async function openFile(path: string): Promise<number> {
  const file = await promisify(open)(path, 'r').catch((error) => {
    throw fileError(path, error);
  });
  if ((await promisify(fstat)(file)).isDirectory()) {
    await closeFile(file);
    throw fileError(path, { code: 'EISDIR' });
  }
  return file;
}

export const closeFile = promisify(close);

async function* gunzip(raw: Input): AsyncGenerator<Buffer> {
  const unzip = createGunzip({ chunkSize: CHUNK_BYTES });
  pipeline(raw.rest(), unzip, () => {}); // errors come out of the iteration below
  try {
    for await (const chunk of unzip) yield chunk;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (!code?.startsWith('Z_')) throw error;
    const isShort = message === 'unexpected end of file';
    throw new DataError(
      raw.name,
      isShort
        ? 'its gzip data ends too early: the file is truncated'
        : `its gzip data is damaged (${message})`,
    );
  } finally {
    unzip.destroy();
    await raw.close();
  }
}
