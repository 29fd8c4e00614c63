// Principal component analysis: the best that a linear code of the same width can achieve.

import { EigenvalueDecomposition, Matrix, QrDecomposition } from 'ml-matrix';
import { PIXELS } from './mnist.js';
import { mulberry32 } from './random.js';

export interface Pca {
  mean: Float64Array;
  /** (pixels, components), orthonormal columns, largest variance first. */
  components: Matrix;
}

/** The leading components of images of bytes; a byte stands for value / 255 as in the library. */
export function principalComponents(images: Uint8Array, count: number): Pca {
  const { mean, covariance } = moments(images);
  return { mean, components: leadingEigenvectors(covariance, count) };
}

/** The mean squared error of each image's projection on the components. */
export function pcaErrors({ mean, components }: Pca, images: Uint8Array): Float64Array {
  const width = components.columns;
  const weights = Float64Array.from(components.to1DArray());
  const code = new Float64Array(width);
  /** Adds a pixel's contribution to the code. */
  const project = (pixel: number, value: number) => {
    for (let k = 0, at = pixel * width; k < width; k++, at++) {
      code[k] = (code[k] as number) + value * (weights[at] as number);
    }
  };
  mean.forEach((value, pixel) => {
    project(pixel, -value);
  });
  const origin = code.slice();
  return new Float64Array(images.length / PIXELS).map((_, i) => {
    code.set(origin);
    let squares = 0;
    for (let j = 0; j < PIXELS; j++) {
      const value = (images[i * PIXELS + j] as number) / 255;
      squares += (value - (mean[j] as number)) ** 2;
      if (value > 0) project(j, value);
    }
    // By Pythagoras' theorem, the error is the squared norm minus that of the code.
    for (const value of code) squares -= value * value;
    return squares / PIXELS;
  });
}

/** The mean image, and the covariance of the pixels. */
function moments(images: Uint8Array): { mean: Float64Array; covariance: Matrix } {
  const count = images.length / PIXELS;
  const sums = new Float64Array(PIXELS);
  const products = new Float64Array(PIXELS * PIXELS);
  const where = new Int32Array(PIXELS);
  // Only pairs of pixels with ink: one pair in 28.
  for (let at = 0; at < images.length; at += PIXELS) {
    let inked = 0;
    for (let j = 0; j < PIXELS; j++) if (images[at + j]) where[inked++] = j;
    for (let a = 0; a < inked; a++) {
      const pixel = where[a] as number;
      const value = images[at + pixel] as number;
      sums[pixel] = (sums[pixel] as number) + value;
      for (let b = a; b < inked; b++) {
        const other = where[b] as number;
        const i = pixel * PIXELS + other;
        products[i] = (products[i] as number) + value * (images[at + other] as number);
      }
    }
  }
  const mean = sums.map((sum) => sum / count / 255);
  const covariance = Matrix.zeros(PIXELS, PIXELS);
  for (let i = 0; i < PIXELS; i++) {
    for (let j = i; j < PIXELS; j++) {
      const product = (products[i * PIXELS + j] as number) / count / 255 ** 2;
      const value = product - (mean[i] as number) * (mean[j] as number);
      covariance.set(i, j, value);
      covariance.set(j, i, value);
    }
  }
  return { mean, covariance };
}

/**
 * Subspace iteration with additional vectors (Halko, Martinsson and Tropp 2011,
 * https://arxiv.org/abs/0909.4061, algorithm 4.4). On MNIST with 64 components, 32 more vectors and six
 * products leave the error within 1e-5 of its value, in a third of the time of a full decomposition.
 */
function leadingEigenvectors(symmetric: Matrix, count: number): Matrix {
  const size = symmetric.rows;
  const width = Math.min(count + 32, size);
  const random = mulberry32(0);
  let basis = new Matrix(
    Array.from({ length: size }, () => Array.from({ length: width }, () => random() - 0.5)),
  );
  for (let step = 0; step < 3; step++) {
    basis = new QrDecomposition(symmetric.mmul(symmetric.mmul(basis))).orthogonalMatrix;
  }
  const small = basis.transpose().mmul(symmetric).mmul(basis);
  // The library returns them in ascending order.
  const { eigenvectorMatrix } = new EigenvalueDecomposition(small, { assumeSymmetric: true });
  const largest = Array.from({ length: count }, (_, i) => width - 1 - i);
  return basis.mmul(eigenvectorMatrix.subMatrixColumn(largest));
}
