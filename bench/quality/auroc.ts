/**
 * The area under the receiver operating characteristic: how often an outlier has a higher score than an
 * inlier, with ties counted as half. Computed from the ranks (Mann and Whitney 1947); equal scores share
 * their mean rank.
 */
export function auroc(scores: ArrayLike<number>, isOutlier: readonly boolean[]): number {
  const order = Array.from(isOutlier, (_, i) => i).sort(
    (a, b) => (scores[a] as number) - (scores[b] as number),
  );
  let outliers = 0;
  let rankSum = 0;
  for (let from = 0, to = 0; from < order.length; from = to) {
    const score = scores[order[from] as number];
    while (to < order.length && scores[order[to] as number] === score) to++;
    const rank = (from + 1 + to) / 2;
    for (let i = from; i < to; i++) {
      if (!isOutlier[order[i] as number]) continue;
      outliers++;
      rankSum += rank;
    }
  }
  const inliers = order.length - outliers;
  if (outliers === 0 || inliers === 0) {
    throw new RangeError(`an AUROC needs outliers and inliers, got ${outliers} and ${inliers}`);
  }
  return (rankSum - (outliers * (outliers + 1)) / 2) / (outliers * inliers);
}
