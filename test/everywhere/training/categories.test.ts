// Categories and column weights in training, decoding and scoring.

import { beforeAll, describe, expect, test } from 'vitest';
import { acquireEngine } from '../../../src/engine/kernels.js';
import {
  Autoencoder,
  type AutoencoderOptions,
  type FitOptions,
  type MatrixInput,
  type SparseRows,
} from '../../../src/index.js';
import { type OutputColumn, outputColumns } from '../../../src/model/columns.js';
import * as twin from '../../reference/twins.js';
import { fingerprint, generator, hash } from '../../support/data.js';
import { SHARED_MEMORY } from '../../support/threads.js';
import { expectNear, gamma } from '../../support/tolerance.js';
import { createNetwork, gradientStep, layersOf } from '../../support/training-step.js';

/** Two numeric columns, a category of 3 values, a numeric column, and categories of 5 and 2 values. */
const CATEGORIES = [
  { start: 2, size: 3 },
  { start: 6, size: 5 },
  { start: 11, size: 2 },
];
const WIDTH = 13;
const COLUMNS = outputColumns(WIDTH, CATEGORIES, undefined) as OutputColumn[];

/** Rows of that table, whose columns depend on a hidden state, with a share `gaps` of missing values. */
function table(rows: number, gaps = 0, seed = 1): Float32Array<ArrayBuffer> {
  const random = generator(seed);
  const x = new Float32Array(rows * WIDTH);
  for (let i = 0; i < rows; i++) {
    const state = random();
    for (const { start, size, isCategory } of COLUMNS) {
      const isMissing = random() < gaps;
      const noisy = (state * 0.9 + random() * 0.1 + start * 0.3) % 1;
      if (!isCategory) x[i * WIDTH + start] = isMissing ? Number.NaN : noisy;
      else if (!isMissing) x[i * WIDTH + start + Math.floor(noisy * size)] = 1;
    }
  }
  return x;
}

/** The same rows as CSR, without zeros. */
function csr(x: Float32Array): SparseRows {
  const [indptr, indices, data]: [number[], number[], number[]] = [[0], [], []];
  for (let at = 0; at < x.length; at += WIDTH) {
    for (let j = 0; j < WIDTH; j++) {
      if (x[at + j] === 0) continue;
      indices.push(j);
      data.push(x[at + j] as number);
    }
    indptr.push(data.length);
  }
  return { indptr, indices, data: Float32Array.from(data), shape: [x.length / WIDTH, WIDTH] };
}

/**
 * The float64 twin: the error of each column, from the sums z of the last layer, (WIDTH); NaN where the
 * value is missing.
 */
function columnErrors(z: ArrayLike<number>, x: ArrayLike<number>, output: (z: number) => number) {
  return COLUMNS.map(({ start, size, isCategory }) => {
    if (!isCategory) return (output(z[start] as number) - (x[start] as number)) ** 2;
    const sums = Array.from({ length: size }, (_, k) => z[start + k] as number);
    const most = Math.max(...sums);
    const log = most + Math.log(sums.reduce((sum, v) => sum + Math.exp(v - most), 0));
    const targets = sums.map((_, k) => x[start + k] as number);
    if (targets.every((t) => t === 0)) return Number.NaN;
    return targets.reduce((sum, t, k) => sum + t * (log - (sums[k] as number)), 0);
  });
}

/**
 * The loss of a batch: the weighted mean over all columns that have a value; and the sum of the absolute
 * values of its terms.
 */
function batchLoss(
  layers: twin.LayerTwin[],
  x: Float32Array,
  weights: readonly number[],
  fill: number,
): number {
  const rows = x.length / WIDTH;
  const seen = x.map((value) => (Number.isNaN(value) ? fill : value));
  const z = twin.forward(layers, seen, rows).z.at(-1) as Float64Array;
  const output = twin.ACTIVATION[layers.at(-1)?.activation ?? 'linear'].f;
  let sum = 0;
  for (let i = 0; i < rows; i++) {
    const part = (values: ArrayLike<number>) =>
      Array.from({ length: WIDTH }, (_, j) => values[i * WIDTH + j] as number);
    for (const [c, error] of columnErrors(part(z), part(x), output).entries()) {
      if (!Number.isNaN(error)) sum += (weights[c] as number) * error;
    }
  }
  return sum / (rows * COLUMNS.length);
}

const engine = acquireEngine({});

