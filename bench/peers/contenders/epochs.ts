// The training loop of the other JavaScript libraries, each of which supplies its own step.

import { readFileSync } from 'node:fs';
import { median } from '../../median.js';
import { type Answer, CHECK_ROWS, type FitJob } from '../jobs.js';

/** Makes one training step on a dense batch. Resolves to the loss before the step if it is asked for. */
export type Step = (
  batch: Float32Array<ArrayBuffer>,
  wantsLoss: boolean,
) => Promise<number | undefined>;

/** Runs the job's epochs on rows in random order, and times all but the first epoch. */
export async function timeEpochs(job: FitJob, step: Step): Promise<Answer> {
  const x = readRows(job);
  const seconds: number[] = [];
  for (let epoch = 0; epoch < job.epochs; epoch++) {
    const start = performance.now();
    await runEpoch(job, x, step);
    seconds.push((performance.now() - start) / 1000);
  }
  const check = await lossOf(job, x, step);
  return { samplesPerSecond: job.rows / median(seconds.slice(1)), check };
}

/** The rows of the job, from 0 to 1. */
export function readRows({ data, rows, layers }: FitJob): Float32Array<ArrayBuffer> {
  const bytes = readFileSync(data).subarray(0, rows * (layers[0] as number));
  return Float32Array.from(bytes, (value) => value / 255);
}

/** One epoch on rows in random order. */
export async function runEpoch(
  { rows, batch, layers }: FitJob,
  x: Float32Array<ArrayBuffer>,
  step: Step,
): Promise<void> {
  const width = layers[0] as number;
  const order = shuffled(rows);
  for (let at = 0; at < rows; at += batch) {
    const picked = order.subarray(at, at + batch);
    const values = new Float32Array(picked.length * width);
    picked.forEach((row, i) => {
      values.set(x.subarray(row * width, (row + 1) * width), i * width);
    });
    // Reading the last loss waits for work that the library may have deferred.
    await step(values, at + batch >= rows);
  }
}

/** The loss on the first rows, by a further step. */
export async function lossOf(
  { layers }: FitJob,
  x: Float32Array<ArrayBuffer>,
  step: Step,
): Promise<number> {
  return (await step(x.slice(0, CHECK_ROWS * (layers[0] as number)), true)) as number;
}

function shuffled(count: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [order[i], order[j]] = [order[j] as number, order[i] as number];
  }
  return order;
}
