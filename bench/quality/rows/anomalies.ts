// Rows of a class that the model has not seen: do they have larger errors than those it has?

import { Random } from '../../../src/random.js';
import { auroc } from '../auroc.js';
import { asFloats, PIXELS, pickRows, type Table, table } from '../data.js';
import { images } from '../images.js';
import { describe, type Recipe, train } from '../model.js';
import { Pca } from '../pca.js';
import { bySeed, type Context, mean, type Row } from '../row.js';
import { Standardiser } from '../standardise.js';

/** A class against all others, which the model is trained on a part of. */
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

/** Codes of a tenth of the columns; small tables need many passes. */
function onTable(name: string, { values, width, rows, classes }: Table): Problem {
  return {
    name,
    classes: Math.max(...classes) + 1,
    width,
    recipe: {
      model: { layers: [width, Math.ceil(width / 10)], outputActivation: 'linear' },
      fit: { epochs: 500, batchSize: 16 },
    },
    task(outlier, seed) {
      const random = new Random(seed, outlier);
      const isOutlier = Array.from(classes, (label) => label === outlier);
      const isTraining = isOutlier.map((out) => !out && random.below(10) < 7);
      const pick = (wanted: (row: number) => boolean) => pickRows(values, width, wanted);
      const seen = pick((row) => isTraining[row] as boolean);
      const scaler = new Standardiser(seen, width);
      const tested = Array.from({ length: rows }, (_, row) => row).filter(
        (row) => !isTraining[row],
      );
      return {
        inliers: scaler.apply(seen),
        test: scaler.apply(pick((row) => !isTraining[row])),
        isOutlier: tested.map((row) => isOutlier[row] as boolean),
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
    recipe: { model: { layers: [PIXELS, 16] }, fit: { epochs: 5 } },
    task: (outlier) => ({
      inliers: asFloats(pickRows(known.images, PIXELS, (row) => known.labels[row] !== outlier)),
      test: asFloats(test.images),
      isOutlier: Array.from(test.labels, (label) => label === outlier),
    }),
  };
}

export async function anomalies(context: Context): Promise<Row[]> {
  const problems = [
    onMnist(),
    onTable('breast cancer', table('breast_cancer')),
    onTable('wine', table('wine_data')),
    onTable('digits', table('digits')),
  ];
  const rows: Row[] = [];
  for (const problem of problems) {
    const { name, recipe } = problem;
    const results = await bySeed(context, (seed) => means(problem, seed));
    const pca = mean(results.map((result) => result.pca));
    const values = results.map((result) => result.ours);
    context.log(`${name}: ${mean(values).toFixed(4)}, PCA ${pca.toFixed(4)}`);
    rows.push({
      what: `anomalies, ${name}: mean AUROC, each class as the outlier`,
      recipe: describe(recipe),
      values,
      bar: { sense: 'at least', value: pca },
      beside: `PCA of the same width ${pca.toFixed(4)}`,
      format: 'four',
    });
  }
  return rows;
}

/** The AUROC of the reconstruction error, averaged over the classes; and PCA's. */
async function means(problem: Problem, seed: number): Promise<{ ours: number; pca: number }> {
  const [ours, pca]: number[][] = [[], []];
  const codeWidth = problem.recipe.model.layers.at(-1) as number;
  for (let outlier = 0; outlier < problem.classes; outlier++) {
    const { inliers, test, isOutlier } = problem.task(outlier, seed);
    const ae = await train(problem.recipe, seed, inliers);
    ours?.push(auroc(await ae.reconstructionError(test), isOutlier));
    const components = new Pca(inliers, problem.width, codeWidth);
    pca?.push(auroc(components.reconstructionError(test), isOutlier));
  }
  return { ours: mean(ours as number[]), pca: mean(pca as number[]) };
}
