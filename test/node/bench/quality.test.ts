// The metrics of bench/quality, on cases with known results.

import { describe, expect, it } from 'vitest';
import { auroc } from '../../../bench/quality/auroc.js';
import { symmetricEigen } from '../../../bench/quality/eigen.js';
import { knnAccuracy } from '../../../bench/quality/knn.js';
import { Pca } from '../../../bench/quality/pca.js';
import { probeAccuracy } from '../../../bench/quality/probe.js';
import { isSameJob, type Measurement, mergeSeeds } from '../../../bench/quality/row.js';
import { isMet, markdown } from '../../../bench/quality/table.js';
import { covariance, symmetricEigenvalues } from '../../reference/pca.js';
import { factored, generator, uniform } from '../../support/data.js';

describe('auroc', () => {
  it('is the share of pairs in which the outlier has the higher score', () => {
    // Of the six pairs, the outlier scores higher in (4,1), (4,2), (4,3), (2.5,1) and (2.5,2).
    expect(auroc([1, 4, 2, 2.5, 3], [false, true, false, true, false])).toBeCloseTo(5 / 6, 12);
  });

  it('counts ties as one half', () => {
    expect(auroc([1, 1, 1, 1], [true, false, false, true])).toBe(0.5);
    // Pairs: (2,2) counts half, (2,1) one, (1,2) none, (1,1) half.
    expect(auroc([2, 2, 1, 1], [true, false, true, false])).toBe(0.5);
    // Pairs: (3,3) counts half, (3,1) one.
    expect(auroc([3, 3, 1], [true, false, false])).toBe(0.75);
  });

  it('reports which class is empty', () => {
    expect(() => auroc([1, 2], [true, true])).toThrow('outliers and inliers, got 2 and 0');
  });
});

describe('symmetricEigen', () => {
  it('finds the eigenvalues and eigenvectors of a matrix constructed from them', () => {
    // [[2, 1], [1, 2]]: 3 along (1, 1), 1 along (1, -1).
    const { values, vectors } = symmetricEigen(Float64Array.of(2, 1, 1, 2), 2);
    expect(values[0]).toBeCloseTo(3, 12);
    expect(values[1]).toBeCloseTo(1, 12);
    const [x, y] = vectors[0] as unknown as [number, number];
    expect(x * y).toBeCloseTo(0.5, 12);
  });
});

describe('Pca', () => {
  /** The mean squared error is the variance of the discarded components. */
  function expectResidual(data: Float32Array, width: number, count: number): void {
    const rows = data.length / width;
    const errors = new Pca(data, width, count).reconstructionError(data);
    const mse = errors.reduce((sum, error) => sum + error, 0) / rows;
    const eigenvalues = symmetricEigenvalues(covariance(data, rows, width));
    const left = eigenvalues.slice(count).reduce((sum, value) => sum + value, 0) / width;
    // Codes and reconstructions are float32 of about 1, with relative errors of 2^-24 each, so the square
    // roots are off by less than 1e-6.
    expect(Math.abs(Math.sqrt(mse) - Math.sqrt(left))).toBeLessThan(1e-6);
  }

  it('leaves an error equal to the variance of the components left out', () => {
    expectResidual(uniform(300, 12, 1), 12, 5);
  });

  it('gives the same by subspace iteration', () => {
    expectResidual(factored(400, 140, 9, 2), 140, 6);
  });

  it('reconstructs data that lie in as many dimensions as it has components', () => {
    const data = factored(200, 20, 3, 3);
    expect(Math.max(...new Pca(data, 20, 3).reconstructionError(data))).toBeLessThan(1e-12);
    expect(Math.max(...new Pca(data, 20, 2).reconstructionError(data))).toBeGreaterThan(1e-3);
  });
});

