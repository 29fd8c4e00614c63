// The entry point autoencoder-wasm/node: models as files.

import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import * as url from 'node:url';
import { type Autoencoder, modelIn, piecesOf } from './autoencoder.js';
import { writeAtomic } from './files/atomic-file.js';
import type { LoadOptions, SaveOptions } from './files/model-file.js';
import { readStoredFile } from './files/stored-file.js';

/**
 * Writes what `ae.save()` gives, as it is when this is called, of any size. At any time, whatever
 * happens, there is either the old file or the whole new one, and an existing file's permissions are
 * kept. Links are followed, also to where no file is yet; pipes and devices are written into.
 *
 * @throws (as a rejection) what the file system has against it, and the old file is then as it was;
 *   TypeError for bad options.
 * @example
 * await saveFile(ae, 'digits.safetensors');
 */
export async function saveFile(
  ae: Autoencoder,
  file: string | URL,
  options?: SaveOptions,
): Promise<void> {
  await writeAtomic({ fs, path, url }, file, piecesOf(ae, options));
}

/**
 * The model in a file, of any size, as `Autoencoder.load` reads it.
 *
 * @throws (as a rejection) what `Autoencoder.load` throws, or the file system.
 * @example
 * const ae = await loadFile('digits.safetensors');
 */
export async function loadFile(file: string | URL, options?: LoadOptions): Promise<Autoencoder> {
  return modelIn((await readStoredFile(file)).stored, options);
}
