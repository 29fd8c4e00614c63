import { expect } from 'vitest';
import { Autoencoder } from '../../src/index.js';
import { sha256 } from './data.js';
import { parts, unpack } from './files.js';
import { inOneGo, type Run, resumed } from './interruption.js';

/**
 * SHA-256 of all weights and moments in the files of half a run and of the whole run. A run that is saved
 * after half of its epochs, loaded and resumed must end with the same.
 */
export async function halfAndWhole(run: Run): Promise<{ half: string; whole: string }> {
  const { half, whole } = await inOneGo(Autoencoder, run);
  const names = unpack(whole).tensors.map(([tensor]) => tensor);
  expect(names.some((tensor) => tensor.startsWith('state.last.'))).toBe(true);
  expect(await sha256(await resumed(Autoencoder, run, half))).toBe(await sha256(whole));
  const numbers = (file: Uint8Array) => sha256(parts(file).data.slice());
  return { half: await numbers(half), whole: await numbers(whole) };
}
