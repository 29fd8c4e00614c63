// TensorFlow.js trains new models on a few rows, one call after the other.

import type { SmallFitJob } from '../jobs.js';
import { lossOf, readRows, runEpoch } from './epochs.js';
import { answer, readJob } from './job.js';
import { timeFits } from './small-fits.js';
import { newNetwork, startBackend } from './tfjs-network.js';

const job = readJob<SmallFitJob>();
const x = readRows(job);
await startBackend();
let network: ReturnType<typeof newNetwork>;
answer(
  await timeFits(job, {
    async fit() {
      network = newNetwork(job);
      for (let epoch = 0; epoch < job.epochs; epoch++) await runEpoch(job, x, network.step);
    },
    loss: () => lossOf(job, x, network.step),
    dispose: () => network.dispose(),
  }),
);
