// Every kernel compared with its float64 twin. u = 2^-24 is the unit roundoff. Each bound names the
// roundings it counts; gamma includes second-order terms.

import { describe, expect, test } from 'vitest';
import { Random } from '../../../src/base/random.js';
import { rowSource } from '../../../src/data/row-forms.js';
import { storeRows } from '../../../src/engine/dataset.js';
import { acquireEngine } from '../../../src/engine/kernels.js';
import { load, loadFeatures, placeOperations } from '../../../src/engine/operations.js';
import {
  bytesOf,
  readField,
  takeRecord,
  type Values,
  writeRecord,
} from '../../../src/engine/records.js';
import * as abi from '../../../src/generated/abi.js';
import { ACTIVATION_NAMES, ACTIVATIONS, type Activation } from '../../../src/model/activations.js';
import { LOSSES } from '../../../src/model/losses.js';
import { checkFitOptions } from '../../../src/training/fit-options.js';
import { OptimizerSteps } from '../../../src/training/optimizer-steps.js';
import * as twin from '../../reference/twins.js';
import { LinearMemory, type Operand } from '../../support/linear-memory.js';
import {
  COLUMNS,
  checkDepths,
  checkProduct,
  DENSITIES,
  draw,
  drawRows,
  ROWS,
  range,
  takeScratch,
} from '../../support/products.js';
import { expectNear, expectSameBits, gamma, UNDERFLOW } from '../../support/tolerance.js';
import { createNetwork } from '../../support/training-step.js';

const engine = acquireEngine({});
const { kernels } = engine;

type OptimizerStep = Values<typeof abi.OptimizerStep>;

/** The address of a record of an optimiser step. */
function stepOf({ arena }: LinearMemory, step: OptimizerStep): number {
  return takeRecord(arena, abi.OptimizerStep, step, 'a step');
}

const first = (values: Float32Array): number => values[0] as number;

describe('product', () => {
  // product.slow.ts has all pairs of depth and width.
  test.each(DENSITIES)('every depth up to 70, every width, density $name', ({ densities }) => {
    checkDepths(engine, densities, 5);
  });

  test('every number of rows by every width', () => {
    for (const rows of ROWS) {
      for (const [i, columns] of COLUMNS.entries()) {
        for (const depth of [1, 33])
          checkProduct(engine, rows, columns, depth, DENSITIES[i % 7]?.densities as number[]);
      }
    }
  });

  test.each(DENSITIES)('depth 784, density $name', ({ densities }) => {
    for (const [rows, columns] of [[1, 4] as const, [7, 64] as const, [5, 252] as const]) {
      checkProduct(engine, rows, columns, 784, densities);
    }
  });

  test('rows with more columns than 16-bit indices can address', () => {
    checkProduct(engine, 2, 36, 65_540, [0.001, 0.9]);
  });

  test.each([0, 1])('does not change the rows outside [from, to), sparse %i', (sparse) => {
    for (const columns of [4, 12, 16, 40]) {
      const memory = new LinearMemory(engine.memory);
      const a = memory.matrix(9, 5, drawRows(9, 5, [1, 0.2], columns));
      const b = memory.matrix(5, columns, draw(5 * columns, columns));
      const c = memory.matrix(9, columns);
      const scratch = takeScratch(engine, memory, 5);
      c.fill(7);
      kernels.product(
        a.address,
        a.ld,
        b.address,
        b.ld,
        c.address,
        c.ld,
        3,
        6,
        columns,
        5,
        scratch,
        sparse,
      );
      const touched = Array.from({ length: 9 }, (_, row) =>
        c.read().some((value, i) => Math.floor(i / columns) === row && value !== 7),
      );
      expect(touched).toEqual([false, false, false, true, true, true, false, false, false]);
    }
  });

  test('keeps NaN and infinite values', () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const memory = new LinearMemory(engine.memory);
      const values = drawRows(1, 40, [0.1], 5);
      values[23] = bad;
      const a = memory.matrix(1, 40, values);
      const b = memory.matrix(40, 32, new Float32Array(40 * 32).fill(1));
      const c = memory.matrix(1, 32);
      const scratch = takeScratch(engine, memory, 40);
      for (const sparse of [0, 1]) {
        kernels.product(
          a.address,
          a.ld,
          b.address,
          b.ld,
          c.address,
          c.ld,
          0,
          1,
          32,
          40,
          scratch,
          sparse,
        );
        expect([...c.read()]).toEqual(new Array(32).fill(bad));
      }
    }
  });
});

test('transpose moves every number to its place, and writes nothing else', () => {
  for (const rows of [...range(1, 9), 64, 65]) {
    for (const columns of [...range(1, 9), 64, 67]) {
      const memory = new LinearMemory(engine.memory);
      const padded = (n: number) => Math.ceil(n / 4) * 4;
      const values = draw(rows * columns, rows, columns);
      // Both matrices are padded to multiples of 4 in both directions.
      const src = memory.matrix(padded(rows), columns, values);
      const dst = memory.matrix(padded(columns), rows);
      dst.fill(Number.NaN);
      kernels.transpose(src.address, src.ld, dst.address, dst.ld, rows, columns);
      const expected = new Float32Array(padded(columns) * rows);
      expected.set(twin.transpose(values, rows, columns));
      expectSameBits(dst.read(), expected, `${rows}x${columns}`);
      expect(dst.padding().every((value) => value === 0)).toBe(true);
      memory.expectGuards(`${rows}x${columns}`);
    }
  }
});

/** h = f(z + bias), computed by the kernel; if `bias` is a number, it is the bias of the whole row. */
function activate(z: Float32Array, bias: Float32Array | number, activation: Activation) {
  return forward(z, bias, activation).h;
}

