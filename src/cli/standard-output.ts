// Standard output: all of it arrives, or it is an error.

import { fstatSync, type Stats, write } from 'node:fs';
import { promisify } from 'node:util';
import { fileError } from './errors.js';

/** Whoever read our standard output has stopped: there is no more to do. */
export class ClosedPipe extends Error {}

const FD = 1;
const writeFile = promisify(write);

/** Writes to standard output, and waits until it is taken. */
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

/** Says what was done. Whoever does not want to know that any more does not undo it. */
export async function announce(text: string): Promise<void> {
  await print(text).catch((error) => {
    if (!(error instanceof ClosedPipe)) throw error;
  });
}

let kind: Stats | undefined;

/** Whether it is a file on a disk, or a device that is no terminal. */
function isFile(): boolean {
  if (process.stdout.isTTY) return false;
  kind ??= fstatSync(FD);
  return kind.isFile() || kind.isCharacterDevice() || kind.isBlockDevice();
}

/** process.stdout calls it done when the disk took a part of it, as the last bytes of a full one do. */
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

/** Lines of JSON about work that goes on, whatever becomes of them. */
export class Report {
  #failure: unknown;

  async write(value: unknown): Promise<void> {
    if (this.#failure !== undefined) return;
    await print(`${JSON.stringify(value)}\n`).catch((error) => {
      this.#failure = error;
    });
  }

  /** @throws what became of them; that nobody read on is no failure. */
  end(): void {
    if (this.#failure !== undefined && !(this.#failure instanceof ClosedPipe)) throw this.#failure;
  }
}
