// encode, decode and reconstruct write their results into a given Matrix.

import { expect, test } from 'vitest';
import { Autoencoder, Matrix } from '../../src/index.js';
import { uniform } from '../support/data.js';

const [WIDTH, CODE] = [40, 7];
const model = (more = {}) => new Autoencoder({ layers: [WIDTH, CODE], seed: 1, ...more });
const matrix = (rows: number, width: number) =>
  new Matrix(new Float32Array(rows * width).fill(Number.NaN), [rows, width]);

/** Compares large matrices quickly. */
function expectSame(a: Matrix, b: Matrix): void {
  expect(a.shape).toEqual(b.shape);
  expect(a.data.findIndex((v, i) => !Object.is(v, b.data[i]))).toBe(-1);
}

// 9,000 rows are several slabs.
test.each([1, 100, 9000])('into receives the same bits as a new result, %i rows', async (rows) => {
  const ae = model({ scale: 'standard' });
  const x = { data: uniform(rows, WIDTH, 2), shape: [rows, WIDTH] };
  await ae.fit(uniform(50, WIDTH, 3), { epochs: 1 });
  const codes = await ae.encode(x);
  const [a, b] = [matrix(rows, CODE), matrix(rows, WIDTH)];
  expect(await ae.encode(x, { into: a })).toBe(a);
  expectSame(a, codes);
  expect(await ae.decode(codes, { into: b })).toBe(b);
  expectSame(b, await ae.decode(codes));
  expect(await ae.reconstruct(x, { into: b })).toBe(b);
  expectSame(b, await ae.reconstruct(x));
  a.data.fill(0);
  expect(ae.encodeSync(x, { into: a })).toBe(a);
  expectSame(a, codes);
  expect(ae.reconstructSync(x, { into: b })).toBe(b);
  expectSame(b, await ae.reconstruct(x));
  expect(ae.decodeSync(codes, { into: b })).toBe(b);
  expectSame(b, await ae.decode(codes));
  ae.dispose();
});

test('into works with threads, and with a part of a larger array', async () => {
  const ae = new Autoencoder({ layers: [400, 64], seed: 1, threads: 2 });
  const x = uniform(8000, 400, 4);
  const all = new Float32Array(2 * 8000 * 64);
  const into = new Matrix(all.subarray(8000 * 64), [8000, 64]);
  await ae.encode(x, { into });
  expectSame(into, await ae.encode(x));
  expect(all.subarray(0, 8000 * 64).every((v) => v === 0)).toBe(true);
  ae.dispose();
});

test.each<[title: string, into: unknown, kind: unknown, message: RegExp]>([
  ['an array', new Float32Array(70), TypeError, /into must be a Matrix, got/],
  ['null', null, TypeError, /into must not be null/],
  ['too few rows', matrix(9, CODE), RangeError, /\[10, 7\] of the result.*got \[9, 7\]/],
  ['another width', matrix(10, WIDTH), RangeError, /\[10, 7\] of the result.*got \[10, 40\]/],
  [
    'fewer numbers than it says',
    new Matrix(new Float32Array(3), [10, CODE]),
    RangeError,
    /and as many numbers, got \[10, 7\] and 3/,
  ],
])('into: %s is an error', async (_, into, kind, message) => {
  const ae = model();
  const x = uniform(10, WIDTH, 2);
  const options = { into: into as Matrix };
  await expect(ae.encode(x, options)).rejects.toThrow(message);
  await expect(ae.encode(x, options)).rejects.toBeInstanceOf(kind);
  expect(() => ae.encodeSync(x, options)).toThrow(message);
});

test('memory shared with the input rows is an error, and so is an unknown option', async () => {
  const ae = model();
  const x = matrix(10, WIDTH);
  x.data.fill(0.5);
  await expect(ae.reconstruct(x, { into: x })).rejects.toThrow(/must not share memory/);
  await expect(ae.reconstruct(x.data, { into: x })).rejects.toThrow(/must not share memory/);
  await expect(ae.encode(x, { to: x } as never)).rejects.toThrow(/'to'/);
  expect(x.data.every((v) => v === 0.5)).toBe(true);
});
