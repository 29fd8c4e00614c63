// What the paper does not show: where the error is, what the code means, which units are dead.

import { UMAP } from 'umap-js';
import { PIXELS } from '../mnist.js';
import { mulberry32 } from '../random.js';
import { errorByDigit, mapOfCodes } from './charts.js';
import type { Figure, Section } from './page.js';
import type { Examined, Experiment } from './report.js';
import { sheet } from './sheet.js';
import { imageAt } from './tiles.js';

const COLOURS = { paper: 'var(--orange)', defaults: 'var(--blue)' };

export function beyondThePaper(experiment: Experiment, examined: Examined[]): Section {
  return {
    heading: 'Beyond the paper',
    text:
      'A mean says little about a single picture. Here is where the error is, what the numbers of the ' +
      'code stand for, and what became of the units that stopped learning.',
    parts: [
      bestAndWorst(experiment, examined),
      byDigit(experiment, examined),
      codeUnits(examined),
      codes(experiment, examined.at(-1) as Examined),
      deadUnits(experiment, examined),
    ],
  };
}

function bestAndWorst({ images }: Experiment, examined: Examined[]): Figure {
  const columns = 10;
  const strips = examined.flatMap(({ recipe, findings }) => {
    const order = Array.from(findings.errors.keys()).sort(
      (a, b) => (findings.errors[b] as number) - (findings.errors[a] as number),
    );
    const strip = (what: string, rows: number[]) => ({
      heading: `${recipe.name}: the ${what}`,
      tiles: [
        ...rows.map((row) => imageAt(images.test, row)),
        ...rows.map((row) => findings.reconstructions.row(row)),
      ],
      columns,
      captions: rows.map((row) => (findings.errors[row] as number).toFixed(4)),
    });
    return [
      strip('worst', order.slice(0, columns)),
      strip('best', order.slice(-columns).reverse()),
    ];
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

function byDigit({ mnist, pca }: Experiment, examined: Examined[]): Figure {
  const means = (errors: ArrayLike<number>) => {
    const sums = new Float64Array(10);
    const counts = new Float64Array(10);
    mnist.testLabels.forEach((digit, i) => {
      sums[digit] = (sums[digit] as number) + (errors[i] as number);
      counts[digit] = (counts[digit] as number) + 1;
    });
    return Array.from(sums, (sum, digit) => sum / (counts[digit] as number));
  };
  const series = [
    ...examined.map(({ key, recipe, findings }) => ({
      name: recipe.name,
      colour: COLOURS[key],
      errors: means(findings.errors),
    })),
    {
      name: `PCA, ${pca.components} components`,
      colour: 'var(--grey)',
      errors: means(pca.testErrors),
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
      // The dead ones, which change nothing, are the last. A weak change is still to be seen.
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

/** UMAP takes about a second a thousand. */
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

function deadUnits({ images }: Experiment, examined: Examined[]): Figure {
  const darkest = new Float64Array(PIXELS);
  images.train.forEach((byte, i) => {
    const pixel = i % PIXELS;
    if (byte / 255 > (darkest[pixel] as number)) darkest[pixel] = byte / 255;
  });
  const sentences = examined.map(({ recipe, findings }) => {
    const { deadOutputUnits: dead, errorOfDeadUnits } = findings;
    const count = dead.filter(Boolean).length;
    if (!count) return `With the ${recipe.name}, no output unit is dead.`;
    const inked = dead.filter((isDead, pixel) => isDead && darkest[pixel]).length;
    return (
      `With the ${recipe.name}, ${count} of ${PIXELS} output units are dead: they give one value to all ` +
      `training images. ${inked} of these pixels do have ink in some of them, and ` +
      `${(100 * errorOfDeadUnits).toFixed(0)} % of the error on the test images is theirs.`
    );
  });
  return {
    file: 'figure-10-dead-units',
    title: 'Figure 10',
    caption: `The most ink that each pixel ever gets over all training images. ${sentences.join(' ')}`,
    alt: 'The most ink of each pixel: in the data nearly a full square, in the drawings of each configuration a smaller patch, the more so the more units are dead.',
    image: sheet([
      {
        heading: 'the most ink of each pixel',
        tiles: [darkest, ...examined.map(({ findings }) => findings.brightest)],
        columns: 3,
        captions: ['in the data', ...examined.map(({ recipe }) => recipe.name)],
      },
    ]),
  };
}
