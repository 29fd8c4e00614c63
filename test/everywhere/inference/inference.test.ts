import { afterEach, describe, expect, test, vi } from 'vitest';
import { type Activation, Autoencoder, Matrix } from '../../../src/index.js';
import { ACTIVATION } from '../../reference/twins.js';
import { bits, factored, hash, rowsOf, uniform } from '../../support/data.js';
import { ACTIVATIONS, NETS } from '../../support/models.js';
import { SHARED_MEMORY, threadsOf, watchPools } from '../../support/threads.js';
import { stretchTime, turn } from '../../support/time.js';
import { U } from '../../support/tolerance.js';

afterEach(() => {
  vi.restoreAllMocks();
});

/** A number, and the largest error that float32 arithmetic may cause in it. */
interface Bounded {
  value: number;
  error: number;
}

/** y = f(x W^T + b) in float64, with PyTorch's shapes: W (outputs, inputs), b (outputs). */
function twinLayer(ae: Autoencoder, name: string, x: Bounded[], activation: Activation): Bounded[] {
  const weight = ae.parameters[`${name}.weight`] as { data: Float32Array; shape: number[] };
  const bias = ae.parameters[`${name}.bias`] as { data: Float32Array; shape: number[] };
  const [outputs, inputs] = weight.shape as [number, number];
  expect(inputs).toBe(x.length);
  expect(bias.shape).toEqual([outputs]);
  return Array.from(bias.data, (b, o) => {
    let z = b;
    let size = Math.abs(b);
    let error = 0;
    x.forEach((input, i) => {
      const w = weight.data[o * inputs + i] as number;
      z += w * input.value;
      size += Math.abs(w * input.value);
      error += 1.13 * Math.abs(w) * input.error;
    });
    // Each term passes through at most `inputs` + 1 sums and one product. No activation has a slope above
    // 1.13; exp and tanh are accurate to a few units in the last place of a number of at most max(1, |h|).
    error += (inputs + 2) * U * size;
    const value = ACTIVATION[activation].f(z);
    return { value, error: error + 8 * U * Math.max(1, Math.abs(value)) };
  });
}

