// Principal component analysis, which is the best that a linear autoencoder can achieve.

import { symmetricEigen } from './eigen.js';

/** Jacobi's method alone is fast enough up to this many columns. */
const JACOBI = 128;

export class Pca {
  readonly #mean: Float64Array;
  /** One unit vector per component, in descending order of variance. */
  readonly #components: readonly Float64Array[];

  /** Finds the first `count` components of `data`, (rows, width). */
  constructor(data: Float32Array, width: number, count: number) {
    const { mean, matrix } = covariance(data, width);
    this.#mean = mean;
    this.#components = leadingEigenvectors(matrix, width, count);
  }

  /** Encodes data (rows, width) to codes (rows, count). */
  encode(data: Float32Array): Float32Array {
    const [width, count] = [this.#mean.length, this.#components.length];
    const rows = data.length / width;
    const codes = new Float32Array(rows * count);
    const centred = new Float64Array(width);
    for (let row = 0; row < rows; row++) {
      for (let j = 0; j < width; j++) {
        centred[j] = (data[row * width + j] as number) - (this.#mean[j] as number);
      }
      this.#components.forEach((component, k) => {
        codes[row * count + k] = dot(centred, component);
      });
    }
    return codes;
  }

  /** Decodes codes (rows, count) to data (rows, width). */
  decode(codes: Float32Array): Float32Array {
    const [width, count] = [this.#mean.length, this.#components.length];
    const rows = codes.length / count;
    const data = new Float32Array(rows * width);
    const sum = new Float64Array(width);
    for (let row = 0; row < rows; row++) {
      sum.set(this.#mean);
      this.#components.forEach((component, k) => {
        addScaled(sum, component, codes[row * count + k] as number);
      });
      data.set(sum, row * width);
    }
    return data;
  }

  /** The mean squared error of each row's reconstruction. */
  reconstructionError(data: Float32Array): Float64Array {
    const width = this.#mean.length;
    return rowErrors(data, this.decode(this.encode(data)), width);
  }
}

/** The mean squared difference of each row of (rows, width) data. */
export function rowErrors(a: Float32Array, b: Float32Array, width: number): Float64Array {
  const errors = new Float64Array(a.length / width);
  for (let i = 0; i < a.length; i++) {
    const row = Math.floor(i / width);
    errors[row] = (errors[row] as number) + ((a[i] as number) - (b[i] as number)) ** 2 / width;
  }
  return errors;
}

/** The means of the columns, and their covariance (width, width) with divisor `rows`. */
function covariance(
  data: Float32Array,
  width: number,
): { mean: Float64Array; matrix: Float64Array } {
  const rows = data.length / width;
  const mean = new Float64Array(width);
  const matrix = new Float64Array(width * width);
  for (let row = 0; row < rows; row++) {
    const x = data.subarray(row * width, (row + 1) * width);
    for (let i = 0; i < width; i++) {
      const value = x[i] as number;
      // Most pixels are black.
      if (value === 0) continue;
      mean[i] = (mean[i] as number) + value / rows;
      const from = i * width;
      for (let j = 0; j <= i; j++) {
        matrix[from + j] = (matrix[from + j] as number) + value * (x[j] as number);
      }
    }
  }
  for (let i = 0; i < width; i++) {
    for (let j = 0; j <= i; j++) {
      const product = (mean[i] as number) * (mean[j] as number);
      const value = (matrix[i * width + j] as number) / rows - product;
      matrix[i * width + j] = value;
      matrix[j * width + i] = value;
    }
  }
  return { mean, matrix };
}

/**
 * The eigenvectors of the `count` largest eigenvalues. Large matrices use subspace iteration with
 * Rayleigh-Ritz projection (Golub and Van Loan, 8.2.4). The error falls by the ratio of the first
 * eigenvalue outside the subspace to the last wanted one, so the subspace has half as many vectors again.
 */
function leadingEigenvectors(matrix: Float64Array, n: number, count: number): Float64Array[] {
  if (n <= JACOBI) return symmetricEigen(matrix, n).vectors.slice(0, count);
  const size = Math.min(n, Math.ceil(1.5 * count));
  // Any start will do that is not orthogonal to the eigenvectors.
  let basis = Array.from({ length: size }, (_, k) =>
    Float64Array.from({ length: n }, (_, i) => Math.sin((k + 1) * (i + 1))),
  );
  let captured = 0;
  // MNIST never needed 60 iterations; the convergence test below ends the loop after about 25.
  for (let iteration = 0; iteration < 60; iteration++) {
    orthonormalise(basis);
    const image = basis.map((vector) => multiply(matrix, vector));
    const projected = new Float64Array(size * size);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j <= i; j++) {
        const value = dot(basis[i] as Float64Array, image[j] as Float64Array);
        projected[i * size + j] = value;
        projected[j * size + i] = value;
      }
    }
    const { values, vectors } = symmetricEigen(projected, size);
    const variance = values.subarray(0, count).reduce((sum, value) => sum + value, 0);
    const isSettled = variance - captured <= 1e-9 * variance;
    const combine = (of: Float64Array[]) =>
      vectors.map((weights) => {
        const vector = new Float64Array(n);
        weights.forEach((weight, k) => {
          addScaled(vector, of[k] as Float64Array, weight);
        });
        return vector;
      });
    if (isSettled) return combine(basis).slice(0, count);
    captured = variance;
    basis = combine(image);
  }
  throw new Error('the principal components have not settled after 60 iterations');
}

/** The Gram-Schmidt process, done twice, which is enough (Giraud et al. 2005). */
function orthonormalise(vectors: Float64Array[]): void {
  vectors.forEach((vector, k) => {
    for (let pass = 0; pass < 2; pass++) {
      for (const other of vectors.slice(0, k)) addScaled(vector, other, -dot(vector, other));
    }
    const length = Math.sqrt(dot(vector, vector));
    for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] as number) / length;
  });
}

/** The product with a symmetric (n, n) matrix. */
function multiply(matrix: Float64Array, vector: Float64Array): Float64Array {
  const n = vector.length;
  return vector.map((_, i) => dot(matrix.subarray(i * n, (i + 1) * n), vector));
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

function addScaled(to: Float64Array, vector: Float64Array, factor: number): void {
  for (let i = 0; i < to.length; i++) to[i] = (to[i] as number) + factor * (vector[i] as number);
}
