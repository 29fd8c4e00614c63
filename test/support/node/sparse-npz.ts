// Sparse matrices as scipy.sparse.save_npz writes them.

import { archiveOf } from './zip.js';

/** An NPY file with these bytes as its data. */
export function npy(descr: string, sizes: number[], bytes: Uint8Array): Buffer {
  const shape = sizes.length === 1 ? `${sizes[0]},` : sizes.join();
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape}), }`;
  const header = Buffer.from(`${text.padEnd(117)}\n`);
  return Buffer.concat([Buffer.from('\x93NUMPY\x01\x00v\x00', 'latin1'), header, bytes]);
}

export const ints = (...values: number[]): Buffer =>
  npy('<i4', [values.length], new Uint8Array(Int32Array.from(values).buffer));

export const floats = (...values: number[]): Buffer =>
  npy('<f8', [values.length], new Uint8Array(Float64Array.from(values).buffer));

/** The archive of a matrix of this format and shape. */
export function sparseArchive(
  arrays: Record<string, Buffer>,
  format = 'csr',
  shape: readonly number[] = [3, 4],
): Buffer {
  const all = {
    ...arrays,
    format: npy(`|S${format.length}`, [], Buffer.from(format)),
    shape: npy('<i8', [2], new Uint8Array(BigInt64Array.from(shape, BigInt).buffer)),
  };
  return archiveOf(Object.entries(all).map(([name, bytes]) => [`${name}.npy`, bytes] as const));
}
