// Rows about classes that the model has not seen: do their rows have larger errors than those it knows?

import { Random } from '../../../src/base/random.js';
import type { Autoencoder } from '../../../src/index.js';
import { auroc } from '../auroc.js';
import { asFloats, PIXELS, pickRows, type Table, table } from '../data.js';
import { images } from '../images.js';
import { describe, type Recipe, train } from '../model.js';
import { Pca } from '../pca.js';
import { type Measurement, mean } from '../row.js';

/** One class against all others; the model trains on a part of that class. */
interface Task {
  readonly inliers: Float32Array;
  readonly test: Float32Array;
  readonly isOutlier: readonly boolean[];
}

interface Problem {
  readonly name: string;
  readonly classes: number;
  readonly width: number;
  readonly recipe: Recipe;
  task(outlier: number, seed: number): Task;
}

/**
 * The same recipe for every table: a layer with half the columns, a code with a tenth of them, and enough
 * epochs, since tables are small.
 */
function onTable(name: string, { values, width, classes }: Table): Problem {
  return {
    name,
    classes: Math.max(...classes) + 1,
    width,
    recipe: {
      model: {
        layers: [width, Math.ceil(width / 2), Math.ceil(width / 10)],
        codeActivation: 'leakyRelu',
        scale: 'standard',
      },
      fit: { epochs: 100, batchSize: 16 },
    },
    task(outlier, seed) {
      const random = new Random(seed, outlier);
      const isOutlier = Array.from(classes, (label) => label === outlier);
      const isTraining = isOutlier.map((out) => !out && random.below(10) < 7);
      const isTested = (row: number) => !isTraining[row];
      return {
        inliers: pickRows(values, width, (row) => !isTested(row)),
        test: pickRows(values, width, isTested),
        isOutlier: isOutlier.filter((_, row) => isTested(row)),
      };
    },
  };
}

function onMnist(): Problem {
  const { train: known, test } = images('mnist');
  return {
    name: 'MNIST',
    classes: 10,
    width: PIXELS,
    recipe: {
      model: { layers: [PIXELS, 16], codeActivation: 'linear', tied: true },
      fit: { epochs: 5, noise: { type: 'gaussian', amount: 0.5 } },
    },
    task: (outlier) => ({
      inliers: asFloats(pickRows(known.images, PIXELS, (row) => known.labels[row] !== outlier)),
      test: asFloats(test.images),
      isOutlier: Array.from(test.labels, (label) => label === outlier),
    }),
  };
}

export async function anomalies(seed: number, log: (text: string) => void): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  const problems = [
    onMnist(),
    onTable('breast cancer', table('breast_cancer')),
    onTable('wine', table('wine_data')),
    onTable('digits', table('digits')),
  ];
  for (const problem of problems) {
    const { ours, pca } = await means(problem, seed);
    log(`${problem.name}: ${ours.toFixed(4)}, PCA ${pca.toFixed(4)}`);
    measurements.push({
      what: `anomalies, ${problem.name}: mean AUROC, each class as the outlier`,
      recipe: describe(problem.recipe),
      value: ours,
      bar: { sense: 'at least', value: pca },
      beside: [{ what: 'PCA of the same width', value: pca }],
      format: 'four',
    });
  }
  return measurements;
}

/**
 * The AUROC of the reconstruction error, averaged over the classes, and that of PCA on rows scaled the same
 * way.
 */
async function means(problem: Problem, seed: number): Promise<{ ours: number; pca: number }> {
  const { classes, width, recipe } = problem;
  const [ours, pca]: number[][] = [[], []];
  const codeWidth = recipe.model.layers?.at(-1) as number;
  for (let outlier = 0; outlier < classes; outlier++) {
    const { inliers, test, isOutlier } = problem.task(outlier, seed);
    const ae = await train(recipe, seed, inliers);
    ours?.push(auroc(await ae.score(test), isOutlier));
    const scaled = (rows: Float32Array) => scale(rows, ae.scaler);
    const components = new Pca(scaled(inliers), width, codeWidth);
    pca?.push(auroc(components.reconstructionError(scaled(test)), isOutlier));
  }
  return { ours: mean(ours as number[]), pca: mean(pca as number[]) };
}

/** The rows as the model's network receives them. */
function scale(rows: Float32Array, scaler: Autoencoder['scaler']): Float32Array {
  if (!scaler) return rows;
  const { offset, factor } = scaler;
  const width = offset.length;
  return rows.map(
    (value, i) => (value - (offset[i % width] as number)) / (factor[i % width] as number),
  );
}
