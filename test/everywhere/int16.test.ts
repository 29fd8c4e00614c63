// encode with precision int16. The reference computes in doubles, which hold every integer sum exactly.

import { expect, test } from 'vitest';
import { Autoencoder, type AutoencoderOptions } from '../../src/index.js';
import { stepOf } from '../../src/inference/int16.js';
import { asFloats, pixels } from '../support/data.js';

const model = (layers: number[], more: Partial<AutoencoderOptions> = {}) =>
  new Autoencoder({ layers, seed: 3, scale: 'none', threads: 1, ...more });

/** Rows of bytes whose shares of non-zeros take turns. */
function drawBytes(rows: number, width: number, shares: readonly number[]): Uint8Array {
  let seed = rows * 1009 + width;
  const random = () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
  return Uint8Array.from({ length: rows * width }, (_, i) => {
    const share = shares[Math.floor(i / width) % shares.length] as number;
    return random() < share ? Math.floor(random() * 256) : 0;
  });
}

/** The first layer with a linear activation, computed as the kernel does, with the integer sums in doubles. */
function twin(ae: Autoencoder, x: Uint8Array, [inputs, outputs]: [number, number]): Float32Array {
  const weights = ae.parameters['encoder.0.weight']?.data as Float32Array;
  const biases = ae.parameters['encoder.0.bias']?.data as Float32Array;
  const rows = x.length / inputs;
  const z = new Float32Array(rows * outputs);
  for (let j = 0; j < outputs; j++) {
    const column = weights.subarray(j * inputs, (j + 1) * inputs);
    const factor = Math.fround(stepOf(column) / 255);
    const steps = Array.from(column, (w) => (factor === 0 ? 0 : Math.round(w / (factor * 255))));
    for (let i = 0; i < rows; i++) {
      let sum = 0;
      for (let k = 0; k < inputs; k++) sum += (steps[k] as number) * (x[i * inputs + k] as number);
      expect(Math.abs(sum)).toBeLessThan(2 ** 31);
      const scaled = Math.fround(Math.fround(sum) * factor);
      z[i * outputs + j] = Math.fround(scaled + (biases[j] as number));
    }
  }
  return z;
}

const firstWrong = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).findIndex((v, i) => v !== b[i]);

// Widths around multiples of pairs, vectors and panels; numbers of rows around pairs and blocks.
test.each<[inputs: number, outputs: number, rows: number]>([
  [1, 1, 1],
  [2, 3, 2],
  [15, 4, 3],
  [16, 32, 16],
  [17, 33, 17],
  [31, 36, 5],
  [33, 31, 64],
  [100, 70, 65],
  [784, 64, 130],
])('%i to %i, %i rows: the same bits as the reference', async (inputs, outputs, rows) => {
  const ae = model([inputs, outputs], { codeActivation: 'linear' });
  for (const shares of [[0], [0.2], [1], [1, 0.1, 0.1, 0.9, 1, 0.5]]) {
    const x = drawBytes(rows, inputs, shares);
    const codes = await ae.encode(x, { precision: 'int16' });
    expect(codes.shape).toEqual([rows, outputs]);
    expect(firstWrong(codes.data, twin(ae, x, [inputs, outputs]))).toBe(-1);
    const atOnce = ae.encodeSync(x, { precision: 'int16', into: codes });
    expect(atOnce).toBe(codes);
    expect(firstWrong(codes.data, twin(ae, x, [inputs, outputs]))).toBe(-1);
  }
});

test('sums of white rows with weights of one sign fit into 32 bits, however they are rounded', () => {
  for (const count of [1, 2, 255, 784, 3_000, 65_536]) {
    for (const value of [1e-6, 0.03, 0.5, 7]) {
      const factor = Math.fround(stepOf(new Float32Array(count).fill(value)) / 255);
      const step = Math.round(Math.fround(value) / (factor * 255));
      expect(step).toBeLessThan(32768);
      expect(255 * count * step).toBeLessThan(2 ** 31);
    }
  }
});

