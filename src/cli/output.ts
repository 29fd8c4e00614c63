import { closeSync, openSync, rmSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import * as nodePath from 'node:path';
import * as url from 'node:url';
import { createGzip, type Gzip } from 'node:zlib';
import { fileError } from './errors.js';
import { print } from './standard-output.js';

/** A destination of bytes. `write` waits until the destination is ready for more. */
export interface Output {
  write(bytes: Uint8Array): Promise<void>;
  /** Overwrites the beginning; only files have it. */
  rewrite?(bytes: Uint8Array): Promise<void>;
  /** Completes the output. No write may follow. */
  finish(): Promise<void>;
  /** Deletes the output. */
  discard(): Promise<void>;
}

/** Opens a file, or standard output for `-`. Names that end in `.gz` are compressed. */
async function openOutput(path: string): Promise<Output> {
  if (path === '-') return standardOutput();
  const file = await openFile(path);
  return path.endsWith('.gz') ? compressed(file) : file;
}

/**
 * Opens an output and passes it to `work`. The file appears if `work` succeeds; otherwise the path is left
 * as it was.
 */
export async function writeTo<T>(path: string, work: (output: Output) => Promise<T>): Promise<T> {
  const output = await openOutput(path);
  try {
    const result = await work(output);
    await output.finish();
    return result;
  } catch (error) {
    await output.discard();
    throw error;
  }
}

/** The Node modules that the library uses. */
const NODE = { fs: { ...fs, open: openFirst }, path: nodePath, url };

/**
 * Opens as `open` does, but creates a new file synchronously. Created in the background, a file could
 * appear after the process has deleted its unfinished files, and would be left behind.
 */
async function openFirst(path: string, flags: string, mode?: number): Promise<fs.FileHandle> {
  if (flags !== 'wx') return fs.open(path, flags, mode);
  closeSync(openSync(path, flags, mode));
  return fs.open(path, 'r+');
}

let library: Promise<typeof import('../files/atomic-file.js')> | undefined;

/** Loads the library's writer of files, and makes sure that unfinished files do not outlive the process. */
function atomicFiles(): Promise<typeof import('../files/atomic-file.js')> {
  library ??= import('../files/atomic-file.js').then((files) => {
    process.on('exit', () => {
      for (const path of files.unfinished) rmSync(path, { force: true });
    });
    return files;
  });
  return library;
}

/** Fails early if a file cannot be written, for example before an hour of training. */
export async function requireWritable(path: string): Promise<void> {
  const { destination } = await atomicFiles();
  await destination(NODE, path).catch((error) => {
    throw fileError(path, error);
  });
}

/** A file that appears under its name when it is complete, and not before. */
async function openFile(path: string): Promise<Output> {
  const guard = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error) => {
      throw fileError(path, error);
    });
  const { openAtomic } = await atomicFiles();
  const file = await guard(openAtomic(NODE, path));
  return {
    write: (bytes) => guard(file.write(bytes)),
    ...(file.isFile ? { rewrite: (bytes) => guard(file.write(bytes, 0)) } : {}),
    finish: () => guard(file.finish()),
    discard: () => file.discard(),
  };
}

function compressed(file: Output): Output {
  const gzip: Gzip = createGzip();
  const written = (async () => {
    for await (const chunk of gzip) await file.write(chunk);
  })();
  written.catch(() => {}); // awaited below, unless the code fails before
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
