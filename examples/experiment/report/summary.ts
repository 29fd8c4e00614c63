// The numbers that the report shows in addition to the errors of the runs; results.json has them, too.

import { denseFlops } from '../../../bench/flops.js';
import { calmness } from '../busy.js';
import { PIXELS } from '../mnist.js';
import type { RecipeKey } from '../results.js';
import type { Machine } from './machine.js';
import type { Examined, Experiment } from './report.js';

/** The index of a test image, and its mean squared error per pixel. */
export interface ImageError {
  image: number;
  error: number;
}

export interface RecipeSummary {
  parameters: number;
  /** The number of worker threads; 0 if the calling thread trained. */
  threads: number;
  epochSeconds: { fastest: number; slowest: number };
  /** The median epoch's speed as a fraction of the fastest one's. */
  calmness: number;
  /** Counted as if every zero were multiplied. */
  gflops: number;
  /** As a fraction of the peak of this many threads. */
  shareOfPeak: number;
  encodedPerSecond: number;
  dead: {
    codeUnits: number;
    outputUnits: number;
    /** Dead units whose pixels have ink in some training images. */
    inked: number;
    /** The fraction of the squared error on the test images that is on these units. */
    shareOfError: number;
  };
  /** Figure 5: the first test image of each digit. Figure 6: the ten worst and the ten best reconstructions. */
  shown: ImageError[];
  worst: ImageError[];
  best: ImageError[];
}

export interface Summary {
  machine: Machine;
  pcaSeconds: number;
  /** Mean squared errors on the test images, for the digits from 0 to 9. */
  errorByDigit: Partial<Record<RecipeKey | 'pca', number[]>>;
  recipes: Partial<Record<RecipeKey, RecipeSummary>>;
}

/** The number of images in each strip of Figure 6. */
export const STRIP = 10;

export function summarise(
  { mnist, images, pca }: Experiment,
  examined: Examined[],
  machine: Machine,
): Summary {
  const inked = inkedPixels(images.train);
  const shown = Array.from({ length: 10 }, (_, digit) => mnist.testLabels.indexOf(digit));
  const summary: Summary = {
    machine,
    pcaSeconds: pca.seconds,
    errorByDigit: {},
    recipes: {},
  };
  for (const { key, model, result, findings } of examined) {
    const { deadOutputUnits: dead, errors } = findings;
    const threads = result.history[0]?.threads ?? 0;
    const seconds = result.history.map(({ seconds }) => seconds);
    const gflops = (result.samplesPerSecond * denseFlops(result.layers)[1]) / 1e9;
    const order = Array.from(errors.keys()).sort(
      (a, b) => (errors[b] as number) - (errors[a] as number),
    );
    const named = (rows: number[]) =>
      rows.map((image) => ({ image, error: errors[image] as number }));
    summary.errorByDigit[key] = meansByDigit(errors, mnist.testLabels);
    summary.recipes[key] = {
      parameters: Object.values(model.parameters).reduce((sum, { data }) => sum + data.length, 0),
      threads,
      epochSeconds: { fastest: Math.min(...seconds), slowest: Math.max(...seconds) },
      calmness: calmness(result.history),
      gflops,
      shareOfPeak: gflops / (machine.peak * Math.max(1, threads)),
      encodedPerSecond: findings.encodeRate,
      dead: {
        codeUnits: findings.deadCodeUnits,
        outputUnits: dead.filter(Boolean).length,
        inked: dead.filter((isDead, pixel) => isDead && inked[pixel]).length,
        shareOfError: findings.errorOfDeadUnits,
      },
      shown: named(shown),
      worst: named(order.slice(0, STRIP)),
      best: named(order.slice(-STRIP).reverse()),
    };
  }
  summary.errorByDigit.pca = meansByDigit(pca.testErrors, mnist.testLabels);
  return summary;
}

/** Which pixels have ink in at least one image. */
export function inkedPixels(images: Uint8Array): boolean[] {
  const inked: boolean[] = Array(PIXELS).fill(false);
  images.forEach((byte, i) => {
    if (byte > 0) inked[i % PIXELS] = true;
  });
  return inked;
}

function meansByDigit(errors: ArrayLike<number>, labels: Uint8Array): number[] {
  const sums = new Float64Array(10);
  const counts = new Float64Array(10);
  labels.forEach((digit, i) => {
    sums[digit] = (sums[digit] as number) + (errors[i] as number);
    counts[digit] = (counts[digit] as number) + 1;
  });
  return Array.from(sums, (sum, digit) => sum / (counts[digit] as number));
}
