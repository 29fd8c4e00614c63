// All accepted forms of rows; each gives the same bits as the plainest one.

import { describe, expect, test } from 'vitest';
import { rowSource } from '../../../src/data/row-forms.js';
import { Autoencoder, Matrix, type MatrixInput } from '../../../src/index.js';
import { fingerprint, uniform } from '../../support/data.js';

const WIDTH = 4;
const model = (options: object = {}) =>
  new Autoencoder({ layers: [WIDTH, 3], scale: 'none', seed: 7, ...options });
/** Integers from 0 to 100, which every type can hold. */
const NUMBERS = Array.from(uniform(6, WIDTH, 1), (value) => Math.floor(100 * value));
const rowsOf = <T>(flat: ArrayLike<T>): T[][] =>
  Array.from({ length: flat.length / WIDTH }, (_, i) =>
    Array.from(flat).slice(i * WIDTH, (i + 1) * WIDTH),
  );
/** The codes, and the weights after a short fit. */
async function outcome(x: MatrixInput, options: object = {}): Promise<[Float32Array, string]> {
  const ae = model(options);
  const codes = (await ae.encode(x)).data;
  await ae.fit(x, { epochs: 2, batchSize: 2 });
  return [codes, fingerprint(ae)];
}

const { Float16Array } = globalThis as unknown as { Float16Array?: typeof Float32Array };

describe('typed arrays', () => {
  const types = [
    ...[Int8Array, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array],
    ...(Float16Array ? [Float16Array] : []),
  ];
  test.each(types.map((type) => ({ name: type.name, type })))(
    '$name: numbers are used as they are, flat, with a shape and as rows',
    async ({ type }) => {
      const expected = await outcome(Float32Array.from(NUMBERS));
      const flat = type.from(NUMBERS);
      expect(await outcome(flat)).toEqual(expected);
      expect(await outcome({ data: flat, shape: [6, WIDTH] })).toEqual(expected);
      expect(await outcome(rowsOf(NUMBERS).map((row) => type.from(row)))).toEqual(expected);
    },
  );

  test.each([Uint8Array, Uint8ClampedArray])('%o: values of 0 to 255 are pixels', async (type) => {
    const expected = await outcome(Float32Array.from(NUMBERS, (value) => value / 255));
    const flat = type.from(NUMBERS);
    expect((await outcome(flat))[0]).toEqual(expected[0]);
    expect(await outcome(rowsOf(NUMBERS).map((row) => type.from(row)))).toEqual(
      await outcome(flat),
    );
  });

  test('rows of several number types may be mixed', async () => {
    const rows = rowsOf(NUMBERS);
    const mixed = rows.map((row, i) => [Int8Array, Float64Array][i % 2]?.from(row) ?? row);
    expect(await outcome(mixed)).toEqual(await outcome(rows));
  });
});

describe('ImageData', () => {
  const pixels = (shift: number) => ({
    data: Uint8ClampedArray.from({ length: 2 * 1 * 4 }, (_, i) => 30 * i + shift),
    width: 2,
    height: 1,
  });
  const options = { layers: [8, 3] };
  const flat = Uint8Array.from([...pixels(0).data, ...pixels(9).data]);

  test('one is one row, and an array of them several rows', async () => {
    const ae = model(options);
    expect(await ae.encode(pixels(0))).toEqual(await ae.encode(flat.subarray(0, 8)));
    expect(await outcome([pixels(0), pixels(9)], options)).toEqual(await outcome(flat, options));
    const codes: number[] = [];
    for await (const { data } of ae.encodeStream([pixels(0), pixels(9)])) codes.push(...data);
    expect(codes).toEqual([...(await ae.encode(flat)).data]);
  });

  test.runIf(typeof ImageData === 'function')("is accepted from a page's canvas", async () => {
    const { data, width, height } = pixels(3);
    const image = new ImageData(data, width, height);
    expect(model(options).encodeSync(image)).toEqual(model(options).encodeSync(data));
  });
});

