// What the first fit decides: the scale for 'auto', and the output activation that goes with it.

import { describe, expect, test } from 'vitest';
import { Autoencoder, type AutoencoderOptions, type MatrixInput } from '../../../src/index.js';
import { factored, fingerprint, pixels, rowsOf, uniform } from '../../support/data.js';

const WIDTH = 4;
const ROWS = 60;
const LARGE = factored(ROWS, WIDTH, 2, 1).map((value) => 1000 * value - 200);
const UNIT = uniform(ROWS, WIDTH, 1);
const fit = { epochs: 3, batchSize: 16 };

const make = (options: Partial<AutoencoderOptions> = {}) =>
  new Autoencoder({ layers: [WIDTH, 2], seed: 3, ...options });
const settled = ({ options: { scale, outputActivation } }: Autoencoder) => [
  scale,
  outputActivation,
];

describe("scale 'auto'", () => {
  const cases: [string, object, object, MatrixInput, string[]][] = [
    ['rows in [0, 1]', {}, {}, UNIT, ['none', 'sigmoid']],
    ['bytes', {}, {}, pixels(ROWS, WIDTH, 0.7, 1), ['none', 'sigmoid']],
    ['other rows', {}, {}, LARGE, ['standard', 'linear']],
    ['one value below 0', {}, {}, UNIT.map((v, i) => (i === 9 ? -0.1 : v)), ['standard', 'linear']],
    ["loss 'bce'", {}, { loss: 'bce' }, UNIT, ['none', 'sigmoid']],
    ['missing cells aside', { missing: 'mask' }, {}, withGaps(UNIT), ['none', 'sigmoid']],
    ['other rows with gaps', { missing: 'mask' }, {}, withGaps(LARGE), ['standard', 'linear']],
    ['a sigmoid', { outputActivation: 'sigmoid' }, {}, LARGE, ['minmax', 'sigmoid']],
    ['a relu', { outputActivation: 'relu' }, {}, LARGE, ['minmax', 'relu']],
    ['a leaky ReLU', { outputActivation: 'leakyRelu' }, {}, LARGE, ['standard', 'leakyRelu']],
    ['a line on rows in [0, 1]', { outputActivation: 'linear' }, {}, UNIT, ['none', 'linear']],
  ];
  test.each(cases)('%s', async (_, options, more, x, [scale, outputActivation]) => {
    const ae = make(options);
    expect(ae.options.scale).toBe('auto');
    await ae.fit(x, { ...fit, ...more });
    expect(settled(ae)).toEqual([scale, outputActivation]);
    expect(ae.scaler?.type).toBe(scale === 'none' ? undefined : scale);
    // The same bits as a model that was given these options.
    const told = make({ ...options, scale, outputActivation } as AutoencoderOptions);
    await told.fit(x, { ...fit, ...more });
    expect(fingerprint(ae)).toBe(fingerprint(told));
    expect(ae.save()).toEqual(told.save());
    expect(ae.summary()).toBe(told.summary());
  });

  test('loss bce still requires rows in [0, 1]', async () => {
    const ae = make();
    await expect(ae.fit(LARGE, { loss: 'bce' })).rejects.toThrow("in [0, 1] with loss 'bce'");
    expect(ae.options).toEqual(make().options);
  });

  test('is decided by the first piece of a stream', async () => {
    const ae = make();
    await ae.fit(() => rowsOf(LARGE, WIDTH), fit);
    const told = make({ scale: 'standard' });
    await told.fit(() => rowsOf(LARGE, WIDTH), fit);
    expect(ae.save()).toEqual(told.save());
  });

  test('is decided by the first partialFit, whatever later rows are', async () => {
    const ae = make();
    await ae.partialFit(UNIT);
    expect(settled(ae)).toEqual(['none', 'sigmoid']);
    await ae.partialFit(LARGE);
    expect(settled(ae)).toEqual(['none', 'sigmoid']);
  });

  test('does not scale rows before the first fit', async () => {
    const ae = make();
    const plain = make({ scale: 'none' });
    expect(await ae.encode(LARGE)).toEqual(await plain.encode(LARGE));
    expect(await ae.score(LARGE)).toEqual(await plain.score(LARGE));
    expect(ae.summary()).toBe(plain.summary());
    expect(new Autoencoder(ae.options).options).toEqual(ae.options);
  });

  test("stays 'auto' if fit fails, and during fit until there are weights", async () => {
    const ae = make();
    const before = await ae.encode(UNIT);
    const bad = LARGE.slice();
    bad[40 * WIDTH] = Number.NaN;
    await expect(ae.fit(bad)).rejects.toThrow('row 40, column 0');
    await expect(ae.fit(LARGE, { validationData: bad })).rejects.toThrow('row 40, column 0');
    expect(ae.options).toEqual(make().options);
    const running = ae.fit(LARGE, fit);
    expect(ae.options.scale).toBe('auto');
    expect(ae.encodeSync(UNIT)).toEqual(before);
    await running;
    expect(ae.options.scale).toBe('standard');
  });

  test("is saved as 'auto' before the first fit, and as the scale chosen after it", async () => {
    const open = make();
    const loaded = Autoencoder.load(open.save());
    expect(loaded.options).toEqual(open.options);
    expect(loaded.save()).toEqual(open.save());
    await open.fit(LARGE, fit);
    await loaded.fit(LARGE, fit);
    expect(loaded.save()).toEqual(open.save());
    const again = Autoencoder.load(open.save());
    expect(again.options).toEqual(open.options);
    await again.fit(UNIT, { ...fit, reset: true }); // the scale in its file is a given one
    expect(settled(again)).toEqual(['standard', 'linear']);
  });

  test('is resumed after an interruption to the same weights', async () => {
    const whole = make();
    await whole.fit(LARGE, { ...fit, epochs: 6 });
    const ae = make();
    const files: Uint8Array[] = [];
    const stop = new AbortController();
    const onBatchEnd = () => {
      files.push(ae.save());
      if (files.length === 3) stop.abort(new Error('enough'));
    };
    const run = { ...fit, epochs: 6 };
    await expect(ae.fit(LARGE, { ...run, onBatchEnd, signal: stop.signal })).rejects.toThrow();
    for (const file of files) {
      const loaded = Autoencoder.load(file);
      await loaded.fit(LARGE, { ...run, resume: true });
      expect(fingerprint(loaded)).toBe(fingerprint(whole));
      expect(settled(loaded)).toEqual(['standard', 'linear']);
    }
  });

  test('is decided again by reset, unless a scale was given', async () => {
    const ae = make();
    await ae.fit(LARGE, fit);
    await ae.fit(UNIT, fit);
    expect(settled(ae)).toEqual(['standard', 'linear']);
    await ae.fit(UNIT, { ...fit, reset: true });
    expect(settled(ae)).toEqual(['none', 'sigmoid']);
    expect(ae.scaler).toBe(undefined);
    const fresh = make();
    await fresh.fit(UNIT, fit);
    expect(fingerprint(ae)).toBe(fingerprint(fresh));
    const told = make({ scale: 'standard' });
    await told.fit(UNIT, { ...fit, reset: true });
    expect(settled(told)).toEqual(['standard', 'linear']);
  });

  test('is not used for models trained elsewhere', () => {
    const parameters = unnamed(make({ scale: 'none' }).save());
    expect(Autoencoder.load(parameters, { activation: 'relu' }).options.scale).toBe('none');
  });
});

