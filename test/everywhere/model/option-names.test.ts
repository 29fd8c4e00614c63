// Options of fit passed to the constructor, and options of the constructor passed to fit.

import { expect, test } from 'vitest';
import { Autoencoder } from '../../../src/index.js';
import { FIT_OPTIONS, MODEL_OPTIONS, namesOf } from '../../../src/model/option-table.js';
import { SMALL, SMALL_ROWS } from '../../support/models.js';

test.each(namesOf(FIT_OPTIONS))('%s is an option of fit', (name) => {
  expect(() => new Autoencoder({ ...SMALL, [name]: 1 })).toThrow(
    `options has no '${name}', which is an option of fit (known: layers, `,
  );
});

test.each(namesOf(MODEL_OPTIONS))('%s is an option of the constructor', async (name) => {
  const ae = new Autoencoder(SMALL);
  const expected = `fit options has no '${name}', which is an option of new Autoencoder (known: epochs, `;
  await expect(ae.fit(SMALL_ROWS, { [name]: 1 })).rejects.toThrow(expected);
});

test('partialFit does not accept options for runs of several epochs', async () => {
  const ae = new Autoencoder(SMALL);
  await expect(ae.partialFit(SMALL_ROWS, { epochs: 3 } as never)).rejects.toThrow(
    "partialFit options has no 'epochs', which is an option of fit (known: batchSize, ",
  );
});

test('synonyms are recognised there, too', async () => {
  expect(() => new Autoencoder({ ...SMALL, lr: 0.1 } as never)).toThrow(
    "options has no 'lr'; did you mean 'learningRate', which is an option of fit?",
  );
  const ae = new Autoencoder(SMALL);
  await expect(ae.fit(SMALL_ROWS, { latentDim: 2 } as never)).rejects.toThrow(
    "fit options has no 'latentDim'; did you mean 'code', which is an option of new Autoencoder?",
  );
  // A name similar to one of its own options is still answered with that one.
  expect(() => new Autoencoder({ layer: [2, 1] } as never)).toThrow("did you mean 'layers'?");
});
