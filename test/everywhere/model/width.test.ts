// Models that take their input width from the rows of the first fit.

import { describe, expect, test } from 'vitest';
import { Autoencoder, type AutoencoderOptions, type TrainingInput } from '../../../src/index.js';
import { factored, fingerprint, rowsOf } from '../../support/data.js';

const [ROWS, WIDTH] = [60, 6];
const X = factored(ROWS, WIDTH, 2, 1).map((value) => 100 * value);
const fit = { epochs: 2, batchSize: 16 };
const make = () => new Autoencoder({ hidden: [5], code: 2, seed: 3 });

describe('the input width of a model made with code', () => {
  const forms: [string, TrainingInput][] = [
    ['data and shape', { data: X, shape: [ROWS, WIDTH] }],
    ['an array of rows', rowsOf(X, WIDTH)],
    ['an array of arrays', rowsOf(X, WIDTH).map((row) => Array.from(row))],
    ['a stream of rows', () => rowsOf(X, WIDTH).map((row) => Array.from(row))],
    ['a stream of batches', () => [{ data: X, shape: [ROWS, WIDTH] }]],
  ];
  test.each(forms)('is taken from %s', async (_, x) => {
    const ae = make();
    expect(ae.options).toMatchObject({ hidden: [5], code: 2 });
    expect(ae.options.layers).toBe(undefined);
    await ae.fit(x, fit);
    const told = new Autoencoder({ layers: [WIDTH, 5, 2], seed: 3 });
    await told.fit(x, fit);
    expect(ae.options).toEqual(told.options);
    expect(fingerprint(ae)).toBe(fingerprint(told));
    expect(ae.save()).toEqual(told.save());
    await ae.fit(X, fit); // a flat array is accepted now
    expect(Autoencoder.load(ae.save()).options).toEqual(ae.options);
  });

  test('is also taken with code alone, and in partialFit', async () => {
    const ae = new Autoencoder({ code: 2 });
    await ae.partialFit(rowsOf(X, WIDTH));
    expect(ae.options.layers).toEqual([WIDTH, 2]);
  });

  test('cannot be taken from a flat array', async () => {
    const ae = make();
    await expect(ae.fit(X)).rejects.toThrow('x must say how wide its rows are');
    await expect(ae.fit(() => [X])).rejects.toThrow('x must say how wide its rows are');
    expect(ae.options).toEqual(make().options);
  });

  test('until it is known only fit works, and a failed fit leaves it unknown', async () => {
    const ae = make();
    const bad = rowsOf(X.slice(), WIDTH);
    (bad[3] as Float32Array)[1] = Number.NaN;
    await expect(ae.fit(bad)).rejects.toThrow('row 3, column 1');
    await expect(ae.fit([])).rejects.toThrow('at least one row');
    await expect(ae.fit(() => [])).rejects.toThrow('at least one row');
    const reason = 'takes the width of its rows from the first fit: call fit first';
    await expect(ae.encode(bad)).rejects.toThrow(reason);
    await expect(ae.score(bad)).rejects.toThrow(reason);
    expect(() => ae.encodeSync(bad)).toThrow(reason);
    expect(() => ae.save()).toThrow(reason);
    expect(() => ae.parameters).toThrow(reason);
    expect(() => ae.summary()).toThrow(reason);
    expect([ae.epochs, ae.history, ae.threshold, ae.scaler]).toEqual([0, [], undefined, undefined]);
    expect(new Autoencoder(ae.options).options).toEqual(ae.options);
  });

  test('from the first epoch on, the model is the same as one made with layers', async () => {
    const seen = async (ae: Autoencoder) => {
      const saved: unknown[] = [];
      await ae.fit(rowsOf(X, WIDTH), {
        ...fit,
        async onBatchEnd({ epoch }) {
          if (epoch > 1) return;
          ae.setThreshold(3);
          saved.push(ae.save(), ae.options, ae.summary(), `${ae}`, ae.parameters, ae.threshold);
          saved.push(await ae.encode(X), ae.encodeSync(X), await ae.score(X));
        },
      });
      expect(saved.length).toBeGreaterThan(0);
      expect(Autoencoder.load(saved[0] as Uint8Array).options).toEqual(saved[1]);
      return saved;
    };
    const told = new Autoencoder({ layers: [WIDTH, 5, 2], seed: 3 });
    expect(await seen(make())).toEqual(await seen(told));
  });

  test('stays unknown if the first fit ends before there are weights', async () => {
    const ae = make();
    const controller = new AbortController();
    const running = ae.fit(
      function* () {
        yield rowsOf(X, WIDTH);
        controller.abort();
        yield [];
      },
      { signal: controller.signal },
    );
    await expect(running).rejects.toThrow();
    expect(ae.options).toMatchObject({ hidden: [5], code: 2 });
    expect(() => ae.save()).toThrow('call fit first');
    await ae.fit([[1, 2, 3]], fit);
    expect(ae.options.layers).toEqual([3, 5, 2]);
  });

  const wrong: [object, string][] = [
    [{ layers: [6, 2], code: 2 }, 'layers cannot be combined with code and hidden'],
    [{ hidden: [6] }, 'hidden needs code'],
    [{ code: 0 }, 'code must be a positive integer'],
    [{ code: 2, hidden: 5 }, 'hidden must be an array of widths'],
    [{ code: 2, hidden: [0] }, 'hidden[0] must be a positive integer'],
  ];
  test.each(wrong)('invalid options are refused: %j', (options, message) => {
    expect(() => new Autoencoder(options as AutoencoderOptions)).toThrow(message);
  });
});
