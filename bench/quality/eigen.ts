/** A symmetric matrix's eigenvalues, largest first, and its eigenvectors as rows in the same order. */
export interface Eigen {
  readonly values: Float64Array;
  readonly vectors: Float64Array[];
}

/**
 * Jacobi's method (Golub and Van Loan, Matrix Computations, 8.5): each rotation makes one element off the
 * diagonal zero. Suitable for up to a few hundred rows; `matrix` is (n, n), row after row.
 */
export function symmetricEigen(matrix: Float64Array, n: number): Eigen {
  const a = matrix.slice();
  const at = (i: number, j: number) => a[i * n + j] as number;
  const vectors = Array.from({ length: n }, (_, i) =>
    Float64Array.from({ length: n }, (_, j) => (i === j ? 1 : 0)),
  );
  let norm = 0;
  for (const value of a) norm += value * value;
  for (let sweep = 0; sweep < 30; sweep++) {
    let off = 0;
    for (let p = 0; p < n; p++) for (let q = 0; q < p; q++) off += 2 * at(p, q) ** 2;
    // The remaining elements move an eigenvalue by less than float64's precision of the largest one.
    if (off <= 1e-30 * norm) break;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        if (at(p, q) === 0) continue;
        const angle = 0.5 * Math.atan2(2 * at(p, q), at(q, q) - at(p, p));
        const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
        for (let k = 0; k < n; k++) {
          const [kp, kq] = [at(k, p), at(k, q)];
          a[k * n + p] = cos * kp - sin * kq;
          a[k * n + q] = sin * kp + cos * kq;
        }
        rotate(a.subarray(p * n, p * n + n), a.subarray(q * n, q * n + n), cos, sin);
        rotate(vectors[p] as Float64Array, vectors[q] as Float64Array, cos, sin);
      }
    }
  }
  const order = vectors.map((_, i) => i).sort((i, j) => at(j, j) - at(i, i));
  return {
    values: Float64Array.from(order, (i) => at(i, i)),
    vectors: order.map((i) => vectors[i] as Float64Array),
  };
}

function rotate(x: Float64Array, y: Float64Array, cos: number, sin: number): void {
  for (let k = 0; k < x.length; k++) {
    const [xk, yk] = [x[k] as number, y[k] as number];
    x[k] = cos * xk - sin * yk;
    y[k] = sin * xk + cos * yk;
  }
}
