// Writes to standard output. Unless all of it arrives, it is an error.

import { fstatSync, type Stats, write } from 'node:fs';
import { promisify } from 'node:util';
import { fileError } from './errors.js';

/** The reader of standard output has closed it. The command stops. */
export class ClosedPipe extends Error {}

const FD = 1;
const writeFile = promisify(write);

/** Writes to standard output, and waits until the data is written. */
export async function print(data: string | Uint8Array): Promise<void> {
  try {
    if (isFile()) await writeAll(typeof data === 'string' ? Buffer.from(data) : data);
    else await toStream(data);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const isClosed = code === 'EPIPE' || code === 'ECONNRESET' || code === 'ERR_STREAM_DESTROYED';
    throw isClosed ? new ClosedPipe() : fileError('standard output', error);
  }
}

/** Reports a result. A closed pipe is ignored here: the work is done. */
export async function announce(text: string): Promise<void> {
  await print(text).catch((error) => {
    if (!(error instanceof ClosedPipe)) throw error;
  });
}

let kind: Stats | undefined;

/** Whether standard output is a file or a device other than a terminal. */
function isFile(): boolean {
  if (process.stdout.isTTY) return false;
  kind ??= fstatSync(FD);
  return kind.isFile() || kind.isCharacterDevice() || kind.isBlockDevice();
}

/**
 * Writes in a loop, because process.stdout reports success even if the disk took only part of the data, as
 * a full disk does.
 */
async function writeAll(bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await writeFile(FD, bytes, done, bytes.length - done, null)).bytesWritten;
  }
}

function toStream(data: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(data, (error) => (error ? reject(error) : resolve()));
  });
}

/** Writes lines of JSON about work in progress, and keeps their failures until the end. */
export class Report {
  #failure: unknown;

  async write(value: unknown): Promise<void> {
    if (this.#failure !== undefined) return;
    await print(`${JSON.stringify(value)}\n`).catch((error) => {
      this.#failure = error;
    });
  }

  /** @throws the first failure to write, unless the reader has closed the pipe. */
  end(): void {
    if (this.#failure !== undefined && !(this.#failure instanceof ClosedPipe)) throw this.#failure;
  }
}
