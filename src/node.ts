// The entry point autoencoder-wasm/node: models as files.

import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import * as url from 'node:url';
import { Autoencoder } from './autoencoder.js';
import type { LoadOptions, SaveOptions } from './model-file.js';
import { replaceFile } from './replace-file.js';

/**
 * Writes what `ae.save()` gives, as it is when this is called. At any time, whatever happens, there
 * is either the old file or the whole new one. Links are followed, and an existing file's permissions
 * kept.
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
  await replaceFile({ fs, path, url }, file, ae.save(options));
}

/**
 * The model in a file, as `Autoencoder.load` reads it.
 *
 * @throws (as a rejection) what `Autoencoder.load` throws, or the file system.
 * @example
 * const ae = await loadFile('digits.safetensors');
 */
export async function loadFile(file: string | URL, options?: LoadOptions): Promise<Autoencoder> {
  return Autoencoder.load(await fs.readFile(file), options);
}
