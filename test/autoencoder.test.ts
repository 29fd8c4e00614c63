import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  type Activation,
  Autoencoder,
  type AutoencoderOptions,
  DivergenceError,
  type EpochRecord,
  type FitOptions,
  type Init,
  Matrix,
  type MatrixInput,
} from '../src/index.js';
import { Random, Stream } from '../src/random.js';
import { asFloats, bits, factored, fingerprint, pixels, rowsOf, uniform } from './data.js';

const ACTIVATIONS: Activation[] = ['relu', 'leakyRelu', 'elu', 'tanh', 'sigmoid', 'linear'];
const INITS: Init[] = ['pytorch', 'he', 'glorot'];
/** Tiny, odd, overcomplete, deep and wide; few of the widths are multiples of a vector's 4. */
const NETS = [
  [1, 1],
  [5, 3],
  [3, 7],
  [17, 9, 2],
  [6, 13, 5, 4],
  [784, 64],
];

/** Half the distance of 1 and the next float32: the most one rounding changes, relatively. */
const U = 2 ** -24;

type Fit = FitOptions<MatrixInput>;

/** The fingerprint that a model of these options has after this fit. */
async function trained(options: AutoencoderOptions, x: MatrixInput, fit: Fit): Promise<string> {
  const ae = new Autoencoder(options);
  await ae.fit(x, fit);
  return fingerprint(ae);
}

/** Lets the event loop turn once: timers do not exist in every engine alike, messages do. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/**
 * A clock that jumps past every time slice whenever it is read, so that whatever yields after a
 * slice yields as often as it can, on machines of any speed.
 */
function stretchTime(): void {
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => {
    now += 1000;
    return now;
  });
}
afterEach(() => {
  vi.restoreAllMocks();
});

describe('the same seed gives the same bits', () => {
  const options = { layers: [17, 9, 2], seed: 3 };
  const fit: Fit = { epochs: 3, batchSize: 16, validationSplit: 0.2 };
  const x = uniform(100, 17, 1);

  test('before and after fit, and another seed others', async () => {
    const [a, b] = [new Autoencoder(options), new Autoencoder(options)];
    const other = new Autoencoder({ ...options, seed: 4 });
    expect(fingerprint(a)).toBe(fingerprint(b));
    expect(fingerprint(a)).not.toBe(fingerprint(other));
    const untrained = fingerprint(a);
    for (const ae of [a, b, other]) await ae.fit(x, fit);
    expect(fingerprint(a)).toBe(fingerprint(b));
    expect(fingerprint(a)).not.toBe(untrained);
    expect(fingerprint(a)).not.toBe(fingerprint(other));
  });

  test('whatever other models do meanwhile', async () => {
    const alone = await trained(options, x, fit);
    const others = [5, 6].map((seed) => new Autoencoder({ layers: [40, 30], seed }));
    const [together] = await Promise.all([
      trained(options, x, fit),
      ...others.map((ae) => ae.fit(uniform(200, 40, ae.seed), fit)),
      others[0]?.encode(uniform(100, 40, 1)),
    ]);
    expect(together).toBe(alone);
  });

  test('the loss of every epoch too', async () => {
    const losses = async () => {
      const history = await new Autoencoder(options).fit(x, fit);
      return history.map(({ loss, validationLoss }) => [loss, validationLoss]);
    };
    expect(await losses()).toEqual(await losses());
  });

  // A regression value: the weights of seed 0 after two epochs, the same in every engine and on
  // every machine. A kernel that rounds otherwise (another order of sums, another polynomial)
  // changes it, and must be meant to.
  test('in every engine', async () => {
    const all = await Promise.all(
      ACTIVATIONS.map((activation) =>
        trained({ layers: [9, 7, 5], activation, seed: 0 }, uniform(50, 9, 1), {
          epochs: 2,
          batchSize: 16,
          weightDecay: 1e-5,
          loss: 'bce',
        }),
      ),
    );
    expect(Object.fromEntries(ACTIVATIONS.map((name, i) => [name, all[i]]))).toEqual({
      relu: 'ec740e5ca76824ff',
      leakyRelu: 'b3e38ab01200a7e9',
      elu: '000d2c16efbe80fe',
      tanh: 'e46d7ed0b524186e',
      sigmoid: 'cc1822f571536535',
      linear: '7a0a5acfe153d75d',
    });
  });

  test('a seed that is drawn is readable, and draws the model again', () => {
    const ae = new Autoencoder({ layers: [8, 4] });
    expect(ae.seed).toBe(ae.seed >>> 0);
    expect(fingerprint(new Autoencoder({ layers: [8, 4], seed: ae.seed }))).toBe(fingerprint(ae));
    // Two of 2^32 seeds are alike once in four thousand million runs.
    expect(new Autoencoder({ layers: [8, 4] }).seed).not.toBe(ae.seed);
  });
});

