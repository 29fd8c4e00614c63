// What programs can read from errors about options, besides the message.

import { expect, test } from 'vitest';
import { Autoencoder } from '../../../src/index.js';
import { SMALL, SMALL_ROWS } from '../../support/models.js';

function faultOf(error: unknown) {
  const { message, option, expected, got } = error as Error & Record<string, unknown>;
  return { message, option, expected, got };
}

test.each([
  [{ seed: -1 }, 'seed', 'an integer from 0 to 4294967295', -1],
  [{ init: 'hee' }, 'init', "one of 'pytorch', 'he', 'glorot'", 'hee'],
  [{ tied: 1 }, 'tied', 'true or false', 1],
  [{ layers: [4, 0] }, 'layers[1]', 'a positive integer up to 16777216', 0],
  [
    { layers: [4] },
    'layers',
    "layers must have at least 2 widths, the input's and the code's",
    [4],
  ],
  [{ workerUrl: '' }, 'workerUrl', 'a URL or a string that is not empty', ''],
])('new Autoencoder(%j) names %s', (options, option, expected, got) => {
  let error: unknown;
  try {
    new Autoencoder({ ...SMALL, ...options } as never);
  } catch (thrown) {
    error = thrown;
  }
  expect(faultOf(error)).toMatchObject({ option, expected, got });
});

test.each([
  [{ batchSize: 0.5 }, 'batchSize', 'an integer from 1 to 1048576', 0.5],
  [{ learningRate: 0 }, 'learningRate', 'a number above 0 and at most 1000', 0],
  [
    { schedule: { type: 'step', every: 0 } },
    'schedule.every',
    'an integer from 1 to 2147483647',
    0,
  ],
  [{ noise: { type: 'mask', amount: 2 } }, 'noise.amount', 'a number above 0 and at most 1', 2],
  [{ noise: { type: 'mask' } }, 'noise.amount', 'a number above 0 and at most 1', undefined],
  [{ resume: 'yes' }, 'resume', "true, false or 'auto'", 'yes'],
  [{ resume: true, reset: true }, 'reset', 'resume and reset cannot be combined', true],
  [{ onEpochEnd: 1 }, 'onEpochEnd', 'a function', 1],
  [{ rows: 9 }, 'rows', 'rows is only for streamed x', 9],
  [
    { validationSplit: 1e-9 },
    'validationSplit',
    expect.stringMatching(
      /^validationSplit 1e-9 needs more rows: of the \d+ rows of x it would leave/,
    ),
    1e-9,
  ],
  [{ sampleWeight: [1] }, 'sampleWeight', expect.stringMatching(/one a row of \d+$/), [1]],
])('fit(x, %j) names %s', async (options, option, expected, got) => {
  const ae = new Autoencoder(SMALL);
  const error = await ae.fit(SMALL_ROWS, options as never).catch((thrown) => thrown);
  expect(faultOf(error)).toMatchObject({ option, expected, got });
});

test.each([
  [{ validationSplit: 0.1 }, 'validationSplit', 'validationSplit needs rows in memory', 0.1],
  [{ sampleWeight: [1] }, 'sampleWeight', 'sampleWeight needs rows in memory', [1]],
])('fit(() => rows, %j) names %s', async (options, option, expected, got) => {
  const ae = new Autoencoder(SMALL);
  async function* stream() {
    yield SMALL_ROWS;
  }
  const error = await ae.fit(stream, options as never).catch((thrown) => thrown);
  expect(faultOf(error)).toMatchObject({ option, expected, got });
});

test('resume with no epochs left names epochs', async () => {
  const ae = new Autoencoder(SMALL);
  await ae.fit(SMALL_ROWS, { epochs: 2 });
  const error = await ae.fit(SMALL_ROWS, { epochs: 2, resume: true }).catch((thrown) => thrown);
  const expected = 'more than the 2 epochs that the run to resume has finished';
  expect(faultOf(error)).toMatchObject({ option: 'epochs', expected, got: 2 });
});

test('an unknown option is named, with the list of known ones', async () => {
  const ae = new Autoencoder(SMALL);
  const error = await ae.fit(SMALL_ROWS, { lr: 0.1 } as never).catch((thrown) => thrown);
  const { option, expected, got } = faultOf(error);
  expect({ option, got }).toEqual({ option: 'lr', got: 0.1 });
  expect(expected).toMatch(/^one of epochs, batchSize, /);
});

test('the fault is not an enumerable property of the error', async () => {
  const error = await new Autoencoder(SMALL)
    .explain(SMALL_ROWS, { top: 0 })
    .catch((thrown) => thrown);
  expect(faultOf(error).option).toBe('top');
  expect(Object.keys(error)).toEqual([]);
});
