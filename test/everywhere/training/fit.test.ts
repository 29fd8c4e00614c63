import { describe, expect, test } from 'vitest';
import { Random, Stream } from '../../../src/base/random.js';
import {
  Autoencoder,
  type AutoencoderOptions,
  type EpochRecord,
  type MatrixInput,
} from '../../../src/index.js';
import { covariance, symmetricEigenvalues } from '../../reference/pca.js';
import { asFloats, factored, fingerprint, pixels, rowsOf, uniform } from '../../support/data.js';
import {
  ACTIVATIONS,
  type Fit,
  INITS,
  NETS,
  SMALL as options,
  trained,
  SMALL_ROWS as x,
} from '../../support/models.js';
import { turn } from '../../support/time.js';
import { U } from '../../support/tolerance.js';

const WIDTH = 6;

describe.each(ACTIVATIONS)('%s', (activation) => {
  test.each(INITS)('learns with the initialisation %s', async (init) => {
    for (const loss of ['mse', 'bce'] as const) {
      const ae = new Autoencoder({ ...options, activation, codeActivation: activation, init });
      const before = await ae.evaluate(x);
      const history = await ae.fit(x, { epochs: 60, batchSize: 16, learningRate: 0.02, loss });
      expect(await ae.evaluate(x)).toBeLessThan(before / 2);
      expect(history.at(-1)?.loss).toBeLessThan(history[0]?.loss as number);
    }
  });

  test('learns as the output activation', async () => {
    // With this seed no output ReLU is dead at the start; a dead one would learn nothing.
    const ae = new Autoencoder({ ...options, outputActivation: activation, seed: 3 });
    const before = await ae.evaluate(x);
    await ae.fit(x, { epochs: 60, batchSize: 16, learningRate: 0.02 });
    expect(await ae.evaluate(x)).toBeLessThan(before / 2);
  });
});

test.each(NETS)('%j learns', async (...layers) => {
  const data = factored(96, layers[0] as number, 1, 1);
  const ae = new Autoencoder({ layers, activation: 'tanh', codeActivation: 'tanh', seed: 5 });
  const before = await ae.evaluate(data);
  await ae.fit(data, { epochs: 40, batchSize: 16, learningRate: 0.01 });
  expect(await ae.evaluate(data)).toBeLessThan(0.6 * before);
});

test('a linear autoencoder approaches PCA, and is never better than it', async () => {
  const [rows, width, code] = [200, 6, 2];
  // Six directions of decreasing variance, mixed by a shear, so that no coordinate is a component.
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
    scale: 'none',
    seed: 1,
  });
  await ae.fit(data, { epochs: 400, batchSize: 50, learningRate: 0.02 });
  const mse = await ae.evaluate(data);
  // It may be below the optimum only by rounding: a reconstruction near 1 is off by some 3 U, and an error
  // of typically sqrt(mse) = 0.08 then by 3 U / 0.08, which counts double in its square.
  expect(mse).toBeGreaterThan(discarded * (1 - 1e-5));
  expect(mse).toBeLessThan(discarded * 1.01);
});

test('if an epoch is a single step, its loss is that of the weights before it', async () => {
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
  // A second fit continues from the weights of the first.
  const [next] = await ae.fit(x, { epochs: 1, batchSize: 64 });
  const last = evaluated.at(-1) as number;
  expect(Math.abs((next?.loss as number) - last)).toBeLessThanOrEqual(2 * 400 * U * last);
});

describe('an epoch visits every row once', () => {
  // With this learning rate no weight changes, so the loss of an epoch is that of one model over all rows.
  const still: Fit = { epochs: 4, learningRate: 1e-30 };
  const wide = { layers: [1024, 2], seed: 1 };

  // Rows are read in blocks of about a megabyte: 1024 of the byte rows, 256 of the others.
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
    // Two float32 sums of positive terms, first along rows and then over a batch, or the other way round:
    // no term passes through more than width + batchSize additions.
    const width = model.layers?.[0] as number;
    const tolerance = 2 * (width + batchSize + 8) * U;
    // Small enough to notice a single row too many or too few.
    expect(tolerance).toBeLessThan(width / (rows as Float32Array).length);
    for (const { loss } of history) {
      expect(Math.abs(loss - expected)).toBeLessThanOrEqual(tolerance * expected);
    }
  });

  test('in a new order in each epoch, unless shuffle is false', async () => {
    // Sums in another order round differently, so bitwise equal losses mean the same order.
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
    const ae = new Autoencoder({ ...options, activation: 'tanh', codeActivation: 'tanh' });
    const before = ae.parameters;
    await ae.fit(x, { epochs: 1, batchSize: 64, learningRate, schedule, epsilon: 1e-12 });
    for (const [name, { data }] of Object.entries(ae.parameters)) {
      data.forEach((weight, i) => {
        const moved = Math.abs(weight - (before[name]?.data[i] as number));
        // m / sqrt(v) is +-1 up to some roundings; the weight itself, below 1, is rounded once.
        expect(Math.abs(moved - learningRate)).toBeLessThanOrEqual(10 * U * learningRate + U);
      });
    }
  }
});

