// Rows about the codes: whether rows of a class are neighbours, and whether a linear classifier can tell
// the classes.

import { asFloats } from '../data.js';
import { images, pca64, trainingImages } from '../images.js';
import { knnAccuracy } from '../knn.js';
import { describe, type Recipe, train } from '../model.js';
import { probeAccuracy } from '../probe.js';
import { type Measurement, percent } from '../row.js';

const EPOCHS = 20;

const RECIPES: readonly { readonly name: string; readonly recipe: Recipe }[] = [
  { name: 'defaults', recipe: { model: { layers: [784, 64] }, fit: { epochs: EPOCHS } } },
  {
    name: 'tied weights, linear code, one more layer, gaussian noise',
    recipe: {
      model: { layers: [784, 256, 64], codeActivation: 'linear', tied: true },
      fit: { epochs: EPOCHS, noise: { type: 'gaussian', amount: 0.3 } },
    },
  },
];

/** The accuracy for PCA-64 in the issue that set the bar. */
const PROBE_OF_PCA = 0.857;

export async function codes(seed: number, log: (text: string) => void): Promise<Measurement[]> {
  const { train: known, test } = images('mnist');
  const accuracies = async (
    name: string,
    encode: (images: Uint8Array) => Float32Array | Promise<Float32Array>,
  ) => {
    const reference = { codes: await encode(known.images), labels: known.labels };
    const query = { codes: await encode(test.images), labels: test.labels };
    const knn = knnAccuracy(reference, query, 5);
    const probe = probeAccuracy(reference, query, 10);
    log(`${name}: 5-NN ${percent(knn)}, probe ${percent(probe)}`);
    return { knn, probe };
  };

  const pca = await accuracies('PCA-64', (bytes) => pca64('mnist', seed).encode(asFloats(bytes)));
  const measurements: Measurement[] = [];
  for (const { name, recipe } of RECIPES) {
    const ae = await train(recipe, seed, trainingImages('mnist', seed));
    const { knn, probe } = await accuracies(name, async (bytes) => (await ae.encode(bytes)).data);
    measurements.push(
      {
        what: `MNIST, 5-nearest-neighbour accuracy on 64 codes, ${name}`,
        recipe: describe(recipe),
        value: knn,
        bar: { sense: 'at least', value: pca.knn },
        beside: [{ what: 'PCA-64', value: pca.knn }],
        format: 'percent',
      },
      {
        what: `MNIST, linear probe accuracy on 64 codes, ${name}`,
        recipe: describe(recipe),
        value: probe,
        bar: { sense: 'above', value: Math.max(PROBE_OF_PCA, pca.probe) },
        beside: [
          { what: 'PCA-64', value: pca.probe },
          { what: 'PCA-64 in the issue', value: PROBE_OF_PCA },
        ],
        format: 'percent',
      },
    );
  }
  return measurements;
}