describe.each([
  ['linear', undefined, 0],
  ['sigmoid', [1, 2, 3, 0, 1, 0.5], 0],
  ['linear', [1, 1, 4, 1, 1, 1], 0.3],
] as const)('output %s, weights %j, missing %f', (outputActivation, columnWeights, gaps) => {
  const options: AutoencoderOptions = {
    ...{ layers: [WIDTH, 7, 3], activation: 'tanh', outputActivation, seed: 3, scale: 'none' },
    ...{ categories: CATEGORIES, ...(columnWeights && { columnWeights: [...columnWeights] }) },
    ...(gaps > 0 && { missing: 'mask' as const }),
  };

  test.each([1, 6, 21])(
    'the gradient on %i rows agrees with finite differences of the loss',
    async (rows) => {
      const { network, config } = createNetwork(options);
      const layers = layersOf(network);
      const x = table(rows, gaps);
      const all = (network.columns as OutputColumn[]).map(({ weight }) => weight);
      const fill = 0.25; // the fill value that gradientStep uses
      const value = () => batchLoss(layers, x, all, fill);
      const observed = all.map((weight, c) => {
        const column = COLUMNS[c] as OutputColumn;
        const is = (i: number) =>
          column.isCategory
            ? x
                .subarray(i * WIDTH + column.start, i * WIDTH + column.start + column.size)
                .some(Boolean)
            : !Number.isNaN(x[i * WIDTH + column.start]);
        return (
          weight * Array.from({ length: rows }, (_, i) => Number(is(i))).reduce((a, b) => a + b)
        );
      });
      const known = observed.reduce((a, b) => a + b) / (rows * COLUMNS.length);
      const step = await gradientStep(engine, network, config, x, {});
      // As in gradients.test.ts: one rounding per term of each sum, and some 30 for a softmax.
      const roundings = layers.reduce((sum, l) => sum + l.inputs + l.outputs + 16, rows) + 30;
      const loss = value();
      expectNear(
        [step.loss],
        [loss / known],
        () => gamma(roundings) * (loss / known) + 1e-6,
        'loss',
      );

      const H = 1e-5;
      const measured = layersOf(step.gradient);
      const slopes = layers.map((layer) =>
        (['weight', 'bias'] as const).map((name) =>
          (layer[name] as Float64Array).map((old, i) => {
            const numbers = layer[name] as Float64Array;
            numbers[i] = old + H;
            const above = value();
            numbers[i] = old - H;
            const below = value();
            numbers[i] = old;
            return (above - below) / (2 * H);
          }),
        ),
      );
      const largest = Math.max(...slopes.flat().flatMap((s) => [...s].map(Math.abs)));
      for (const [l, names] of slopes.entries()) {
        for (const [n, slope] of names.entries()) {
          const name = n === 0 ? 'weight' : 'bias';
          const actual = measured[l]?.[name] as Float64Array;
          expectNear(actual, slope, () => gamma(roundings) * largest + 1e-9, `layer ${l} ${name}`);
        }
      }
    },
  );
});

async function fitted(
  x: MatrixInput,
  options: Partial<AutoencoderOptions> = {},
  fit: FitOptions<MatrixInput> = {},
): Promise<Autoencoder> {
  const ae = new Autoencoder({
    ...{ layers: [WIDTH, 8, 3], categories: CATEGORIES, scale: 'none', seed: 2, ...options },
    outputActivation: 'linear',
  });
  await ae.fit(x, { epochs: 4, batchSize: 32, ...fit });
  return ae;
}

const x = table(200);
const gappy = table(200, 0.25);