/** h, and the tensor from which the backward pass computes f'. */
function forward(z: Float32Array, bias: Float32Array | number, activation: Activation) {
  const memory = new LinearMemory(engine.memory);
  const row = memory.matrix(1, z.length, z, 123);
  const slopes = memory.matrix(1, z.length);
  const biases =
    typeof bias === 'number'
      ? memory.floats([bias])
      : memory.matrix(1, bias.length, bias, 9).address;
  const { kind, keepsSlopes } = ACTIVATIONS[activation];
  const biasStep = typeof bias === 'number' ? 0 : 16;
  kernels.activateRow(row.address, z.length, biases, biasStep, kind, slopes.address);
  memory.expectGuards(activation);
  expect(
    row.padding().every((value) => value === 0),
    'the padding is cleared',
  ).toBe(true);
  const h = row.read();
  return { h, from: keepsSlopes ? slopes.read() : h };
}

/**
 * The error bound of the tail probability beyond |z| of a normal distribution: 4 for e^(-z^2 / 2), whose
 * exponent is off by z^2 / 2; 7 for the polynomial, and the product.
 */
const tailBound = (z: number): number =>
  Math.abs(z) > 40 ? 0 : gamma(12 + (z * z) / 2) * twin.normal(-Math.abs(z));

/**
 * The largest allowed |h - f(z)|. exp is within 2 units in the last place, which is 4 u, from -87.3 to
 * 88.3, and clamped outside: to e^-87.3 < 2^-125 below, and 1 / e^88.3 < 2^-127.
 */
const FORWARD_BOUND: Record<Activation, (z: number) => number> = {
  linear: () => 0,
  relu: () => 0,
  // The rounding of the slope and of the product.
  leakyRelu: (z) => (z > 0 ? 0 : gamma(2) * Math.abs(0.01 * z) + UNDERFLOW),
  // e^z is off by 4 u e^z, and subtracting 1 rounds once.
  elu: (z) => (z > 0 ? 0 : gamma(4) * Math.exp(z) + gamma(1) * -Math.expm1(z) + 2 ** -125),
  // Below 0.625 the peak error of the algorithm is 1.3e-7 or 2.2 u (Cephes, tanhf.c). Above, q = 2 / (e^2z
  // + 1) is off by 6 u (exp 4, sum, quotient), q / h is at most 0.81, and 1 - q rounds once.
  tanh: (z) => gamma(Math.abs(z) < 0.625 ? 3 : 6) * Math.abs(Math.tanh(z)),
  // 1 / (1 + e^-z): 4 for the exponential, one each for sum and quotient.
  sigmoid: (z) => gamma(6) / (1 + Math.exp(-z)) + (z < -87.3 ? 2 ** -126 : UNDERFLOW),
  // log(1 + e): e is off by 4 u, the logarithm by 4 u relative to itself (quotient, series, product); then
  // the sum.
  softplus: (z) => gamma(9) * twin.softplus(z) + (z < -87.3 ? 2 ** -125 : UNDERFLOW),
  // 10 for the sigmoid, as below, and the product with z, which is clamped to at least -88.
  silu: (z) =>
    gamma(11) * Math.abs(twin.ACTIVATION.silu.f(z)) + (z < -87.3 ? 88 * 2 ** -125 : UNDERFLOW),
  // The tail below 0, 1 minus the tail above; then the product. Below -13.2, e^(-z^2 / 2) is clamped.
  gelu: (z) =>
    Math.abs(z < -40 ? 0 : z) * (tailBound(z) + gamma(2) * twin.normal(z)) +
    (z < -13 ? 2 ** -121 : UNDERFLOW),
};

/** The largest allowed |dz - dh f'|. */
const BACKWARD_BOUND: Record<Activation, (dh: number, h: number, z: number) => number> = {
  linear: () => 0,
  relu: () => 0,
  leakyRelu: (dh) => gamma(2) * 0.01 * Math.abs(dh),
  // h + 1 and the product.
  elu: (dh, h) => gamma(2) * Math.abs(dh) * Math.abs(h + 1),
  // h^2 is rounded before it is subtracted from 1, where cancellation may occur; then difference and
  // product.
  tanh: (dh, h) => Math.abs(dh) * (gamma(1) * h * h + gamma(3) * (1 - h * h)),
  // 1 - h and two products.
  sigmoid: (dh, h) => gamma(3) * Math.abs(dh) * h * (1 - h),
  // The sigmoid of z: 4 for e = e^-|z|, then 1 + e, the quotient and the product with e; and the product
  // with dh.
  softplus: (dh, _, z) => gamma(11) * Math.abs(dh) * twin.sigmoid(z),
  // Two sigmoids, h, their product and sum; and the product with dh.
  silu: (dh, h, z) =>
    Math.abs(dh) * (gamma(12) * twin.sigmoid(z) + gamma(24) * Math.abs(h) * twin.sigmoid(-z)),
  // The probability below z, and z times the density; their sum, and the product with dh.
  gelu: (dh, _, z) => {
    const density = Math.abs(z) * twin.density(z);
    const rounded = gamma(3) * (twin.normal(z) + density);
    return Math.abs(dh) * (tailBound(z) + gamma(8 + (z * z) / 2) * density + rounded + 2 ** -121);
  },
};

