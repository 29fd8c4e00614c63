// Converts scores to probabilities, by comparison with the scores of rows not used for training.

import { exp } from '../base/exact-math.js';
import { countAtMost, countBelow, quantileOf } from './quantiles.js';

/**
 * The fraction of rows from the same source that score lower. With n sorted scores of such rows it is the
 * rank over n + 1, as in conformal p-values (Bates et al. 2023, https://arxiv.org/abs/2104.08279). Ties
 * have the rank in their middle, and between neighbours it is linear. Beyond the largest score, the
 * remainder is an exponential tail with the mean excess over the 90 % quantile, so that it never reaches 1.
 */
export function probabilityOf(score: number, sorted: Float32Array): number {
  const n = sorted.length;
  const last = sorted[n - 1] as number;
  if (score > last) {
    const begin = quantileOf(sorted, 0.9);
    let [sum, count] = [0, 0];
    for (let i = n - 1; i >= 0 && (sorted[i] as number) > begin; i--, count++) {
      sum += (sorted[i] as number) - begin;
    }
    const size = sum > 0 ? sum / count : 1;
    return 1 - exp((last - score) / size) / (n + 1);
  }
  const [below, atMost] = [countBelow(sorted, score), countAtMost(sorted, score)];
  if (atMost > below) return (below + atMost + 1) / 2 / (n + 1);
  if (below === 0) return 1 / (2 * (n + 1));
  const [low, high] = [sorted[below - 1] as number, sorted[below] as number];
  return (below + (score - low) / (high - low)) / (n + 1);
}
