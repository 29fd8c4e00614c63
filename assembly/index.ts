// The whole interface of the binary. Addresses and layouts belong to the caller.
export { activateRow, activateRowBackward } from './activation';
export { compressRows, firstNonFinite } from './batch';
export { errorOfRow, lossRow, weightedLossRow } from './loss';
export { corruptRow } from './noise';
// tiles2x16 and, of sparse.ts, all but prepareTable are exported so that they are not inlined;
// nobody calls them.
export { product, tiles2x16 } from './gemm';
export { listNonZeros, prepareTable, scatter1x32, sparse1x32 } from './sparse';
export { transpose } from './transpose';
export { infer, serve } from './infer';
export { run, train } from './train';

import { OptimizerStep } from './adam';
import { stepRow } from './optimizer';

export function step(w: usize, dw: usize, m: usize, v: usize, vectors: i32, record: usize): void {
  stepRow(w, dw, m, v, vectors, changetype<OptimizerStep>(record), 1);
}
