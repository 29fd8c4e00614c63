// What the codes are good for: neighbours of a kind, classes a linear classifier can read.

import { asFloats } from '../data.js';
import { images, pca64, trainingImages } from '../images.js';
import { knnAccuracy } from '../knn.js';
import { describe, type Recipe, train } from '../model.js';
import { probeAccuracy } from '../probe.js';
import { bySeed, type Context, mean, percent, type Row } from '../row.js';

const RECIPES: readonly { readonly name: string; readonly recipe: Recipe }[] = [
  { name: 'defaults', recipe: { model: { layers: [784, 64] }, fit: { epochs: 20 } } },
  {
    name: 'a linear code',
    recipe: { model: { layers: [784, 64], codeActivation: 'linear' }, fit: { epochs: 20 } },
  },
];

/** What the issue that set the bar quotes for PCA-64. */
const PROBE_OF_PCA = 0.857;

export async function codes(context: Context): Promise<Row[]> {
  const { train: known, test } = images('mnist');
  const accuracies = async (encode: (images: Uint8Array) => Promise<Float32Array>) => {
    const reference = { codes: await encode(known.images), labels: known.labels };
    const query = { codes: await encode(test.images), labels: test.labels };
    return {
      knn: knnAccuracy(reference, query, 5),
      probe: probeAccuracy(reference, query, 10),
    };
  };
  const log = (name: string, seed: number, { knn, probe }: { knn: number; probe: number }) =>
    context.log(`${name}, seed ${seed}: 5-NN ${percent(knn)}, probe ${percent(probe)}`);

  const pca = await bySeed(context, async (seed) => {
    const result = await accuracies(async (bytes) => pca64('mnist', seed).encode(asFloats(bytes)));
    log('PCA-64', seed, result);
    return result;
  });
  const pcaKnn = mean(pca.map(({ knn }) => knn));
  const pcaProbe = mean(pca.map(({ probe }) => probe));

  const rows: Row[] = [];
  for (const { name, recipe } of RECIPES) {
    const results = await bySeed(context, async (seed) => {
      const ae = await train(recipe, seed, trainingImages('mnist', seed));
      const result = await accuracies(async (bytes) => (await ae.encode(bytes)).data);
      log(name, seed, result);
      return result;
    });
    rows.push(
      {
        what: `MNIST, 5-nearest-neighbour accuracy on 64 codes, ${name}`,
        recipe: describe(recipe),
        values: results.map(({ knn }) => knn),
        bar: { sense: 'at least', value: pcaKnn },
        beside: `PCA-64 ${percent(pcaKnn)}`,
        write: percent,
      },
      {
        what: `MNIST, linear probe accuracy on 64 codes, ${name}`,
        recipe: describe(recipe),
        values: results.map(({ probe }) => probe),
        bar: { sense: 'above', value: Math.max(PROBE_OF_PCA, pcaProbe) },
        beside: `PCA-64 ${percent(pcaProbe)} in this run, ${percent(PROBE_OF_PCA)} in the literature`,
        write: percent,
      },
    );
  }
  return rows;
}
