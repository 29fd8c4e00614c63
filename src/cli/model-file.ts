import type { Autoencoder } from '../index.js';
import { DataError, fileError, UsageError } from './errors.js';
import { type Arguments, asUsage, type Flag, libraryOptions, text } from './flags.js';
import type { Named } from './same-file.js';

/** The model that `--model` names. */
export async function modelFromFlag(args: Arguments, flags: readonly Flag[]): Promise<Autoencoder> {
  const path = text(args, 'model');
  if (path === undefined) throw new UsageError('--model is missing: give a file written by train');
  const options = libraryOptions(args, flags, 'model');
  const { checkModelOptions } = await import('../model/options.js');
  const defaults = { seed: () => 0, threads: () => 1 };
  asUsage(() => checkModelOptions({ layers: [1, 1], ...options }, defaults), flags);
  return loadModel(path, options);
}

/** The files that a command reads which applies a model to data. */
export function inputsOf(args: Arguments, operands: readonly string[]): Named[] {
  return [
    ...operands.map((path) => ({ by: 'DATA', path })),
    { by: '--model', path: text(args, 'model') },
  ];
}

/** The progress of a model's training, as saved in its file; see src/model/state.ts. */
export interface Progress {
  /** Optimiser steps and epochs of all calls of fit together. */
  steps: number;
  epochs: number;
  /** The last call of fit. */
  run: { epochs: number; best?: { epoch: number; loss: number } };
}

/** Loads a model from a file. `options` are those of the machine. */
export async function loadModel(path: string, options = {}): Promise<Autoencoder> {
  return (await loadRun(path, options)).ae;
}

/** Loads a model, and the progress of its training if the file has it. */
export async function loadRun(
  path: string,
  options = {},
): Promise<{ ae: Autoencoder; progress: Progress | undefined; bytes: number }> {
  const { modelIn } = await import('../autoencoder.js');
  const { readStoredFile } = await import('../files/stored-file.js');
  try {
    const { stored, size } = await readStoredFile(path);
    const state = stored.metadata.get('state');
    const progress = state === undefined ? undefined : JSON.parse(state);
    return { ae: modelIn(stored, options), progress, bytes: size };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall !== undefined) throw fileError(path, error);
    // The library calls the file `bytes`, after its argument.
    throw new DataError(path, (error as Error).message.replace(/^bytes is /, 'it is '));
  }
}

/** The progress of a model's training, from the pieces of a saved file. */
export function progressOf([header]: readonly Uint8Array[]): Progress {
  const text = Buffer.from(header as Uint8Array).toString('utf8', 8);
  return JSON.parse(JSON.parse(text).__metadata__.state);
}