describe('knnAccuracy', () => {
  it('agrees with sorting all distances', () => {
    // More rows than a tile on either side, and no multiples of it.
    const [count, queries, width] = [2100, 70, 7];
    const labelled = (rows: number, seed: number) => {
      const random = generator(seed);
      const labels = Uint8Array.from({ length: rows }, () => Math.floor(random() * 3));
      const codes = uniform(rows, width, seed + 1).map(
        (value, i) => value + 0.1 * (labels[Math.floor(i / width)] as number),
      );
      return { codes, labels };
    };
    const [train, test] = [labelled(count, 1), labelled(queries, 3)];
    let right = 0;
    for (let q = 0; q < queries; q++) {
      const distance = (r: number) => {
        let sum = 0;
        for (let j = 0; j < width; j++) {
          sum +=
            ((train.codes[r * width + j] as number) - (test.codes[q * width + j] as number)) ** 2;
        }
        return sum;
      };
      const nearest = Array.from(train.labels, (label, r) => ({ label, distance: distance(r) }))
        .sort((a, b) => a.distance - b.distance)
        .slice(0, 5)
        .map(({ label }) => label);
      const votes = (label: number) => nearest.filter((other) => other === label).length;
      const winner = nearest.find((label) => votes(label) === Math.max(...nearest.map(votes)));
      right += winner === test.labels[q] ? 1 : 0;
    }
    expect(right).toBeGreaterThan(queries / 3);
    expect(knnAccuracy(train, test, 5)).toBe(right / queries);
  });
});

describe('probeAccuracy', () => {
  it('separates linearly separable classes, whatever the scale of a column', () => {
    const rows = 600;
    const codes = uniform(rows, 3, 4).map((value, i) => (i % 3 === 1 ? 1000 * value : value));
    const sideOf = (row: number) =>
      (codes[3 * row] as number) > (codes[3 * row + 1] as number) / 1000 ? 1 : 0;
    const labels = Uint8Array.from({ length: rows }, (_, row) => sideOf(row));
    const part = (from: number, to: number) => ({
      codes: codes.slice(3 * from, 3 * to),
      labels: labels.slice(from, to),
    });
    expect(probeAccuracy(part(0, 500), part(500, 600), 2)).toBeGreaterThan(0.97);
  });

  it('fails on classes that are not linearly separable', () => {
    // The corners of a square, with classes by diagonal: at most three corners can be classified correctly.
    const codes = Float32Array.of(0, 0, 0, 1, 1, 0, 1, 1);
    const labels = Uint8Array.of(0, 1, 1, 0);
    expect(probeAccuracy({ codes, labels }, { codes, labels }, 2)).toBeLessThanOrEqual(0.75);
  });
});

describe('isMet', () => {
  it('compares the mean over the seeds with the target', () => {
    expect(isMet([1, 3], { sense: 'at most', value: 2 })).toBe(true);
    expect(isMet([1, 3], { sense: 'below', value: 2 })).toBe(false);
    expect(isMet([1, 3], { sense: 'at least', value: 2 })).toBe(true);
    expect(isMet([1, 3], { sense: 'above', value: 2 })).toBe(false);
    expect(isMet([1, 3], { sense: 'above', value: 1.9 })).toBe(true);
  });
});

describe('rows of the report', () => {
  const measured = (value: number, recipe = 'r'): Measurement[] => [
    {
      what: 'share',
      recipe,
      value,
      bar: { sense: 'at least', value: value / 2 },
      beside: [{ what: 'PCA', value: 10 * value }],
      format: 'whole',
    },
  ];

  it('are merged from the measurements of all seeds, in order', () => {
    const rows = mergeSeeds([measured(2), measured(8), measured(5)]);
    expect(rows).toEqual([
      {
        what: 'share',
        recipe: 'r',
        values: [2, 8, 5],
        bar: { sense: 'at least', value: 2.5 },
        beside: [{ what: 'PCA', value: 50 }],
        format: 'whole',
      },
    ]);
    expect(markdown(rows)).toContain('| share | 5 | 2, 8, 5 | at least 3 | yes |  | PCA 50 |');
    expect(mergeSeeds([])).toEqual([]);
  });

  it('are not merged with rows of another recipe', () => {
    expect(isSameJob(measured(1), measured(2))).toBe(true);
    expect(isSameJob(measured(1), measured(1, 'another'))).toBe(false);
    expect(isSameJob(measured(1), [...measured(1), ...measured(1)])).toBe(false);
  });
});
