// Compressed sparse rows give the same bits as dense rows, and clear errors if they are invalid.

import { describe, expect, test } from 'vitest';
import {
  Autoencoder,
  type AutoencoderOptions,
  type FitOptions,
  type MatrixInput,
  type SparseRows,
} from '../../../src/index.js';
import { fingerprint, generator } from '../../support/data.js';

/**
 * Rows of which the given share is not zero. Values are multiples of 1/1024 in [0, 1], so that their sums
 * are exact.
 */
function sparseRows(
  rows: number,
  width: number,
  share: number,
  seed = 1,
): Float32Array<ArrayBuffer> {
  const random = generator(seed);
  return Float32Array.from({ length: rows * width }, () =>
    random() < share ? Math.ceil(random() * 1024) / 1024 : 0,
  );
}

/** The same rows as CSR, with the entries of each row in the given order. */
function csr(
  x: ArrayLike<number>,
  width: number,
  order: (columns: number[]) => number[] = (columns) => columns,
): SparseRows {
  const rows = x.length / width;
  const [indptr, indices, data]: number[][] = [[0], [], []];
  for (let i = 0; i < rows; i++) {
    const columns = Array.from({ length: width }, (_, j) => j).filter(
      (j) => x[i * width + j] !== 0,
    );
    for (const j of order(columns)) {
      indices?.push(j);
      data?.push(x[i * width + j] as number);
    }
    indptr?.push(data?.length as number);
  }
  return {
    indptr: Int32Array.from(indptr as number[]),
    indices: Int32Array.from(indices as number[]),
    data: Float32Array.from(data as number[]),
    shape: [rows, width],
  };
}

const WIDTH = 37;
const x = sparseRows(150, WIDTH, 0.15);
const sparse = csr(x, WIDTH);

async function fitted(
  rows: MatrixInput,
  options: Partial<AutoencoderOptions> = {},
  fit: FitOptions<MatrixInput> = {},
): Promise<Autoencoder> {
  const ae = new Autoencoder({ layers: [WIDTH, 9, 4], seed: 3, ...options });
  await ae.fit(rows, { epochs: 3, batchSize: 32, ...fit });
  return ae;
}

const CASES: Record<string, [Partial<AutoencoderOptions>, FitOptions<MatrixInput>]> = {
  'by default': [{}, {}],
  tied: [{ tied: true }, {}],
  'with noise': [{}, { noise: { type: 'mask', amount: 0.2 } }],
  'with sparsity and clipping': [
    { codeActivation: 'sigmoid' },
    { sparsity: { type: 'kl', weight: 0.1 }, clipNorm: 0.1 },
  ],
  "with loss 'bce' and rows held out": [{}, { loss: 'bce', validationSplit: 0.2 }],
  'with sample weights': [
    {},
    { sampleWeight: Float64Array.from({ length: 150 }, (_, i) => i % 3) },
  ],
  'with one thread': [{ threads: 1 }, {}],
};

describe.each(Object.entries(CASES))('%s', (_, [options, fit]) => {
  test('training on CSR rows gives the same bits as on dense rows', async () => {
    const [dense, compressed] = [await fitted(x, options, fit), await fitted(sparse, options, fit)];
    expect(fingerprint(compressed)).toBe(fingerprint(dense));
    expect(compressed.history.at(-1)?.validationLoss).toBe(dense.history.at(-1)?.validationLoss);
    expect(compressed.options).toEqual(dense.options);
  });
});

test('every method accepts CSR and gives the same result as for dense rows', async () => {
  const ae = await fitted(x);
  expect(await ae.encode(sparse)).toEqual(await ae.encode(x));
  expect(ae.encodeSync(sparse)).toEqual(ae.encodeSync(x));
  expect(await ae.reconstruct(sparse)).toEqual(await ae.reconstruct(x));
  expect(await ae.score(sparse)).toEqual(await ae.score(x));
  expect(await ae.evaluate(sparse)).toEqual(await ae.evaluate(x));
  expect(await ae.explain(sparse)).toEqual(await ae.explain(x));
  expect(await ae.fitThreshold(sparse)).toEqual(await ae.fitThreshold(x));
  expect(await ae.detect(sparse)).toEqual(await ae.detect(x));
  const codes = [];
  for await (const batch of ae.encodeStream([sparse, sparse], { batchSize: 100 }))
    codes.push(batch);
  expect(codes.map(({ length }) => length)).toEqual([100, 100, 100]);
  expect(codes[0]).toEqual((await ae.encode(x)).slice(0, 100));
});

