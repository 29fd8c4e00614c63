// What scaling learns and computes, compared with plain float64 on the same float32 numbers.

import { describe, expect, test } from 'vitest';
import { fillMissing } from '../../../src/data/missing.js';
import { scaledSource, unscale, unscaleRows } from '../../../src/data/scaler.js';
import { Autoencoder, type MatrixInput, type Scaler } from '../../../src/index.js';
import {
  asFloats,
  factored,
  fingerprint,
  generator,
  pixels,
  rowsOf,
  uniform,
} from '../../support/data.js';
import { gamma, U } from '../../support/tolerance.js';

const SCALES = ['minmax', 'standard'] as const;
const WIDTH = 4;
const ROWS = 150;

/** Columns as sensors have them: tiny, huge, far from zero, and one that never changes. */
function table(rows = ROWS, seed = 1): Float32Array<ArrayBuffer> {
  const x = factored(rows, WIDTH, 2, seed);
  return x.map(
    (value, i) => [1e-6 * value, 1e6 * value - 5e5, 1000 + value, 7.3][i % WIDTH] as number,
  );
}

async function fitted(
  scale: (typeof SCALES)[number],
  x: MatrixInput,
  fit: object = {},
): Promise<Autoencoder & { scaler: Scaler }> {
  const ae = new Autoencoder({ layers: [WIDTH, 2], scale, seed: 3 });
  await ae.fit(x, { epochs: 3, batchSize: 16, ...fit });
  return ae as Autoencoder & { scaler: Scaler };
}

/** Offset and factor of each column of `rows` in plain float64, without NaN. */
function twin(scale: (typeof SCALES)[number], rows: Float32Array[]) {
  const width = rows[0]?.length as number;
  return Array.from({ length: width }, (_, j) => {
    const values = rows.map((row) => row[j] as number).filter((value) => !Number.isNaN(value));
    const [least, greatest] = [Math.min(...values), Math.max(...values)];
    if (scale === 'minmax') return { offset: least, factor: greatest - least || 1 };
    const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
    const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length;
    return { offset: mean, factor: least === greatest ? 1 : Math.sqrt(variance) };
  });
}

function expectScaler(scaler: Scaler, rows: Float32Array[]): void {
  for (const [j, { offset, factor }] of twin(scaler.type, rows).entries()) {
    // The errors of these short float64 sums are far below the rounding to float32.
    expect(Math.abs((scaler.offset[j] as number) - offset)).toBeLessThanOrEqual(
      2 * U * Math.abs(offset),
    );
    expect(Math.abs((scaler.factor[j] as number) - factor)).toBeLessThanOrEqual(4 * U * factor);
  }
}

