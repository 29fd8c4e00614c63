// The whole interface of the binary. Addresses and layouts belong to the caller.
export { activateRow, activateRowBackward } from './activation';
export { compressRows, firstNonFinite } from './batch';
export { lossRow, errorOfRow } from './loss';
export { listNonZeros, prepareList, product, sparse1x32 } from './gemm';
export { transpose } from './transpose';
export { train, run } from './train';

import { adamRow, AdamStep } from './adam';

export function adam(w: usize, dw: usize, m: usize, v: usize, vectors: i32, step: usize): void {
  adamRow(w, dw, m, v, vectors, changetype<AdamStep>(step));
}