describe('the form of the rows makes no difference to a bit', () => {
  const WIDTH = 20;
  const options = { layers: [WIDTH, 6], seed: 1 };
  const fit: Fit = { epochs: 2, batchSize: 16, validationSplit: 0.25 };

  // The library keeps bytes compressed below a third of non-zeros and floats below 0.6
  // (src/dataset.ts): of these densities the first compares compressed bytes with compressed
  // floats, the second plain bytes with compressed floats, the third plain with plain.
  test.each([0, 0.2, 0.45, 0.9])('pixels, a share of %d not zero', async (density) => {
    const bytes = pixels(60, WIDTH, density, 1);
    const floats = asFloats(bytes);
    const forms: Record<string, MatrixInput> = {
      Float32Array: floats,
      Float64Array: Float64Array.from(floats),
      Uint8ClampedArray: Uint8ClampedArray.from(bytes),
      'rows of bytes': rowsOf(bytes, WIDTH),
      'rows of Float32Array': rowsOf(floats, WIDTH),
      'rows of numbers': rowsOf(floats, WIDTH).map((row) => [...row]),
      '{ data, shape } of bytes': { data: bytes, shape: [60, WIDTH] },
      '{ data, shape } of floats': { data: floats, shape: [60, WIDTH] },
      'a Matrix': new Matrix(floats, [60, WIDTH]),
    };
    const ae = new Autoencoder(options);
    const expected = await trained(options, bytes, fit);
    const codes = ae.encodeSync(bytes);
    const errors = await ae.reconstructionError(bytes);
    for (const [form, x] of Object.entries(forms)) {
      expect(await trained(options, x, fit), form).toBe(expected);
      expect(ae.encodeSync(x), form).toEqual(codes);
      expect(await ae.reconstructionError(x), form).toEqual(errors);
    }
  });

  test('numbers of both signs, few of them not zero', async () => {
    const dense = uniform(60, WIDTH, 1).map((value) => 2 * value - 1);
    const sparse = dense.map((value, i) => (i % 3 ? 0 : value));
    for (const x of [dense, sparse]) {
      const expected = await trained(options, x, fit);
      expect(await trained(options, rowsOf(x, WIDTH), fit)).toBe(expected);
      expect(await trained(options, Float64Array.from(x), fit)).toBe(expected);
    }
  });

  test('codes decode as a Matrix, as rows and as flat data', async () => {
    const ae = new Autoencoder(options);
    const codes = await ae.encode(uniform(7, WIDTH, 1));
    const expected = await ae.decode(codes);
    expect(await ae.decode(codes.data)).toEqual(expected);
    expect(await ae.decode([...codes])).toEqual(expected);
  });

  test('rows are read, never written, and the results are the caller’s own', async () => {
    const x = uniform(60, WIDTH, 1);
    const before = x.slice();
    const ae = new Autoencoder(options);
    await ae.fit(x, fit);
    const codes = await ae.encode(x);
    expect(x).toEqual(before);
    // Many web APIs refuse views of shared memory, in which the kernels work.
    expect(codes.data.buffer).toBeInstanceOf(ArrayBuffer);
    expect(codes.data.byteLength).toBe(codes.data.buffer.byteLength);
    const kept = codes.data.slice();
    await ae.encode(uniform(60, WIDTH, 2));
    expect(codes.data).toEqual(kept);
    const mark = fingerprint(ae);
    for (const { data } of Object.values(ae.parameters)) data.fill(9);
    expect(fingerprint(ae)).toBe(mark);
  });
});

const twins: Record<Activation, (z: number) => number> = {
  linear: (z) => z,
  relu: (z) => Math.max(z, 0),
  leakyRelu: (z) => Math.max(z, 0.01 * z),
  elu: (z) => (z > 0 ? z : Math.expm1(z)),
  tanh: Math.tanh,
  sigmoid: (z) => 1 / (1 + Math.exp(-z)),
};

/** A number and how far float32 arithmetic may be from it. */
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
      error += Math.abs(w) * input.error;
    });
    // Each term passes through at most `inputs` + 1 sums and one product; no activation is steeper
    // than 1; exp and tanh are good to a few last places of a number of at most max(1, |h|).
    error += (inputs + 2) * U * size;
    const value = twins[activation](z);
    return { value, error: error + 8 * U * Math.max(1, Math.abs(value)) };
  });
}

