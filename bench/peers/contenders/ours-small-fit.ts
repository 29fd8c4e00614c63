// This library trains new models on a few rows, one call after the other.

import { readFileSync } from 'node:fs';
import { Autoencoder } from '../../../dist/index.js';
import type { SmallFitJob } from '../jobs.js';
import { answer, readJob } from './job.js';
import { timeFits } from './small-fits.js';

const job = readJob<SmallFitJob>();
const x = readFileSync(job.data).subarray(0, job.rows * (job.layers[0] as number));
let ae: Autoencoder;
answer(
  await timeFits(job, {
    async fit() {
      ae = new Autoencoder({
        layers: job.layers,
        activation: job.hidden,
        codeActivation: job.code,
        outputActivation: job.output,
        scale: 'none',
        threads: job.threads,
      });
      const { epochs, batch: batchSize, learningRate, weightDecay } = job;
      await ae.fit(x, { epochs, batchSize, learningRate, weightDecay, schedule: 'constant' });
    },
    loss: () => ae.evaluate(x),
    dispose: () => ae.dispose(),
  }),
);