describe('cells of plain arrays', () => {
  test('true and false are 1 and 0', async () => {
    const rows = [
      [true, false, 0.5, 1],
      [0, true, true, false],
    ];
    expect(await outcome(rows)).toEqual(await outcome(rows.map((row) => row.map(Number))));
  });

  const holes = [
    [0.1, null, 0.3, 0.4],
    [undefined, 0.2, true, 0.4],
    [0.3, 0.4, 0.5, 0.6],
    [0.7, null, undefined, 0.1],
  ];
  const withNaN = holes.map((row) => row.map((cell) => (cell == null ? Number.NaN : Number(cell))));

  test('null and undefined are missing', async () => {
    const options = { missing: 'mask' };
    const expected = await outcome(withNaN, options);
    expect(await outcome(holes, options)).toEqual(expected);
    expect(await outcome({ data: holes.flat(), shape: [4, WIDTH] }, options)).toEqual(expected);
    const ae = model(options);
    expect(await ae.impute(holes)).toEqual(await ae.impute(withNaN));
    expect(await ae.explain(holes)).toEqual(await ae.explain(withNaN));
  });

  test('are converted in streams, too, of rows and of batches', async () => {
    const ae = model({ missing: 'mask' });
    const expected = [...(await ae.encode(withNaN)).data];
    // With rows that begin with a number, null, undefined and true.
    const rows = [...holes, [null, 1, 2, 3], [true, false, 1, 0]];
    for (const batchSize of [undefined, 3]) {
      const codes: number[] = [];
      const options = batchSize === undefined ? {} : { batchSize };
      for await (const { data } of ae.encodeStream(rows, options)) codes.push(...data);
      expect(codes.slice(0, expected.length)).toEqual(expected);
      expect(codes.length).toBe(6 * 3);
    }
    const [streamed, plain] = [model({ missing: 'mask' }), model({ missing: 'mask' })];
    await streamed.fit(() => [holes], { epochs: 2 });
    await plain.fit(() => [withNaN], { epochs: 2 });
    expect(fingerprint(streamed)).toBe(fingerprint(plain));
  });

  test("without missing: 'mask', missing cells are named by row and column", async () => {
    const error = await model()
      .encode(holes)
      .catch((reason) => reason);
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toBe(
      "x[0][1] must be a number, got null (a missing cell needs a model made with missing: 'mask')",
    );
    await expect(model().fit(() => [holes])).rejects.toThrow('x[0][0][1] must be a number');
  });
});

test('a Matrix that was written as JSON and parsed is accepted', async () => {
  const ae = model();
  const codes = await ae.encode(rowsOf(NUMBERS));
  const parsed = JSON.parse(JSON.stringify(codes));
  expect(parsed).toEqual({ data: [...codes.data], shape: [6, 3] });
  expect(await ae.decode(parsed)).toEqual(await ae.decode(codes));
  expect(await ae.decode(codes.toArray())).toEqual(await ae.decode(codes));
  expect(new Matrix(Float32Array.from(parsed.data), parsed.shape)).toEqual(codes);
});

test('load accepts an ArrayBuffer', async () => {
  const ae = model();
  const file = ae.save();
  expect(Autoencoder.load(file.slice().buffer).save()).toEqual(file);
  expect(() => Autoencoder.load({} as never)).toThrow('a Uint8Array or an ArrayBuffer, got an Obj');
});

test('a model converted to a string is its summary', () => {
  const ae = model();
  expect(`${ae}`).toBe(`Autoencoder\n${ae.summary()}`);
  const inspect = Symbol.for('nodejs.util.inspect.custom') as never;
  expect((ae[inspect] as () => string)()).toBe(`${ae}`);
  expect(Object.prototype.toString.call(ae)).toBe('[object Autoencoder]');
  ae.dispose();
  expect(`${ae}`).toBe('Autoencoder\n(disposed of)');
});

test('rows of a buffer that grows while they are read are those that were given', () => {
  const Resizable = ArrayBuffer as unknown as new (
    bytes: number,
    options: object,
  ) => ArrayBuffer & { resize(bytes: number): void };
  const buffer = new Resizable(4 * NUMBERS.length, { maxByteLength: 8 * NUMBERS.length });
  const x = new Float32Array(buffer);
  x.set(NUMBERS);
  const rows = rowSource('x', x, WIDTH, 'input');
  buffer.resize(8 * NUMBERS.length);
  const read = new Float32Array(NUMBERS.length);
  rows.copy(0, NUMBERS.length / WIDTH, read);
  expect([...read]).toEqual(NUMBERS);
});