describe('a model trained on categories', () => {
  let ae: Autoencoder;
  beforeAll(async () => {
    ae = await fitted(x, {}, { epochs: 200, learningRate: 0.01 });
  });

  test('decodes categories as probabilities', async () => {
    for (const y of [
      await ae.reconstruct(x),
      await ae.decode(await ae.encode(x)),
      ae.reconstructSync(x),
    ]) {
      for (const row of y) {
        for (const { start, size } of CATEGORIES) {
          const p = row.slice(start, start + size);
          expect(p.every((value) => value >= 0 && value <= 1)).toBe(true);
          // One rounding per value; the sum of the values is 1.
          expect(Math.abs(p.reduce((a, b) => a + b) - 1)).toBeLessThan(gamma(12));
        }
      }
    }
    expect(await ae.decode(await ae.encode(x))).toEqual(await ae.reconstruct(x));
  });

  test('reconstructs most of the values', async () => {
    const y = await ae.reconstruct(x);
    let right = 0;
    for (let i = 0; i < 200; i++) {
      for (const { start, size } of CATEGORIES) {
        const at = (values: Float32Array) =>
          values
            .slice(i * WIDTH + start, i * WIDTH + start + size)
            .reduce((best, v, k, all) => (v > (all[best] as number) ? k : best), 0);
        if (at(y.data) === at(x)) right++;
      }
    }
    expect(right / 600).toBeGreaterThan(0.9);
  });

  test('scores a row by the mean over its columns, with each category as one column', async () => {
    const errors = await ae.columnErrors(x);
    expect(errors.shape).toEqual([200, COLUMNS.length]);
    const y = await ae.reconstruct(x);
    const scores = await ae.score(x);
    for (let i = 0; i < 200; i++) {
      const [row, made] = [x.subarray(i * WIDTH, (i + 1) * WIDTH), y.row(i)];
      const expected = COLUMNS.map(({ start, size, isCategory }) => {
        if (!isCategory) return ((made[start] as number) - (row[start] as number)) ** 2;
        const k = row.subarray(start, start + size).indexOf(1);
        return -Math.log(made[start + k] as number);
      });
      // Errors of probabilities near 1 have the rounding of 1: some 2^-22.
      expectNear(errors.row(i), expected, (c) => 1e-5 * (expected[c] as number) + 1e-6, `row ${i}`);
      const mean = Array.from(errors.row(i)).reduce((a, b) => a + b) / COLUMNS.length;
      expect(scores[i]).toBe(Math.fround(mean));
    }
    expect(ae.scoreSync(x)).toEqual(scores);
    expect(await ae.evaluate(x)).toBeCloseTo(scores.reduce((a, b) => a + b) / 200, 6);
  });

  test('explains a category by its value and the expected one', async () => {
    const [why] = await ae.explain(x.subarray(0, WIDTH), { top: 10 });
    expect(why).toHaveLength(COLUMNS.length);
    const errors = await ae.columnErrors(x.subarray(0, WIDTH));
    for (const { feature, error, value } of why ?? []) {
      const c = COLUMNS.findIndex(({ start }) => start === feature);
      expect(error).toBe(errors.row(0)[c]);
      const { start, size, isCategory } = COLUMNS[c] as OutputColumn;
      if (isCategory) expect(value).toBe(x.subarray(start, start + size).indexOf(1));
      else expect(value).toBe(x[start]);
    }
    ae.setThreshold(0.1);
    const scores = await ae.score(x);
    for (const { row, score } of await ae.detect(x)) expect(score).toBe(scores[row]);
  });

  test('records how much better it is than column means and frequent values', async () => {
    const errors = await ae.columnErrors(x);
    let [sum, constant] = [0, 0];
    for (const [c, { start, size, isCategory }] of COLUMNS.entries()) {
      const column = (j: number) =>
        Array.from({ length: 200 }, (_, i) => x[i * WIDTH + start + j] as number);
      for (let i = 0; i < 200; i++) sum += errors.row(i)[c] as number;
      const means = Array.from({ length: size }, (_, j) => column(j).reduce((a, b) => a + b) / 200);
      if (isCategory) for (const p of means) constant -= p > 0 ? 200 * p * Math.log(p) : 0;
      else for (const value of column(0)) constant += (value - (means[0] as number)) ** 2;
    }
    expect(ae.history.at(-1)?.explained).toBeCloseTo(1 - sum / constant, 9);
    expect(ae.history.at(-1)?.explained).toBeGreaterThan(0.7);
  });

  test('is unchanged by saving and loading, with the categories in its options', async () => {
    const copy = Autoencoder.load(ae.save());
    expect(copy.options.categories).toEqual(CATEGORIES);
    expect(fingerprint(copy)).toBe(fingerprint(ae));
    expect(await copy.reconstruct(x)).toEqual(await ae.reconstruct(x));
    expect(copy.save()).toEqual(ae.save());
  });
});

const CASES: Record<string, [Partial<AutoencoderOptions>, FitOptions<MatrixInput>]> = {
  'by default': [{}, {}],
  tied: [{ tied: true }, {}],
  'with clipping and sparsity': [{}, { clipNorm: 0.1, sparsity: { type: 'l1', weight: 0.01 } }],
  'with rows held out and early stopping': [{}, { validationSplit: 0.25, earlyStopping: true }],
  'with weights of columns': [{ columnWeights: [1, 2, 3, 0, 5, 6] }, { loss: 'huber' }],
  'with weights of rows': [
    {},
    { sampleWeight: Float64Array.from({ length: 200 }, (_, i) => i % 4) },
  ],
  'with noise': [{}, { noise: { type: 'gaussian', amount: 0.3 } }],
  'with missing cells': [{ missing: 'mask' }, {}],
  'with batches of which no more than 64 rows are listed at a time': [{}, { batchSize: 150 }],
};