describe('encode, decode, reconstruct', () => {
  test.each(NETS)('%j: agree with a float64 computation from the parameters', async (...layers) => {
    const [width, code] = [layers[0] as number, layers.at(-1) as number];
    const rows = 3;
    const x = uniform(rows, width, 1);
    for (const activation of ACTIVATIONS) {
      const ae = new Autoencoder({ layers, activation, codeActivation: 'tanh', seed: 2 });
      const codes = await ae.encode(x);
      const back = await ae.reconstruct(x);
      expect(codes.shape).toEqual([rows, code]);
      expect(back.shape).toEqual([rows, width]);
      const depth = layers.length - 1;
      for (let i = 0; i < rows; i++) {
        let h: Bounded[] = Array.from(rowsOf(x, width)[i] as Float32Array, (value) => ({
          value,
          error: 0,
        }));
        for (let l = 0; l < depth; l++) {
          h = twinLayer(ae, `encoder.${l}`, h, l === depth - 1 ? 'tanh' : activation);
        }
        expectClose(codes.row(i), h);
        for (let l = 0; l < depth; l++) {
          h = twinLayer(ae, `decoder.${l}`, h, l === depth - 1 ? 'sigmoid' : activation);
        }
        expectClose(back.row(i), h);
      }
    }
  });

  function expectClose(row: Float32Array, twin: Bounded[]): void {
    expect(row.length).toBe(twin.length);
    for (const [j, { value, error }] of twin.entries()) {
      expect(Math.abs((row[j] as number) - value)).toBeLessThanOrEqual(error);
    }
  }

  test.each(NETS)('%j: the synchronous methods give the same bits', async (...layers) => {
    const ae = new Autoencoder({ layers, seed: 2 });
    const x = uniform(70, layers[0] as number, 1);
    const codes = await ae.encode(x);
    const back = await ae.reconstruct(x);
    expect(ae.encodeSync(x)).toEqual(codes);
    expect(ae.reconstructSync(x)).toEqual(back);
    expect(await ae.decode(codes)).toEqual(back);
    expect(ae.decodeSync(codes)).toEqual(back);
    expect(codes).toBeInstanceOf(Matrix);
  });

  test.each([1, 63, 64, 65, 130])(
    '%i rows have the same results as each row alone',
    async (rows) => {
      const ae = new Autoencoder({ layers: [17, 9, 2], seed: 2 });
      // Some rows are nearly empty, and so use another kernel than their neighbours.
      const x = uniform(rows, 17, 1).map((value, i) =>
        Math.floor(i / 17) % 3 || i % 5 === 0 ? value : 0,
      );
      const codes = await ae.encode(x);
      const back = await ae.reconstruct(x);
      const errors = await ae.reconstructionError(x);
      for (const [i, row] of rowsOf(x, 17).entries()) {
        expect(bits(codes.row(i))).toEqual(bits((await ae.encode(row)).data));
        expect(bits(back.row(i))).toEqual(bits((await ae.reconstruct(row)).data));
        expect(errors[i]).toBe((await ae.reconstructionError(row))[0]);
      }
    },
  );

  test('use the weights that fit has reached', async () => {
    const ae = new Autoencoder({ layers: [5, 3], seed: 2 });
    const x = factored(40, 5, 2, 1);
    const before = [ae.encodeSync(x), ae.reconstructSync(x), await ae.evaluate(x)];
    await ae.fit(x, { epochs: 2 });
    const fresh = new Autoencoder({ layers: [5, 3], seed: 2 });
    await fresh.fit(x, { epochs: 2 });
    const after = [ae.encodeSync(x), ae.reconstructSync(x), await ae.evaluate(x)];
    expect(after).toEqual([fresh.encodeSync(x), fresh.reconstructSync(x), await fresh.evaluate(x)]);
    for (let i = 0; i < before.length; i++) expect(after[i]).not.toEqual(before[i]);
  });

  test('models of different shapes run in turns, batch by batch', async () => {
    const models = NETS.map((layers) => new Autoencoder({ layers, seed: 1 }));
    const inputs = NETS.map((layers) => uniform(200, layers[0] as number, 1));
    const all = <T>(use: (ae: Autoencoder, x: Float32Array) => T) =>
      models.map((ae, i) => use(ae, inputs[i] as Float32Array));
    const marks = (matrices: { data: Float32Array }[]) => matrices.map(({ data }) => hash(data));
    const codes = marks(all((ae, x) => ae.encodeSync(x)));
    const backs = marks(all((ae, x) => ae.reconstructSync(x)));
    stretchTime();
    // Engines deliver messages in order; this one is posted before those of the batches.
    const turned = turn();
    const together = Promise.all([
      ...all((ae, x) => ae.encode(x)),
      ...all((ae, x) => ae.reconstruct(x)),
    ]);
    // The event loop turns before they are done, so that other calls run between their batches.
    expect(await Promise.race([together, turned])).toBe(undefined);
    expect(marks(all((ae, x) => ae.encodeSync(x)))).toEqual(codes);
    expect(marks(await together)).toEqual([...codes, ...backs]);
  });
});

test('if rows are slow to compute, the event loop runs after a few of them', async () => {
  // A row takes 5.7e6 operations, and inference.ts computes 2e8 operations, or else 64 rows, at a time.
  const [rows, threads] = [640, 1];
  const ae = new Autoencoder({ layers: [784, 1000, 500, 250, 30], seed: 1, threads });
  const x = uniform(rows, 784, 1);
  stretchTime();
  let done = false;
  const running = ae.reconstruct(x).finally(() => {
    done = true;
  });
  let turns = 0;
  for (; !done; turns++) await turn();
  await running;
  // After each 64 rows but the last; fewer are tolerated, since the order of the two loops is not defined.
  expect(turns).toBeGreaterThanOrEqual(rows / 64 - 3);
});

