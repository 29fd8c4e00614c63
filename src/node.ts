// The entry point autoencoder-wasm/node: models as files.

import { randomUUID } from 'node:crypto';
import { open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Autoencoder } from './autoencoder.js';
import type { LoadOptions } from './model-file.js';

/**
 * Writes what `ae.save()` gives, as it is when this is called. At any time, whatever happens, there
 * is either the old file or the whole new one: it is written beside it, and renamed when it is on
 * the disk. Links are followed, and an existing file's permissions kept.
 *
 * @throws (as a rejection) what the file system has against it; the old file is then as it was.
 * @example
 * await saveFile(ae, 'digits.safetensors');
 */
export async function saveFile(ae: Autoencoder, path: string | URL): Promise<void> {
  const bytes = ae.save();
  const target = await followed(typeof path === 'string' ? path : fileURLToPath(path));
  const folder = dirname(target);
  const temporary = join(folder, `.${basename(target)}.${randomUUID()}.tmp`);
  const mode = (await orMissing(stat(target)))?.mode;
  try {
    const file = await open(temporary, 'wx');
    try {
      if (mode !== undefined) await file.chmod(mode & 0o777);
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(folder);
}

/**
 * The model in a file, as `Autoencoder.load` reads it.
 *
 * @throws (as a rejection) what `Autoencoder.load` throws, or the file system.
 * @example
 * const ae = await loadFile('digits.safetensors');
 */
export async function loadFile(path: string | URL, options?: LoadOptions): Promise<Autoencoder> {
  return Autoencoder.load(await readFile(path), options);
}

/** Where the links at `path` lead to; `path` itself where nothing is there yet. */
async function followed(path: string): Promise<string> {
  return (await orMissing(realpath(path))) ?? path;
}

/** The outcome; undefined where there is no such file. */
async function orMissing<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Makes a renaming last. Windows can neither open a folder nor needs to. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