describe.each(SCALES)('%s', (scale) => {
  test('learns the offsets and factors that float64 arithmetic gives', async () => {
    const x = table();
    const { scaler } = await fitted(scale, x);
    expect(scaler.type).toBe(scale);
    expectScaler(scaler, rowsOf(x, WIDTH));
    expect(scaler.offset[3]).toBe(Math.fround(7.3));
    expect(scaler.factor[3]).toBe(1);
  });

  test('a column far from zero keeps its spread', async () => {
    // The sum of squares in one pass would lose it: float64 numbers of about 1e16 are 2 apart.
    const x = uniform(ROWS, WIDTH, 1).map((v) => 1e8 + 8 * Math.floor(2 * v));
    expectScaler((await fitted(scale, x)).scaler, rowsOf(x, WIDTH));
  });

  test('the network receives scaled rows: the same weights as for rows scaled by hand', async () => {
    const x = table();
    const ae = await fitted(scale, x);
    const { offset, factor } = ae.scaler;
    const scaled = x.map(
      (value, i) => (value - (offset[i % WIDTH] as number)) / (factor[i % WIDTH] as number),
    );
    const outputActivation = scale === 'minmax' ? 'sigmoid' : 'linear';
    const plain = new Autoencoder({
      layers: [WIDTH, 2],
      outputActivation,
      scale: 'none',
      seed: 3,
    });
    await plain.fit(scaled, { epochs: 3, batchSize: 16 });
    expect(fingerprint(ae)).toBe(fingerprint(plain));
    expect(await ae.encode(x)).toEqual(await plain.encode(scaled));
    expect(await ae.score(x)).toEqual(await plain.score(scaled));
    expect(await ae.evaluate(x)).toBe(await plain.evaluate(scaled));

    const codes = await ae.encode(x);
    const back = await ae.decode(codes);
    const expected = (await plain.decode(codes)).data.map((value, i) =>
      Math.fround(value * (factor[i % WIDTH] as number) + (offset[i % WIDTH] as number)),
    );
    expect(back.data).toEqual(expected);
    expect(await ae.reconstruct(x)).toEqual(back);
    expect(ae.encodeSync(x)).toEqual(codes);
    expect(ae.decodeSync(codes)).toEqual(back);
    expect(ae.reconstructSync(x)).toEqual(back);
  });

  test('scaled columns have the range or the deviation of their scale', async () => {
    const x = table();
    const { offset, factor } = (await fitted(scale, x)).scaler;
    for (let j = 0; j < WIDTH; j++) {
      const column = rowsOf(x, WIDTH).map((row) =>
        Math.fround(((row[j] as number) - (offset[j] as number)) / (factor[j] as number)),
      );
      if (scale === 'minmax') {
        expect(Math.min(...column)).toBe(0);
        // The factor is off by half a unit in the last place, so that the largest value may exceed 1 before
        // it is rounded to 1 as float32.
        const top = Math.max(...column);
        expect(top).toBeLessThanOrEqual(j === 3 ? 0 : 1);
        expect(top).toBeGreaterThanOrEqual(j === 3 ? 0 : 1 - 4 * U);
        continue;
      }
      const mean = column.reduce((sum, v) => sum + v, 0) / ROWS;
      const square = column.reduce((sum, v) => sum + v * v, 0) / ROWS;
      // The offset is off by one rounding of the mean, and the mean is up to 1000 / 0.1 deviations of these
      // columns.
      expect(Math.abs(mean)).toBeLessThan(2e4 * U);
      expect(Math.abs(square - (j === 3 ? 0 : 1))).toBeLessThan(2e4 * U);
    }
  });

  test('learns from the training rows only, not from those held out', async () => {
    const x = table();
    const parts = await fitted(scale, x, { validationSplit: 0.4 });
    // The seed determines the rows held out: those that do not affect the scaler.
    const all = await fitted(scale, x);
    expect(parts.scaler).not.toEqual(all.scaler);
    const held = new Set<number>();
    for (let i = 0; i < ROWS; i++) {
      const spoilt = x.slice();
      spoilt[i * WIDTH + 2] = 1e4;
      const { scaler } = await fitted(scale, spoilt, { epochs: 1, validationSplit: 0.4 });
      if (
        scaler.offset[2] === parts.scaler.offset[2] &&
        scaler.factor[2] === parts.scaler.factor[2]
      ) {
        held.add(i);
      }
    }
    expect(held.size).toBe(Math.round(ROWS * 0.4));
    expectScaler(
      parts.scaler,
      rowsOf(x, WIDTH).filter((_, i) => !held.has(i)),
    );
  });

  test('validation rows are scaled by what was learned from the training rows', async () => {
    const [x, validationData] = [table(), table(40, 2)];
    const ae = new Autoencoder({ layers: [WIDTH, 2], scale, seed: 3 });
    const history = await ae.fit(x, { epochs: 2, validationData });
    expectScaler(ae.scaler as Scaler, rowsOf(x, WIDTH));
    const error = await ae.evaluate(validationData);
    // Both are sums of the same float32 squares, in different orders.
    const difference = Math.abs((history[1]?.validationLoss as number) - error);
    expect(difference).toBeLessThanOrEqual(2 * gamma(ROWS * WIDTH) * error);
  });

  test('later fits keep the scaler, reset learns it again, and ae.scaler is a copy', async () => {
    const ae = await fitted(scale, table());
    const first = ae.scaler;
    await ae.fit(table(60, 9), { epochs: 1 });
    expect(ae.scaler).toEqual(first);
    await ae.fit(table(60, 9), { epochs: 1, reset: true });
    expectScaler(ae.scaler, rowsOf(table(60, 9), WIDTH));
    const last = ae.scaler;
    ae.scaler.offset.fill(99);
    ae.scaler.factor.fill(99);
    expect(ae.scaler).toEqual(last);
  });

  test('a fit with reset that is aborted at once keeps the scaler and the weights', async () => {
    const ae = await fitted(scale, table());
    const [first, mark] = [ae.scaler, fingerprint(ae)];
    const threshold = await ae.fitThreshold(table());
    const stop = new AbortController();
    const running = ae.fit(table(60, 9), { reset: true, signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
    expect([ae.scaler, ae.threshold, fingerprint(ae)]).toEqual([first, threshold, mark]);
  });

  test('bytes are scaled as value / 255', async () => {
    const bytes = pixels(ROWS, WIDTH, 0.7, 1);
    const [a, b] = [await fitted(scale, bytes), await fitted(scale, asFloats(bytes))];
    expect(a.scaler).toEqual(b.scaler);
    expect(fingerprint(a)).toBe(fingerprint(b));
    expect(await a.encode(bytes)).toEqual(await b.encode(asFloats(bytes)));
    expect(await a.score(bytes)).toEqual(await b.score(asFloats(bytes)));
  });

  test('missing cells are ignored', async () => {
    const random = generator(4);
    const x = table().map((value) => (random() < 0.2 ? Number.NaN : value));
    for (let i = 0; i < ROWS; i++) x[i * WIDTH + 3] = 7.3;
    const ae = new Autoencoder({ layers: [WIDTH, 2], scale, missing: 'mask', seed: 3 });
    await ae.fit(x, { epochs: 1 });
    expectScaler(ae.scaler as Scaler, rowsOf(x, WIDTH));
  });

  test('a fit that fails on its rows does not change the scaler', async () => {
    const ae = new Autoencoder({ layers: [WIDTH, 2], scale, seed: 3 });
    const bad = table();
    bad[77 * WIDTH + 1] = Number.NaN;
    await expect(ae.fit(bad)).rejects.toThrow('row 77, column 1 is NaN');
    const validationData = table(5);
    validationData[2] = Infinity;
    await expect(ae.fit(table(), { validationData })).rejects.toThrow(
      'validationData must be finite',
    );
    expect(ae.scaler).toBe(undefined);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(ae.fit(table(), { signal })).rejects.toThrow('enough');
    expect(ae.scaler).toBe(undefined);
  });

  test.each([1e42, -1e300, 1.7e308])('%d is reported as it was given', async (far) => {
    const message =
      `x must be finite float32 numbers; row 2, column 1 is ${far}, beyond the largest float32, ` +
      '3.4e38: leave its row out, or give the column in larger units';
    const x = Float64Array.from(table());
    x[2 * WIDTH + 1] = far;
    const nested = Array.from({ length: 3 }, (_, i) => [...x.subarray(i * WIDTH, (i + 1) * WIDTH)]);
    for (const it of [scale, 'auto', 'none'] as const) {
      const ae = new Autoencoder({ layers: [WIDTH, 2], scale: it, seed: 3 });
      await expect(ae.fit(x)).rejects.toThrow(message);
      await expect(ae.fit(nested)).rejects.toThrow(message);
      await expect(ae.fit(() => nested)).rejects.toThrow(message);
      expect(ae.scaler).toBe(undefined);
    }
  });

  test('a value far beyond the learned range is an error, not a NaN', async () => {
    const ae = await fitted(scale, table());
    const x = table(3);
    x[WIDTH] = 3e38;
    // The message has the given value, not the infinite one after scaling.
    const given = Math.fround(3e38);
    await expect(ae.encode(x)).rejects.toThrow(
      `close to those from which scale was learned; row 1, column 0 is ${given}, which is Infinity`,
    );
    await expect(ae.fit(x, { epochs: 1 })).rejects.toThrow(`column 0 is ${given}`);
  });
});

test('the output activation follows the scale unless it is given', () => {
  const of = (options: object) =>
    new Autoencoder({ layers: [4, 2], ...options }).options.outputActivation;
  expect(of({ scale: 'none' })).toBe('sigmoid');
  expect(of({ scale: 'minmax' })).toBe('sigmoid');
  expect(of({ scale: 'standard' })).toBe('linear');
  expect(of({ scale: 'standard', outputActivation: 'tanh' })).toBe('tanh');
});

test('without a scale there is no scaler', async () => {
  const ae = new Autoencoder({ layers: [WIDTH, 2], seed: 3 });
  await ae.fit(uniform(20, WIDTH, 1), { epochs: 1 });
  expect(ae.scaler).toBe(undefined);
});

test('bce trains with minmax, also if validation rows exceed the learned range', async () => {
  const ae = new Autoencoder({ layers: [WIDTH, 2], scale: 'minmax', seed: 3 });
  const validationData = table(5).map((value, i) => (i % WIDTH === 2 ? value + 50 : value));
  const history = await ae.fit(table(), { epochs: 2, loss: 'bce', validationData });
  expect(history.every(({ validationLoss }) => Number.isFinite(validationLoss))).toBe(true);
});

test('the smallest and the largest float32 numbers can be scaled', async () => {
  const x = Float32Array.of(-3e38, 1e-45, 3e38, 0, -3e38, 1e-45, 3e38, 0);
  for (const scale of SCALES) {
    const ae = new Autoencoder({ layers: [2, 1], scale, seed: 3 });
    await ae.fit(x, { epochs: 1 });
    for (const value of [...(ae.scaler?.factor ?? [0])]) {
      expect(value).toBeGreaterThan(0);
      expect(value).toBeLessThan(Infinity);
    }
    expect((await ae.reconstruct(x)).data.every((value) => !Number.isNaN(value))).toBe(true);
  }
});

test('a scaler emptied from outside is an error, not an endless loop', async () => {
  const [rows, none] = [new Float32Array(4), new Float32Array(0)];
  const offset = new Float64Array(0);
  const scaler = { type: 'standard', offset, factor: none } as const;
  const source = { name: 'x', rows: 4, width: 1, bytes: false, copy: () => {} };
  const taken = "the model's data about its columns was taken away";
  expect(() => unscaleRows(rows, scaler)).toThrow(taken);
  expect(() => scaledSource(source, scaler, false).copy(0, 4, rows)).toThrow(taken);
  await expect(unscale(rows, scaler, () => undefined)).rejects.toThrow(taken);
  expect(() => fillMissing(rows, none)).toThrow(taken);
});

describe('numbers that float32 cannot hold', () => {
  const normal = Array.from({ length: 200 }, (_, i) => 3 * Math.sin(i) + (i % 7) / 7);
  const far = normal.map((a) => [1e9 + 3 * a, a]);
  const deviation = (values: number[]) => {
    const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
    return Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
  };
  const forms: [string, (rows: number[][]) => MatrixInput][] = [
    ['arrays of numbers', (rows) => rows],
    ['a Float64Array', (rows) => Float64Array.from(rows.flat())],
    ['rows of Float64Array', (rows) => rows.map((row) => Float64Array.from(row))],
    [
      'data and shape',
      (rows) => ({ data: Float64Array.from(rows.flat()), shape: [rows.length, 2] }),
    ],
    ['data and shape from JSON', (rows) => ({ data: rows.flat(), shape: [rows.length, 2] })],
  ];

  test.each(forms)('a column with a large offset keeps its spread: %s', async (_, form) => {
    const ae = new Autoencoder({ layers: [2, 1], scale: 'standard', seed: 3 });
    await ae.fit(form(far), { epochs: 200, batchSize: 16 });
    const { offset, factor } = ae.scaler as Scaler;
    const expected = deviation(far.map(([value]) => value as number));
    expect(Math.abs((factor[0] as number) - expected)).toBeLessThan(1e-6 * expected);
    // float64 numbers of about 1e9 are 1e-7 apart; sums of 200 of them stay within 1e-4.
    expect(Math.abs((offset[0] as number) - 1e9)).toBeLessThan(10);
    expect(offset).toBeInstanceOf(Float64Array);

    const good = await ae.score(form(far));
    const broken = await ae.score(form([[1e9 - 6, 3]])); // its second column lets one expect +9
    expect(broken[0]).toBeGreaterThan(10 * Math.max(...good));
    const [[worst, second] = []] = await ae.explain(form([[1e9 - 6.5, 3]]));
    const first = [worst, second].find((found) => found?.feature === 0);
    expect(first?.value).toBe(1e9 - 6.5);
    expect(first?.expected).not.toBe(Math.fround(first?.expected as number));

    const loaded = Autoencoder.load(ae.save());
    expect(loaded.scaler).toEqual(ae.scaler);
    expect(await loaded.score(form(far))).toEqual(good);
    expect(loaded.save()).toEqual(ae.save());
  });

  test('a stream gives the same result, in batches of any size', async () => {
    const options = { layers: [2, 1], scale: 'standard', seed: 3 } as const;
    const [a, b] = [new Autoencoder(options), new Autoencoder(options)];
    await a.fit(() => far, { epochs: 2, batchSize: 16 });
    await b.fit(() => [far.slice(0, 7), Float64Array.from(far.slice(7).flat())], {
      epochs: 2,
      batchSize: 16,
    });
    expect(a.save()).toEqual(b.save());
    expect(a.scaler?.factor[0]).toBeCloseTo(deviation(far.map(([value]) => value as number)), 4);
    const codes = [];
    for await (const rows of a.encodeStream(far, { batchSize: 3 })) codes.push(...rows.data);
    expect(codes).toEqual([...(await a.encode(far)).data]);
  });

  test('integers beyond 2^24 keep their last digits', async () => {
    const x = Uint32Array.from({ length: 100 }, (_, i) => 4e9 + i);
    const ae = new Autoencoder({ layers: [1, 1], scale: 'minmax', seed: 3 });
    await ae.fit(x, { epochs: 1 });
    expect([...(ae.scaler?.offset ?? []), ...(ae.scaler?.factor ?? [])]).toEqual([4e9, 99]);
  });

  test('values that only float64 can hold can be scaled', async () => {
    const x = far.map(([, a = 0]) => [1e60 * (1 + a * 1e-30), a]);
    const ae = new Autoencoder({ layers: [2, 1], scale: 'standard', seed: 3 });
    await ae.fit(x, { epochs: 1 });
    expect(ae.scaler?.offset[0]).toBeCloseTo(1e60, -50);
    expect((await ae.encode(x)).data.every(Number.isFinite)).toBe(true);
  });

  test('older files, whose offsets are float32, are loaded unchanged', async () => {
    const ae = await fitted('standard', table());
    const file = ae.save({ optimizer: false });
    const older = Autoencoder.load(asFloat32Offset(file));
    expect(older.scaler?.offset).toEqual(Float64Array.from(ae.scaler.offset, Math.fround));
    expect(Autoencoder.load(older.save()).scaler).toEqual(older.scaler);
  });
});

/** The file with scaler.offset as float32, as older versions wrote it. */
function asFloat32Offset(file: Uint8Array): Uint8Array {
  const length = new DataView(file.buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
  const body = file.slice(8 + length);
  const { data_offsets } = header['scaler.offset'];
  const [begin, end] = data_offsets as [number, number];
  const narrow = Float32Array.from(new Float64Array(body.slice(begin, end).buffer));
  for (const [name, entry] of Object.entries<{ data_offsets: number[] }>(header)) {
    if (name === '__metadata__') continue;
    entry.data_offsets = entry.data_offsets.map((at) => (at >= end ? at - narrow.byteLength : at));
  }
  header['scaler.offset'].dtype = 'F32';
  const text = new TextEncoder().encode(JSON.stringify(header));
  const start = 8 + Math.ceil(text.length / 8) * 8;
  const older = new Uint8Array(start + body.length - narrow.byteLength).fill(0x20);
  older.set(text, 8);
  new DataView(older.buffer).setBigUint64(0, BigInt(start - 8), true);
  older.set(body.subarray(0, begin), start);
  older.set(new Uint8Array(narrow.buffer), start + begin);
  older.set(body.subarray(end), start + begin + narrow.byteLength);
  return older;
}
