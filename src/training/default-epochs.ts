// The default number of epochs: enough steps for the data.

/**
 * Optimiser steps. 20 tables (breast-cancer.csv, eight of ADBench's, whole or 300 rows of them, low-rank
 * ones of 100 to 3,000 rows and 5 to 200 columns), a fifth of each held out, two networks each (a code of
 * half the columns, or of a sixth behind such a layer). Against 10,000 steps the held-out error was, in
 * the middle and at most, after 20 epochs 2.5 and 139 times as high, after 1,000 steps 1.28 and 3.2 times,
 * after 3,000 steps 1.04 and, but for one of 2.0, 1.25 times; and 0.83 times where 10,000 overfit. Batches
 * of 16 or 32 were no better for as many steps. MNIST's 10,000 test images have 157 steps an epoch, and so 20.
 */
const STEPS = 3_000;
/** The least number of epochs, with which MNIST was measured. */
const EPOCHS = 20;
/**
 * Floating-point operations, some ten seconds' worth: wide rows get fewer steps. 50 rows of 20,000 numbers with
 * a code of 64, 1.75e9 an epoch, get 114 epochs, and that is enough: src/training/wide-rows.ts has what they explain.
 */
const WORK = 2e11;
/** The optimiser's update of a weight, and its copies after an epoch, cost as much as this many rows. */
const ROWS_AN_UPDATE = 64;

/** The default of `epochs` for `rows` rows to train on; where their number is not known, 20. */
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