describe.each(Object.entries(CASES))('%s', (name, [options, fit]) => {
  const rows = name === 'with missing cells' ? gappy : x;

  test('CSR rows and any number of threads give the same bits', async () => {
    const one = await fitted(rows, { ...options, threads: 1 }, fit);
    expect(one.history.every(({ loss }) => Number.isFinite(loss))).toBe(true);
    const others = [
      await fitted(rows, { ...options, threads: 2 }, { ...fit }),
      await fitted(csr(rows), { ...options, threads: 3 }, fit),
    ];
    for (const other of others) {
      if (name !== 'with missing cells') expect(fingerprint(other)).toBe(fingerprint(one));
      expect(other.history.at(-1)?.loss).toBeCloseTo(one.history.at(-1)?.loss as number, 5);
    }
    expect(await one.score(csr(rows))).toEqual(await one.score(rows));
  });

  test('a resumed run ends with the same bytes', async () => {
    const whole = await fitted(rows, options, { ...fit, schedule: 'constant' });
    const half = await fitted(rows, options, { ...fit, epochs: 2, schedule: 'constant' });
    const rest = Autoencoder.load(half.save());
    await rest.fit(rows, { batchSize: 32, ...fit, epochs: 4, schedule: 'constant', resume: true });
    expect(fingerprint(rest)).toBe(fingerprint(whole));
  });
});

test('the bits are the same in Node and in pages', async () => {
  const ae = await fitted(csr(gappy), { missing: 'mask', columnWeights: [1, 2, 1, 1, 3, 1] });
  expect(fingerprint(ae)).toBe('7e961ff6b11a8c70');
  expect(hash(await ae.score(x), (await ae.columnErrors(x)).data)).toBe('f114e89b77179b50');
});

test.skipIf(!SHARED_MEMORY)(
  'workers that share a step give the same bits as one thread',
  async () => {
    // Enough work for 3 workers: 64 rows per step, and 2e9 operations in all.
    const [rows, count, size] = [2300, 4, 100];
    const random = generator(4);
    const wide = {
      indptr: Int32Array.from({ length: rows + 1 }, (_, i) => i * count),
      indices: Int32Array.from(
        { length: rows * count },
        (_, i) => (i % count) * size + Math.floor(random() * size),
      ),
      data: new Float32Array(rows * count).fill(1),
      shape: [rows, count * size],
    };
    const categories = Array.from({ length: count }, (_, c) => ({ start: c * size, size }));
    const prints = [];
    for (const threads of [1, 2, 3]) {
      const ae = new Autoencoder({ layers: [count * size, 64], categories, seed: 1, threads });
      const [record] = await ae.fit(wide, { epochs: 3 });
      expect(record?.threads).toBe(threads);
      prints.push(fingerprint(ae));
    }
    expect(new Set(prints).size).toBe(1);
  },
);

describe('missing categories', () => {
  test('have no error, do not count in the score, and are imputed', async () => {
    const ae = await fitted(gappy, { missing: 'mask' });
    const errors = await ae.columnErrors(gappy);
    const scores = await ae.score(gappy);
    for (let i = 0; i < 200; i++) {
      const row = gappy.subarray(i * WIDTH, (i + 1) * WIDTH);
      let [sum, count] = [0, 0];
      for (const [c, { start, size, isCategory }] of COLUMNS.entries()) {
        const isThere = isCategory
          ? row.subarray(start, start + size).some(Boolean)
          : !Number.isNaN(row[start]);
        const error = errors.row(i)[c] as number;
        expect(Number.isNaN(error)).toBe(!isThere);
        if (isThere) [sum, count] = [sum + error, count + 1];
      }
      expect(scores[i]).toBe(Math.fround(sum / count));
    }
    const complete = await ae.impute(gappy);
    const made = await ae.reconstruct(gappy);
    for (let i = 0; i < gappy.length; i++) {
      const column = COLUMNS.find(({ start, size }) => i % WIDTH < start + size) as OutputColumn;
      const at = Math.floor(i / WIDTH) * WIDTH + column.start;
      const isThere = column.isCategory
        ? gappy.subarray(at, at + column.size).some(Boolean)
        : !Number.isNaN(gappy[i]);
      const isEmptyRow = Number.isNaN(scores[Math.floor(i / WIDTH)]);
      if (!isEmptyRow) expect(complete.data[i]).toBe(isThere ? gappy[i] : made.data[i]);
    }
  });

  test('may be written as NaN or as zeros', async () => {
    const gaps = gappy.map((value, i) => {
      const category = CATEGORIES.find(
        ({ start, size }) => i % WIDTH >= start && i % WIDTH < start + size,
      );
      if (!category) return value;
      const at = Math.floor(i / WIDTH) * WIDTH + category.start;
      return gappy.subarray(at, at + category.size).some(Boolean) ? value : Number.NaN;
    });
    const [a, b] = [
      await fitted(gappy, { missing: 'mask' }),
      await fitted(gaps, { missing: 'mask' }),
    ];
    expect(fingerprint(b)).toBe(fingerprint(a));
    expect(await a.score(gaps)).toEqual(await a.score(gappy));
  });
});