test("the error is at most half a quantisation step times the row's sum, and little more through deeper layers", async () => {
  const x = pixels(200, 50, 0.5, 4);
  const ae = model([50, 20], { codeActivation: 'linear' });
  const exact = await ae.encode(asFloats(x));
  const codes = await ae.encode(x, { precision: 'int16' });
  const weights = ae.parameters['encoder.0.weight']?.data as Float32Array;
  for (let i = 0; i < 200; i++) {
    const sum = x.subarray(i * 50, (i + 1) * 50).reduce((all, v) => all + v / 255, 0);
    for (let j = 0; j < 20; j++) {
      const column = weights.subarray(j * 50, (j + 1) * 50);
      const rounding = 52 * 2 ** -24 * 2 * sum; // of the float32 sum, with weights below 1
      const bound = (stepOf(column) / 2) * sum + rounding;
      const error = Math.abs((exact.row(i)[j] as number) - (codes.row(i)[j] as number));
      expect(error).toBeLessThanOrEqual(bound);
    }
  }
  const deep = model([50, 30, 10]);
  const [a, b] = [await deep.encode(x), await deep.encode(x, { precision: 'int16' })];
  for (const [i, v] of a.data.entries())
    expect(Math.abs(v - (b.data[i] as number))).toBeLessThan(1e-3);
});

test('gives the same bits for any number of threads, and does not affect float32', async () => {
  const x = drawBytes(4000, 400, [0.2, 1]);
  const codes = [];
  for (const threads of [1, 2]) {
    const ae = model([400, 64], { threads });
    codes.push((await ae.encode(x, { precision: 'int16' })).data);
    ae.dispose();
  }
  expect(firstWrong(codes[0] as Float32Array, codes[1] as Float32Array)).toBe(-1);
  const ae = model([400, 64]);
  const some = x.subarray(0, 4000);
  const plain = ae.encodeSync(some);
  expect(ae.encodeSync(some, { precision: 'float32' })).toEqual(plain);
  expect(ae.encodeSync(some, { precision: 'int16' })).not.toEqual(plain);
  expect(ae.encodeSync(some)).toEqual(plain);
});

test('works for streams, too', async () => {
  const ae = model([40, 5]);
  const x = drawBytes(30, 40, [0.3]);
  const whole = await ae.encode(x, { precision: 'int16' });
  const parts: number[] = [];
  const options = { precision: 'int16', batchSize: 7 } as const;
  for await (const codes of ae.encodeStream([x.subarray(0, 400), x.subarray(400)], options)) {
    parts.push(...codes.data);
  }
  expect(firstWrong(parts, whole.data)).toBe(-1);
  const wrong = { precision: 'half' } as never;
  await expect(ae.encodeStream([x], wrong).next()).rejects.toThrow(/precision must be/);
  await expect(ae.encodeStream([new Float32Array(40)], options).next()).rejects.toThrow(/of bytes/);
});

test('rows that are not bytes, a scale, and an unknown precision are errors', async () => {
  const int16 = { precision: 'int16' } as const;
  const ae = model([4, 2]);
  await expect(ae.encode(new Float32Array(4), int16)).rejects.toThrow(TypeError);
  await expect(ae.encode(new Float32Array(4), int16)).rejects.toThrow(/takes rows of bytes/);
  expect(() => ae.encodeSync([[1, 2, 3, 4]], int16)).toThrow(/takes rows of bytes/);
  expect(() => ae.encodeSync(new Uint8Array(4), { precision: 'int8' as never })).toThrow(
    /precision must be.*'float32'.*'int16'/,
  );
  const scaled = model([4, 2], { scale: 'minmax' });
  await scaled.fit(drawBytes(20, 4, [1]), { epochs: 1 });
  await expect(scaled.encode(new Uint8Array(4), int16)).rejects.toThrow(/scale 'none'/);
});
