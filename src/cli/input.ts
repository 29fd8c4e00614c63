// Opens files, pipes and standard input, and decompresses what gzip compressed.

import { close, createReadStream, fstat, open, stat } from 'node:fs';
import { pipeline, type Readable } from 'node:stream';
import { promisify } from 'node:util';
import { createGunzip } from 'node:zlib';
import { Input } from './byte-input.js';
import { DataError, fileError } from './errors.js';

/** The size of one read from the disk. With 64 KiB, reading takes twice as long as parsing. */
const CHUNK_BYTES = 2 ** 20;

/** The name of a file, or of `-`, in errors. */
export function fileName(path: string): string {
  return path === '-' ? 'standard input' : path;
}

/** Opens a file, or standard input for `-`. Gzip is recognised by its first bytes, not by the file's name. */
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

/** Opens a stream of bytes as an input, and decompresses it if it is gzip. */
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
 * Opens a file for reading. The error says what it is, if it cannot be read (a folder, for example).
 * Returns a file descriptor, because Node warns about a FileHandle that is never closed.
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
  pipeline(raw.rest(), unzip, () => {}); // errors are thrown by the iteration below
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
