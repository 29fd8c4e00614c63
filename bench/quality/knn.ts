// Classification by nearest neighbours: shows whether rows of the same class have codes near each other.

import { acquireEngine, releaseEngine } from '../../src/engine/kernels.js';
import { Arena } from '../../src/engine/memory.js';
import { scratchBytes } from '../../src/engine/thread-steps.js';
import type { Labelled } from './probe.js';

/** The rows of a tile: one product of the library's kernel gives QUERIES x REFERENCES distances. */
const QUERIES = 64;
const REFERENCES = 2048;

/**
 * The fraction of test rows whose class wins the vote of the `k` nearest training rows (Euclidean). In a
 * tie the class of the nearest row wins.
 */
export function knnAccuracy(train: Labelled, test: Labelled, k: number): number {
  const width = train.codes.length / train.labels.length;
  const engine = acquireEngine({});
  try {
    const arena = new Arena(engine.memory);
    const queries = arena.floats(QUERIES * width, 'queries');
    const references = arena.floats(width * REFERENCES, 'references');
    const products = arena.floats(QUERIES * REFERENCES, 'products');
    const scratch = arena.take(scratchBytes(width + 8), 'scratch');
    engine.kernels.prepareTable(scratch, 0);
    const view = (at: number, length: number) => new Float32Array(engine.memory.buffer, at, length);
    const [Q, R, P] = [
      view(queries, QUERIES * width),
      view(references, width * REFERENCES),
      view(products, QUERIES * REFERENCES),
    ];

    const nearest = Array.from(test.labels, () => new Nearest(k));
    for (let from = 0; from < train.labels.length; from += REFERENCES) {
      const count = Math.min(REFERENCES, train.labels.length - from);
      // The rows transposed, as the kernel takes its right operand, and half of each row's squared length.
      const half = new Float64Array(count);
      R.fill(0);
      for (let r = 0; r < count; r++) {
        for (let j = 0; j < width; j++) {
          const value = train.codes[(from + r) * width + j] as number;
          R[j * REFERENCES + r] = value;
          half[r] = (half[r] as number) + (value * value) / 2;
        }
      }
      for (let first = 0; first < test.labels.length; first += QUERIES) {
        const rows = Math.min(QUERIES, test.labels.length - first);
        Q.set(test.codes.subarray(first * width, (first + rows) * width));
        engine.kernels.product(
          queries,
          width * 4,
          references,
          REFERENCES * 4,
          products,
          REFERENCES * 4,
          0,
          rows,
          REFERENCES,
          width,
          scratch,
          0,
        );
        for (let q = 0; q < rows; q++) {
          const best = nearest[first + q] as Nearest;
          for (let r = 0; r < count; r++) {
            // This is |q - r|^2 / 2 without the term |q|^2 / 2, which does not change the order.
            best.offer((half[r] as number) - (P[q * REFERENCES + r] as number), from + r);
          }
        }
      }
    }
    const right = nearest.filter((best, i) => best.vote(train.labels) === test.labels[i]);
    return right.length / test.labels.length;
  } finally {
    releaseEngine(engine);
  }
}

/** The k nearest rows so far, nearest first. */
class Nearest {
  readonly #distances: Float64Array;
  readonly #rows: Int32Array;

  constructor(k: number) {
    this.#distances = new Float64Array(k).fill(Infinity);
    this.#rows = new Int32Array(k).fill(-1);
  }

  offer(distance: number, row: number): void {
    const distances = this.#distances;
    let i = distances.length - 1;
    if (distance >= (distances[i] as number)) return;
    for (; i > 0 && distance < (distances[i - 1] as number); i--) {
      distances[i] = distances[i - 1] as number;
      this.#rows[i] = this.#rows[i - 1] as number;
    }
    distances[i] = distance;
    this.#rows[i] = row;
  }

  vote(labels: Uint8Array): number {
    const votes = new Map<number, number>();
    for (const row of this.#rows) {
      if (row >= 0) votes.set(labels[row] as number, (votes.get(labels[row] as number) ?? 0) + 1);
    }
    // A Map keeps insertion order, so the class of the nearest row comes first.
    let winner = -1;
    for (const [label, count] of votes) if (count > (votes.get(winner) ?? 0)) winner = label;
    return winner;
  }
}
