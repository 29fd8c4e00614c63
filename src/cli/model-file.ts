import { readFile } from 'node:fs/promises';
import type { Autoencoder } from '../index.js';
import type { Command } from './commands.js';
import { flagsOf } from './commands.js';
import { DataError, fileError, UsageError } from './errors.js';
import { type Arguments, asUsage, libraryOptions, text } from './flags.js';

/** The model that `--model` names. */
export async function modelFromFlag(args: Arguments, command: Command): Promise<Autoencoder> {
  const path = text(args, 'model');
  if (path === undefined) throw new UsageError('--model is missing: a file that train has written');
  const flags = flagsOf(command);
  const options = libraryOptions(args, flags, 'model');
  const { checkModelOptions } = await import('../options.js');
  const defaults = { seed: () => 0, threads: () => 1 };
  asUsage(() => checkModelOptions({ layers: [1, 1], ...options }, defaults), flags);
  return loadModel(path, options);
}

/** What a file says of its model's training; see src/state.ts. */
export interface Progress {
  /** Steps of the optimiser, and epochs, over all runs. */
  steps: number;
  epochs: number;
  /** The last run. */
  run: { epochs: number; best?: { epoch: number; loss: number } };
}

/** The model in a file; `options` are those of the machine. */
export async function loadModel(path: string, options = {}): Promise<Autoencoder> {
  return (await loadRun(path, options)).ae;
}

/** The model in a file, and how far its training is, where the file says so. */
export async function loadRun(
  path: string,
  options = {},
): Promise<{ ae: Autoencoder; progress: Progress | undefined; bytes: number }> {
  const { Autoencoder } = await import('../index.js');
  const file = await readFile(path).catch((error) => {
    throw fileError(path, error);
  });
  try {
    const ae = Autoencoder.load(file, options);
    return { ae, progress: await progressOf(file), bytes: file.length };
  } catch (error) {
    throw new DataError(path, (error as Error).message);
  }
}

/** How far the training is of a model that `save` has written. */
export async function progressOf(file: Uint8Array): Promise<Progress | undefined> {
  const { readSafetensors } = await import('../safetensors.js');
  const state = readSafetensors(file).metadata.get('state');
  return state === undefined ? undefined : JSON.parse(state);
}