describe('evaluate and reconstructionError', () => {
  test.each(NETS)('%j: agree with reconstruct, and with each other', async (...layers) => {
    const width = layers[0] as number;
    const rows = 130;
    const x = uniform(rows, width, 1);
    const ae = new Autoencoder({ layers, seed: 2 });
    const back = await ae.reconstruct(x);
    const errors = await ae.reconstructionError(x);
    expect(errors.length).toBe(rows);
    for (let i = 0; i < rows; i++) {
      let sum = 0;
      for (let j = 0; j < width; j++) {
        sum += ((back.row(i)[j] as number) - (x[i * width + j] as number)) ** 2;
      }
      const expected = sum / width;
      // All terms are positive. Each is rounded twice in the difference (which counts double in the
      // square), once as a product, at most width + 1 times in sums, and once in the mean.
      const tolerance = (width + 7) * U * expected;
      expect(Math.abs((errors[i] as number) - expected)).toBeLessThanOrEqual(tolerance);
    }
    const mean = errors.reduce((sum, error) => sum + error, 0) / rows;
    expect(await ae.evaluate(x)).toBe(mean);
  });
});

describe('non-finite values', () => {
  // The first product has a row of sums per sample or, if decode gets wider, per unit. Half of the rows
  // have enough zeros for the sparse kernels.
  const rows = (width: number) =>
    uniform(70, width, 2).map((value, i) => ((i / width) % 2 < 1 && i % 3 > 0 ? 0 : value));

  test.each([
    ['encodeSync', 20, 3, 20],
    ['encodeSync', 20, 36, 20],
    ['decodeSync', 20, 3, 3],
    ['decodeSync', 3, 40, 40],
  ] as const)('%s, %i to %i: are reported at any position', (method, width, code, columns) => {
    const ae = new Autoencoder({ layers: [width, code], codeActivation: 'relu', seed: 1 });
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      for (const row of [0, 63, 64, 69]) {
        for (let column = 0; column < columns; column++) {
          const x = rows(columns);
          x[row * columns + column] = bad;
          expect(() => ae[method](x)).toThrow(`row ${row}, column ${column} is ${bad}`);
        }
      }
    }
  });

  test('may result from finite ones', () => {
    const ae = new Autoencoder({ layers: [4, 2], init: 'he', seed: 1 });
    const { data } = ae.encodeSync(new Float32Array(8).fill(3.4e38).fill(1, 4));
    expect(Number.isFinite(data[0])).toBe(false);
    expect(data.subarray(2).every(Number.isFinite)).toBe(true);
  });
});

describe('large inputs are shared with workers', () => {
  // 2 * 300 * 40 operations per row: more than inference.ts's WORKER_WORK, and more than a slab of rows.
  const WIDTH = 300;
  const ROWS = 9001;
  const rows = uniform(ROWS, WIDTH, 8);
  /**
   * The first index where two results differ, or -1: printing the difference of whole arrays would take
   * minutes.
   */
  const difference = (a: Float32Array, b: Float32Array) => {
    const other = bits(b);
    return bits(a).findIndex((word, i) => word !== other[i]);
  };
  const make = (threads: number) => new Autoencoder({ layers: [WIDTH, 40], seed: 6, threads });

  test.runIf(SHARED_MEMORY).each([2, 3])(
    '%i threads: the same bits as on the calling thread alone',
    async (threads) => {
      const watch = watchPools();
      const ae = make(threads);
      const [codes, errors] = [await ae.encode(rows), await ae.reconstructionError(rows)];
      expect(threadsOf(watch)).toEqual([threads - 1, threads - 1]);
      watch.mockRestore();
      const alone = make(1);
      expect(difference(codes.data, alone.encodeSync(rows).data)).toBe(-1);
      expect(difference(errors, await alone.reconstructionError(rows))).toBe(-1);
    },
  );

  test('a non-finite value is reported at any position, and the next call works', async () => {
    const ae = make(2);
    for (const row of [0, 4000, 8000, ROWS - 1]) {
      const bad = rows.slice();
      bad[row * WIDTH + 17] = Number.NaN;
      await expect(ae.encode(bad)).rejects.toThrow(`row ${row}, column 17 is NaN`);
    }
    expect(difference((await ae.encode(rows)).data, ae.encodeSync(rows).data)).toBe(-1);
  });
});