describe('bad options and bad rows', () => {
  const make = (options: object) => () =>
    new Autoencoder({ layers: [WIDTH, 2], seed: 1, ...options } as AutoencoderOptions);

  const BAD: [object, RegExp][] = [
    [{ categories: 3 }, /^categories must be an array of \{ start, size \}, got 3$/],
    [{ categories: [[0, 3]] }, /^categories\[0\] must be an object/],
    [{ categories: [{ start: 0, size: 1 }] }, /^categories\[0\]\.size must be an integer from 2/],
    [{ categories: [{ start: -1, size: 2 }] }, /^categories\[0\]\.start must be an integer from 0/],
    [{ categories: [{ start: 0, size: 3, of: 1 }] }, /^categories\[0\] has no 'of'/],
    [
      { categories: [{ start: 10, size: 4 }] },
      /^categories\[0\] must end within the 13 inputs, got columns 10 to 13$/,
    ],
    [
      {
        categories: [
          { start: 0, size: 3 },
          { start: 2, size: 2 },
        ],
      },
      /^categories must be in the order of their columns and not overlap, got categories\[1\] from column 2 on/,
    ],
    [
      { columnWeights: 1 },
      /^columnWeights must be an array of numbers, one a column or category, got 1$/,
    ],
    [{ columnWeights: [1, 2] }, /^columnWeights must be an array .*, 13, got 2$/],
    [
      { categories: CATEGORIES, columnWeights: Array(13).fill(1) },
      /^columnWeights must be .*, 6, got 13$/,
    ],
    [{ columnWeights: Array(13).fill(-1) }, /^columnWeights\[0\] must be a number from 0/],
    [{ columnWeights: Array(13).fill('1') }, /^columnWeights\[0\] must be a number, got '1'$/],
    [
      { columnWeights: Array(13).fill(0) },
      /^columnWeights must be above 0 for at least one column/,
    ],
  ];

  test.each(BAD)('%j is refused', (options, message) => expect(make(options)).toThrow(message));

  test('a width that does not match is found in the first fit', async () => {
    const ae = new Autoencoder({ code: 2, categories: CATEGORIES, seed: 1 });
    await expect(ae.fit([[1, 2, 3]])).rejects.toThrow(
      /categories\[0\] must end within the 3 inputs/,
    );
    await ae.fit(x.length > 0 ? { data: x, shape: [200, WIDTH] } : [], { epochs: 1 });
    expect(ae.options.layers).toEqual([WIDTH, 2]);
  });

  test('category cells that sum to neither 0 nor 1 are an error with their place, dense or CSR', async () => {
    const ae = new Autoencoder({
      layers: [WIDTH, 2],
      categories: CATEGORIES,
      scale: 'none',
      seed: 1,
    });
    const before = fingerprint(ae);
    const twice = x.slice();
    twice.fill(1, 5 * WIDTH + 6, 5 * WIDTH + 8);
    const message =
      /cells are 0 or more and sum to 1, or are all 0; row 5, column 6 is the first of a category of 5, whose sum is [23]/;
    await expect(ae.fit(twice)).rejects.toThrow(message);
    await expect(ae.fit(csr(twice))).rejects.toThrow(message);
    const below = x.slice();
    below[2] = -1;
    await expect(ae.fit(below)).rejects.toThrow(/row 0, column 2 .* of cells below 0 too/);
    await expect(ae.fit(csr(below))).rejects.toThrow(/row 0, column 2 .* of cells below 0 too/);
    const bytes = Uint8Array.from(x);
    await expect(ae.fit(bytes)).rejects.toThrow(/bytes mean value \/ 255: give numbers/);
    expect(fingerprint(ae)).toBe(before);
  });

  test('rows in which every category is missing are an error if there are no other columns', async () => {
    const ae = new Autoencoder({ layers: [3, 2], categories: [{ start: 0, size: 3 }], seed: 1 });
    await expect(ae.fit(new Float32Array(12))).rejects.toThrow(
      /x must have a value in at least one row/,
    );
    await ae.fit(
      [
        [0, 0, 0],
        [0, 1, 0],
      ],
      { epochs: 1 },
    );
    expect(await ae.score([[0, 0, 0]])).toEqual(Float32Array.of(Number.NaN));
  });
});
