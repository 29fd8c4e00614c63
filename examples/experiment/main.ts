// The paper's experiment: a 784-64-784 autoencoder learns MNIST, once as the paper's author ran it
// and once with this library's defaults. Start it with `npm start`; `npm start -- --help`.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { enableWideSimd } from '../../dist/node.js';
import { FlagError, type Flags, HELP, readFlags } from './flags.js';
import { countImages, fullMnist, smallMnist, splitImages } from './mnist.js';
import { pcaErrors, principalComponents } from './pca.js';
import { type TrainedRecipe, writeReport } from './report/report.js';
import type { RecipeKey, Result, Results, SeedResult } from './results.js';
import { LAYERS, RECIPES, run } from './run.js';
import { table, tableRows } from './table.js';

async function main(flags: Flags): Promise<void> {
  const mnist = flags.data === 'full' ? fullMnist() : smallMnist();
  const split = (seed: number) => ({ ...splitImages(mnist.train, seed), test: mnist.test });
  const images = split(flags.seed);
  const counts = [images.train, images.validation, images.test].map((part) =>
    countImages(part).toLocaleString('en'),
  );
  console.log(
    `MNIST: ${counts[0]} images to train on, ${counts[1]} to validate on, ${counts[2]} to test with`,
  );

  const first: Partial<Record<RecipeKey, Result>> = {};
  const seeds: Partial<Record<RecipeKey, SeedResult[]>> = {};
  const trained: TrainedRecipe[] = [];
  for (const key of ['paper', 'defaults'] as const) {
    if (flags.recipe !== 'both' && flags.recipe !== key) continue;
    const recipe = RECIPES[key];
    const all: SeedResult[] = [];
    seeds[key] = all;
    for (let seed = flags.seed; seed < flags.seed + flags.seeds; seed++) {
      console.log(`\n784-64-784, ${recipe.name}, seed ${seed}`);
      const parts = seed === flags.seed ? images : split(seed);
      const { model, result } = await run(recipe, parts, { ...flags, seed });
      const speed = Math.round(result.samplesPerSecond).toLocaleString('en');
      console.log(`  trained in ${result.seconds.toFixed(1)} s, ${speed} samples/s`);
      const { mse, seconds } = result;
      all.push({ seed, mse, seconds });
      // The pictures are of the first.
      if (seed === flags.seed) {
        first[key] = result;
        trained.push({ key, recipe, model, result });
      }
    }
  }

  const components = LAYERS.at(-1) as number;
  const pcaStart = performance.now();
  const pca = principalComponents(images.train, components);
  const errors = {
    train: pcaErrors(pca, images.train),
    validation: pcaErrors(pca, images.validation),
    test: pcaErrors(pca, images.test),
  };
  const results: Results = {
    ...first,
    pca: {
      components,
      mse: {
        train: mean(errors.train),
        validation: mean(errors.validation),
        test: mean(errors.test),
      },
    },
    ...(flags.seeds > 1 ? { seeds } : {}),
  };
  const pcaSeconds = (performance.now() - pcaStart) / 1000;

  const rows = tableRows(results, { paper: RECIPES.paper.name, defaults: RECIPES.defaults.name });
  console.log(`\nTable 1: mean squared error a pixel${seedNote(flags)}\n\n${table(rows)}`);
  if (flags.data === 'small') {
    console.log('\nThe paper trained on all of MNIST; --data full does.');
  }

  mkdirSync(flags.out, { recursive: true });
  const path = join(flags.out, 'results.json');
  writeFileSync(path, `${JSON.stringify(results, null, 2)}\n`);
  const page = await writeReport(flags.out, {
    data: flags.data,
    mnist,
    images,
    trained,
    rows,
    seedNote: seedNote(flags),
    pca: { components, testErrors: errors.test, seconds: pcaSeconds },
  });
  console.log(`\nWritten: ${path}, ${page}`);
}

function seedNote({ seed, seeds }: Flags): string {
  if (seeds === 1) return '';
  return `, mean ± standard deviation over seeds ${seed} to ${seed + seeds - 1}`;
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

try {
  const flags = readFlags(process.argv.slice(2));
  enableWideSimd();
  if (flags) await main(flags);
  else console.log(HELP);
} catch (error) {
  if (!(error instanceof FlagError)) throw error;
  console.error(`${error.message}\n\nnpm start -- --help lists the flags.`);
  process.exitCode = 2;
}
