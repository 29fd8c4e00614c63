// Rows about missing cells, both in the training rows and in the rows to fill.

import { Random } from '../../../src/base/random.js';
import { asFloats, PIXELS } from '../data.js';
import { images, trainingImages } from '../images.js';
import { describe, type Recipe, train } from '../model.js';
import type { Measurement } from '../row.js';

/** Out of ten cells. */
const MISSING = 3;
const RECIPE: Recipe = {
  model: { layers: [PIXELS, 64], missing: 'mask' },
  fit: { epochs: 20 },
};

export async function imputation(seed: number): Promise<Measurement[]> {
  const complete = asFloats(images('mnist').test.images);
  const seen = punch(asFloats(trainingImages('mnist', seed)), new Random(seed, 0));
  const holes = punch(complete, new Random(seed, 1));
  const ae = await train(RECIPE, seed, seen);
  const { data } = await ae.impute(holes);
  const means = columnMeans(seen);
  const byMean = errorInHoles(holes, complete, (i) => means[i % PIXELS] as number);
  return [
    {
      what: `MNIST, ${10 * MISSING} % missing pixels imputed: their MSE`,
      recipe: describe(RECIPE),
      value: errorInHoles(holes, complete, (i) => data[i] as number),
      bar: { sense: 'at most', value: byMean / 3 },
      beside: [{ what: "the pixel's mean", value: byMean }],
    },
  ];
}

/** Returns the data with some cells missing. */
function punch(data: Float32Array, random: Random): Float32Array {
  return data.map((value) => (random.below(10) < MISSING ? Number.NaN : value));
}

/** The mean of each column over the cells that are present. */
function columnMeans(data: Float32Array): Float64Array {
  const sums = new Float64Array(PIXELS);
  const counts = new Float64Array(PIXELS);
  data.forEach((value, i) => {
    if (Number.isNaN(value)) return;
    sums[i % PIXELS] = (sums[i % PIXELS] as number) + value;
    counts[i % PIXELS] = (counts[i % PIXELS] as number) + 1;
  });
  return sums.map((sum, j) => sum / (counts[j] as number));
}

function errorInHoles(
  holes: Float32Array,
  complete: Float32Array,
  filled: (i: number) => number,
): number {
  let [sum, count] = [0, 0];
  holes.forEach((value, i) => {
    if (!Number.isNaN(value)) return;
    sum += (filled(i) - (complete[i] as number)) ** 2;
    count++;
  });
  return sum / count;
}
