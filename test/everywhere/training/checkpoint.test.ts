// Runs that are saved during training, loaded into another model and resumed.

import { describe, expect, inject, test } from 'vitest';
import { Autoencoder } from '../../../src/index.js';
import { halfAndWhole } from '../../support/checkpoints.js';
import { fingerprint, sha256 } from '../../support/data.js';
import { unpack } from '../../support/files.js';
import { RUNS, type Run, SHORT_RUNS } from '../../support/interruption.js';
import { SMALL, SMALL_ROWS } from '../../support/models.js';

/** SHA-256 of all weights and moments in the files: regression values, the same in every environment. */
const NUMBERS = {
  'of a few rows': {
    half: '3dba7eec5679eeb5203f8bdf2c996bd07b788e4b708fd12c5785ebfe65125281',
    whole: 'a23e4d1ebbd4d279ff8ec31f1c4bf5d4bc2199f4c11271e8c103d12e90e5343e',
  },
  'of a stream': {
    half: 'cd05b870b769f45220b33df8809d7769c1a889f439866d171239350c4b115c73',
    whole: 'f76af8e4ab757d95b3cf12d705b9c69904c75fd732850b756b19eadaf6e7a4b2',
  },
  'of many rows': {
    half: '64ba02f3c828c0f918922caedee2c55caa67026055b61d0a9a743c2aa6c59a74',
    whole: 'a1e74d9ebd8e4a680dcebc731c9437cdd2a7167041d6b20810f4f063229b033a',
  },
};

// The runs with more rows have six epochs; in checkpoint.slow.ts they have twenty.
describe.each([
  ['of a few rows', RUNS['of a few rows'] as Run],
  ['of a stream', SHORT_RUNS['of a stream'] as Run],
  ['of many rows', SHORT_RUNS['of many rows'] as Run],
] as const)('a training run %s', (name, run) => {
  test('saved after half of its epochs, loaded and resumed, ends with the same file', async () => {
    expect(await halfAndWhole(run)).toEqual(NUMBERS[name]);
  });
});

describe('checkpoint', () => {
  /** The epochs at which a run was saved. */
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

  test('is saved every few epochs, and once at the end', async () => {
    expect(await epochsSaved(4)).toEqual([1, 2, 3, 4]);
    expect(await epochsSaved(7, 3)).toEqual([3, 6, 7]);
    expect(await epochsSaved(6, 3)).toEqual([3, 6]);
    expect(await epochsSaved(2, 3)).toEqual([2]);
  });

  test('the last one has the same weights as the model: the best ones', async () => {
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

  test('is saved before onEpochEnd is called, and training waits for it', async () => {
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

  test('an error in onSave is the error of fit, and the epoch is kept', async () => {
    const full = new Error('no space left');
    const ae = new Autoencoder(SMALL);
    const onSave = () => Promise.reject(full);
    await expect(ae.fit(SMALL_ROWS, { epochs: 4, checkpoint: { onSave } })).rejects.toBe(full);
    expect(await ae.fit(SMALL_ROWS, { epochs: 4, resume: true })).toHaveLength(3);
    const whole = new Autoencoder(SMALL);
    await whole.fit(SMALL_ROWS, { epochs: 4 });
    expect(fingerprint(ae)).toBe(fingerprint(whole));
  });

  test('of a resumed run can be saved and resumed again', async () => {
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

  test.skipIf(inject('place') === 'node')('into a file is an error in a page', async () => {
    const ae = new Autoencoder(SMALL);
    await expect(ae.fit(SMALL_ROWS, { checkpoint: { path: 'model' } })).rejects.toThrow(
      new TypeError(
        'checkpoint.path needs the file system of Node 20.16 or newer; use onSave instead',
      ),
    );
  });
});

test('a model can be saved at any time during training', async () => {
  const fit = { epochs: 8, batchSize: 4, validationSplit: 0.25 };
  const whole = new Autoencoder(SMALL);
  await whole.fit(SMALL_ROWS, fit);

  const files: Uint8Array[] = [];
  const ae = new Autoencoder(SMALL);
  const running = ae.fit(SMALL_ROWS, {
    ...fit,
    // After the last step of an epoch, and before its validation.
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
