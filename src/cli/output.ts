import { closeSync, openSync, rmSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import * as nodePath from 'node:path';
import * as url from 'node:url';
import { createGzip, type Gzip } from 'node:zlib';
import { fileError } from './errors.js';
import { print } from './standard-output.js';

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

/** A file, or standard output for `-`. A name that ends in `.gz` is compressed. */
async function openOutput(path: string): Promise<Output> {
  if (path === '-') return standardOutput();
  const file = await openFile(path);
  return path.endsWith('.gz') ? compressed(file) : file;
}

/** Opens an output for `work`, which writes it: it is there when that succeeds, and left as it was else. */
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

/** The modules of Node that the library takes. */
const NODE = { fs: { ...fs, open: openFirst }, path: nodePath, url };

/**
 * As `open` does it, but a new file is there at once: made in the background it might be made when the
 * process has already taken away what it leaves unfinished.
 */
async function openFirst(path: string, flags: string, mode?: number): Promise<fs.FileHandle> {
  if (flags !== 'wx') return fs.open(path, flags, mode);
  closeSync(openSync(path, flags, mode));
  return fs.open(path, 'r+');
}

let library: Promise<typeof import('../files/atomic-file.js')> | undefined;

/** What writes the library's files. What it has not finished must not outlive the process. */
function atomicFiles(): Promise<typeof import('../files/atomic-file.js')> {
  library ??= import('../files/atomic-file.js').then((files) => {
    process.on('exit', () => {
      for (const path of files.unfinished) rmSync(path, { force: true });
    });
    return files;
  });
  return library;
}

/** Fails now where a file could not be written later: after an hour of training, say. */
export async function requireWritable(path: string): Promise<void> {
  const { destination } = await atomicFiles();
  await destination(NODE, path).catch((error) => {
    throw fileError(path, error);
  });
}

/** A file that is there, under its name, when it is finished and never before. */
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
