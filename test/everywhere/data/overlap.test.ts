// Overlapping rows, such as windows of a series, give the same bits as copied rows, and need only the
// memory of the series.

import { describe, expect, test } from 'vitest';
import { rowSource } from '../../../src/data/row-forms.js';
import { storeRows } from '../../../src/engine/dataset.js';
import { acquireEngine } from '../../../src/engine/kernels.js';
import { Arena } from '../../../src/engine/memory.js';
import { Autoencoder, type MatrixInput } from '../../../src/index.js';
import { windows } from '../../../src/series.js';
import { fingerprint, uniform } from '../../support/data.js';
import type { Fit } from '../../support/models.js';
import { SHARED_MEMORY, trainInThreads } from '../../support/threads.js';

const [SIZE, MOMENTS] = [12, 300];

/** A noisy wave with a large offset: float32 would lose its differences. */
const wave = Float64Array.from(
  uniform(MOMENTS, 1, 3),
  (noise, i) => 1e6 + 20 * Math.sin(i / 3) + 5 * noise,
);

/** The same rows as copies. */
function writtenOut({ data, shape, stride }: ReturnType<typeof windows>): MatrixInput {
  const [rows, width] = shape;
  const flat = Float64Array.from(
    { length: rows * width },
    (_, i) => data[Math.floor(i / width) * stride + (i % width)] as number,
  );
  return { data: flat, shape };
}

async function outcome(x: MatrixInput, options: object, fit: Fit) {
  const ae = new Autoencoder({ layers: [SIZE, 5, 3], seed: 7, ...options });
  const history = await ae.fit(x, { epochs: 2, batchSize: 16, ...fit });
  const losses = history.map(({ loss, validationLoss, explained }) => [
    loss,
    validationLoss,
    explained,
  ]);
  return { weights: fingerprint(ae), losses, scores: await ae.score(x), codes: await ae.encode(x) };
}

describe('windows of a series give the same bits as rows with copied values', () => {
  const rows = windows(wave, { size: SIZE });
  const cases: [string, object, Fit][] = [
    ['scale auto', {}, {}],
    ['scale standard', { scale: 'standard' }, {}],
    ['scale minmax', { scale: 'minmax' }, {}],
    ['scale none', { scale: 'none', outputActivation: 'linear' }, { learningRate: 1e-6 }],
    ['tied, with noise', { tied: true }, { noise: { type: 'mask', amount: 0.3 } }],
    ['held out', {}, { validationSplit: 0.2 }],
    ['rows to validate on', {}, { validationData: windows(wave.subarray(0, 90), { size: SIZE }) }],
    ['bce', { scale: 'minmax' }, { loss: 'bce' }],
  ];
  test.each(cases)('%s', async (_, options, fit) => {
    expect(await outcome(rows, options, fit)).toEqual(
      await outcome(writtenOut(rows), options, fit),
    );
  });

  test.each([
    ['every 5th', { size: SIZE, stride: 5 }],
    ['side by side', { size: SIZE, stride: SIZE }],
    ['apart', { size: SIZE, stride: SIZE + 3 }],
    ['3 channels', { size: SIZE / 3, channels: 3 }],
    ['3 channels, every 2nd moment', { size: SIZE / 3, channels: 3, stride: 2 }],
  ])('%s', async (_, options) => {
    const rows = windows(
      Float32Array.from(wave, (value) => value - 1e6),
      options,
    );
    expect(await outcome(rows, {}, {})).toEqual(await outcome(writtenOut(rows), {}, {}));
  });

  test('with missing moments', async () => {
    const gaps = wave.map((value, i) => (i % 7 === 2 || (i > 100 && i < 120) ? Number.NaN : value));
    const rows = windows(gaps, { size: SIZE });
    for (const scale of ['standard', 'none'] as const) {
      const options = { missing: 'mask', scale, outputActivation: 'linear' };
      const fit = { learningRate: scale === 'none' ? 1e-6 : 1e-3 };
      expect(await outcome(rows, options, fit)).toEqual(
        await outcome(writtenOut(rows), options, fit),
      );
    }
  });

  test.runIf(SHARED_MEMORY)('with any number of threads', async () => {
    const options = { layers: [SIZE, 5], seed: 1 };
    const fit = { epochs: 1, batchSize: 16 };
    const run = (x: MatrixInput, threads: number) =>
      trainInThreads(threads, 'huge', { ...options, threads }, x, fit);
    const floats = windows(
      Float32Array.from(wave, (value) => (value - 1e6) / 20),
      { size: SIZE },
    );
    const one = await run(writtenOut(floats), 1);
    for (const threads of [1, 2, 3]) expect(await run(floats, threads)).toEqual(one);
  });
});

test('linear memory holds a series once, not once per window', async () => {
  const engine = acquireEngine({});
  const [size, moments] = [128, 50_000];
  const series = uniform(moments, 1, 1);
  const rows = windows(series, { size });
  expect(rows.data).toBe(series);
  const offset = new Float64Array(size);
  const factor = new Float32Array(size).fill(1);
  const source = rowSource('x', rows, size, 'input');
  const scaled = {
    ...source,
    overlap: source.overlap && {
      ...source.overlap,
      scaler: { type: 'standard' as const, offset, factor },
    },
  };
  for (const [each, bytes] of [
    [source, 4],
    [scaled, 8],
  ] as const) {
    const arena = new Arena(engine.memory);
    const before = arena.top;
    await storeRows(engine, arena, each, false, undefined);
    const used = arena.top - before;
    expect(used).toBeGreaterThanOrEqual(moments * bytes);
    expect(used).toBeLessThan(moments * bytes + 8192);
  }
});