describe('encode, decode, reconstruct', () => {
  test.each(NETS)('%j: what the parameters say, in float64', async (...layers) => {
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

  test.each(NETS)('%j: the same bits at once, and in steps', async (...layers) => {
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

  test.each([1, 63, 64, 65, 130])('%i rows are what each row is alone', async (rows) => {
    const ae = new Autoencoder({ layers: [17, 9, 2], seed: 2 });
    // Some rows nearly empty: these take another kernel than their neighbours.
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
  });

  test('each sees the weights that fit has reached', async () => {
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

  test('models of different shapes take turns, batch by batch', async () => {
    const models = NETS.map((layers) => new Autoencoder({ layers, seed: 1 }));
    const inputs = NETS.map((layers) => uniform(200, layers[0] as number, 1));
    const all = <T>(use: (ae: Autoencoder, x: Float32Array) => T) =>
      models.map((ae, i) => use(ae, inputs[i] as Float32Array));
    const codes = all((ae, x) => ae.encodeSync(x));
    const backs = all((ae, x) => ae.reconstructSync(x));
    stretchTime();
    const together = Promise.all([
      ...all((ae, x) => ae.encode(x)),
      ...all((ae, x) => ae.reconstruct(x)),
    ]);
    // The event loop turns before they are done: what follows comes in between their batches.
    expect(await Promise.race([together, turn()])).toBe(undefined);
    expect(all((ae, x) => ae.encodeSync(x))).toEqual(codes);
    expect(await together).toEqual([...codes, ...backs]);
  });
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
      // All terms are positive: each is rounded twice in the difference (which counts double in
      // the square), once as a product, at most width + 1 times in sums, once in the mean.
      const tolerance = (width + 7) * U * expected;
      expect(Math.abs((errors[i] as number) - expected)).toBeLessThanOrEqual(tolerance);
    }
    const mean = errors.reduce((sum, error) => sum + error, 0) / rows;
    expect(await ae.evaluate(x)).toBe(mean);
  });
});

describe('fit', () => {
  const WIDTH = 6;
  const x = factored(64, WIDTH, 2, 1);
  const options = { layers: [WIDTH, 4], seed: 5 };

  describe.each(ACTIVATIONS)('%s', (activation) => {
    test.each(INITS)('learns from %s', async (init) => {
      for (const loss of ['mse', 'bce'] as const) {
        const ae = new Autoencoder({ ...options, activation, init });
        const before = await ae.evaluate(x);
        const history = await ae.fit(x, { epochs: 60, batchSize: 16, learningRate: 0.02, loss });
        expect(await ae.evaluate(x)).toBeLessThan(before / 2);
        expect(history.at(-1)?.loss).toBeLessThan(history[0]?.loss as number);
      }
    });

    test('learns as the output activation', async () => {
      // With this seed no output unit starts dead, as a ReLU may: such a one learns nothing.
      const ae = new Autoencoder({ ...options, outputActivation: activation, seed: 3 });
      const before = await ae.evaluate(x);
      await ae.fit(x, { epochs: 60, batchSize: 16, learningRate: 0.02 });
      expect(await ae.evaluate(x)).toBeLessThan(before / 2);
    });
  });

  test.each(NETS)('%j learns', async (...layers) => {
    const data = factored(96, layers[0] as number, 1, 1);
    const ae = new Autoencoder({ layers, activation: 'tanh', seed: 5 });
    const before = await ae.evaluate(data);
    await ae.fit(data, { epochs: 40, batchSize: 16, learningRate: 0.01 });
    expect(await ae.evaluate(data)).toBeLessThan(0.6 * before);
  });

  test('a linear autoencoder comes near PCA, and never beats it', async () => {
    const [rows, width, code] = [200, 6, 2];
    // Six directions of falling variance, mixed by a shear: no coordinate is a component.
    const raw = uniform(rows, width, 3);
    const data = new Float32Array(rows * width);
    for (let i = 0; i < rows; i++) {
      let carried = 0;
      for (let j = 0; j < width; j++) {
        carried = 0.5 * carried + ((raw[i * width + j] as number) - 0.5) * 0.7 ** j;
        data[i * width + j] = carried + 0.1 * j;
      }
    }
    const eigenvalues = symmetricEigenvalues(covariance(data, rows, width));
    const discarded = eigenvalues.slice(code).reduce((sum, value) => sum + value, 0) / width;
    const ae = new Autoencoder({
      layers: [width, code],
      activation: 'linear',
      outputActivation: 'linear',
      seed: 1,
    });
    await ae.fit(data, { epochs: 400, batchSize: 50, learningRate: 0.02 });
    const mse = await ae.evaluate(data);
    // Below the optimum only by rounding: a reconstruction near 1 is off by some 3 U, and an error
    // of typically sqrt(mse) = 0.08 then by 3 U / 0.08, which counts double in its square.
    expect(mse).toBeGreaterThan(discarded * (1 - 1e-5));
    expect(mse).toBeLessThan(discarded * 1.01);
  });

  test('the loss is that of the weights an epoch begins with, where an epoch is one step', async () => {
    const ae = new Autoencoder(options);
    const evaluated = [await ae.evaluate(x)];
    const history = await ae.fit(x, {
      epochs: 4,
      batchSize: 64,
      onEpochEnd: async () => {
        evaluated.push(await ae.evaluate(x));
      },
    });
    for (const [i, { loss }] of history.entries()) {
      // Two float32 sums of 384 positive terms each, in different orders.
      const expected = evaluated[i] as number;
      expect(Math.abs(loss - expected)).toBeLessThanOrEqual(2 * 400 * U * expected);
    }
    // A second fit goes on where the first ended.
    const [next] = await ae.fit(x, { epochs: 1, batchSize: 64 });
    const last = evaluated.at(-1) as number;
    expect(Math.abs((next?.loss as number) - last)).toBeLessThanOrEqual(2 * 400 * U * last);
  });

  describe('an epoch takes every row once', () => {
    // At this rate no weight moves, so that an epoch's loss is that of one model over all rows.
    const still: Fit = { epochs: 4, learningRate: 1e-30 };
    const wide = { layers: [1024, 2], seed: 1 };

    // Rows are read in blocks of about a megabyte: 1024 of the rows of bytes, 256 of the others.
    test.each<[string, AutoencoderOptions, MatrixInput, number]>([
      ['the last batch is smaller', options, x, 10],
      ['dense bytes in several blocks', wide, pixels(2100, 1024, 0.9, 1), 64],
      ['sparse bytes in several blocks', wide, pixels(2100, 1024, 0.1, 1), 64],
      ['dense numbers in several blocks', wide, uniform(600, 1024, 1), 64],
      ['sparse numbers in several blocks', wide, asFloats(pixels(600, 1024, 0.1, 1)), 64],
    ])('%s', async (_, model, rows, batchSize) => {
      const ae = new Autoencoder(model);
      const before = fingerprint(ae);
      const history = await ae.fit(rows, { ...still, batchSize });
      expect(fingerprint(ae)).toBe(before);
      const expected = await ae.evaluate(rows);
      // Two sums of positive terms in float32, along the rows and then over a batch or the other
      // way round: no term passes through more than width + batchSize additions.
      const width = model.layers[0] as number;
      const tolerance = 2 * (width + batchSize + 8) * U;
      // Tight enough for one row too many or too few to show.
      expect(tolerance).toBeLessThan(width / (rows as Float32Array).length);
      for (const { loss } of history) {
        expect(Math.abs(loss - expected)).toBeLessThanOrEqual(tolerance * expected);
      }
    });

    test('in a new order each time, unless told not to', async () => {
      // Sums of other rows round otherwise: equal losses, to the last bit, mean an equal order.
      const losses = async (shuffle: boolean) => {
        const history = await new Autoencoder(options).fit(x, { ...still, shuffle, batchSize: 10 });
        return new Set(history.map(({ loss }) => loss)).size;
      };
      expect(await losses(true)).toBeGreaterThan(1);
      expect(await losses(false)).toBe(1);
    });
  });

  test("Adam's first step changes every weight by the learning rate", async () => {
    const learningRate = 0.003;
    for (const schedule of ['constant', 'cosine'] as const) {
      const ae = new Autoencoder({ ...options, activation: 'tanh' });
      const before = ae.parameters;
      await ae.fit(x, { epochs: 1, batchSize: 64, learningRate, schedule, epsilon: 1e-12 });
      for (const [name, { data }] of Object.entries(ae.parameters)) {
        data.forEach((weight, i) => {
          const moved = Math.abs(weight - (before[name]?.data[i] as number));
          // m / sqrt(v) is +-1 within some roundings; the weight itself, below 1, is rounded once.
          expect(Math.abs(moved - learningRate)).toBeLessThanOrEqual(10 * U * learningRate + U);
        });
      }
    }
  });

  test('every option has an effect', async () => {
    const fit: Fit = { epochs: 2, batchSize: 16 };
    const changes: Fit[] = [
      { epochs: 3 },
      { batchSize: 17 },
      { learningRate: 0.0021 },
      { schedule: 'constant' },
      { weightDecay: 0.001 },
      { beta1: 0.8 },
      { beta2: 0.99 },
      { epsilon: 1e-3 },
      { loss: 'bce' },
      { validationSplit: 0.1 },
      { shuffle: false },
    ];
    const all = [await trained(options, x, fit)];
    for (const change of changes) all.push(await trained(options, x, { ...fit, ...change }));
    expect(new Set(all).size).toBe(changes.length + 1);
  });

  test('the defaults are those documented', async () => {
    const documented: Fit = {
      epochs: 20,
      batchSize: 64,
      learningRate: 0.002,
      schedule: 'cosine',
      weightDecay: 0,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      loss: 'mse',
      validationSplit: 0,
      shuffle: true,
    };
    const model: AutoencoderOptions = {
      ...options,
      activation: 'leakyRelu',
      codeActivation: 'leakyRelu',
      outputActivation: 'sigmoid',
      init: 'pytorch',
    };
    const data = factored(150, WIDTH, 2, 1); // more than a batch, or its size would not show
    expect(await trained(options, data, {})).toBe(await trained(model, data, documented));
  });

  test('a batch larger than the data is one step', async () => {
    expect(await trained(options, x, { epochs: 2, batchSize: 1000 })).toBe(
      await trained(options, x, { epochs: 2, batchSize: 64 }),
    );
  });

  test('one row is enough', async () => {
    const ae = new Autoencoder(options);
    const before = await ae.evaluate(x.subarray(0, WIDTH));
    await ae.fit(x.subarray(0, WIDTH), { epochs: 50 });
    expect(await ae.evaluate(x.subarray(0, WIDTH))).toBeLessThan(before);
  });

  test('history has a record an epoch', async () => {
    // Enough steps for an epoch to last longer than the clock's resolution in a page, 0.1 ms.
    const data = factored(3000, WIDTH, 2, 1);
    const history = await new Autoencoder(options).fit(data, { epochs: 3, batchSize: 10 });
    expect(history.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
    for (const record of history) {
      expect(Object.keys(record).sort()).toEqual(['epoch', 'loss', 'samplesPerSecond', 'seconds']);
      expect(record.seconds).toBeGreaterThan(0);
      expect(record.samplesPerSecond * record.seconds).toBeCloseTo(3000, 6);
    }
  });

  test('the constant schedule does not look at the number of epochs, the cosine does', async () => {
    for (const [schedule, same] of [
      ['constant', true],
      ['cosine', false],
    ] as const) {
      const short = await trained(options, x, { epochs: 2, schedule });
      const ae = new Autoencoder(options);
      let atTwo = '';
      await ae.fit(x, {
        epochs: 5,
        schedule,
        onEpochEnd: ({ epoch }) => {
          if (epoch === 2) atTwo = fingerprint(ae);
        },
      });
      expect(atTwo === short, schedule).toBe(same);
    }
  });

  describe('validation', () => {
    test('its loss is that of evaluate after the epoch, and its rows train nothing', async () => {
      const held = factored(20, WIDTH, 2, 9);
      const ae = new Autoencoder(options);
      const evaluated: number[] = [];
      const history = await ae.fit(x, {
        epochs: 3,
        batchSize: 16, // two batches of the 20, the second smaller
        validationData: held,
        onEpochEnd: async () => {
          evaluated.push(await ae.evaluate(held));
        },
      });
      for (const [i, { validationLoss }] of history.entries()) {
        const expected = evaluated[i] as number;
        // Two float32 sums of 120 positive terms each, in different orders.
        expect(Math.abs((validationLoss as number) - expected)).toBeLessThanOrEqual(
          2 * 140 * U * expected,
        );
      }
      const without = await trained(options, x, { epochs: 3, batchSize: 16 });
      expect(fingerprint(ae)).toBe(without);
    });

    test('may have more rows than the training', async () => {
      const held = factored(200, WIDTH, 2, 9);
      const ae = new Autoencoder(options);
      const [record] = await ae.fit(x, { epochs: 1, batchSize: 256, validationData: held });
      expect(record?.validationLoss).toBeCloseTo(await ae.evaluate(held), 6);
    });

    test('its loss is the one trained on: bce', async () => {
      const ae = new Autoencoder(options);
      const held = factored(20, WIDTH, 2, 9);
      const history = await ae.fit(x, { epochs: 2, loss: 'bce', validationData: held });
      const back = (await ae.reconstruct(held)).data;
      const terms = Array.from(held, (target, i) => {
        const y = back[i] as number;
        return -target * Math.log(y) - (1 - target) * Math.log(1 - y);
      });
      const expected = terms.reduce((sum, term) => sum + term, 0) / terms.length;
      // Outputs are in (0.1, 0.9): y is good to some U, its logarithm to tens of U.
      expect(Math.abs((history.at(-1)?.validationLoss as number) - expected)).toBeLessThan(100 * U);
    });

    test('a split is what the seed draws, the same as giving those rows', async () => {
      const share = 0.25;
      const order = Uint32Array.from({ length: 64 }, (_, i) => i);
      await new Random(options.seed, Stream.split).shuffle(order, () => undefined);
      const pick = (rows: Uint32Array) => Array.from(rows, (i) => rowsOf(x, WIDTH)[i] as FlatRow);
      const fit: Fit = { epochs: 3, batchSize: 10 };

      const split = new Autoencoder(options);
      const history = await split.fit(x, { ...fit, validationSplit: share });
      const given = new Autoencoder(options);
      const same = await given.fit(pick(order.subarray(16)), {
        ...fit,
        validationData: pick(order.subarray(0, 16)),
      });
      expect(fingerprint(split)).toBe(fingerprint(given));
      const losses = ({ epoch, loss, validationLoss }: EpochRecord) => [
        epoch,
        loss,
        validationLoss,
      ];
      expect(history.map(losses)).toEqual(same.map(losses));
    });
  });

  describe('onEpochEnd', () => {
    test('is awaited, in order, with the record and the current weights', async () => {
      const ae = new Autoencoder(options);
      const log: string[] = [];
      const records: EpochRecord[] = [];
      const marks = [fingerprint(ae)];
      const history = await ae.fit(x, {
        epochs: 3,
        onEpochEnd: async (record) => {
          log.push(`begin ${record.epoch}`);
          records.push(record);
          marks.push(fingerprint(ae));
          for (let i = 0; i < 3; i++) await turn();
          // Nothing has trained on meanwhile.
          expect(fingerprint(ae)).toBe(marks.at(-1));
          log.push(`end ${record.epoch}`);
        },
      });
      expect(log).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2', 'begin 3', 'end 3']);
      expect(records).toEqual(history);
      expect(new Set(marks).size).toBe(4);
      expect(fingerprint(ae)).toBe(marks.at(-1));
    });
  });

  describe('while it runs', () => {
    test('others use the model, and change nothing', async () => {
      const alone = await trained(options, x, { epochs: 5 });
      const ae = new Autoencoder(options);
      const before = [ae.encodeSync(x), ae.reconstructSync(x), await ae.evaluate(x)];
      const running = ae.fit(x, { epochs: 5 });
      // Asked for before the first epoch has ended: the weights are still those of the beginning.
      expect(await Promise.all([ae.encode(x), ae.reconstruct(x), ae.evaluate(x)])).toEqual(before);
      await running;
      expect(fingerprint(ae)).toBe(alone);
    });

    test('the event loop turns, again and again', async () => {
      let turns = 0;
      let running = true;
      const clock = (async () => {
        while (running) {
          await turn();
          turns++;
        }
      })();
      const turnsAtEpoch: number[] = [];
      await new Autoencoder(options).fit(x, {
        epochs: 50,
        onEpochEnd: () => {
          turnsAtEpoch.push(turns);
        },
      });
      running = false;
      await clock;
      // A fit that awaited nothing but promises would see none; one that yielded once, one value.
      expect(turnsAtEpoch[0]).toBeGreaterThan(0);
      expect(new Set(turnsAtEpoch).size).toBeGreaterThan(10);
    });
  });

  describe('abort', () => {
    /** What fit rejects with. */
    const rejection = (running: Promise<unknown>) =>
      running.then(
        () => expect.fail('fit was not aborted'),
        (error: unknown) => error,
      );

    test('before: the reason, and nothing has changed', async () => {
      const reason = new Error('no time');
      const ae = new Autoencoder(options);
      const before = fingerprint(ae);
      expect(await rejection(ae.fit(x, { signal: AbortSignal.abort(reason) }))).toBe(reason);
      expect(fingerprint(ae)).toBe(before);
      expect((await ae.fit(x, { epochs: 1 })).length).toBe(1);
    });

    test('right after the call: the reason', async () => {
      const controller = new AbortController();
      const ae = new Autoencoder(options);
      const running = rejection(ae.fit(x, { epochs: 1_000_000, signal: controller.signal }));
      controller.abort();
      const error = (await running) as DOMException;
      expect(error).toBe(controller.signal.reason);
      expect(error.name).toBe('AbortError');
      expect((await ae.fit(x, { epochs: 1 })).length).toBe(1);
    });

    test('while the rows are read: the reason, and nothing has changed', async () => {
      stretchTime();
      const controller = new AbortController();
      const ae = new Autoencoder({ layers: [1024, 2], seed: 1 });
      const before = fingerprint(ae);
      // Rows are read in blocks of about a megabyte, 256 of these.
      const running = rejection(ae.fit(uniform(2000, 1024, 1), { signal: controller.signal }));
      await turn();
      controller.abort('no time');
      expect(await running).toBe('no time');
      expect(fingerprint(ae)).toBe(before);
      expect((await ae.fit(uniform(8, 1024, 1), { epochs: 1 })).length).toBe(1);
    });

    // So many epochs would take hours: that the test ends shows that the run did.
    test('during an epoch: the reason, the weights reached, and a usable model', async () => {
      const controller = new AbortController();
      const ae = new Autoencoder(options);
      const before = fingerprint(ae);
      const epochs: number[] = [];
      const running = rejection(
        ae.fit(x, {
          epochs: 1_000_000,
          signal: controller.signal,
          onEpochEnd: ({ epoch }) => {
            epochs.push(epoch);
          },
        }),
      );
      for (let i = 0; i < 10; i++) await turn();
      const reason = { why: 'a reason need not be an Error' };
      controller.abort(reason);
      const seen = epochs.length;
      expect(await running).toBe(reason);
      // One chunk of steps may have been under way.
      expect(epochs.length - seen).toBeLessThanOrEqual(1);
      expect(fingerprint(ae)).not.toBe(before);
      expect(await ae.evaluate(x)).toBeGreaterThan(0);
      expect((await ae.fit(x, { epochs: 1 })).length).toBe(1);
    });

    test('within a long epoch, after one chunk of steps', async () => {
      const controller = new AbortController();
      const ae = new Autoencoder({ layers: [WIDTH, 4], seed: 5 });
      // 200,000 steps an epoch: the run stops long before its first epoch ends.
      const data = factored(200_000, WIDTH, 2, 1);
      const before = fingerprint(ae);
      const running = rejection(
        ae.fit(data, {
          batchSize: 1,
          signal: controller.signal,
          onEpochEnd: () => expect.fail('an epoch ended'),
        }),
      );
      for (let i = 0; i < 10; i++) await turn();
      controller.abort(new Error('enough'));
      expect(await running).toEqual(new Error('enough'));
      expect(fingerprint(ae)).not.toBe(before);
    });

    test('in onEpochEnd: the weights of that epoch', async () => {
      const controller = new AbortController();
      const ae = new Autoencoder(options);
      const fit: Fit = { epochs: 5, schedule: 'constant' };
      const error = await rejection(
        ae.fit(x, {
          ...fit,
          signal: controller.signal,
          onEpochEnd: ({ epoch }) => {
            if (epoch === 2) controller.abort(new Error('good enough'));
          },
        }),
      );
      expect(error).toEqual(new Error('good enough'));
      expect(fingerprint(ae)).toBe(await trained(options, x, { ...fit, epochs: 2 }));
    });

    test('after the end: nothing', async () => {
      const controller = new AbortController();
      const ae = new Autoencoder(options);
      await ae.fit(x, { epochs: 1, signal: controller.signal });
      controller.abort();
      expect((await ae.fit(x, { epochs: 1 })).length).toBe(1);
    });
  });

  describe('divergence', () => {
    const finite = (ae: Autoencoder) =>
      Object.values(ae.parameters).every(({ data }) => data.every(Number.isFinite));

    test.each(['linear', 'relu', 'leakyRelu', 'elu'] as const)(
      'stops with the epoch and the step, at finite weights: %s',
      async (activation) => {
        const ae = new Autoencoder({
          layers: [WIDTH, 5, 4],
          activation,
          outputActivation: 'linear',
          seed: 5,
        });
        const large = x.map((value) => value * 1e9);
        const error = await ae
          .fit(large, { epochs: 50, batchSize: 16, learningRate: 1000, schedule: 'constant' })
          .catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(DivergenceError);
        const { epoch, step, message, name } = error as DivergenceError;
        expect(name).toBe('DivergenceError');
        expect(epoch).toBe(1);
        expect([2, 3, 4]).toContain(step);
        expect(message).toContain(`epoch ${epoch}, step ${step}`);
        expect(finite(ae)).toBe(true);
        // The model goes on: from its finite weights, on data of a size it can take.
        expect((await ae.fit(x, { epochs: 1 })).every(({ loss }) => Number.isFinite(loss))).toBe(
          true,
        );
      },
    );

    test('keeps what earlier epochs reached', async () => {
      const fit: Fit = { epochs: 3, schedule: 'constant' };
      // Validation rows that no float32 can square: the first epoch's training is fine.
      const huge = new Float32Array(WIDTH).fill(3e38);
      const ae = new Autoencoder({ ...options, outputActivation: 'linear' });
      const error = await ae
        .fit(x, { ...fit, validationData: huge })
        .catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(DivergenceError);
      expect((error as DivergenceError).epoch).toBe(1);
      expect(fingerprint(ae)).toBe(
        await trained({ ...options, outputActivation: 'linear' }, x, { ...fit, epochs: 1 }),
      );
    });
  });
});

describe('what a model tells of itself', () => {
  test('parameters have names and shapes of PyTorch', () => {
    const { parameters } = new Autoencoder({ layers: [17, 9, 2], seed: 1 });
    expect(Object.entries(parameters).map(([name, { shape }]) => [name, ...shape])).toEqual([
      ['encoder.0.weight', 9, 17],
      ['encoder.0.bias', 9],
      ['encoder.1.weight', 2, 9],
      ['encoder.1.bias', 2],
      ['decoder.0.weight', 9, 2],
      ['decoder.0.bias', 9],
      ['decoder.1.weight', 17, 9],
      ['decoder.1.bias', 17],
    ]);
    for (const { data, shape } of Object.values(parameters)) {
      expect(data.length).toBe(shape.reduce((product, size) => product * size, 1));
    }
  });

  test.each([
    ['pytorch', (inputs: number) => 1 / Math.sqrt(inputs)],
    ['he', (inputs: number) => Math.sqrt(6 / inputs)],
    ['glorot', (inputs: number, outputs: number) => Math.sqrt(6 / (inputs + outputs))],
  ] as const)('%s fills its range evenly', (init, bound) => {
    const { parameters } = new Autoencoder({ layers: [120, 40], init, seed: 1 });
    for (const layer of ['encoder.0', 'decoder.0']) {
      const { data, shape } = parameters[`${layer}.weight`] as {
        data: Float32Array;
        shape: number[];
      };
      const [outputs, inputs] = shape as [number, number];
      const limit = bound(inputs, outputs);
      const scaled = Array.from(data, (weight) => weight / limit);
      const mean = scaled.reduce((sum, w) => sum + w, 0) / scaled.length;
      const square = scaled.reduce((sum, w) => sum + w * w, 0) / scaled.length;
      expect(Math.max(...scaled.map(Math.abs))).toBeLessThanOrEqual(1 + U);
      // U(-1, 1) has mean 0 +- 0.577 / sqrt(n) and mean square 1/3 +- 0.298 / sqrt(n): six of each.
      const n = scaled.length;
      expect(Math.abs(mean)).toBeLessThan((6 * 0.577) / Math.sqrt(n));
      expect(Math.abs(square - 1 / 3)).toBeLessThan((6 * 0.298) / Math.sqrt(n));
      const bias = (parameters[`${layer}.bias`] as { data: Float32Array }).data;
      const largest = Math.max(...Array.from(bias, Math.abs));
      if (init === 'pytorch') {
        expect(largest).toBeGreaterThan(0);
        expect(largest).toBeLessThanOrEqual(limit * (1 + U));
      } else {
        expect(largest).toBe(0);
      }
    }
  });

  test('summary is a table of the layers', () => {
    const ae = new Autoencoder({ layers: [784, 100, 64], codeActivation: 'linear', seed: 0 });
    expect(ae.summary().split('\n')).toEqual([
      'layer      units       activation  parameters',
      'encoder.0  784 -> 100  leakyRelu       78,500',
      'encoder.1  100 -> 64   linear           6,464',
      'decoder.0  64 -> 100   leakyRelu        6,500',
      'decoder.1  100 -> 784  sigmoid         79,184',
      '170,648 parameters',
    ]);
  });

  test('threads and seed are as given', () => {
    const ae = new Autoencoder({ layers: [4, 2], seed: 4294967295, threads: 3 });
    expect([ae.seed, ae.threads]).toEqual([4294967295, 3]);
    expect(new Autoencoder({ layers: [4, 2] }).threads).toBeGreaterThanOrEqual(1);
  });
});

type FlatRow = Float32Array;

/** The covariance of the columns of (rows, width) data, with divisor `rows`. */
function covariance(data: Float32Array, rows: number, width: number): number[][] {
  const mean = Array.from({ length: width }, (_, j) => {
    let sum = 0;
    for (let i = 0; i < rows; i++) sum += data[i * width + j] as number;
    return sum / rows;
  });
  const centred = (i: number, j: number) => (data[i * width + j] as number) - (mean[j] as number);
  return mean.map((_, a) =>
    mean.map((_, b) => {
      let sum = 0;
      for (let i = 0; i < rows; i++) sum += centred(i, a) * centred(i, b);
      return sum / rows;
    }),
  );
}

/**
 * The eigenvalues of a symmetric matrix, largest first, by Jacobi's rotations (Golub and Van Loan,
 * Matrix Computations, 8.5): each makes one element off the diagonal zero.
 */
function symmetricEigenvalues(matrix: number[][]): number[] {
  const a = matrix.map((row) => Float64Array.from(row));
  const at = (i: number, j: number) => a[i]?.[j] as number;
  const set = (i: number, j: number, value: number) => {
    (a[i] as Float64Array)[j] = value;
  };
  const n = a.length;
  // Convergence is quadratic; ten sweeps are plenty for a handful of columns.
  for (let sweep = 0; sweep < 10; sweep++) {
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        const angle = 0.5 * Math.atan2(2 * at(p, q), at(q, q) - at(p, p));
        const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
        for (let k = 0; k < n; k++) {
          const [kp, kq] = [at(k, p), at(k, q)];
          set(k, p, cos * kp - sin * kq);
          set(k, q, sin * kp + cos * kq);
        }
        for (let k = 0; k < n; k++) {
          const [pk, qk] = [at(p, k), at(q, k)];
          set(p, k, cos * pk - sin * qk);
          set(q, k, sin * pk + cos * qk);
        }
      }
    }
  }
  return a.map((_, i) => at(i, i)).sort((x, y) => y - x);
}
