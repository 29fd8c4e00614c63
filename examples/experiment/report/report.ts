// Writes the report: index.html, which is self-contained, and each figure as a standalone file.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Autoencoder } from '../../../dist/index.js';
import { countImages, type Mnist } from '../mnist.js';
import type { Ablations, RecipeKey, Result } from '../results.js';
import type { Images, Recipe } from '../run.js';
import type { Row } from '../table.js';
import { ablationSection } from './ablation.js';
import { beyondThePaper } from './beyond.js';
import { examine, type Findings, unitEffects } from './findings.js';
import { describeMachine } from './machine.js';
import { type Figure, html, type Section } from './page.js';
import { paperFigures } from './paper.js';
import { speedTable } from './speed.js';
import { type Summary, summarise } from './summary.js';
import { svgFile } from './svg.js';
import { conclusion, method, REFERENCES } from './words.js';

export interface TrainedRecipe {
  key: RecipeKey;
  recipe: Recipe;
  model: Autoencoder;
  result: Result;
}

/** A trained recipe, and what it does with the images. */
export interface Examined extends TrainedRecipe {
  findings: Findings;
  effects: Float32Array[];
}

export interface Experiment {
  data: 'full' | 'small';
  mnist: Mnist;
  images: Images;
  trained: TrainedRecipe[];
  /** The rows of Table 1. */
  rows: Row[];
  /** A note on the figures of Table 1 for several seeds, empty for one. */
  seedNote: string;
  /** Present if both recipes have run. */
  ablation: Ablations | undefined;
  pca: { components: number; testErrors: Float64Array; testMse: number; seconds: number };
}

/** Returns the path of the page, and the numbers that it shows in addition to those of the runs. */
export async function writeReport(
  out: string,
  experiment: Experiment,
): Promise<{ page: string; summary: Summary }> {
  const examined: Examined[] = [];
  for (const one of experiment.trained) {
    const findings = await examine(one.model, experiment.images);
    const effects = await unitEffects(one.model, findings.codes);
    examined.push({ ...one, findings, effects });
  }
  const summary = summarise(experiment, examined, await describeMachine());
  const sections = [
    method(experiment, examined),
    ...(await paperFigures(experiment, examined)),
    ...(experiment.ablation ? [ablationSection(experiment.ablation)] : []),
    beyondThePaper(experiment, examined, summary),
    speedTable(experiment, examined, summary),
    conclusion(experiment, summary),
    REFERENCES,
  ];
  for (const { file, image } of sections.flatMap(figuresOf)) {
    const isSvg = typeof image === 'string';
    writeFileSync(join(out, `${file}.${isSvg ? 'svg' : 'png'}`), isSvg ? svgFile(image) : image);
  }
  const page = join(out, 'index.html');
  writeFileSync(page, html({ ...heading(experiment, examined), sections }));
  return { page, summary };
}

function figuresOf({ parts }: Section): Figure[] {
  return parts.filter((part) => 'image' in part);
}

function heading({ images, data }: Experiment, examined: Examined[]) {
  const { result } = examined[0] as Examined;
  const widths = [...result.layers, ...result.layers.slice(0, -1).reverse()].join('–');
  const ours = examined.map(
    ({ recipe, result: { mse, seconds } }) =>
      `${mse.test.toFixed(5)} with the ${recipe.name} (${seconds.toFixed(1)} s of training)`,
  );
  const paper = data === 'full' ? ' The paper reports 0.0075.' : '';
  return {
    kicker: `MNIST · ${widths} · ${result.epochs} epochs · seed ${result.seed}`,
    title: `Handwritten digits through ${result.layers.at(-1)} numbers`,
    lead:
      `An autoencoder learns to squeeze a picture of ${result.layers[0]} pixels into ` +
      `${result.layers.at(-1)} numbers, and to draw it again from these alone. ` +
      `${countImages(images.test).toLocaleString('en')} digits that it has never seen ` +
      `come back with a mean squared error a pixel of ${ours.join(' and ')}.${paper}`,
    footer:
      `Written by npm start of autoencoder-wasm, on ${new Date().toISOString().slice(0, 10)}. ` +
      'Every number is also in results.json, every figure in a file of its own beside this page. ' +
      'The data are MNIST, by Yann LeCun, Corinna Cortes and Christopher Burges.',
  };
}
