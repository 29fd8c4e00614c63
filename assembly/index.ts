// The whole interface of the binary. The caller decides addresses and layouts.
export { activateRow, activateRowBackward } from './kernels/activation';
export { compressRows, firstNonFinite, packRows } from './kernels/rows';
export { errorOfRow, lossRow, weightedLossRow } from './kernels/loss';
export { corruptRow } from './kernels/noise';
// The tiles, and all of sparse.ts but prepareTable, are exported only to prevent inlining; nothing calls
// them from outside.
export { product, tiles2x16, tiles4x16 } from './kernels/gemm';
export {
  indexed1x32,
  listIndices,
  listNonZeros,
  prepareTable,
  scatter1x32,
  sparse1x32,
} from './kernels/sparse';
export { listPairs, pairs1x32, pairs2x16 } from './kernels/int16';
export { transpose } from './kernels/transpose';
export { infer, inferPosted, serve } from './threads/infer';
export { run } from './program/interpreter';
export { train } from './threads/epoch';

import { OptimizerStep } from './abi';
import { stepRow } from './kernels/optimizer';

export function step(w: usize, dw: usize, m: usize, v: usize, vectors: i32, record: usize): void {
  stepRow(w, dw, m, v, vectors, changetype<OptimizerStep>(record), 1);
}
