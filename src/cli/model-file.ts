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

/** The model in a file; `options` are those of the machine. */
export async function loadModel(path: string, options = {}): Promise<Autoencoder> {
  const { loadFile } = await import('../node.js');
  try {
    return await loadFile(path, options);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code) throw fileError(path, error);
    throw new DataError(path, (error as Error).message);
  }
}
