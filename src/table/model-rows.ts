// Encoded rows in a form that the model inside takes.

import type { Place } from './columns.js';
import type { Csr } from './encode-rows.js';

/** Dense rows, in which a missing category is NaN in all of its cells. */
export function modelRows(
  { indptr, indices, data, shape }: Csr,
  places: readonly Place[],
): { data: Float32Array<ArrayBuffer>; shape: [number, number] } {
  const [rows, width] = shape;
  const dense = new Float32Array(rows * width);
  for (let i = 0; i < rows; i++) {
    const row = dense.subarray(i * width, (i + 1) * width);
    let at = indptr[i] as number;
    const end = indptr[i + 1] as number;
    for (const { column, start, size } of places) {
      const isCategory = column.type === 'category' || column.type === 'boolean';
      if (isCategory && !(at < end && (indices[at] as number) < start + size)) {
        row.fill(Number.NaN, start, start + size);
      }
      for (; at < end && (indices[at] as number) < start + size; at++) {
        row[indices[at] as number] = data[at] as number;
      }
    }
  }
  return { data: dense, shape };
}