describe('windows', () => {
  test('are a shape and a stride over the series, without a copy', () => {
    const series = new Float32Array(1000);
    expect(windows(series, { size: 128 })).toEqual({ data: series, shape: [873, 128], stride: 1 });
    expect(windows({ data: series, shape: [500, 2] }, { size: 10, stride: 3 })).toEqual({
      data: series,
      shape: [164, 20],
      stride: 6,
    });
    expect(windows([1, 2, 3], { size: 2 })).toEqual({
      data: Float64Array.of(1, 2, 3),
      shape: [2, 2],
      stride: 1,
    });
  });

  test.each<[string, () => unknown, string, RegExp]>([
    [
      'no series',
      () => windows(undefined as never, { size: 2 }),
      'TypeError',
      /^series must be a typed array of numbers.*got undefined/,
    ],
    [
      'bytes',
      () => windows(new Uint8Array(9) as never, { size: 2 }),
      'TypeError',
      /bytes are pixels here/,
    ],
    [
      'texts',
      () => windows([1, '2'] as never, { size: 2 }),
      'TypeError',
      /^series\[1\] must be a number, got '2'/,
    ],
    ['no size', () => windows([1, 2], {} as never), 'TypeError', /^size must be an integer from 2/],
    [
      'a window of 1',
      () => windows([1, 2], { size: 1 }),
      'RangeError',
      /^size must be an integer from 2 .*got 1/,
    ],
    [
      'stride 0',
      () => windows([1, 2], { size: 2, stride: 0 }),
      'RangeError',
      /^stride must be an integer from 1/,
    ],
    [
      'an unknown option',
      () => windows([1, 2], { size: 2, step: 1 } as never),
      'TypeError',
      /has no 'step'/,
    ],
    [
      'shorter than a window',
      () => windows([1, 2, 3], { size: 4 }),
      'RangeError',
      /at least as many moments as a window, 4, got 3/,
    ],
    ['an empty series', () => windows(new Float32Array(0), { size: 4 }), 'RangeError', /got 0/],
    [
      'a broken moment',
      () => windows(new Float32Array(7), { size: 2, channels: 2 }),
      'RangeError',
      /multiple of its 2 channels, got 7/,
    ],
    [
      'other channels',
      () => windows({ data: new Float32Array(8), shape: [4, 2] }, { size: 2, channels: 3 }),
      'RangeError',
      /^channels must be the 2 of/,
    ],
    [
      'a shape of its own',
      () => windows({ data: new Float32Array(8), shape: [4] }, { size: 2 }),
      'TypeError',
      /^series.shape must be \[moments, channels\], got \[4\]/,
    ],
    [
      'too few numbers',
      () => windows({ data: new Float32Array(8), shape: [5, 2] }, { size: 2 }),
      'RangeError',
      /must hold .* = 10 values, got 8/,
    ],
  ])('%s', (_, call, name, message) => {
    expect(call).toThrow(
      expect.objectContaining({ name, message: expect.stringMatching(message) }),
    );
  });
});

describe('rows with a stride', () => {
  const ae = new Autoencoder({ layers: [4, 2], scale: 'none', seed: 1 });
  const data = Float32Array.from({ length: 20 }, (_, i) => i);

  test('may leave numbers unused at the end', async () => {
    const some = await ae.encode({ data, shape: [5, 4], stride: 2 });
    expect(some).toEqual(await ae.encode(windows(data.subarray(0, 12), { size: 4, stride: 2 })));
  });

  test.each<[string, object, string, RegExp]>([
    [
      'too few numbers',
      { data, shape: [18, 4], stride: 1 },
      'RangeError',
      /stride \+ shape\[1\] = 21 values, got 20/,
    ],
    [
      'stride 0',
      { data, shape: [5, 4], stride: 0 },
      'RangeError',
      /^x.stride must be an integer from 1, got 0/,
    ],
    ['half a stride', { data, shape: [5, 4], stride: 0.5 }, 'RangeError', /^x.stride must be/],
    [
      'bytes',
      { data: new Uint8Array(20), shape: [5, 4], stride: 1 },
      'TypeError',
      /no bytes where a stride is given/,
    ],
    [
      'another width',
      { data, shape: [5, 3], stride: 1 },
      'RangeError',
      /input width 4, got 3 columns/,
    ],
    ['no rows', { data, shape: [0, 4], stride: 1 }, 'RangeError', /at least one row/],
  ])('%s', async (_, x, name, message) => {
    await expect(ae.fit(x as MatrixInput)).rejects.toThrow(
      expect.objectContaining({ name, message: expect.stringMatching(message) }),
    );
  });

  test.each(['none', 'standard'] as const)(
    'a NaN is reported with row and column, scale %s',
    async (scale) => {
      const holed = data.slice();
      holed[9] = Number.NaN;
      const ae = new Autoencoder({ layers: [4, 2], scale, seed: 1 });
      const rows = windows(holed, { size: 4, stride: 2 });
      const error = await ae.fit(rows).catch((error: unknown) => error);
      expect(error).toMatchObject({ name: 'RangeError', row: 3, column: 3 });
      expect(await ae.fit(writtenOut(rows)).catch((error: unknown) => error)).toEqual(error);
    },
  );
});
