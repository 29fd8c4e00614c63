// The entry point autoencoder-wasm/node: models as files, and what only Node can turn on.

import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import * as url from 'node:url';
import { type Autoencoder, modelIn, piecesOf } from './autoencoder.js';
import { turnOnWideSimd } from './base/wide-simd.js';
import { isCompiled } from './engine/modules.js';
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

/**
 * Lets V8 run pairs of 128-bit SIMD operations as 256-bit ones (AVX2), with the same bits in every result:
 * training and encoding become 1.0 to 1.8 times as fast. Node 24 and later have it, on x64; elsewhere this
 * does nothing. It sets a flag of the whole process, so it is never turned on unasked; the same as
 * `node --experimental-wasm-revectorize`.
 *
 * @returns whether it is on.
 * @throws Error where a model has computed already in this process: its code is compiled, and stays as it is.
 * @example
 * enableWideSimd(); // before the first model
 */
export function enableWideSimd(): boolean {
  if (isWide !== undefined) return isWide;
  if (isCompiled('strict') || isCompiled('fast')) {
    throw new Error(
      'enableWideSimd must be called before the first model computes: its code is compiled already',
    );
  }
  isWide = turnOnWideSimd();
  return isWide;
}

/** What the first call said. */
let isWide: boolean | undefined;