test('a stream keeps CSR rows compressed, and may mix them with dense rows', async () => {
  const counts = x.map((value) => Math.round(value * 40));
  const [a, b, c] = [
    counts.slice(0, 50 * WIDTH),
    counts.slice(50 * WIDTH, 90 * WIDTH),
    counts.slice(90 * WIDTH),
  ];
  const streamed = async (...pieces: MatrixInput[]) => {
    const ae = new Autoencoder({ layers: [WIDTH, 4], seed: 3 });
    await ae.fit(() => pieces, { epochs: 2, batchSize: 32 });
    return ae;
  };
  const compressed = await streamed(csr(a, WIDTH), csr(b, WIDTH), csr(c, WIDTH));
  expect(compressed.scaler?.offset).toEqual(new Float64Array(WIDTH)); // as for CSR in memory
  const batches = async (...pieces: MatrixInput[]) => {
    const codes = [];
    for await (const batch of compressed.encodeStream(pieces, { batchSize: 64 })) {
      codes.push(...batch.data);
    }
    return codes;
  };
  const whole = [...(await compressed.encode(counts)).data];
  expect(await batches(csr(a, WIDTH), csr(b, WIDTH), csr(c, WIDTH))).toEqual(whole);
  expect(await batches(csr(a, WIDTH), b, csr(c, WIDTH))).toEqual(whole);
  expect(await batches(a, csr(b, WIDTH), c)).toEqual(whole);
  const precise = { ...csr(b, WIDTH), data: Float64Array.from(csr(b, WIDTH).data, Number) };
  expect(await batches(csr(a, WIDTH), precise, c)).toEqual(whole);
});

test('a stream of CSR batches trains like a stream of dense ones', async () => {
  const [a, b] = [await fitted(x), await fitted(x)];
  await a.fit(
    async function* () {
      yield sparse;
      yield sparse;
    },
    { epochs: 2 },
  );
  await b.fit(
    async function* () {
      yield x;
      yield x;
    },
    { epochs: 2 },
  );
  expect(fingerprint(a)).toBe(fingerprint(b));
});

test('training and validation rows may be one CSR and the other dense', async () => {
  const held = sparseRows(40, WIDTH, 0.15, 7);
  const all = [
    [x, held],
    [sparse, csr(held, WIDTH)],
    [sparse, held],
    [x, csr(held, WIDTH)],
  ] as const;
  const losses = [];
  for (const [rows, validationData] of all) {
    const ae = await fitted(rows, {}, { validationData });
    losses.push(ae.history.map(({ loss, validationLoss }) => [loss, validationLoss]));
  }
  for (const each of losses) expect(each).toEqual(losses[0]);
});

test('entries may be in any order, in any array of numbers, and may be zeros', async () => {
  const backwards = csr(x, WIDTH, (columns) => [...columns].reverse());
  const plain = {
    indptr: Array.from(sparse.indptr, Number),
    indices: Uint16Array.from(sparse.indices),
    data: Array.from(sparse.data, Number),
    shape: sparse.shape,
  };
  const zeros = csr(
    Array.from(x, (value, i) => (value === 0 && i % 5 === 0 ? -1 : value)),
    WIDTH,
  );
  const withZeros = { ...zeros, data: Array.from(zeros.data, (v) => (v === -1 ? 0 : Number(v))) };
  const expected = fingerprint(await fitted(sparse));
  for (const rows of [backwards, plain, withZeros]) {
    expect(fingerprint(await fitted(rows))).toBe(expected);
  }
});

test("with missing: 'mask', NaN among the values is a missing cell", async () => {
  const gaps = x.map((value, i) => (value !== 0 && i % 7 === 0 ? Number.NaN : value));
  const rows = csr(gaps, WIDTH);
  const options = { missing: 'mask', outputActivation: 'sigmoid', scale: 'none' } as const;
  for (const fit of [
    {},
    { noise: { type: 'gaussian', amount: 0.1 } } as const,
    { validationSplit: 0.2 },
  ]) {
    const [dense, compressed] = [
      await fitted(gaps, options, fit),
      await fitted(rows, options, fit),
    ];
    for (const [i, fill] of (dense.missingFill as Float32Array).entries()) {
      // A mean of 150 numbers of at most 1, summed in two ways in float64 and rounded.
      expect(Math.abs(fill - (compressed.missingFill?.[i] as number))).toBeLessThan(2 ** -23);
    }
    const losses = (ae: Autoencoder) => ae.history.flatMap((r) => [r.loss, r.validationLoss ?? 0]);
    for (const [i, loss] of losses(dense).entries())
      expect(losses(compressed)[i]).toBeCloseTo(loss, 6);
    expect(await compressed.impute(rows)).toEqual(await compressed.impute(gaps));
    expect(await compressed.score(rows)).toEqual(await compressed.score(gaps));
  }
  await expect(fitted(rows, { scale: 'none' })).rejects.toThrow(
    /x must be finite float32 numbers; .* is NaN/,
  );
});

