// The default number of epochs: enough steps for the data.

/**
 * Optimiser steps. Measured on 20 tables (breast-cancer.csv, eight of ADBench's, whole or 300 of their
 * rows, and low-rank ones of 100 to 3,000 rows and 5 to 200 columns), with a fifth of each held out and two
 * networks each (a code of half the columns, or of a sixth behind a layer of half). Compared with 10,000
 * steps, the held-out error was, as median and maximum, 2.5 and 139 times as high after 20 epochs, 1.28 and
 * 3.2 times after 1,000 steps, and 1.04 and 1.25 times (with one exception of 2.0) after 3,000 steps; it
 * was 0.83 times where 10,000 steps overfit. Batches of 16 or 32 were no better with the same number of
 * steps. MNIST's 10,000 test images have 157 steps per epoch, and so get 20 epochs.
 */
const STEPS = 3_000;
/** The minimum number of epochs, with which MNIST was measured. */
const EPOCHS = 20;
/**
 * Floating-point operations, about ten seconds of work: wide rows get fewer steps. 50 rows of 20,000
 * numbers with a code of 64, 1.75e9 operations per epoch, get 114 epochs, which are enough:
 * src/training/wide-rows.ts lists what they explain.
 */
const WORK = 2e11;
/** The optimiser's update of a weight, and its copies after an epoch, cost as much as this many rows. */
const ROWS_AN_UPDATE = 64;

/** The default of `epochs` for `rows` training rows; 20 if their number is unknown. */
export function defaultEpochs(
  rows: number | undefined,
  batchSize: number,
  layers: readonly number[],
): number {
  if (rows === undefined) return EPOCHS;
  const steps = Math.ceil(rows / batchSize);
  let weights = 0;
  for (let l = 1; l < layers.length; l++) {
    weights += 2 * (layers[l - 1] as number) * (layers[l] as number);
  }
  const epochWork = 6 * weights * (rows + ROWS_AN_UPDATE * steps);
  return Math.max(EPOCHS, Math.min(Math.ceil(STEPS / steps), Math.floor(WORK / epochWork)));
}