describe.each(ACTIVATION_NAMES)('%s', (activation) => {
  const { f, derivative } = twin.ACTIVATION[activation];

  test('forward over [-90, 90] is within the derived error bound', () => {
    const random = new Random(3);
    const z = Float32Array.from([
      ...range(-90, 90, 1 / 256),
      ...Array.from({ length: 50_000 }, () => random.signed() * 90),
      ...Array.from({ length: 50_000 }, () => random.signed()),
      ...range(-140, 6).flatMap((power) => [2 ** power, -(2 ** power)]),
    ]);
    const expected = Float64Array.from(z, f);
    const bound = FORWARD_BOUND[activation];
    expectNear(activate(z, 0, activation), expected, (i) => bound(z[i] as number), activation);
  });

  test('special values', () => {
    const z = [0, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 3e38, -3e38];
    const h = activate(Float32Array.from(z), 0, activation);
    for (const [i, value] of z.entries()) {
      const limit = f(Math.fround(value));
      if (!Number.isFinite(limit)) expect(h[i]).toBe(limit);
      else
        expectNear([h[i] as number], [limit], () => FORWARD_BOUND[activation](value), `${value}`);
    }
  });

  test('NaN stays NaN in every lane', () => {
    for (const lane of range(0, 4)) {
      const z = new Float32Array(5);
      z[lane] = Number.NaN;
      const h = activate(z, 0, activation);
      expect([...h].map(Number.isNaN)).toEqual(range(0, 4).map((i) => i === lane));
    }
  });

  test('rows of every length, with a single bias or one bias per element', () => {
    for (const n of [...range(1, 9), 31, 784]) {
      const z = draw(n, n).map((value) => 4 * value);
      const bias = draw(n, n, 2);
      const shared = first(bias);
      const summed = z.map((value, i) => value + (bias[i] as number));
      expectSameBits(activate(z, bias, activation), activate(summed, 0, activation), `n = ${n}`);
      const moved = z.map((value) => value + shared);
      expectSameBits(activate(z, shared, activation), activate(moved, 0, activation), `n = ${n}`);
    }
  });

  test('backward is within the derived error bound, and sets the padding to 0', () => {
    for (const n of [...range(1, 9), 2000]) {
      const z = draw(n, n).map((value) => 12 * value);
      const { h, from } = forward(z, 0, activation);
      const dhValues = draw(n, n, 3);
      const memory = new LinearMemory(engine.memory);
      const kept = memory.matrix(1, n, from, 0.5);
      const dh = memory.matrix(1, n, dhValues, 0.5);
      kernels.activateRowBackward(dh.address, n, kept.address, ACTIVATIONS[activation].kind);
      const expected = Float64Array.from(
        h,
        (value, i) => (dhValues[i] as number) * derivative(value, z[i] as number),
      );
      const bound = BACKWARD_BOUND[activation];
      expectNear(
        dh.read(),
        expected,
        (i) => bound(dhValues[i] as number, h[i] as number, z[i] as number) + UNDERFLOW,
        `n = ${n}`,
      );
      expect(dh.padding().every((value) => value === 0)).toBe(true);
      memory.expectGuards(`n = ${n}`);
    }
  });
});

/**
 * Loss and dz of a row, computed by the kernel with NaN in all padding; if the bias is a number, it is that
 * of the whole row.
 */
function lossRow(
  z: Float32Array,
  bias: Float32Array | number,
  x: Float32Array,
  activation: Activation,
  loss: 'mse' | 'bce',
): { value: number; dz: Float32Array } {
  const n = z.length;
  const memory = new LinearMemory(engine.memory);
  const row = memory.matrix(1, n, z, Number.NaN);
  const target = memory.matrix(1, n, x, Number.NaN);
  const biases =
    typeof bias === 'number'
      ? memory.floats([bias])
      : memory.matrix(1, n, bias, Number.NaN).address;
  const value = kernels.lossRow(
    row.address,
    n,
    biases,
    typeof bias === 'number' ? 0 : 16,
    target.address,
    ACTIVATIONS[activation].kind,
    LOSSES[loss].kind,
    LOSSES[loss].factor / n,
    memory.matrix(1, n).address,
  );
  const what = `${loss}, n = ${n}`;
  memory.expectGuards(what);
  expect(
    row.padding().every((lane) => lane === 0),
    `${what}: dz is zero in the padding`,
  ).toBe(true);
  return { value, dz: row.read() };
}

const LENGTHS = [...range(1, 9), 31, 784];

/**
 * The number of additions that a term of a row's sum passes through: one per vector, and two to combine the
 * lanes.
 */
const sumRoundings = (n: number): number => Math.ceil(n / 4) + 2;

describe('mse', () => {
  test.each(ACTIVATION_NAMES)('value and gradient of a row, %s output', (activation) => {
    for (const n of LENGTHS) {
      const z = draw(n, n).map((value) => 5 * value);
      const bias = draw(n, n, 2);
      const x = draw(n, n, 3);
      for (const b of [bias, first(bias)]) {
        // The error of the output itself belongs to the activation: the twin starts from the kernel's y.
        const y = activate(z, b, activation);
        const { value, gradient } = twin.mse(y, x);
        const { derivative } = twin.ACTIVATION[activation];
        const row = lossRow(z, b, x, activation, 'mse');
        // The difference counts twice, and its square rounds.
        expectNear([row.value], [value * n], () => gamma(sumRoundings(n) + 3) * value * n, `${n}`);
        const sum = z.map((value, i) => value + (typeof b === 'number' ? b : (b[i] as number)));
        const dz = gradient.map((dy, i) => dy * derivative(y[i] as number, sum[i] as number));
        // Difference, rounding of the scale, product; then f'.
        const bound = (i: number) =>
          BACKWARD_BOUND[activation](gradient[i] as number, y[i] as number, sum[i] as number) +
          gamma(4) * Math.abs(dz[i] as number) +
          UNDERFLOW;
        expectNear(row.dz, dz, bound, `n = ${n}`);
      }
    }
  });

  test('errorOfRow sums the squared differences without the padding', () => {
    for (const n of LENGTHS) {
      const memory = new LinearMemory(engine.memory);
      const [y, x] = [draw(n, n, 4), draw(n, n, 5)];
      const value = kernels.errorOfRow(
        memory.matrix(1, n, y, Number.NaN).address,
        memory.matrix(1, n, x, Number.NaN).address,
        n,
      );
      const expected = twin.mse(y, x).value * n;
      expectNear([value], [expected], () => gamma(sumRoundings(n) + 3) * expected, `n = ${n}`);
    }
  });
});

