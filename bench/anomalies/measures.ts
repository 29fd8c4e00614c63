// Measures how well scores find anomalous rows, which have the label 1.

/** Groups rows of equal score, highest first: the number of rows in each group, and of anomalous ones. */
function* groups(scores: Float32Array, labels: Uint8Array): Generator<[rows: number, odd: number]> {
  const order = [...scores.keys()].sort((a, b) => (scores[b] as number) - (scores[a] as number));
  for (let from = 0; from < order.length; ) {
    const score = scores[order[from] as number];
    let odd = 0;
    let to = from;
    for (; to < order.length && scores[order[to] as number] === score; to++) {
      odd += labels[order[to] as number] as number;
    }
    yield [to - from, odd];
    from = to;
  }
}

const count = (labels: Uint8Array) => labels.reduce((sum, label) => sum + label, 0);

/**
 * Average precision: the mean of the precision at each anomalous row, as in scikit-learn's
 * average_precision_score.
 */
export function averagePrecision(scores: Float32Array, labels: Uint8Array): number {
  let [seen, found, sum] = [0, 0, 0];
  for (const [rows, here] of groups(scores, labels)) {
    seen += rows;
    found += here;
    sum += (here * found) / seen;
  }
  return sum / count(labels);
}

/** The harmonic mean of precision and recall. */
export function f1(flags: Uint8Array, labels: Uint8Array): number {
  const hits = flags.reduce((sum, flag, i) => sum + flag * (labels[i] as number), 0);
  return (2 * hits) / (count(flags) + count(labels));
}
