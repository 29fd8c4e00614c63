// TensorFlow.js trains the paper's network.

import type { FitJob } from '../jobs.js';
import { timeEpochs } from './epochs.js';
import { answer, readJob } from './job.js';
import { newNetwork, startBackend } from './tfjs-network.js';

const job = readJob<FitJob>();
await startBackend();
answer(await timeEpochs(job, newNetwork(job).step));
