// Penalties that keep the code sparse: what they add to the gradient of a unit of the code.

import { KL, L1 } from '../abi';
import { activateRowBackward } from './activation';
import { sum4 } from './math';

/** The mean of a unit is clamped to this distance from 0 and 1, where the divergence is infinite. */
const EDGE: f32 = 1e-6;

/**
 * dz (n) += d penalty / dz for the outputs h (n) of one unit over a batch. `scratch` (n) is overwritten; f'
 * is computed from `slopes` (n), which holds the outputs or the stored f':
 *
 *   l1   weight * mean |h|
 *   kl   weight * KL(target || mean h) = weight * (t ln(t / m) + (1 - t) ln((1 - t) / (1 - m)))
 *        (Ng 2011, CS294A lecture notes, https://web.stanford.edu/class/cs294a/sparseAutoencoder.pdf)
 */
export function penaliseRow(
  dz: usize,
  n: i32,
  h: usize,
  slopes: usize,
  activation: usize,
  penalty: i32,
  weight: f32,
  target: f32,
  scratch: usize,
): void {
  const share = weight / <f32>n;
  const end = scratch + ((<usize>n) << 2);
  if (penalty == L1) {
    const size = f32x4.splat(share),
      sign = i32x4.splat(0x80000000);
    for (let p = scratch, q = h; p < end; p += 16, q += 16) {
      const value = v128.load(q);
      const slope = v128.bitselect(value, size, sign);
      v128.store(p, v128.and(slope, v128.ne<f32>(value, f32x4.splat(0))));
    }
  } else if (penalty == KL) {
    let total = f32x4.splat(0);
    for (let q = h, last = h + ((<usize>n) << 2); q < last; q += 16) {
      total = v128.add<f32>(total, v128.load(q));
    }
    const mean = max(EDGE, min<f32>(1 - EDGE, sum4(total) / <f32>n));
    const slope = f32x4.splat(share * ((1 - target) / (1 - mean) - target / mean));
    for (let p = scratch; p < end; p += 16) v128.store(p, slope);
  } else {
    unreachable();
  }
  activateRowBackward(scratch, n, slopes, activation);
  for (let p = scratch; p < end; p += 16, dz += 16) {
    v128.store(dz, v128.add<f32>(v128.load(dz), v128.load(p)));
  }
}
