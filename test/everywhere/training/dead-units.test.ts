// The number of ReLUs that are 0 for every row, in records and summary, compared with a direct count.

import { describe, expect, test } from 'vitest';
import { Autoencoder, type Matrix } from '../../../src/index.js';
import { pixels, uniform } from '../../support/data.js';

/** The number of columns that are 0 in every row. */
function zeroColumns({ data, shape: [rows, width] }: Matrix): number {
  let zeros = 0;
  for (let j = 0; j < width; j++) {
    let i = 0;
    while (i < rows && data[i * width + j] === 0) i++;
    if (i === rows) zeros++;
  }
  return zeros;
}

/** The step is too small to change a weight, so the counts are those of the weights before the epoch. */
const STILL = { epochs: 1, learningRate: 1e-30 };

describe.each([
  ['here', [20, 12], uniform(90, 20, 1)],
  ['here, in more than one batch of odd size', [21, 40], uniform(131, 21, 2)],
  ['in workers, on bytes', [784, 64], pixels(6000, 784, 0.01, 1)],
] as const)('%s', (_, layers, x) => {
  test('counts dead hidden and output units over all rows', async () => {
    const options = {
      layers,
      activation: 'relu',
      codeActivation: 'relu',
      outputActivation: 'relu',
      threads: 2,
    } as const;
    let counted = 0;
    for (const seed of [1, 2, 3]) {
      const ae = new Autoencoder({ ...options, seed });
      const [hidden, output] = [await ae.encode(x), await ae.reconstruct(x)].map(zeroColumns);
      const [record] = await ae.fit(x, STILL);
      expect(record?.deadUnits).toEqual({ hidden, output });
      counted += (hidden as number) + (output as number);
      const cells = ae
        .summary()
        .split('\n')
        .map((line) => line.split(/ {2,}/).at(-1)?.trim());
      expect(cells.slice(0, 3)).toEqual(['dead units', String(hidden), String(output)]);
    }
    expect(counted).toBeGreaterThan(0);
    expect(counted).toBeLessThan(3 * (layers[0] + layers[1]));
  });
});

test('networks without ReLUs have no such counts', async () => {
  const ae = new Autoencoder({ layers: [20, 12], seed: 1 });
  const [record] = await ae.fit(uniform(50, 20, 1), { epochs: 1 });
  expect(record).not.toHaveProperty('deadUnits');
  expect(ae.summary()).not.toContain('dead');
});

test('a ReLU network with another output activation counts hidden units only', async () => {
  const ae = new Autoencoder({
    layers: [20, 12],
    activation: 'relu',
    codeActivation: 'relu',
    seed: 1,
  });
  const x = uniform(50, 20, 1);
  const hidden = zeroColumns(await ae.encode(x));
  const [record] = await ae.fit(x, STILL);
  expect(record?.deadUnits).toEqual({ hidden, output: 0 });
  expect(ae.summary()).toMatch(/decoder\.0 .* -$/m);
});