describe('bce', () => {
  /**
   * The error bound of one element's value: 1e-7 for log(1 + e), as documented, and the error of e =
   * e^-|z|, 4 u e / (1 + e); then one rounding each for the sum with max(z, 0), for x z and for the
   * difference, if these are not 0.
   */
  const valueBound = (z: number, x: number): number => {
    const e = Math.exp(-Math.abs(z));
    const softplus = twin.softplus(z);
    const rounded = (z > 0 ? softplus : 0) + (x === 0 ? 0 : softplus + 2 * Math.abs(x * z));
    return 1e-7 + gamma(4) * (e / (1 + e)) + gamma(1) * rounded;
  };

  /** 6 for the sigmoid, then difference, rounding of the scale and product. */
  const gradientBound = (z: number, x: number, n: number): number => {
    const y = twin.ACTIVATION.sigmoid.f(z);
    return (gamma(6) * y + gamma(3) * Math.abs(y - x)) / n + UNDERFLOW + 2 ** -126;
  };

  test('single elements over [-100, 100], targets 0 to 1', () => {
    for (const z of [...range(-100, 100, 0.37), ...range(-2, 2, 0.01), 0, -0, 1e-20, 1e-40]) {
      for (const x of [0, 0.25, 1]) {
        const logit = Float32Array.of(z);
        const { value, gradient } = twin.bce(logit, [x]);
        const row = lossRow(logit, 0, Float32Array.of(x), 'sigmoid', 'bce');
        expectNear([row.value], [value], () => valueBound(z, x), `value at z = ${z}, x = ${x}`);
        expectNear(row.dz, gradient, () => gradientBound(z, x, 1), `dz at z = ${z}, x = ${x}`);
      }
    }
  });

  test('rows of every length', () => {
    for (const n of LENGTHS) {
      const logits = draw(n, n).map((value) => 8 * value);
      const bias = draw(n, n, 2);
      const x = draw(n, n, 3).map(Math.abs);
      for (const b of [bias, first(bias)]) {
        const z = logits.map((value, i) => value + (typeof b === 'number' ? b : (b[i] as number)));
        const { value, gradient } = twin.bce(z, x);
        const row = lossRow(logits, b, x, 'sigmoid', 'bce');
        const elements = z.reduce((sum, zi, i) => sum + valueBound(zi, x[i] as number), 0);
        const bound = elements + gamma(sumRoundings(n)) * value * n;
        expectNear([row.value], [value * n], () => bound, `n = ${n}`);
        const each = (i: number) => gradientBound(z[i] as number, x[i] as number, n);
        expectNear(row.dz, gradient, each, `n = ${n}`);
      }
    }
  });

  test('a NaN logit gives a NaN loss', () => {
    const z = Float32Array.of(1, Number.NaN, 2);
    expect(lossRow(z, 0, new Float32Array(3), 'sigmoid', 'bce').value).toBeNaN();
    expect(lossRow(z, 0, new Float32Array(3), 'relu', 'mse').value).toBeNaN();
  });
});

describe('logcosh', () => {
  /** Loss and dz of one output over n rows with weight 1 and a linear output. */
  const row = (z: Float32Array, x: Float32Array) => {
    const n = z.length;
    const memory = new LinearMemory(engine.memory);
    const dz = memory.matrix(1, n, z, Number.NaN);
    const value = kernels.weightedLossRow(
      dz.address,
      n,
      memory.floats([0]),
      memory.matrix(1, n, x, 0).address,
      ACTIVATIONS.linear.kind,
      LOSSES.logcosh.kind,
      LOSSES.logcosh.factor,
      memory.matrix(1, n, new Float32Array(n).fill(1), 0).address,
      1,
      memory.matrix(1, n, new Float32Array(n)).address,
    );
    memory.expectGuards(`n = ${n}`);
    return { value, dz: dz.read() };
  };

  // Near 0, t = tanh d is off by 6 u, so t^2 by 13 u, 1 - t^2, which is at least 1/2, by at most 14 u, and
  // their quotient by 28 u; log1p reduces this relative error, and adds 2 u. Elsewhere log cosh is at least
  // 0.34, and a third of the errors of |d|, of log 2 and of 1e-7 in log1p4.
  test('single errors from 1e-18 to 1e38', () => {
    const powers = range(-18, 38, 0.37).map((power) => 10 ** power);
    for (const size of [...powers, ...range(0, 12, 0.013)]) {
      for (const d of Float32Array.of(size, -size)) {
        const { value, dz } = row(Float32Array.of(d), Float32Array.of(0));
        const expected = twin.logCosh(d);
        expectNear([value], [expected], () => gamma(30) * expected + 2 ** -125, `value of ${d}`);
        const slope = Math.tanh(d);
        expectNear(dz, [slope], () => gamma(6) * Math.abs(slope) + UNDERFLOW, `dz of ${d}`);
      }
    }
  });

  test('rows of every length, and NaN', () => {
    for (const n of LENGTHS) {
      const [z, x] = [draw(n, n).map((v) => 5 * v), draw(n, n, 3)];
      const expected = z.reduce((sum, zi, i) => sum + twin.logCosh(zi - (x[i] as number)), 0);
      const { value } = row(z, x);
      expectNear([value], [expected], () => gamma(sumRoundings(n) + 30) * expected, `n = ${n}`);
    }
    expect(row(Float32Array.of(1, Number.NaN), new Float32Array(2)).value).toBeNaN();
  });
});

