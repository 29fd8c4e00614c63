// What principal component analysis needs: a bound for linear autoencoders.

/** The covariance of the columns of (rows, width) data, with divisor `rows`. */
export function covariance(data: Float32Array, rows: number, width: number): number[][] {
  const mean = Array.from({ length: width }, (_, j) => {
    let sum = 0;
    for (let i = 0; i < rows; i++) sum += data[i * width + j] as number;
    return sum / rows;
  });
  const centred = (i: number, j: number) => (data[i * width + j] as number) - (mean[j] as number);
  return mean.map((_, a) =>
    mean.map((_, b) => {
      let sum = 0;
      for (let i = 0; i < rows; i++) sum += centred(i, a) * centred(i, b);
      return sum / rows;
    }),
  );
}

/**
 * The eigenvalues of a symmetric matrix, largest first, by Jacobi's rotations (Golub and Van Loan,
 * Matrix Computations, 8.5): each makes one element off the diagonal zero.
 */
export function symmetricEigenvalues(matrix: number[][]): number[] {
  const a = matrix.map((row) => Float64Array.from(row));
  const at = (i: number, j: number) => a[i]?.[j] as number;
  const set = (i: number, j: number, value: number) => {
    (a[i] as Float64Array)[j] = value;
  };
  const n = a.length;
  // Convergence is quadratic; ten sweeps are plenty for a handful of columns.
  for (let sweep = 0; sweep < 10; sweep++) {
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        const angle = 0.5 * Math.atan2(2 * at(p, q), at(q, q) - at(p, p));
        const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
        for (let k = 0; k < n; k++) {
          const [kp, kq] = [at(k, p), at(k, q)];
          set(k, p, cos * kp - sin * kq);
          set(k, q, sin * kp + cos * kq);
        }
        for (let k = 0; k < n; k++) {
          const [pk, qk] = [at(p, k), at(q, k)];
          set(p, k, cos * pk - sin * qk);
          set(q, k, sin * pk + cos * qk);
        }
      }
    }
  }
  return a.map((_, i) => at(i, i)).sort((x, y) => y - x);
}
