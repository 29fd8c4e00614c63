// The paper's experiment: a 784-64-784 autoencoder learns MNIST, once with the settings of the paper's
// author and once with this library's defaults. Run it with `npm start`; `npm start -- --help` lists the
// flags.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { enableWideSimd } from '../../dist/node.js';
import { ABLATION_RUNS, ablate, ablationShare } from './ablation.js';
import { busyWarning } from './busy.js';
import { FlagError, type Flags, HELP, LAST_SEED, readFlags } from './flags.js';
import { countImages, fullMnist, smallMnist, splitImages } from './mnist.js';
import { pcaErrors, principalComponents } from './pca.js';
import type { TrainedRecipe } from './report/report.js';
import type { Ablations, RecipeKey, Result, Results, SeedResult } from './results.js';
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

  const keys = (['paper', 'defaults'] as const).filter((key) => {
    return flags.recipe === 'both' || flags.recipe === key;
  });
  const first: Partial<Record<RecipeKey, Result>> = {};
  const runs: Partial<Record<RecipeKey, SeedResult[]>> = {};
  const trained: TrainedRecipe[] = [];
  const train = async (key: RecipeKey, seed: number) => {
    const recipe = RECIPES[key];
    console.log(`\n784-64-784, ${recipe.name}, seed ${seed}`);
    const parts = seed === flags.seed ? images : split(seed);
    const { model, result } = await run(recipe, parts, { ...flags, seed });
    const speed = Math.round(result.samplesPerSecond).toLocaleString('en');
    console.log(`  trained in ${result.seconds.toFixed(1)} s, ${speed} samples/s`);
    const warning = busyWarning(result.history);
    if (warning) console.log(`  ${warning}`);
    const { mse, seconds } = result;
    runs[key] = [...(runs[key] ?? []), { seed, mse, seconds }];
    // The pictures in the report come from the first seed.
    if (seed === flags.seed) {
      first[key] = result;
      trained.push({ key, recipe, model, result });
    }
  };
  for (const key of keys) await train(key, flags.seed);
  const once = trained.reduce((sum, { result }) => sum + result.seconds, 0);
  const seeds = seedsFor(flags, 2 * once);
  for (const key of keys) for (const seed of seeds.slice(1)) await train(key, seed);

  let ablation: Ablations | undefined;
  if (trained.length === 2) {
    const share = (ABLATION_RUNS / 2) * ablationShare(images);
    const own = seedsFor(flags, 3 * once * share);
    console.log(`\nEach of the defaults' choices alone: ${ABLATION_RUNS * own.length} short runs`);
    ablation = await ablate(images, own, flags);
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
    ...(seeds.length > 1 ? { seeds: runs } : {}),
    ...(ablation ? { ablation } : {}),
  };
  const pcaSeconds = (performance.now() - pcaStart) / 1000;

  const note = seedNote(seeds);
  const rows = tableRows(results, { paper: RECIPES.paper.name, defaults: RECIPES.defaults.name });
  console.log(`\nTable 1: mean squared error a pixel${note}\n\n${table(rows)}`);
  if (flags.data === 'small') {
    console.log('\nThe paper trained on all of MNIST; --data full does.');
  }

  mkdirSync(flags.out, { recursive: true });
  // Imported late, since it takes longer to load than the flags to parse.
  const { writeReport } = await import('./report/report.js');
  const { page, summary } = await writeReport(flags.out, {
    data: flags.data,
    mnist,
    images,
    trained,
    rows,
    seedNote: note,
    ablation,
    pca: { components, testErrors: errors.test, testMse: mean(errors.test), seconds: pcaSeconds },
  });
  const path = join(flags.out, 'results.json');
  writeFileSync(path, `${JSON.stringify({ ...results, report: summary }, null, 2)}\n`);
  console.log(`\nWritten: ${path}, ${page}`);
}

/** The most seconds for a second and a third run of each recipe, unless a number was requested. */
const PATIENCE = 60;

/** The requested seeds; by default three if there is time for them, otherwise one. */
function seedsFor({ seed, seeds }: Flags, seconds: number): number[] {
  const affordable = seconds < PATIENCE && seed <= LAST_SEED - 2 ? 3 : 1;
  return Array.from({ length: seeds ?? affordable }, (_, i) => seed + i);
}

function seedNote(seeds: number[]): string {
  if (seeds.length === 1) return '';
  return `, mean ± standard deviation over seeds ${seeds[0]} to ${seeds.at(-1)}`;
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
