import { describe, expect, test } from 'vitest';
import { Autoencoder, Matrix, type MatrixInput } from '../../src/index.js';
import { asFloats, fingerprint, pixels, rowsOf, uniform } from '../support/data.js';
import { ACTIVATIONS, type Fit, trained } from '../support/models.js';
import { U } from '../support/tolerance.js';

describe('the same seed gives the same bits', () => {
  const options = { layers: [17, 9, 2], seed: 3 };
  const fit: Fit = { epochs: 3, batchSize: 16, validationSplit: 0.2 };
  const x = uniform(100, 17, 1);

  test('before and after fit, and another seed gives different ones', async () => {
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

  test('whatever other models do at the same time', async () => {
    const alone = await trained(options, x, fit);
    const others = [5, 6].map((seed) => new Autoencoder({ layers: [40, 30], seed }));
    const [together] = await Promise.all([
      trained(options, x, fit),
      ...others.map((ae) => ae.fit(uniform(200, 40, ae.seed), fit)),
      others[0]?.encode(uniform(100, 40, 1)),
    ]);
    expect(together).toBe(alone);
  });

  test('in the loss of every epoch, too', async () => {
    const losses = async () => {
      const history = await new Autoencoder(options).fit(x, fit);
      return history.map(({ loss, validationLoss }) => [loss, validationLoss]);
    };
    expect(await losses()).toEqual(await losses());
  });

  // Regression values: the weights of seed 0 after two epochs, the same in every engine and on every
  // machine. A kernel that rounds differently (by another order of sums or another polynomial) changes
  // them, which must be intended.
  test('in every engine', async () => {
    const all = await Promise.all(
      ACTIVATIONS.map((activation) =>
        trained(
          { layers: [9, 7, 5], activation, codeActivation: activation, seed: 0 },
          uniform(50, 9, 1),
          {
            epochs: 2,
            batchSize: 16,
            weightDecay: 1e-5,
            loss: 'bce',
          },
        ),
      ),
    );
    expect(Object.fromEntries(ACTIVATIONS.map((name, i) => [name, all[i]]))).toEqual({
      relu: 'd8584b6b95fe4ca3',
      leakyRelu: 'fef37428a2bae25b',
      elu: '398ed6146aba0169',
      tanh: '7e541d5dbb688ba5',
      sigmoid: '7bf6ea0d69a278cd',
      softplus: '362d714fb9c77c15',
      silu: '1182fd0ffa7125cb',
      gelu: '236e73a56b516034',
      linear: 'b1c5860341f3a4c2',
    });
  });

  test('a random seed can be read, and creates the same model again', () => {
    const ae = new Autoencoder({ layers: [8, 4] });
    expect(ae.seed).toBe(ae.seed >>> 0);
    expect(fingerprint(new Autoencoder({ layers: [8, 4], seed: ae.seed }))).toBe(fingerprint(ae));
    // Two seeds of 2^32 are equal once in four thousand million runs.
    expect(new Autoencoder({ layers: [8, 4] }).seed).not.toBe(ae.seed);
  });
});

describe('the format of the rows does not change a bit', () => {
  const WIDTH = 20;
  const options = { layers: [WIDTH, 6], seed: 1 };
  const fit: Fit = { epochs: 2, batchSize: 16, validationSplit: 0.25 };

  // The library compresses bytes if less than a third is not zero, and floats if less than 0.6
  // (src/engine/dataset.ts). So the densities compare compressed bytes with compressed floats, plain bytes
  // with compressed floats, and plain with plain.
  test.each([0, 0.2, 0.45, 0.9])('pixels of which a share of %d is not zero', async (density) => {
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

  test('numbers of both signs, dense and mostly zero', async () => {
    const dense = uniform(60, WIDTH, 1).map((value) => 2 * value - 1);
    const sparse = dense.map((value, i) => (i % 3 ? 0 : value));
    for (const x of [dense, sparse]) {
      const expected = await trained(options, x, fit);
      expect(await trained(options, rowsOf(x, WIDTH), fit)).toBe(expected);
      expect(await trained(options, Float64Array.from(x), fit)).toBe(expected);
    }
  });

  test('codes can be decoded from a Matrix, from rows and from flat data', async () => {
    const ae = new Autoencoder(options);
    const codes = await ae.encode(uniform(7, WIDTH, 1));
    const expected = await ae.decode(codes);
    expect(await ae.decode(codes.data)).toEqual(expected);
    expect(await ae.decode([...codes])).toEqual(expected);
  });

  test('input rows are never written to, and results belong to the caller', async () => {
    const x = uniform(60, WIDTH, 1);
    const before = x.slice();
    const ae = new Autoencoder(options);
    await ae.fit(x, fit);
    const codes = await ae.encode(x);
    expect(x).toEqual(before);
    // Many web APIs refuse views of shared memory, which the kernels use.
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

describe('what can be read from a model', () => {
  test("parameters have PyTorch's names and shapes", () => {
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
  ] as const)('%s initialises the weights uniformly over its range', (init, bound) => {
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
      // U(-1, 1) has mean 0 +- 0.577 / sqrt(n) and mean square 1/3 +- 0.298 / sqrt(n); six deviations of
      // each are allowed.
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

  test('threads and seed are those that were given', () => {
    const ae = new Autoencoder({ layers: [4, 2], seed: 4294967295, threads: 3 });
    expect([ae.seed, ae.threads]).toEqual([4294967295, 3]);
    expect(new Autoencoder({ layers: [4, 2] }).threads).toBeGreaterThanOrEqual(1);
  });
});