describe('adam', () => {
  const options = { learningRate: 0.002, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

  /** The record of step t of Adam, with or without settling the moments. */
  function stepRecord(t: number, o: twin.AdamOptions, settles = 1): OptimizerStep {
    const stepSize = o.learningRate / (1 - o.beta1 ** t);
    const rootCorrection = 1 / Math.sqrt(1 - o.beta2 ** t);
    const betas = {
      beta1: o.beta1,
      beta1Rest: 1 - o.beta1,
      beta2: o.beta2,
      beta2Rest: 1 - o.beta2,
    };
    const { epsilon, weightDecay } = o;
    return {
      stepSize,
      rootCorrection,
      ...betas,
      epsilon,
      weightDecay,
      keep: 1,
      kind: abi.ADAM,
      settles,
    };
  }

  test.each([
    [0, 0],
    [0, 1],
    [1e-5, 0],
    [0.1, 1],
  ])('ten steps, weight decay %f, settling %i', (weightDecay, settles) => {
    const o = { ...options, weightDecay };
    const n = 20;
    const memory = new LinearMemory(engine.memory);
    const w = memory.matrix(1, n, draw(n, 1));
    const dw = memory.matrix(1, n);
    const m = memory.matrix(1, n);
    const v = memory.matrix(1, n);
    const record = stepOf(memory, stepRecord(1, o, settles));
    const states = Array.from(w.read(), (weight) => ({ w: weight, m: 0, v: 0 }));
    // A running error analysis next to the twin: the error bounds of w, m and v so far.
    const errors = states.map(() => ({ w: 0, m: 0, v: 0 }));
    for (let t = 1; t <= 10; t++) {
      const gradient = draw(n, 7, t).map((value, i) => value * 10 ** -(i % 5));
      memory.view(dw.address, n).set(gradient);
      writeRecord(engine.memory, record, abi.OptimizerStep, stepRecord(t, o, settles));
      kernels.step(w.address, dw.address, m.address, v.address, n / 4, record);
      const correction = 1 / Math.sqrt(1 - o.beta2 ** t);
      const stepSize = o.learningRate / (1 - o.beta1 ** t);
      for (const [i, error] of errors.entries()) {
        const before = states[i] as { w: number; m: number; v: number };
        const raw = gradient[i] as number;
        const after = twin.adam(before, raw, t, o);
        states[i] = after;
        const g = raw + weightDecay * before.w;
        // Rounding of the decay, its product, the sum.
        const eg =
          weightDecay === 0
            ? 0
            : gamma(3) * (Math.abs(raw) + weightDecay * Math.abs(before.w)) + weightDecay * error.w;
        // Rounding of a beta, its product, the sum; g^2 rounds once more.
        error.m =
          o.beta1 * error.m +
          (1 - o.beta1) * eg +
          gamma(3) * (o.beta1 * Math.abs(before.m) + (1 - o.beta1) * Math.abs(g));
        error.v =
          o.beta2 * error.v +
          (1 - o.beta2) * (2 * Math.abs(g) * eg + eg * eg) +
          gamma(4) * (o.beta2 * before.v + (1 - o.beta2) * g * g);
        // Root, correction, product, epsilon, sum; then step size, product, quotient.
        const root = Math.sqrt(after.v) * correction + o.epsilon;
        const eRoot = (error.v / Math.sqrt(after.v)) * correction + gamma(5) * root;
        const delta = (stepSize * Math.abs(after.m)) / root;
        const eDelta = (stepSize * error.m) / root + (delta * eRoot) / root + gamma(3) * delta;
        error.w += eDelta + gamma(1) * Math.abs(after.w);
      }
      // The second-order terms that the analysis omits are far below 1 %.
      const bound = (name: 'w' | 'm' | 'v') => (i: number) =>
        1.01 * (errors[i] as { w: number; m: number; v: number })[name];
      const expected = (name: 'w' | 'm' | 'v') => states.map((state) => state[name]);
      expectNear(m.read(), expected('m'), bound('m'), `m, step ${t}`);
      expectNear(v.read(), expected('v'), bound('v'), `v, step ${t}`);
      expectNear(w.read(), expected('w'), bound('w'), `w, step ${t}`);
    }
    memory.expectGuards('adam');
  });

  test('moments below 1e-30 become exactly 0 when they settle, larger ones stay', () => {
    const memory = new LinearMemory(engine.memory);
    const w = memory.floats([1, 1, 1, 1]);
    const dw = memory.floats([0, 0, 0, 0]);
    const m = memory.floats([1e-30, -1e-30, 2e-30, -2e-30]);
    const v = memory.floats([1e-30, 1e-38, 2e-30, 1e-45]);
    const record = stepOf(memory, stepRecord(1000, { ...options, weightDecay: 0 }));
    kernels.step(w, dw, m, v, 1, record);
    const [m0, m1, m2, m3] = memory.view(m, 4);
    expect([m0, m1]).toEqual([0, 0]);
    expect(m2).toBeCloseTo(1.8e-30, 35);
    expect(m3).toBeCloseTo(-1.8e-30, 35);
    const [v0, v1, v2, v3] = memory.view(v, 4);
    expect([v0, v1, v3]).toEqual([0, 0, 0]);
    expect(v2).toBeCloseTo(1.998e-30, 35);
  });

  test.each([
    [0.9, 0.999],
    [0.4, 0.4],
    [0.39, 0.999],
    [0.9, 0.01],
  ])(
    'betas %f and %f: moments without gradients become 0, and never subnormal',
    async (...betas) => {
      const [beta1, beta2] = betas;
      const { config } = createNetwork({ layers: [4, 2] });
      const fit = checkFitOptions({ beta1, beta2, epochs: 1 }, config);
      const memory = new LinearMemory(engine.memory);
      const STEPS = beta2 > 0.9 ? 70_000 : 1000; // 0.999^62,000 is 1e-27
      const steps = new OptimizerSteps(fit, 0, undefined);
      const records = memory.bytes(STEPS * bytesOf(abi.OptimizerStep));
      await steps.write(engine.memory, records, STEPS, 1);
      const w = memory.floats([1, 1, 1, 1]);
      const dw = memory.floats([1, -1e-3, 1e-6, -1e-14]);
      const m = memory.floats([0, 0, 0, 0]);
      const v = memory.floats([0, 0, 0, 0]);
      const gradient = memory.view(dw, 4);
      const both = [memory.view(m, 4), memory.view(v, 4)];
      let least = Number.POSITIVE_INFINITY;
      for (let step = 0; step < STEPS; step++) {
        kernels.step(w, dw, m, v, 1, records + step * bytesOf(abi.OptimizerStep));
        gradient.fill(0);
        for (const moments of both) {
          for (const moment of moments) if (moment !== 0) least = Math.min(least, Math.abs(moment));
        }
      }
      expect(least).toBeGreaterThan(2 ** -126); // the smallest normal float32
      expect(both.every((moments) => moments.every((moment) => moment === 0))).toBe(true);
    },
  );

  test('gradients below 1e-15 count as 0, larger ones do not', () => {
    const memory = new LinearMemory(engine.memory);
    const w = memory.floats([1, 2, 3, 4]);
    const dw = memory.floats([9e-16, -9e-16, 1.1e-15, -1.1e-15]);
    const m = memory.floats([0, 0, 0, 0]);
    const v = memory.floats([0, 0, 0, 0]);
    kernels.step(w, dw, m, v, 1, stepOf(memory, stepRecord(1, { ...options, weightDecay: 0 })));
    const [m0, m1, m2, m3] = memory.view(m, 4);
    expect([m0, m1]).toEqual([0, 0]);
    expect(m2).toBeCloseTo(1.1e-16, 20);
    expect(m3).toBeCloseTo(-1.1e-16, 20);
    expect([...memory.view(w, 2)]).toEqual([1, 2]);
  });
});

describe('the other optimisers', () => {
  /** Ten steps of a kernel and of its twin on the same gradients; returns w and m of both. */
  function tenSteps(
    record: (t: number) => OptimizerStep,
    twinStep: (state: { w: number; m: number; v: number }, dw: number, t: number) => typeof state,
  ): { actual: Float32Array[]; expected: number[][] } {
    const n = 20;
    const memory = new LinearMemory(engine.memory);
    const [w, dw, m, v] = [1, 2, 3, 4].map(() => memory.matrix(1, n)) as [
      Operand,
      Operand,
      Operand,
      Operand,
    ];
    memory.view(w.address, n).set(draw(n, 1));
    const address = stepOf(memory, record(1));
    let states = Array.from(w.read(), (weight) => ({ w: weight, m: 0, v: 0 }));
    for (let t = 1; t <= 10; t++) {
      const gradient = draw(n, 7, t);
      memory.view(dw.address, n).set(gradient);
      writeRecord(engine.memory, address, abi.OptimizerStep, record(t));
      kernels.step(w.address, dw.address, m.address, v.address, n / 4, address);
      states = states.map((state, i) => twinStep(state, gradient[i] as number, t));
    }
    memory.expectGuards('ten steps');
    return {
      actual: [w.read(), m.read()],
      expected: [states.map((state) => state.w), states.map((state) => state.m)],
    };
  }

  // Numbers of about 1 pass through ten steps of some ten roundings each, whose errors add up at worst.
  const bound = () => gamma(10 * 10) * 4;

  test('AdamW: the weight decay is applied separately, before the step', () => {
    const o = { learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
    const decay = 0.3;
    const { actual, expected } = tenSteps(
      (t) => {
        const keep = 1 - o.learningRate * decay;
        return {
          ...{ stepSize: o.learningRate / (1 - o.beta1 ** t), keep, weightDecay: 0 },
          ...{ rootCorrection: 1 / Math.sqrt(1 - o.beta2 ** t), epsilon: o.epsilon },
          ...{ beta1: o.beta1, beta1Rest: 1 - o.beta1, beta2: o.beta2, beta2Rest: 1 - o.beta2 },
          ...{ kind: abi.ADAM, settles: 0 },
        };
      },
      (state, dw, t) => {
        const shrunk = { ...state, w: state.w * (1 - o.learningRate * decay) };
        return twin.adam(shrunk, dw, t, { ...o, weightDecay: 0 });
      },
    );
    for (const i of [0, 1]) {
      expectNear(actual[i] as Float32Array, expected[i] as number[], bound, `tensor ${i}`);
    }
  });

  test('SGD with momentum and weight decay', () => {
    const { actual, expected } = tenSteps(
      () => ({
        ...{ stepSize: 0.1, beta1: 0.9, weightDecay: 0.01, keep: 1, kind: abi.SGD, settles: 0 },
        ...{ rootCorrection: 0, beta1Rest: 0, beta2: 0, beta2Rest: 0, epsilon: 0 },
      }),
      ({ w, m, v }, dw) => {
        const moment = 0.9 * m + dw + 0.01 * w;
        return { w: w - 0.1 * moment, m: moment, v };
      },
    );
    // Ten steps with momentum 0.9 add up to some 7 gradients.
    for (const i of [0, 1]) {
      expectNear(actual[i] as Float32Array, expected[i] as number[], () => 7 * bound(), `${i}`);
    }
  });
});

describe('corruptRow', () => {
  const KEY = 0x12345678;

  /** The noise of a row in plain float64; assembly/kernels/noise.ts explains it. */
  function corrupt(x: ArrayLike<number>, noise: number, amount: number, row: number): number[] {
    const mix = (value: number): number => {
      let h = value ^ (value >>> 16);
      h = Math.imul(h, 0x7feb352d);
      h ^= h >>> 15;
      h = Math.imul(h, 0x846ca68b);
      return (h ^ (h >>> 16)) >>> 0;
    };
    const unit = (u: number): number => (u >>> 8) / 2 ** 24;
    const first = mix((KEY ^ row) >>> 0);
    return Array.from(x, (value, i) => {
      const known = Number.isNaN(value) ? 0.5 : value;
      const u = mix((first + Math.imul(i, 0x9e3779b9)) >>> 0);
      if (noise === abi.GAUSSIAN) {
        const v = mix(~u >>> 0);
        const radius = Math.sqrt(-2 * Math.log(unit(u) + 2 ** -24));
        const within = (unit((v << 2) >>> 0) - 0.5) * (Math.PI / 2);
        // The quadrant of the angle: the top bit is the sign, the next selects sine or cosine.
        const wave = v & 0x40000000 ? Math.sin(within) : Math.cos(within);
        return known + amount * radius * (v & 0x80000000 ? -wave : wave);
      }
      if (noise === abi.MASK) return unit(u) < amount ? 0 : known;
      if (noise === abi.SALT_PEPPER && unit(u) < amount) return 2 * unit(u) < amount ? 1 : 0;
      return known;
    });
  }

  function run(x: Float32Array, noise: number, amount: number, row: number): Float32Array {
    const memory = new LinearMemory(engine.memory);
    const source = memory.matrix(1, x.length, x);
    const out = memory.matrix(1, x.length, undefined, Number.NaN);
    const fill = memory.matrix(1, x.length, new Float32Array(x.length).fill(0.5)).address;
    kernels.corruptRow(source.address, x.length, out.address, fill, noise, amount, KEY, row);
    memory.expectGuards(`noise ${noise}`);
    expect([...out.padding()].every((value) => value === 0)).toBe(true);
    return out.read();
  }

  test.each([abi.NO_NOISE, abi.GAUSSIAN, abi.MASK, abi.SALT_PEPPER])(
    'noise %i agrees with the float64 reference',
    (noise) => {
      for (const n of [1, 3, 4, 5, 784]) {
        const x = draw(n, n);
        if (n > 4) x[2] = Number.NaN;
        const amount = Math.fround(0.3);
        // A normal number is at most sqrt(-2 ln 2^-24) = 5.8, with some 12 roundings. Near 0 the logarithm
        // has the error of its argument, 2^-25, which is at most 2^-12.5 / 6 in the root.
        const bound = (i: number) =>
          gamma(1) * Math.abs(x[i] || 0) + amount * (6 * gamma(12) + 4e-5);
        const expected = corrupt(x, noise, amount, n);
        expectNear(
          run(x, noise, amount, n),
          expected,
          noise === abi.GAUSSIAN ? bound : () => 0,
          `n = ${n}`,
        );
      }
    },
  );

  test('gaussian noise has mean 0, deviation 1 and the tails of a normal distribution', () => {
    const count = 500;
    const values = new Float32Array(1000 * count);
    for (let row = 0; row < count; row++) {
      values.set(run(new Float32Array(1000), abi.GAUSSIAN, 1, row), 1000 * row);
    }
    const n = values.length;
    const moment = (power: number) => values.reduce((sum, value) => sum + value ** power, 0) / n;
    // Five standard errors of each moment: sqrt(1 / n), sqrt(2 / n), sqrt(15 / n), sqrt(96 / n).
    expect(Math.abs(moment(1))).toBeLessThan(5 * Math.sqrt(1 / n));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
    expect(Math.abs(moment(3))).toBeLessThan(5 * Math.sqrt(15 / n));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(5 * Math.sqrt(96 / n));
    // P(|x| > 3) = 0.0027: 1,350 of 500,000, with a tolerance of 5 x 37.
    const beyond = values.filter((value) => Math.abs(value) > 3).length;
    expect(Math.abs(beyond - 1350)).toBeLessThan(5 * 37);
  });
});

describe('firstNonFinite', () => {
  test('finds NaN and infinities at every position', () => {
    for (const count of range(1, 36)) {
      for (let position = 0; position < count; position++) {
        for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
          const memory = new LinearMemory(engine.memory);
          const values = draw(count, count);
          values[position] = bad;
          values[count - 1] = position === count - 1 ? bad : Number.NaN;
          expect(kernels.firstNonFinite(memory.floats(values), count)).toBe(position);
        }
      }
    }
  });

  test('accepts the largest and smallest numbers and zeros, and does not read beyond the end', () => {
    const kinds = [3.4028234663852886e38, -3.4028234663852886e38, 1e-45, -1e-45, 0, -0, 1];
    const extremes = Array.from({ length: 36 }, (_, i) => kinds[i % kinds.length] as number);
    for (const count of range(0, 36)) {
      // The values are followed by the guard, which is NaN.
      const memory = new LinearMemory(engine.memory);
      expect(kernels.firstNonFinite(memory.floats(extremes.slice(0, count)), count)).toBe(-1);
    }
  });
});

describe('compressed rows', () => {
  const rows = 6;
  const DENSITIES = [0.1, 0, 1, 0.5, 0.02, 0.9];

  /** Rows of bytes or floats with varying density. */
  function drawData(width: number, bytes: boolean): Uint8Array | Float32Array {
    const values = drawRows(rows, width, DENSITIES, width, 9);
    return bytes ? Uint8Array.from(values, (value) => Math.ceil(Math.abs(value) * 255)) : values;
  }

  test.each([true, false])('are stored as columns, then values; bytes: %s', (bytes) => {
    for (const width of [1, 2, 3, 5, 16, 67, 784]) {
      const data = drawData(width, bytes);
      const size = bytes ? 1 : 4;
      const memory = new LinearMemory(engine.memory);
      const src = memory.bytes(data.byteLength);
      const room = rows * width * (2 + size);
      const out = memory.bytes(room);
      const starts = memory.bytes((rows + 1) * 4);
      new Uint8Array(engine.memory.buffer).set(new Uint8Array(data.buffer), src);
      const end = kernels.compressRows(src, rows, width, bytes ? 1 : 0, out, starts, out) >>> 0;
      const offsets = memory.words(starts, rows + 1);
      const view = new DataView(engine.memory.buffer, out, room);
      expect(offsets[0]).toBe(0);
      expect(offsets[rows]).toBe(end - out);
      for (let r = 0; r < rows; r++) {
        const row = data.subarray(r * width, (r + 1) * width);
        const from = offsets[r] as number;
        const entries = ((offsets[r + 1] as number) - from) / (2 + size);
        const values = from + entries * 2;
        const read = new Array<number>(width).fill(0);
        for (let e = 0; e < entries; e++) {
          const at = values + e * size;
          const value = bytes ? view.getUint8(at) : view.getFloat32(at, true);
          expect(value).not.toBe(0);
          read[view.getUint16(from + e * 2, true)] = value;
        }
        expect(read).toEqual([...row]);
      }
      memory.expectGuards(`width ${width}`);
    }
  });

  const FORMATS = [
    { name: 'bytes', format: abi.BYTES, bytes: true, density: 0.9 },
    { name: 'floats', format: abi.FLOATS, bytes: false, density: 0.9 },
    { name: 'sparse bytes', format: abi.SPARSE_BYTES, bytes: true, density: 0.1 },
    { name: 'sparse floats', format: abi.SPARSE_FLOATS, bytes: false, density: 0.1 },
  ];

  /** A batch of 5 of the 40 rows: one row twice, the first and the last, and a full or an empty one. */
  const ORDER = Uint32Array.from([39, 0, 17, 17, 5]);

  test.each(FORMATS)('rows stored as $name are loaded unchanged', async (given) => {
    const compressed = given.density < 0.5;
    for (const width of [1, 3, 17, 64, 785]) {
      const values = drawRows(40, width, [given.density], width, 11);
      values.fill(compressed ? 0 : 1, 0, width);
      const data = given.bytes ? Uint8Array.from(values, (value) => Math.abs(value) * 255) : values;
      const memory = new LinearMemory(engine.memory);
      const rows = ORDER.length;
      // Dense rows are loaded sample by sample, compressed ones feature by feature, with a list for each
      // feature.
      const batch = compressed
        ? memory.matrix(width, rows, undefined, Number.NaN)
        : memory.matrix(rows, width, undefined, Number.NaN);
      batch.fill(Number.NaN);
      const order = memory.bytes(ORDER.byteLength);
      memory.words(order, rows).set(ORDER);
      const ldb = 48;
      const listBytes = (8 + 4) * 8;
      const lists = memory.bytes(width * listBytes);
      const counts = memory.bytes(width * 4);
      const address = { samples: batch.address, ldSamples: batch.ld };
      const tensor = { ...address, features: batch.address, ldFeatures: batch.ld };
      const { address: list } = placeOperations(memory.arena, [
        compressed
          ? loadFeatures(tensor, width, ldb, { lists, listBytes, counts }, 0)
          : load(tensor, width, false),
      ]);
      const source = rowSource('x', data, width, 'input');
      const dataset = await storeRows(engine, memory.arena, source, compressed, undefined);
      expect(readField(engine.memory, dataset.address, abi.Dataset, 'format')).toBe(given.format);
      const step = takeRecord(
        memory.arena,
        abi.Step,
        {
          ...{ rows, order, dataset: dataset.address, thread: 0, threads: 1, control: 0 },
          ...{ optimizer: 0, lossScale: 0, scratch: 0, gradient: 0, chunk: 0 },
          ...{ input: 0, weights: 0, noiseKey: 0, others: 0, othersCount: 0, nonFinite: 0 },
        },
        'a step',
      );
      kernels.run(list, 1, step);

      const expected = (sample: number, feature: number) => {
        const value = data[(ORDER[sample] as number) * width + feature] as number;
        return Math.fround(given.bytes ? value / 255 : value);
      };
      const wanted = Float32Array.from({ length: rows * width }, (_, i) =>
        compressed
          ? expected(i % rows, Math.floor(i / rows))
          : expected(Math.floor(i / width), i % width),
      );
      expectSameBits(batch.read(), wanted, `width ${width}`);
      expect(batch.padding().every((value) => value === 0)).toBe(true);
      if (compressed) {
        for (let w = 0; w < width; w++) {
          const samples = [...ORDER.keys()].filter((sample) => expected(sample, w) !== 0);
          const ours = lists + w * listBytes;
          expect(memory.words(counts + w * 4, 1)[0]).toBe(samples.length);
          expect([...memory.words(ours, samples.length)]).toEqual(samples.map((b) => b * ldb));
          const found = new Float32Array(
            engine.memory.buffer,
            ours + listBytes / 2,
            samples.length,
          );
          expect([...found]).toEqual(samples.map((sample) => expected(sample, w)));
        }
      }
      memory.expectGuards(`width ${width}`);
    }
  });
});
