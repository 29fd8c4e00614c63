// The entry point autoencoder-wasm/node: model files, and a V8 flag that only Node can set.

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
 * Writes the bytes of `ae.save()`, taken at the time of the call, to a file of any size. The file is replaced
 * atomically: even after a crash it is either the old file or the complete new one. Permissions of an existing
 * file are kept, links are followed (even dangling ones), and pipes and devices are written to directly.
 *
 * @throws (as a rejection) errors of the file system, leaving an existing file unchanged; TypeError for bad
 *   options.
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
 * Loads a model from a file of any size; the path version of `Autoencoder.load`.
 *
 * @throws (as a rejection) as `Autoencoder.load` does, and errors of the file system.
 * @example
 * const ae = await loadFile('digits.safetensors');
 */
export async function loadFile(file: string | URL, options?: LoadOptions): Promise<Autoencoder> {
  return modelIn((await readStoredFile(file)).stored, options);
}

/**
 * Lets V8 combine pairs of 128-bit SIMD operations into 256-bit ones (AVX2): training and encoding become 1.0
 * to 1.8 times as fast, with bitwise equal results. Requires Node 24 or later on x64; elsewhere it does
 * nothing. It is off by default because it sets a flag for the whole process, the same as
 * `node --experimental-wasm-revectorize`.
 *
 * @returns whether wide SIMD is on.
 * @throws Error if a model has already computed something in this process: compiled code cannot change.
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

/** The result of the first call. */
let isWide: boolean | undefined;