test('every option changes the result', async () => {
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

test('the defaults are the documented ones', async () => {
  const documented: Fit = {
    epochs: 1000, // 3,000 steps
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
  const bare = { layers: [WIDTH, 4], seed: 5 };
  const model: AutoencoderOptions = {
    ...bare,
    activation: 'leakyRelu',
    codeActivation: 'linear',
    outputActivation: 'sigmoid',
    init: 'pytorch',
  };
  const data = factored(150, WIDTH, 2, 1); // more than a batch, so that the batch size matters
  expect(await trained(bare, data, {})).toBe(await trained(model, data, documented));
});

test('a batch larger than the data is one step', async () => {
  expect(await trained(options, x, { epochs: 2, batchSize: 1000 })).toBe(
    await trained(options, x, { epochs: 2, batchSize: 64 }),
  );
});

test('a single row is enough', async () => {
  const ae = new Autoencoder(options);
  const before = await ae.evaluate(x.subarray(0, WIDTH));
  await ae.fit(x.subarray(0, WIDTH), { epochs: 50 });
  expect(await ae.evaluate(x.subarray(0, WIDTH))).toBeLessThan(before);
});

test('history has one record per epoch', async () => {
  // Enough steps for an epoch to take longer than the clock's resolution in a page, 0.1 ms.
  const data = factored(3000, WIDTH, 2, 1);
  const history = await new Autoencoder(options).fit(data, { epochs: 3, batchSize: 10 });
  expect(history.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
  for (const record of history) {
    const names = ['epoch', 'loss', 'samplesPerSecond', 'seconds', 'threads'];
    if (record.epoch === 3) names.unshift('explained');
    expect(Object.keys(record).sort()).toEqual(names.sort());
    expect(record.threads).toBe(0);
    expect(record.seconds).toBeGreaterThan(0);
    expect(record.samplesPerSecond * record.seconds).toBeCloseTo(3000, 6);
  }
});

test('the constant schedule does not depend on the number of epochs, the cosine schedule does', async () => {
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
  test('the validation loss is that of evaluate, and validation rows do not affect training', async () => {
    const held = factored(20, WIDTH, 2, 9);
    const ae = new Autoencoder(options);
    const evaluated: number[] = [];
    const history = await ae.fit(x, {
      epochs: 3,
      batchSize: 16, // the 20 rows are two batches, the second one smaller
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

  test('validationData may have more rows than the training data', async () => {
    const held = factored(200, WIDTH, 2, 9);
    const ae = new Autoencoder(options);
    const [record] = await ae.fit(x, { epochs: 1, batchSize: 256, validationData: held });
    expect(record?.validationLoss).toBeCloseTo(await ae.evaluate(held), 6);
  });

  test('the validation loss uses the training loss function: bce', async () => {
    const ae = new Autoencoder(options);
    const held = factored(20, WIDTH, 2, 9);
    const history = await ae.fit(x, { epochs: 2, loss: 'bce', validationData: held });
    const back = (await ae.reconstruct(held)).data;
    const terms = Array.from(held, (target, i) => {
      const y = back[i] as number;
      return -target * Math.log(y) - (1 - target) * Math.log(1 - y);
    });
    const expected = terms.reduce((sum, term) => sum + term, 0) / terms.length;
    // Outputs are in (0.1, 0.9): y is accurate to some U, and its logarithm to tens of U.
    expect(Math.abs((history.at(-1)?.validationLoss as number) - expected)).toBeLessThan(100 * U);
  });

  test('validationSplit is drawn from the seed, and equals passing the same rows as validationData', async () => {
    const share = 0.25;
    const order = Uint32Array.from({ length: 64 }, (_, i) => i);
    await new Random(options.seed, Stream.split).shuffle(order, () => undefined);
    const pick = (rows: Uint32Array) =>
      Array.from(rows, (i) => rowsOf(x, WIDTH)[i] as Float32Array);
    const fit: Fit = { epochs: 3, batchSize: 10 };

    const split = new Autoencoder(options);
    const history = await split.fit(x, { ...fit, validationSplit: share });
    const given = new Autoencoder(options);
    const same = await given.fit(pick(order.subarray(16)), {
      ...fit,
      validationData: pick(order.subarray(0, 16)),
    });
    expect(fingerprint(split)).toBe(fingerprint(given));
    const losses = ({ epoch, loss, validationLoss }: EpochRecord) => [epoch, loss, validationLoss];
    expect(history.map(losses)).toEqual(same.map(losses));
  });
});

describe('onEpochEnd', () => {
  test('is awaited in order, and receives the record when the weights are current', async () => {
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
        // Training has not continued in the meantime.
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

describe('while fit runs', () => {
  test('other methods can be used, and change nothing', async () => {
    const alone = await trained(options, x, { epochs: 5 });
    const ae = new Autoencoder(options);
    const before = [ae.encodeSync(x), ae.reconstructSync(x), await ae.evaluate(x)];
    const running = ae.fit(x, { epochs: 5 });
    // Called before the first epoch ends: the weights are still the initial ones.
    expect(await Promise.all([ae.encode(x), ae.reconstruct(x), ae.evaluate(x)])).toEqual(before);
    await running;
    expect(fingerprint(ae)).toBe(alone);
  });

  test('the event loop continues to run', async () => {
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
    // If fit awaited only promises, there would be no turns; if it yielded once, one value.
    expect(turnsAtEpoch[0]).toBeGreaterThan(0);
    expect(new Set(turnsAtEpoch).size).toBeGreaterThan(10);
  });
});
