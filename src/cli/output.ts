import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { access, constants, type FileHandle, open, realpath, rename, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { createGzip, type Gzip } from 'node:zlib';
import { fileError } from './errors.js';

/** Where bytes go, as fast as they are taken. */
export interface Output {
  write(bytes: Uint8Array): Promise<void>;
  /** Writes over the beginning; only files have it. */
  rewrite?(bytes: Uint8Array): Promise<void>;
  /** Makes what was written last. */
  finish(): Promise<void>;
  /** Leaves nothing of what was written. */
  discard(): Promise<void>;
}

/** Whoever read our standard output has stopped: there is no more to do. */
export class ClosedPipe extends Error {}

/** A file, or standard output for `-`. A name that ends in `.gz` is compressed. */
export async function openOutput(path: string): Promise<Output> {
  if (path === '-') return standardOutput();
  const file = await openAtomic(path);
  return path.endsWith('.gz') ? compressed(file) : file;
}

/** Fails now where a file could not be written later: after an hour of training, say. */
export async function requireWritable(path: string): Promise<void> {
  await destination(path);
}

/** Where a name leads to, and whether a file is or can be there: not a pipe, nor a device. */
async function destination(path: string) {
  try {
    const target = await realpath(path).catch(() => path);
    const old = await stat(target).catch(() => undefined);
    if (old?.isDirectory()) throw { code: 'EISDIR' };
    const isFile = old === undefined || old.isFile();
    await access(isFile ? dirname(target) : target, constants.W_OK);
    return { target, isFile, mode: old?.mode };
  } catch (error) {
    throw fileError(path, error);
  }
}

/** Unfinished files, which must not outlive the process, however it ends. */
const unfinished = new Set<string>();
process.on('exit', () => {
  for (const path of unfinished) rmSync(path, { force: true });
});

/**
 * A file that is there, under its name, when it is finished and never before: it is written beside,
 * and renamed when it is on the disk. Pipes and devices are written as they are.
 */
async function openAtomic(path: string): Promise<Output> {
  const { target, isFile, mode } = await destination(path);
  const name = `.${basename(target)}.${randomUUID()}.tmp`;
  const temporary = isFile ? join(dirname(target), name) : target;
  const file = await open(temporary, isFile ? 'wx' : 'w').catch((error) => {
    throw fileError(path, error);
  });
  if (isFile) unfinished.add(temporary);
  const guard = async (work: Promise<unknown>) => {
    await work.catch((error) => {
      throw fileError(path, error);
    });
  };
  let isOpen = true;
  return {
    write: (bytes) => guard(writeAll(file, bytes)),
    ...(isFile ? { rewrite: (bytes) => guard(writeAll(file, bytes, 0)) } : {}),
    async finish() {
      await guard(
        (async () => {
          if (mode !== undefined && isFile) await file.chmod(mode & 0o777);
          if (isFile) await file.sync();
          isOpen = false;
          await file.close();
          if (isFile) await rename(temporary, target);
        })(),
      );
      unfinished.delete(temporary);
    },
    async discard() {
      if (isOpen) await file.close();
      isOpen = false;
      if (unfinished.delete(temporary)) rmSync(temporary, { force: true });
    },
  };
}

/** `write` may take fewer bytes than it is given. */
async function writeAll(file: FileHandle, bytes: Uint8Array, position?: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const at = position === undefined ? null : position + done;
    done += (await file.write(bytes, done, bytes.length - done, at)).bytesWritten;
  }
}

function compressed(file: Output): Output {
  const gzip: Gzip = createGzip();
  const written = (async () => {
    for await (const chunk of gzip) await file.write(chunk);
  })();
  written.catch(() => {}); // it is awaited below, if the writing gets there
  return {
    async write(bytes) {
      const taken = new Promise<void>((resolve, reject) => {
        gzip.write(bytes, (error) => (error ? reject(error) : resolve()));
      });
      await Promise.race([taken, written]);
    },
    async finish() {
      gzip.end();
      await written;
      await file.finish();
    },
    async discard() {
      gzip.destroy();
      await file.discard();
    },
  };
}

function standardOutput(): Output {
  return {
    write: (bytes) => print(bytes),
    finish: async () => {},
    discard: async () => {},
  };
}

/** Writes to standard output, and waits until it is taken. */
export function print(text: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => {
      if (!error) resolve();
      else if ((error as NodeJS.ErrnoException).code === 'EPIPE') reject(new ClosedPipe());
      else reject(fileError('standard output', error));
    });
  });
}
