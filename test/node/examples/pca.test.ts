import { expect, test } from 'vitest';
import { pcaErrors, principalComponents } from '../../../examples/experiment/pca.js';
import { covariance, symmetricEigenvalues } from '../../reference/pca.js';
import { generator } from '../../support/data.js';

/** The number of pixels with ink: more than the vectors that the iteration keeps, 8 + 32. */
const INKED = 60;
const ROWS = 400;

/** Images with ink in the first pixels only, less in later ones, and many zeros. */
function images(): Uint8Array {
  const random = generator(3);
  const bytes = new Uint8Array(ROWS * 784);
  for (let i = 0; i < ROWS; i++) {
    const shared = random();
    for (let j = 0; j < INKED; j++) {
      const ink = 255 * 0.93 ** j * (0.3 * shared + 0.7 * random());
      bytes[i * 784 + j] = random() < 0.4 ? 0 : ink;
    }
  }
  return bytes;
}

test('the error of PCA is the sum of the discarded variances', () => {
  const bytes = images();
  const inked = new Float32Array(ROWS * INKED).map(
    (_, i) => (bytes[Math.floor(i / INKED) * 784 + (i % INKED)] as number) / 255,
  );
  const variances = symmetricEigenvalues(covariance(inked, ROWS, INKED));
  const left = variances.slice(8).reduce((sum, variance) => sum + variance, 0) / 784;

  const errors = pcaErrors(principalComponents(bytes, 8), bytes);
  const mean = errors.reduce((sum, error) => sum + error, 0) / ROWS;
  // Six multiplications reduce the other components by (variance 41 / variance 8) to the power of 12,
  // squared.
  const shrunk = ((variances[40] as number) / (variances[7] as number)) ** 12;
  expect(shrunk).toBeLessThan(1e-7);
  expect(Math.abs(mean / left - 1)).toBeLessThan(1e-6);
  expect(Math.min(...errors)).toBeGreaterThan(0);
});

test('the components are orthonormal, in order of decreasing variance', () => {
  const bytes = images();
  const { mean, components } = principalComponents(bytes, 8);
  const product = components.transpose().mmul(components);
  for (let i = 0; i < 8; i++) {
    for (let j = 0; j < 8; j++) {
      expect(Math.abs(product.get(i, j) - (i === j ? 1 : 0))).toBeLessThan(1e-12);
    }
  }
  const left = [1, 2, 4, 8].map((count) => {
    const leading = components.subMatrixColumn(Array.from({ length: count }, (_, k) => k));
    return pcaErrors({ mean, components: leading }, bytes).reduce((sum, error) => sum + error, 0);
  });
  expect(left).toEqual(left.toSorted((a, b) => b - a));
});
