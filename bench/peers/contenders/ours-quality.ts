// This library trains until the error on the test images is low enough, timed from the start of the
// process.

import { readFileSync } from 'node:fs';
import { Autoencoder } from '../../../dist/index.js';
import type { QualityJob } from '../jobs.js';
import { answer, readJob } from './job.js';

const job = readJob<QualityJob>();
const x = readFileSync(job.data);
const ae = new Autoencoder({ layers: [784, 64], seed: 0, threads: job.threads });
let seconds = Number.POSITIVE_INFINITY;
let error = Number.NaN;
await ae.fit(x, {
  epochs: job.epochs,
  batchSize: job.batch,
  learningRate: job.learningRate,
  validationData: readFileSync(job.test),
  onEpochEnd: ({ validationLoss }) => {
    error = validationLoss as number;
    if (error >= job.target) return true;
    seconds = (Date.now() - Number(process.env.STARTED_AT)) / 1000;
    return false;
  },
});
answer({ samplesPerSecond: 1 / seconds, check: error });
