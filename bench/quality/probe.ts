// The linear probe: how well a linear classifier can tell the classes from the codes.

import { Standardiser } from './standardise.js';

/**
 * Multinomial logistic regression with an intercept and the penalty RIDGE / 2 x the squared weights, run to
 * convergence. Boehning's bound on the Hessian (1992, Annals of the Institute of Statistical Mathematics
 * 44), X'X / 2 for every class, makes each step W -= (X'X / 2n + RIDGE)^-1 dW a descent without a step
 * size; Nesterov's momentum makes it fast. Only the penalty depends on the scale of a column, so columns
 * are standardised first.
 */
const RIDGE = 1e-6;
const ITERATIONS = 60;

export interface Labelled {
  /** (rows, width) */
  readonly codes: Float32Array;
  /** The class of each row, from 0. */
  readonly labels: Uint8Array;
}

/** The fraction of test rows that are classified correctly after training on `train`. */
export function probeAccuracy(train: Labelled, test: Labelled, classes: number): number {
  const width = train.codes.length / train.labels.length;
  const scaler = new Standardiser(train.codes, width);
  const columns = width + 1;
  const weights = likeliest(
    withOnes(scaler.apply(train.codes), width),
    train.labels,
    columns,
    classes,
  );
  const x = withOnes(scaler.apply(test.codes), width);
  const logits = new Float64Array(classes);
  let right = 0;
  test.labels.forEach((label, row) => {
    product(x, row, weights, logits, columns);
    right += logits.indexOf(Math.max(...logits)) === label ? 1 : 0;
  });
  return right / test.labels.length;
}

/** Appends a column of ones to (rows, width) data. */
function withOnes(data: Float32Array, width: number): Float64Array {
  const rows = data.length / width;
  const x = new Float64Array(rows * (width + 1)).fill(1);
  for (let row = 0; row < rows; row++) {
    x.set(data.subarray(row * width, (row + 1) * width), row * (width + 1));
  }
  return x;
}

/** The weights (classes, columns) that maximise the penalised likelihood. */
function likeliest(
  x: Float64Array,
  labels: Uint8Array,
  columns: number,
  classes: number,
): Float64Array {
  const rows = labels.length;
  const bound = new Float64Array(columns * columns);
  for (let row = 0; row < rows; row++) {
    const from = row * columns;
    for (let i = 0; i < columns; i++) {
      const value = (x[from + i] as number) / (2 * rows);
      for (let j = 0; j < columns; j++) {
        bound[i * columns + j] =
          (bound[i * columns + j] as number) + value * (x[from + j] as number);
      }
    }
  }
  for (let i = 0; i < columns; i++)
    bound[i * columns + i] = (bound[i * columns + i] as number) + RIDGE;
  const factor = cholesky(bound, columns);

  let weights = new Float64Array(classes * columns);
  let ahead = weights;
  const p = new Float64Array(classes);
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    const gradient = ahead.map((weight) => RIDGE * weight);
    for (let row = 0; row < rows; row++) {
      product(x, row, ahead, p, columns);
      softmax(p);
      const label = labels[row] as number;
      p[label] = (p[label] as number) - 1;
      for (let k = 0; k < classes; k++) {
        const error = (p[k] as number) / rows;
        for (let j = 0; j < columns; j++) {
          const at = k * columns + j;
          gradient[at] = (gradient[at] as number) + error * (x[row * columns + j] as number);
        }
      }
    }
    for (let k = 0; k < classes; k++) {
      solve(factor, gradient.subarray(k * columns, (k + 1) * columns), columns);
    }
    const before = weights;
    weights = ahead.map((weight, i) => weight - (gradient[i] as number));
    const momentum = iteration / (iteration + 3);
    ahead = weights.map((weight, i) => weight + momentum * (weight - (before[i] as number)));
  }
  return weights;
}

/** The logits of one row: weights (classes, columns) . that row of x (rows, columns). */
function product(
  x: Float64Array,
  row: number,
  weights: Float64Array,
  logits: Float64Array,
  columns: number,
): void {
  const from = row * columns;
  for (let k = 0; k < logits.length; k++) {
    let sum = 0;
    for (let j = 0; j < columns; j++) {
      sum += (x[from + j] as number) * (weights[k * columns + j] as number);
    }
    logits[k] = sum;
  }
}

function softmax(z: Float64Array): void {
  const top = Math.max(...z);
  let sum = 0;
  for (let k = 0; k < z.length; k++) sum += z[k] = Math.exp((z[k] as number) - top);
  for (let k = 0; k < z.length; k++) z[k] = (z[k] as number) / sum;
}

/** The lower triangle L of a = L L', with a symmetric and positive definite. */
function cholesky(a: Float64Array, n: number): Float64Array {
  const l = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * n + j] as number;
      for (let k = 0; k < j; k++) sum -= (l[i * n + k] as number) * (l[j * n + k] as number);
      l[i * n + j] = i === j ? Math.sqrt(sum) : sum / (l[j * n + j] as number);
    }
  }
  return l;
}

/** Solves L L' x = b in place: b becomes x. */
function solve(l: Float64Array, b: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) {
    let sum = b[i] as number;
    for (let k = 0; k < i; k++) sum -= (l[i * n + k] as number) * (b[k] as number);
    b[i] = sum / (l[i * n + i] as number);
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = b[i] as number;
    for (let k = i + 1; k < n; k++) sum -= (l[k * n + i] as number) * (b[k] as number);
    b[i] = sum / (l[i * n + i] as number);
  }
}
