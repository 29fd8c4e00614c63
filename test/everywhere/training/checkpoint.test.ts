// Runs that are saved while they go on, and gone on with by models that were loaded.

import { describe, expect, inject, test } from 'vitest';
import { Autoencoder } from '../../../src/index.js';
import { fingerprint, sha256 } from '../../support/data.js';
import { parts, unpack } from '../../support/files.js';
import { inOneGo, RUNS, resumed } from '../../support/interruption.js';
import { SMALL, SMALL_ROWS } from '../../support/models.js';

/** SHA-256 of all weights and moments in the files: regression values, the same in every place. */
const NUMBERS: Record<string, { half: string; whole: string }> = {
  'of a few rows': {
    half: '3dba7eec5679eeb5203f8bdf2c996bd07b788e4b708fd12c5785ebfe65125281',
    whole: 'a23e4d1ebbd4d279ff8ec31f1c4bf5d4bc2199f4c11271e8c103d12e90e5343e',
  },
  'of a stream': {
    half: 'a9440f586b97e21d11e9ffdc899a0bb2100e5b5d14b1a35d4af8362fd3a81394',
    whole: '9766ea7cb87bbb6af26e78e05f12fb158e1f223444ab8bbe6ae11ca168536805',
  },
  'of many rows': {
    half: 'bab0f87d4e2a7a509ab04b0d2b698ec303d9bcd9cde1dfabee26ef906ec707cc',
    whole: '1d4efb8f7ba525f3f10cca4aafdc6571eca5d35703d7e762187a79531929980f',
  },
};

describe.each(Object.entries(RUNS))('a run %s', (name, run) => {
  test('saved after half of its epochs, loaded and resumed: the same file, bit for bit', async () => {
    const { half, whole } = await inOneGo(Autoencoder, run);
    const names = unpack(whole).tensors.map(([tensor]) => tensor);
    expect(names.some((tensor) => tensor.startsWith('state.last.'))).toBe(true);
    const end = await sha256(whole);
    expect(await sha256(await resumed(Autoencoder, run, half))).toBe(end);
    const numbers = (file: Uint8Array) => sha256(parts(file).data.slice());
    const found = { half: await numbers(half), whole: await numbers(whole) };
    console.log(`${inject('place')}, ${name}: ${found.half}, ${found.whole}`);
    expect(found).toEqual(NUMBERS[name]);
  });
});

describe('checkpoint', () => {
  /** The epochs that the files of a run had. */
  async function epochsSaved(epochs: number, every?: number, fit = {}): Promise<unknown[]> {
    const saved: unknown[] = [];
    const ae = new Autoencoder(SMALL);
    await ae.fit(SMALL_ROWS, {
      epochs,
      ...fit,
      checkpoint: {
        ...(every && { every }),
        async onSave(bytes) {
          await null;
          const { state } = Object.fromEntries(unpack(bytes).metadata);
          saved.push(JSON.parse(state as string).epochs);
        },
      },
    });
    return saved;
  }

  test('every few epochs, and at the end once', async () => {
    expect(await epochsSaved(4)).toEqual([1, 2, 3, 4]);
    expect(await epochsSaved(7, 3)).toEqual([3, 6, 7]);
    expect(await epochsSaved(6, 3)).toEqual([3, 6]);
    expect(await epochsSaved(2, 3)).toEqual([2]);
  });

  test('the last one has what the model has: the best weights', async () => {
    const files: Uint8Array[] = [];
    const ae = new Autoencoder(SMALL);
    const history = await ae.fit(SMALL_ROWS, {
      epochs: 60,
      learningRate: 1,
      schedule: 'constant',
      earlyStopping: { patience: 1 },
      checkpoint: { every: 1000, onSave: (bytes) => void files.push(bytes) },
    });
    expect(history.length).toBeLessThan(60);
    expect(files).toHaveLength(1);
    expect(fingerprint(Autoencoder.load(files[0] as Uint8Array))).toBe(fingerprint(ae));
    expect(await sha256(files[0] as Uint8Array<ArrayBuffer>)).toBe(await sha256(ae.save()));
  });

  test('before onEpochEnd is called, and training waits for it', async () => {
    const order: string[] = [];
    const ae = new Autoencoder(SMALL);
    await ae.fit(SMALL_ROWS, {
      epochs: 2,
      checkpoint: {
        async onSave() {
          order.push('saving');
          await new Promise((resolve) => setTimeout(resolve));
          order.push('saved');
        },
      },
      onEpochEnd: ({ epoch }) => void order.push(`epoch ${epoch}`),
    });
    expect(order).toEqual(['saving', 'saved', 'epoch 1', 'epoch 2', 'saving', 'saved']);
  });

  test('its error is that of fit, and the epoch is not lost', async () => {
    const full = new Error('no space left');
    const ae = new Autoencoder(SMALL);
    const onSave = () => Promise.reject(full);
    await expect(ae.fit(SMALL_ROWS, { epochs: 4, checkpoint: { onSave } })).rejects.toBe(full);
    expect(await ae.fit(SMALL_ROWS, { epochs: 4, resume: true })).toHaveLength(3);
    const whole = new Autoencoder(SMALL);
    await whole.fit(SMALL_ROWS, { epochs: 4 });
    expect(fingerprint(ae)).toBe(fingerprint(whole));
  });

  test('of a resumed run that is saved and resumed again', async () => {
    const fit = { ...RUNS['of a few rows']?.fit, epochs: 9 };
    const whole = new Autoencoder(SMALL);
    await whole.fit(SMALL_ROWS, fit);
    let ae = new Autoencoder(SMALL);
    for (const stop of [2, 5, 7]) {
      let file: Uint8Array | undefined;
      await ae.fit(SMALL_ROWS, {
        ...fit,
        resume: stop > 2,
        checkpoint: {
          onSave(bytes) {
            const { state } = Object.fromEntries(unpack(bytes).metadata);
            if (JSON.parse(state as string).epochs === stop) file = bytes;
          },
        },
      });
      ae = Autoencoder.load(file as Uint8Array);
    }
    await ae.fit(SMALL_ROWS, { ...fit, resume: true });
    expect(await sha256(ae.save())).toBe(await sha256(whole.save()));
  });

  test.skipIf(inject('place') === 'node')('no file in a page', async () => {
    const ae = new Autoencoder(SMALL);
    await expect(ae.fit(SMALL_ROWS, { checkpoint: { path: 'model' } })).rejects.toThrow(
      new TypeError('checkpoint.path needs the files of Node 20.16 or newer; give onSave'),
    );
  });
});

test('a model can be saved at any time while it trains', async () => {
  const fit = { epochs: 8, batchSize: 4, validationSplit: 0.25 };
  const whole = new Autoencoder(SMALL);
  await whole.fit(SMALL_ROWS, fit);

  const files: Uint8Array[] = [];
  const ae = new Autoencoder(SMALL);
  const running = ae.fit(SMALL_ROWS, {
    ...fit,
    // When the steps of an epoch are done, and before it is validated.
    onBatchEnd: () => void files.push(ae.save()),
  });
  await running;
  expect(files.length).toBeGreaterThanOrEqual(8);
  for (const file of files) {
    const loaded = Autoencoder.load(file);
    await loaded.fit(SMALL_ROWS, { ...fit, resume: true });
    expect(fingerprint(loaded)).toBe(fingerprint(whole));
  }
});