describe('scaling keeps zeros at 0', () => {
  const counts = csr(
    x.map((value) => Math.round(value * 40)),
    WIDTH,
  );

  test("'auto' chooses 'standard' for counts, without an offset", async () => {
    const ae = await fitted(counts);
    expect(ae.options).toMatchObject({ scale: 'standard', outputActivation: 'linear' });
    const { offset, factor } = ae.scaler as NonNullable<typeof ae.scaler>;
    expect(offset).toEqual(new Float64Array(WIDTH));
    for (let j = 0; j < WIDTH; j++) {
      const column = Array.from({ length: 150 }, (_, i) =>
        Math.round((x[i * WIDTH + j] as number) * 40),
      );
      const mean = column.reduce((a, b) => a + b) / 150;
      const deviation = Math.sqrt(column.reduce((sum, v) => sum + (v - mean) ** 2, 0) / 150);
      expect(factor[j]).toBeCloseTo(deviation, 4);
    }
    const dense = x.map((value) => Math.round(value * 40));
    expect(await ae.encode(counts)).toEqual(await ae.encode(dense));
  });

  test("'minmax' divides by the largest absolute value", async () => {
    const ae = await fitted(csr([0, -4, 2, 0, 8, 0, 1, 0], 2), { layers: [2, 1], scale: 'minmax' });
    expect(ae.scaler).toMatchObject({ type: 'minmax', factor: Float32Array.of(8, 4) });
  });

  test('a column with a single value is not scaled', async () => {
    const ae = await fitted(csr([3, 0, 3, 1, 3, 2], 2), { layers: [2, 1], scale: 'standard' });
    expect(ae.scaler?.factor[0]).toBe(1);
  });
});

test('more than 65,536 columns are allowed', async () => {
  const width = 70_000;
  const rows = {
    indptr: [0, 2, 3, 5],
    indices: [3, 69_999, 65_536, 65_535, 0],
    data: [1, 0.5, 1, 1, 1],
    shape: [3, width],
  };
  const ae = new Autoencoder({ layers: [width, 2], seed: 1 });
  const before = ae.parameters['encoder.0.weight']?.data.slice() as Float32Array;
  await ae.fit(rows, { epochs: 1, batchSize: 3 });
  const after = ae.parameters['encoder.0.weight']?.data as Float32Array;
  const moved = new Set<number>();
  for (const [i, value] of after.entries()) if (value !== before[i]) moved.add(i % width);
  expect([...moved].sort((a, b) => a - b)).toEqual([0, 3, 65_535, 65_536, 69_999]);
});

describe('invalid CSR is refused, and the model stays as it was', () => {
  const good = { indptr: [0, 1, 2], indices: [0, 2], data: [1, 1], shape: [2, 3] };
  const BAD: [string, object, RegExp][] = [
    [
      'indptr too short',
      { indptr: [0, 2] },
      /x\.indptr must have a number for each of 2 rows and one more, got 2/,
    ],
    ['indptr that does not begin with 0', { indptr: [1, 1, 2] }, /x\.indptr\[0\] must be 0, got 1/],
    [
      'indptr that decreases',
      { indptr: [0, 2, 1] },
      /x\.indptr\[2\] must be an integer from the one before on, 2, got 1/,
    ],
    [
      'indptr with fractions',
      { indptr: [0, 0.5, 2] },
      /x\.indptr\[1\] must be an integer .* got 0\.5/,
    ],
    [
      'indptr that does not end with the number of values',
      { indptr: [0, 1, 1] },
      /x\.indptr must end with the number of values, 2, got 1/,
    ],
    [
      'fewer indices than values',
      { indices: [0] },
      /x\.indices must be as long as x\.data, 2, got 1/,
    ],
    [
      'a column beyond the width',
      { indices: [0, 3] },
      /x\.indices\[1\] must be a column, an integer from 0 to 2, got 3 \(row 1\)/,
    ],
    ['a negative column', { indices: [-1, 0] }, /x\.indices\[0\] must be a column/],
    ['a column that is not a number', { indices: ['0', 1] }, /x\.indices\[0\] must be a column/],
    ['a column twice', { indptr: [0, 2, 2], indices: [1, 1] }, /row 0 has column 1 twice/],
    [
      'a value that is not a number',
      { data: [1, 'a'] },
      /x\.data\[1\] \(row 1, column 2\) must be a number, got 'a'/,
    ],
    ['NaN', { data: [1, Number.NaN] }, /x must be finite float32 numbers/],
    ['a value beyond float32', { data: [1, 1e300] }, /beyond the largest float32/],
    [
      'bigints',
      { indptr: BigInt64Array.of(0n, 1n, 2n) },
      /x\.indptr must be a typed array .*convert it first/,
    ],
    [
      'no indices',
      { indices: undefined },
      /x\.indices must be a typed array or an array of numbers, got undefined/,
    ],
    ['a shape of one number', { shape: [2] }, /x\.shape must be \[rows, columns\], got \[2\]/],
    ['another width', { shape: [2, 4] }, /x must have the input width 3, got 4 columns/],
    [
      'no rows',
      { indptr: [0], indices: [], data: [], shape: [0, 3] },
      /x must have at least one row/,
    ],
  ];

  test.each(BAD)('%s', async (_, part, message) => {
    const ae = new Autoencoder({ layers: [3, 2], seed: 1 });
    const before = fingerprint(ae);
    const rows = { ...good, ...part } as MatrixInput;
    await expect(ae.fit(rows)).rejects.toThrow(message);
    await expect(ae.encode(rows)).rejects.toThrow(message);
    expect(fingerprint(ae)).toBe(before);
    await ae.fit(good, { epochs: 1 });
  });

  test('a model made with code gets its widths from the shape', async () => {
    const ae = new Autoencoder({ code: 2, seed: 1 });
    await ae.fit(good, { epochs: 1 });
    expect(ae.options.layers).toEqual([3, 2]);
  });
});