describe('the share explained', () => {
  /** 1 - (squared errors) / (squared differences from the column means) in float64, in scaled units. */
  async function twin(ae: Autoencoder, x: Float32Array): Promise<number> {
    const { scaler } = ae;
    const scaled = (rows: Float32Array) =>
      Array.from(rows, (value, i) =>
        scaler
          ? (value - (scaler.offset[i % WIDTH] as number)) / (scaler.factor[i % WIDTH] as number)
          : value,
      );
    const [a, b] = [scaled(x), scaled((await ae.reconstruct(x)).data)];
    let [error, total] = [0, 0];
    for (let j = 0; j < WIDTH; j++) {
      const column = a.filter((_, i) => i % WIDTH === j);
      const mean = column.reduce((sum, v) => sum + v, 0) / column.length;
      for (const [i, v] of column.entries()) {
        error += (v - (b[i * WIDTH + j] as number)) ** 2;
        total += (v - mean) ** 2;
      }
    }
    return 1 - error / total;
  }

  // Reconstructions are converted to the columns' units and back, as float32 of numbers up to 1000.
  const close = (value: number | undefined, expected: number) =>
    expect(Math.abs((value as number) - expected)).toBeLessThan(1e-4);

  test.each([
    ['large', LARGE],
    ['in [0, 1]', UNIT],
  ])('agrees with a float64 computation: rows %s', async (_, x) => {
    const ae = make();
    const history = await ae.fit(x, fit);
    close(history.at(-1)?.explained, await twin(ae, x));
    expect(history.slice(0, -1).every((record) => record.explained === undefined)).toBe(true);
  });

  test('agrees with it for bytes and for validation rows', async () => {
    const bytes = pixels(ROWS, WIDTH, 0.7, 1);
    const ae = make();
    close((await ae.fit(bytes, fit)).at(-1)?.explained, await twin(ae, asFractions(bytes)));
    const other = make();
    const validationData = LARGE.slice(0, 20 * WIDTH);
    const history = await other.fit(LARGE.slice(20 * WIDTH), { ...fit, validationData });
    close(history.at(-1)?.explained, await twin(other, validationData));
  });

  test('is that of the held-out rows, and is computed for streams, too', async () => {
    const ae = make();
    const [a] = (await ae.fit(LARGE, { ...fit, epochs: 1, validationSplit: 0.5 })).slice(-1);
    expect(a?.explained).toBeLessThan(1);
    const stream = make();
    const history = await stream.fit(() => rowsOf(LARGE, WIDTH), fit);
    close(history.at(-1)?.explained, await twin(stream, LARGE));
    expect((await stream.partialFit(LARGE)).explained).toBeDefined();
  });

  test('leaves out missing cells', async () => {
    const gaps = withGaps(LARGE);
    const ae = make({ missing: 'mask' });
    const history = await ae.fit(gaps, { ...fit, epochs: 50 });
    expect(history.at(-1)?.explained).toBeGreaterThan(0);
    expect(history.at(-1)?.explained).toBeLessThan(1);
  });

  test('is absent if all rows are equal, and at most 0 for a model that has learned nothing', async () => {
    const same = new Float32Array(ROWS * WIDTH).fill(0.5);
    expect((await make().fit(same, fit)).at(-1)).not.toHaveProperty('explained');
    const far = make({ scale: 'none' });
    expect((await far.fit(LARGE, fit)).at(-1)?.explained).toBeLessThanOrEqual(0);
  });
});

function asFractions(bytes: Uint8Array): Float32Array {
  return Float32Array.from(bytes, (value) => value / 255);
}

/** Every seventh cell is missing, but no row and no column is empty. */
function withGaps(x: Float32Array): Float32Array {
  return x.map((value, i) => (i % 7 === 3 ? Number.NaN : value));
}

/** The tensors of a file alone, as other programs write them. */
function unnamed(file: Uint8Array): Uint8Array {
  const length = new DataView(file.buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
  delete header.__metadata__;
  const text = new TextEncoder().encode(JSON.stringify(header).padEnd(length));
  const copy = file.slice();
  copy.set(text, 8);
  return copy;
}
