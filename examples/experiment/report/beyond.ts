// Figures beyond the paper: where the error is, what the code means, which units are dead.

import { UMAP } from 'umap-js';
import { PIXELS } from '../mnist.js';
import { mulberry32 } from '../random.js';
import { errorByDigit, mapOfCodes } from './charts.js';
import { deadUnitMaps } from './dead-units.js';
import type { Figure, Section } from './page.js';
import type { Examined, Experiment } from './report.js';
import { sheet } from './sheet.js';
import { type ImageError, inkedPixels, STRIP, type Summary } from './summary.js';
import { imageAt } from './tiles.js';

const COLOURS = { paper: 'var(--orange)', defaults: 'var(--blue)' };

export function beyondThePaper(
  experiment: Experiment,
  examined: Examined[],
  summary: Summary,
): Section {
  return {
    heading: 'Beyond the paper',
    text:
      'A mean says little about a single picture. Here is where the error is, what the numbers of the ' +
      'code stand for, and what became of the units that stopped learning.',
    parts: [
      bestAndWorst(experiment, examined, summary),
      byDigit(experiment, examined, summary),
      codeUnits(examined),
      codes(experiment, examined.at(-1) as Examined),
      deadUnits(experiment, examined, summary),
    ],
  };
}

function bestAndWorst({ images }: Experiment, examined: Examined[], summary: Summary): Figure {
  const strips = examined.flatMap(({ key, recipe, findings }) => {
    const { worst = [], best = [] } = summary.recipes[key] ?? {};
    const strip = (what: string, found: ImageError[]) => ({
      heading: `${recipe.name}: the ${what}`,
      tiles: [
        ...found.map(({ image }) => imageAt(images.test, image)),
        ...found.map(({ image }) => findings.reconstructions.row(image)),
      ],
      columns: STRIP,
      captions: found.map(({ error }) => error.toFixed(4)),
    });
    return [strip('worst', worst), strip('best', best)];
  });
  return {
    file: 'figure-6-worst-and-best',
    title: 'Figure 6',
    caption:
      'The ten test images with the largest and with the smallest error: the original above, its ' +
      'reconstruction and its mean squared error below. Broad strokes and unusual shapes come out worst, ' +
      'since there is much ink to get wrong; thin ones are hardest to miss.',
    alt: 'Originals and reconstructions of the ten worst and the ten best test images of each configuration. The worst are broad and unusual, the best nearly all ones.',
    image: sheet(strips),
  };
}

function byDigit({ pca }: Experiment, examined: Examined[], summary: Summary): Figure {
  const series = [
    ...examined.map(({ key, recipe }) => ({
      name: recipe.name,
      colour: COLOURS[key],
      errors: summary.errorByDigit[key] as number[],
    })),
    {
      name: `PCA, ${pca.components} components`,
      colour: 'var(--grey)',
      errors: summary.errorByDigit.pca as number[],
    },
  ];
  const { errors } = series.at(-2) as { errors: number[] };
  const hardest = errors.indexOf(Math.max(...errors));
  const easiest = errors.indexOf(Math.min(...errors));
  return {
    file: 'figure-7-error-by-digit',
    title: 'Figure 7',
    caption:
      `Mean squared error on the test images by digit. With the ${examined.at(-1)?.recipe.name}, a ` +
      `${hardest} costs ${((errors[hardest] as number) / (errors[easiest] as number)).toFixed(1)} times as ` +
      `much as a ${easiest}.`,
    alt: 'A chart with a line for each digit and a dot for each method at its mean squared error.',
    image: errorByDigit(series),
  };
}

function codeUnits(examined: Examined[]): Figure {
  const strips = examined.map(({ recipe, findings, effects }) => {
    const largest = Math.max(...effects.map((effect) => Math.max(...effect.map(Math.abs))));
    const dead = findings.deadCodeUnits;
    return {
      heading: recipe.name,
      note: dead ? `${dead} of ${effects.length} units are dead` : 'no unit is dead',
      // Dead units change nothing and come last, so they are left out. The scale keeps weak changes
      // visible.
      tiles: effects
        .slice(0, Math.max(1, effects.length - dead))
        .map((effect) => effect.map((value) => (1.5 * value) / largest)),
      columns: 11,
      ink: 'change' as const,
    };
  });
  return {
    file: 'figure-8-code-units',
    title: 'Figure 8',
    caption:
      'What single code units encode: how the picture changes when one goes from its 5th to its 95th ' +
      'percentile and the others stay at their means. Blue: ink is added; orange: ink is taken away; ' +
      'the paler, the less. The strongest first. Each unit knows of strokes all over the picture, and none is a digit: the code is shared by all of them.',
    alt: 'One small picture for each code unit, with blue and orange patches spread over the middle.',
    image: sheet(strips),
  };
}

/** UMAP takes about a second per thousand points. */
const MAPPED = 1500;

function codes({ mnist }: Experiment, { recipe, findings }: Examined): Figure {
  const rows = Array.from({ length: Math.min(MAPPED, findings.codes.shape[0]) }, (_, i) => i);
  const umap = new UMAP({ random: mulberry32(0), nEpochs: 200 });
  const points = umap.fit(rows.map((row) => Array.from(findings.codes.row(row))));
  return {
    file: 'figure-9-map-of-codes',
    title: 'Figure 9',
    caption:
      `A map of the codes of ${rows.length.toLocaleString('en')} test images (${recipe.name}): each is ` +
      'written as the digit that it shows, and images with similar codes stand together (UMAP). Nobody ' +
      'told the network which digit is which. Look where 4, 7 and 9 touch, and 3, 5 and 8.',
    alt: 'Digits scattered over a plane in clusters of their own kind; 4, 7 and 9 lie together, and so do 3, 5 and 8.',
    image: mapOfCodes(
      points.map(([x = 0, y = 0], i) => ({ x, y, digit: mnist.testLabels[i] as number })),
    ),
  };
}

function deadUnits({ images }: Experiment, examined: Examined[], summary: Summary): Figure {
  const sentences = examined.map(({ key, recipe }) => {
    const { outputUnits = 0, inked = 0, shareOfError = 0 } = summary.recipes[key]?.dead ?? {};
    if (!outputUnits) return `With the ${recipe.name}, no output unit is dead.`;
    return (
      `With the ${recipe.name}, ${outputUnits} of ${PIXELS} output units give one value to all training ` +
      `images. ${inked} of these pixels do have ink in some of them, and ` +
      `${(100 * shareOfError).toFixed(0)} % of the error on the test images is theirs.`
    );
  });
  return {
    file: 'figure-10-dead-units',
    title: 'Figure 10',
    caption: `Dead output units, pixel by pixel. ${sentences.join(' ')}`,
    alt: `A square of 28 by 28 pixels for each configuration, dead output units marked. ${sentences.join(' ')}`,
    image: deadUnitMaps(
      examined.map(({ recipe, findings }) => ({
        heading: recipe.name,
        dead: findings.deadOutputUnits,
      })),
      inkedPixels(images.train),
    ),
  };
}
